// The buttons that copy the corrected markup of a row. Without scripts they are not shown, and the text is selected by hand.
"use strict";
(() => {
  const said = Object.assign(document.createElement("p"), { className: "hidden" });
  said.setAttribute("role", "status");
  document.body.append(said);
  document.documentElement.classList.add("scripts");

  function select(element) {
    const range = document.createRange();
    range.selectNodeContents(element);
    getSelection().removeAllRanges();
    getSelection().addRange(range);
  }

  document.addEventListener("click", async (event) => {
    const button = event.target.closest("button.copy");
    if (!button) return;
    const markup = button.parentElement.querySelector("code");
    select(markup); // for those whose browser lets no page write to the clipboard
    let done = "Copied";
    try {
      await navigator.clipboard.writeText(markup.textContent);
    } catch {
      if (!document.execCommand("copy")) done = "Selected: copy it with the keyboard";
    }
    said.textContent = done;
    button.firstChild.textContent = done;
    setTimeout(() => { button.firstChild.textContent = "Copy"; }, 3000);
  });
})();

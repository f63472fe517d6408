// Sorts the sites by a column, and shows those alone that hold all words. Without scripts, they stand by name.
"use strict";
(() => {
  const table = document.getElementById("sites");
  const body = table.tBodies[0];
  const rows = [...body.rows];
  const form = document.getElementById("filter");
  const words = document.getElementById("words");
  const said = document.getElementById("said");
  const heads = [...table.tHead.rows[0].cells];

  // What is not known comes last either way; "(+2.4)" and "83.1 %" are numbers.
  const values = heads.map((head, column) => {
    const isNumber = head.classList.contains("n");
    return new Map(rows.map((row) => {
      const text = row.cells[column].textContent.trim();
      if (!text) return [row, null];
      return [row, isNumber ? Number(text.replace(/[^\d.-]/g, "")) : text.toLowerCase()];
    }));
  });

  function sort(column) {
    const head = heads[column];
    const isNumber = head.classList.contains("n");
    const down = head.ariaSort ? head.ariaSort === "ascending" : isNumber;
    for (const other of heads) other.removeAttribute("aria-sort");
    head.setAttribute("aria-sort", down ? "descending" : "ascending");
    const of = values[column];
    const order = (a, b) => {
      const [x, y] = [of.get(a), of.get(b)];
      if (x === null || y === null) return (x === null) - (y === null);
      return (x < y ? -1 : x > y ? 1 : 0) * (down ? -1 : 1);
    };
    body.append(...[...rows].sort(order));
  }

  function show() {
    const wanted = words.value.toLowerCase().split(/\s+/).filter(Boolean);
    let shown = 0;
    for (const row of rows) {
      row.hidden = !wanted.every((word) => row.textContent.toLowerCase().includes(word));
      shown += !row.hidden;
    }
    said.textContent = `${shown.toLocaleString("en")} of ${rows.length.toLocaleString("en")} sites`;
  }

  heads.forEach((head, column) => {
    if ("unsorted" in head.dataset) return;
    const button = document.createElement("button");
    button.type = "button";
    button.className = "sort";
    button.append(...head.childNodes);
    button.addEventListener("click", () => sort(column));
    head.append(button);
  });
  form.hidden = false;
  form.addEventListener("submit", (event) => event.preventDefault());
  words.addEventListener("input", show);
  show();
})();

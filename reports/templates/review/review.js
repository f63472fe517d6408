// What makes the review quick. Every page works without it: buttons, links and forms do all there is to do.
"use strict";
(() => {
  const root = document.documentElement;
  root.classList.add("script");
  const status = document.getElementById("status");
  const find = (selector) => document.getElementById("app").querySelector(selector);
  let busy = false;

  const say = (text) => {
    status.textContent = text;
  };
  const parsed = (text) => new DOMParser().parseFromString(text, "text/html");

  // A text that was typed and not stored outlives going to another row and back.
  const drafts = {
    key: (form) => `text ${form.dataset.decide}`,
    keep: (form) => sessionStorage.setItem(drafts.key(form), form.elements.text.value),
    drop: (form) => sessionStorage.removeItem(drafts.key(form)),
    bring(form) {
      const kept = sessionStorage.getItem(drafts.key(form));
      if (kept === null || kept === form.elements.text.value) return;
      form.elements.text.value = kept;
      say("The text that you had typed here is back in the field.");
    },
  };

  // A page is asked for and its content put in place of the one that is shown.
  async function go(url, body) {
    if (busy) return;
    busy = true;
    const form = find("form.decide");
    try {
      const answer = await fetch(url, body ? { method: "POST", body } : {});
      const page = parsed(await answer.text());
      const next = page.getElementById("app");
      if (!next) throw new Error("no page of the review");
      if (body && answer.ok && form && body.has("version")) drafts.drop(form);
      document.getElementById("app").replaceWith(document.adoptNode(next));
      document.title = page.title;
      if (!body || answer.redirected) history.pushState(null, "", answer.url);
      arrived(true);
    } catch {
      say("No answer: is 'alt-audit review' still running? Nothing was stored, and what you have typed is still here.");
      const shown = find(".said, .problem") || find("main");
      const note = document.createElement("p");
      note.className = "problem";
      note.textContent = status.textContent;
      shown.before(note);
    } finally {
      busy = false;
    }
  }

  function arrived(moved) {
    const said = find("[data-said]");
    const heading = find("h1");
    if (moved) {
      scrollTo(0, 0);
      heading.focus({ preventScroll: true });
      const trouble = find("[role=alert]");
      say([trouble?.textContent, said?.textContent].filter(Boolean).join(" ").trim());
    }
    const upcoming = find("[data-upcoming]");
    if (upcoming) new Image().src = upcoming.dataset.upcoming;
    const form = find("form.decide");
    if (form) {
      drafts.bring(form);
      judge(form);
    }
    if (!("speechSynthesis" in window)) find("[data-speak]")?.remove();
  }

  // Our own rules on what is being typed, said by the server.
  let waiting;
  function judge(form) {
    const text = form.elements.text.value;
    form.querySelector("[data-count]").textContent = [...text.trim().replace(/\s+/g, " ")].length;
    clearTimeout(waiting);
    if (!text.trim()) {
      for (const one of form.querySelectorAll("#verdict .findings, #verdict .all-good")) one.remove();
      return;
    }
    waiting = setTimeout(async () => {
      const body = new URLSearchParams({ token: form.elements.token.value, text });
      try {
        const answer = await fetch(form.dataset.check, { method: "POST", body });
        if (!answer.ok || !form.isConnected || form.elements.text.value !== text) return;
        form.querySelector("#verdict").replaceChildren(...parsed(await answer.text()).body.childNodes);
      } catch {
        // The next decision says that there is no answer.
      }
    }, 250);
  }

  function take(field, text) {
    field.value = text;
    field.focus();
    field.dispatchEvent(new Event("input", { bubbles: true }));
  }

  // As a screen reader says it. Only voices of this machine: others send the text away.
  function speak(form) {
    const { value, lang } = form.elements.text;
    const { before, empty } = find("[data-speak]").dataset;
    const text = value.trim().replace(/\s+/g, " ");
    const heard = text ? before + text : empty;
    if (!heard) return say("Nothing is said of it: screen readers pass over an empty text.");
    const voices = speechSynthesis.getVoices().filter((voice) => voice.localService);
    const voice = voices.find((one) => lang && one.lang.toLowerCase().startsWith(lang)) || voices[0];
    if (!voice) return say("This machine has no voice of its own to read with.");
    const words = new SpeechSynthesisUtterance(heard);
    words.voice = voice;
    words.lang = voice.lang;
    speechSynthesis.cancel();
    speechSynthesis.speak(words);
  }

  document.addEventListener("submit", (event) => {
    const form = event.target;
    event.preventDefault();
    const data = new URLSearchParams(new FormData(form, event.submitter));
    if (form.method === "post") return go(form.action, data);
    go(`${form.action}?${data}`);
  });

  document.addEventListener("click", (event) => {
    const link = event.target.closest("#app a[href^='/']");
    if (link && !event.ctrlKey && !event.metaKey && !event.shiftKey && event.button === 0) {
      event.preventDefault();
      go(link.href);
    }
    if (event.target.closest("[data-speak]")) speak(find("form.decide"));
    if (event.target.dataset.take) take(find("form.decide").elements.text, event.target.dataset.take);
    if (event.target.name === "chosen") choose(event.target, event.shiftKey);
  });

  let chosen = null;
  function choose(box, range) {
    const boxes = [...document.querySelectorAll("[name=chosen]:not(:disabled)")];
    if (range && chosen && chosen.isConnected) {
      const ends = [boxes.indexOf(chosen), boxes.indexOf(box)].sort((a, b) => a - b);
      for (const one of boxes.slice(ends[0], ends[1] + 1)) one.checked = box.checked;
    }
    chosen = box;
  }

  // Where the model looked: it may have to be loaded first, and decisions go on meanwhile.
  async function explain(details) {
    const link = details.querySelector("[data-why]");
    if (!details.open || !link) return;
    const place = link.parentElement;
    place.textContent = "The model looks at the picture…";
    try {
      const answer = await fetch(link.href);
      const part = parsed(await answer.text()).getElementById("why");
      if (details.isConnected) place.replaceWith(document.adoptNode(part));
    } catch {
      place.textContent = "No answer: open the row again.";
    }
    if (details.isConnected) say(details.querySelector("p").textContent);
  }

  document.addEventListener("toggle", (event) => event.target.matches(".why") && explain(event.target), true);

  document.addEventListener("input", (event) => {
    const form = event.target.closest("form.decide");
    if (form && event.target.name === "text") {
      drafts.keep(form);
      judge(form);
    }
  });

  document.addEventListener("change", (event) => {
    if (event.target.matches("[data-auto]")) event.target.form.requestSubmit();
  });

  document.addEventListener("keydown", (event) => {
    const typing = event.target.closest("input:not([type=checkbox], [type=radio]), textarea, select");
    if (typing) {
      if (event.key === "Escape") find("h1").focus();
      if (event.key === "Enter" && event.ctrlKey && typing.form.matches(".decide")) find("[value=use]").click();
      return;
    }
    if (event.ctrlKey || event.metaKey || event.altKey || event.repeat) return;
    const target = find(`[data-key="${CSS.escape(event.key)}"]`);
    if (!target) return;
    event.preventDefault();
    if (target.matches("textarea, input[type=search]")) {
      target.focus();
      target.setSelectionRange(target.value.length, target.value.length);
    } else if (!target.disabled) {
      target.click();
    }
  });

  addEventListener("popstate", () => location.reload());
  arrived(false);
})();

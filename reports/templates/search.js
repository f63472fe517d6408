// The search of the report. It works from the disk, where a page may read no file but scripts: so the index is one.
"use strict";
(() => {
  const SHOWN = 100;
  const here = document.currentScript;
  const pieces = Number(here.dataset.pieces);
  const rowsPerPage = Number(here.dataset.rowsPerPage);
  const FILTERS = ["severity", "classification", "status", "kind", "language"];
  const form = document.getElementById("search");
  const said = document.getElementById("said");
  const list = document.getElementById("found");
  const more = document.getElementById("more");
  const rows = [];
  let matching = [];
  let loaded = 0;

  // What altAuditRows gets: position, name, alt, suggestion, page title, page, image, places, thumbnail, the filters, rules.
  window.altAuditRows = (some) => {
    for (const [position, name, alt, suggestion, title, page, image, places, thumbnail, ...rest] of some) {
      const row = { position, name, alt, suggestion, title, page, places, thumbnail, rule: rest.pop() };
      FILTERS.forEach((filter, n) => { row[filter] = rest[n]; });
      row.text = [name, alt, suggestion, title, page, image].join("\n").toLowerCase();
      rows.push(row);
    }
  };

  const ORDERS = {
    places: (a, b) => b.places - a.places || a.position - b.position,
    name: (a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : a.position - b.position),
    page: (a, b) => (a.page < b.page ? -1 : a.page > b.page ? 1 : a.position - b.position),
  };

  const wanted = () => Object.fromEntries([...new FormData(form)].filter(([, value]) => value));

  function find() {
    const { text = "", rule, order, ...filters } = wanted();
    const words = text.toLowerCase().split(/\s+/).filter(Boolean);
    const chosen = Object.entries(filters);
    matching = rows.filter(
      (row) =>
        chosen.every(([name, value]) => row[name] === value) &&
        (!rule || row.rule.includes(rule)) &&
        words.every((word) => row.text.includes(word)),
    );
    if (order) matching.sort(ORDERS[order]);
    list.replaceChildren();
    show();
    const all = loaded < pieces ? "Reading the index" : `${rows.length.toLocaleString("en")} rows`;
    said.textContent = `${matching.length.toLocaleString("en")} of ${all}`;
    const query = new URLSearchParams(wanted()).toString();
    history.replaceState(null, "", query ? `#${query}` : location.pathname.split("/").pop());
  }

  function show() {
    const start = list.childElementCount;
    list.append(...matching.slice(start, start + SHOWN).map(item));
    more.hidden = list.childElementCount >= matching.length;
  }

  function element(name, properties, ...children) {
    const made = Object.assign(document.createElement(name), properties);
    made.append(...children);
    return made;
  }

  const quoted = (text) => (text === "" ? element("code", {}, 'alt=""') : element("q", { className: "web" }, text));

  function item(row) {
    const page = Math.ceil(row.position / rowsPerPage);
    const file = page === 1 ? "index.html" : `images-${String(page).padStart(3, "0")}.html`;
    const picture = element("span", { className: "picture" });
    if (row.thumbnail) {
      picture.append(element("img", { src: `thumbnails/${row.thumbnail}.webp`, alt: "", loading: "lazy" }));
    }
    const facts = element("div", {});
    facts.append(element("a", { href: `${file}#row-${row.position}`, className: "web" }, row.name));
    facts.append(element("span", { className: "muted" }, ` ${row.rule.join(", ")}`));
    const now = row.alt === null ? element("code", {}, "no text") : quoted(row.alt);
    facts.append(element("p", {}, "Now ", now));
    if (row.suggestion !== null) facts.append(element("p", {}, "Suggested ", quoted(row.suggestion)));
    const where = `${row.places.toLocaleString("en")} ${row.places === 1 ? "place" : "places"}, first on `;
    facts.append(element("p", { className: "muted" }, where, element("span", { className: "web" }, row.title || row.page)));
    return element("li", {}, picture, facts);
  }

  function restore() {
    for (const [name, value] of new URLSearchParams(location.hash.slice(1))) {
      const field = form.elements.namedItem(name);
      if (field) field.value = value;
    }
    find();
  }

  function read(number) {
    if (number > pieces) return;
    const script = element("script", { src: `search-${String(number).padStart(3, "0")}.js` });
    script.onload = () => { loaded = number; find(); read(number + 1); };
    script.onerror = () => { said.textContent = `${script.src} is missing: copy the whole folder of the report.`; };
    document.head.append(script);
  }

  form.hidden = false;
  form.addEventListener("submit", (event) => event.preventDefault());
  form.addEventListener("input", find);
  more.addEventListener("click", show);
  window.addEventListener("hashchange", restore);
  restore();
  read(1);
})();

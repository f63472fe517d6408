// The tree that a visitor sees, as HTML: open shadow roots stand in place of their host's children, and what a
// slot shows stands in the slot. It is copied into a document without scripts, so that nothing runs or loads.
// Returns null when the HTML is longer than `maxChars`. Loops instead of recursion: scripts nest as deep as they like.
(maxChars) => {
  const inert = document.implementation.createHTMLDocument("");
  const top = inert.importNode(document.documentElement, false);
  const waiting = [[document.documentElement, top]];
  while (waiting.length > 0) {
    const [original, copy] = waiting.pop();
    if (original.localName === "noscript") {
      copy.innerHTML = original.textContent;
      continue;
    }
    const shown = original.localName === "slot" ? original.assignedNodes() : [];
    const children = shown.length > 0 ? shown : (original.shadowRoot ?? original).childNodes;
    for (const child of children) {
      const twin = copy.appendChild(inert.importNode(child, false));
      if (child.nodeType === Node.ELEMENT_NODE) {
        waiting.push([child, twin]);
      }
    }
  }
  const html = "<!DOCTYPE html>" + top.outerHTML;
  return html.length > maxChars ? null : html;
}

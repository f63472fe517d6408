// Scrolls the window, and every large box with a scroll bar of its own, by most of a screen.
// Returns [whether all are at their ends, the sum of their heights in pixels].
() => {
  const isBox = (element) =>
    element.clientHeight > innerHeight / 2 &&
    element.scrollHeight > element.clientHeight + 50 &&
    /auto|scroll/.test(getComputedStyle(element).overflowY);
  const window_ = document.scrollingElement ?? document.documentElement;
  const boxes = [window_, ...[...document.querySelectorAll("body *")].filter(isBox)];
  let atEnd = true;
  let height = 0;
  for (const box of boxes) {
    box.scrollBy({ top: innerHeight * 0.8, behavior: "instant" });
    const visible = box === window_ ? innerHeight : box.clientHeight;
    atEnd &&= box.scrollTop + visible >= box.scrollHeight - 2;
    height += box.scrollHeight;
  }
  return [atEnd, height];
}

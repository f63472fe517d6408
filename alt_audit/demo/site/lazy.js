// Swaps the placeholder of a lazy picture for the real one as it comes into view.
const observer = new IntersectionObserver((entries) => {
  for (const { isIntersecting, target } of entries) {
    if (!isIntersecting) continue;
    target.src = target.dataset.src;
    observer.unobserve(target);
  }
}, { rootMargin: "200px" });
document.querySelectorAll("img.lazy").forEach((picture) => observer.observe(picture));

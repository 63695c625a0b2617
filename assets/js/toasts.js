// Short words in the corner: those the server sent leave after ten seconds unless someone is
// reading them (focus or pointer inside), and scripts may add their own.
import { byId, on } from "./dom.js";

const life = 10000;

function expire(toast) {
  setTimeout(() => (toast.matches(":hover, :focus-within") ? expire(toast) : toast.remove()), life);
}

export function showToast(text, tone = "info") {
  const template = byId("toast-template");
  if (!template || !text) return;
  const toast = template.content.firstElementChild.cloneNode(true);
  toast.classList.add(tone);
  toast.querySelector("p").textContent = text;
  byId("toasts").append(toast);
  expire(toast);
}

on("click", "[data-dismiss]", (event, button) => {
  event.preventDefault();
  button.closest(".toast").remove();
});

document.querySelectorAll(".toast").forEach(expire);

// Partial answers put a toast into the region out of band.
document.addEventListener("htmx:oobAfterSwap", (event) => {
  event.detail.target?.querySelectorAll?.(".toast").forEach(expire);
});

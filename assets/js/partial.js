// Partial updates by htmx: the form token, a spoken result, a word when the line is down.
import { announce, byId, csrfToken } from "./dom.js";
import { showToast } from "./toasts.js";

document.addEventListener("htmx:configRequest", (event) => {
  if (event.detail.verb !== "get") event.detail.headers["X-CSRF-Token"] = csrfToken();
});

// Answers that explain a refusal are drawn like any other; the rest become a toast.
document.addEventListener("htmx:beforeSwap", (event) => {
  if ([409, 412, 422].includes(event.detail.xhr.status)) {
    event.detail.shouldSwap = true;
    event.detail.isError = false;
  }
});

document.addEventListener("htmx:afterSettle", (event) => {
  const told = event.target.matches?.("[data-announce]")
    ? event.target
    : event.target.querySelector?.("[data-announce]");
  announce(told?.textContent);
  event.target.querySelector?.(".errsum")?.focus();
});

for (const type of ["htmx:sendError", "htmx:timeout", "htmx:responseError"]) {
  document.addEventListener(type, () => showToast(byId("toasts")?.dataset.failed, "bad"));
}

function showConnection() {
  const strip = byId("offline");
  if (strip) strip.hidden = navigator.onLine;
}

addEventListener("online", showConnection);
addEventListener("offline", showConnection);
showConnection();
document.querySelector(".errsum")?.focus();

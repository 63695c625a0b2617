// Partial updates by htmx: the form token, a spoken result, a word when the line is down.
import { announce, byId, csrfToken } from "./dom.js";
import { showToast } from "./toasts.js";

document.addEventListener("htmx:configRequest", (event) => {
  if (event.detail.verb !== "get") event.detail.headers["X-CSRF-Token"] = csrfToken();
});

// A form that came back with its faults is drawn like any other answer; a bare failure is a toast.
document.addEventListener("htmx:beforeSwap", (event) => {
  const { status, responseText } = event.detail.xhr;
  if ([400, 409, 412, 422].includes(status) && !responseText.includes("data-problem")) {
    event.detail.shouldSwap = true;
    event.detail.isError = false;
  }
});

// A failure page in small: its words are all we show.
function wordsOf(html) {
  const problem = new DOMParser().parseFromString(html, "text/html").querySelector("[data-problem]");
  return problem?.textContent.replace(/\s+/g, " ").trim();
}

document.addEventListener("htmx:afterSettle", (event) => {
  const told = event.target.matches?.("[data-announce]")
    ? event.target
    : event.target.querySelector?.("[data-announce]");
  announce(told?.textContent);
  event.target.querySelector?.(".errsum")?.focus();
});

for (const type of ["htmx:sendError", "htmx:timeout", "htmx:responseError"]) {
  document.addEventListener(type, (event) => {
    const told = wordsOf(event.detail.xhr?.responseText ?? "");
    showToast(told || byId("toasts")?.dataset.failed, "bad");
  });
}

function showConnection() {
  const strip = byId("offline");
  if (strip) strip.hidden = navigator.onLine;
}

addEventListener("online", showConnection);
addEventListener("offline", showConnection);
showConnection();
document.querySelector(".errsum")?.focus();

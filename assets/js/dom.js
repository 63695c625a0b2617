// Shared small things. One listener on the document serves what comes later by partial updates.

export function on(type, selector, handler) {
  document.addEventListener(type, (event) => {
    const element = event.target.closest?.(selector);
    if (element) handler(event, element);
  });
}

export function byId(id) {
  return document.getElementById(id);
}

export function announce(text) {
  const region = byId("live");
  if (region && text) region.textContent = text.trim();
}

export function csrfToken() {
  return document.querySelector('meta[name="csrf-token"]')?.content ?? "";
}

export function post(url, body, options = {}) {
  const headers = { "X-CSRF-Token": csrfToken(), "HX-Request": "true" };
  return fetch(url, { method: "POST", body, headers, credentials: "same-origin", ...options });
}

// One WebSocket a tab, named by data-live on <body>. It says the last id it saw and gets the gap.
// A message {"type": "order", "key": "<id>", "id": "<token>"} becomes the events "live:order" and
// "live:order:<id>" on <body>; htmx listens: hx-trigger="live:order from:body". "resync" means
// too much was missed: every listener asks anew. A close for lost rights loads the page again.
import { announce, byId } from "./dom.js";
import { showToast } from "./toasts.js";

const storeKey = "live-last-id";
const reloadKey = "live-reloaded-at";
const rightsEnded = [1008, 4401, 4403];
let attempts = 0;

function spread(message) {
  document.body.dispatchEvent(new CustomEvent(`live:${message.type}`, { detail: message }));
  if (message.key) {
    document.body.dispatchEvent(new CustomEvent(`live:${message.type}:${message.key}`, { detail: message }));
  }
}

function refreshBell(count) {
  const bell = byId("bell-count");
  if (!bell) return;
  bell.textContent = count > 99 ? "99+" : count;
  bell.hidden = count === 0;
}

// A server that refuses every time must not make the page load in a circle.
function reloadOnce() {
  const before = Number(sessionStorage.getItem(reloadKey) || 0);
  sessionStorage.setItem(reloadKey, Date.now());
  if (Date.now() - before > 60000) location.reload();
}

function receive(message) {
  // Opaque to us: the server tells nothing twice and nothing less than once.
  if (message.id) sessionStorage.setItem(storeKey, message.id);
  if (typeof message.unread === "number") refreshBell(message.unread);
  if (message.toast) {
    showToast(message.toast, message.tone);
    announce(message.toast);
  }
  spread(message);
}

function connect(path) {
  const socket = new WebSocket(new URL(path, location.href.replace(/^http/, "ws")));
  socket.addEventListener("open", () => {
    attempts = 0;
    socket.send(JSON.stringify({ type: "hello", since: sessionStorage.getItem(storeKey) }));
  });
  socket.addEventListener("message", (event) => receive(JSON.parse(event.data)));
  socket.addEventListener("close", (event) => {
    if (rightsEnded.includes(event.code)) {
      reloadOnce();
      return;
    }
    attempts += 1;
    const wait = Math.min(15000, 200 * 2 ** attempts) * (0.5 + Math.random() / 2);
    setTimeout(() => connect(path), wait);
  });
}

if (document.body.dataset.live) connect(document.body.dataset.live);

// form[data-autosave="/url"]: changes are posted after a short pause, one request at a time.
// The answer is a fragment drawn into the element named by data-autosave-target (its outer HTML);
// it may bring the new version of the draft out of band. 412 is drawn too: it shows both versions.
// Without scripts the form's own button saves.
import { byId, on, post } from "./dom.js";

const pause = 800;
const savings = new WeakMap();

function savingOf(form) {
  if (!savings.has(form)) savings.set(form, { timer: 0, running: false, again: false, send: null });
  return savings.get(form);
}

function tell(form, key) {
  const target = byId(form.dataset.autosaveTarget);
  const text = form.dataset[key];
  if (!target || !text) return;
  target.classList.add("wait");
  target.textContent = text;
}

function drawAnswer(form, html) {
  const target = byId(form.dataset.autosaveTarget);
  if (target && html) htmx.swap(target, html, { swapStyle: "outerHTML", swapDelay: 0, settleDelay: 0 });
}

async function save(form, options) {
  const saving = savingOf(form);
  clearTimeout(saving.timer);
  saving.timer = 0;
  if (saving.running) {
    saving.again = true;
    return;
  }
  saving.running = true;
  try {
    const answer = await post(form.dataset.autosave, new URLSearchParams(new FormData(form)), options);
    if (answer.ok || [409, 412, 422].includes(answer.status)) drawAnswer(form, await answer.text());
    else tell(form, "autosaveFailed");
  } catch {
    tell(form, "autosaveOffline");
    addEventListener("online", () => save(form), { once: true });
  } finally {
    saving.running = false;
    if (saving.send) {
      const send = saving.send;
      saving.send = null;
      send();
    } else if (saving.again) {
      saving.again = false;
      save(form);
    }
  }
}

function plan(form, delay) {
  const saving = savingOf(form);
  clearTimeout(saving.timer);
  saving.timer = setTimeout(() => save(form), delay);
}

on("input", "form[data-autosave]", (event, form) => plan(form, pause));
on("change", "form[data-autosave]", (event, form) => plan(form, 50));

// A form that is being sent needs no saving beside it. A saving under way brings a new version of the
// draft: the form waits for it, or it would collide with itself.
on("submit", "form[data-autosave]", (event, form) => {
  const saving = savingOf(form);
  clearTimeout(saving.timer);
  saving.timer = 0;
  saving.again = false;
  if (!saving.running) return;
  event.preventDefault();
  saving.send = () => form.requestSubmit(event.submitter);
});

document.addEventListener("visibilitychange", () => {
  if (document.visibilityState !== "hidden") return;
  for (const form of document.querySelectorAll("form[data-autosave]")) {
    if (savingOf(form).timer) save(form, { keepalive: true });
  }
});

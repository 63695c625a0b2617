// form[data-autosave="/url"]: changes are posted after a short pause, one request at a time.
// The answer is a fragment drawn into the element named by data-autosave-target (its outer HTML);
// it may bring the new version of the draft out of band, or the form itself anew: what was typed
// meanwhile then stays typed. 412 is drawn too: it shows both versions. data-autosave-on="change"
// waits until a field is left. Without scripts the form's own button saves.
import { byId, on, post } from "./dom.js";

const pause = { input: 800, change: 300 };
const doublePress = 3000;
const savings = new Map(); // by address, because a form may be replaced by its own answer
let leftAt = 0;

function savingOf(form) {
  const url = form.dataset.autosave;
  if (!savings.has(url)) savings.set(url, { url, timer: 0, running: false, again: false, send: null });
  return savings.get(url);
}

function formOf(saving) {
  return document.querySelector(`form[data-autosave="${saving.url}"]`);
}

function tell(form, key) {
  const line = byId(form.dataset.autosaveStatus ?? form.dataset.autosaveTarget);
  const text = form.dataset[key];
  if (!line || !text) return;
  line.classList.add("wait");
  line.textContent = text;
}

function draw(saving, html, sent) {
  const form = formOf(saving);
  const target = byId(form?.dataset.autosaveTarget);
  if (!target || !html) return;
  const typed = [...new FormData(form)].filter(([name, value]) => sent.get(name) !== value);
  htmx.swap(target, html, { swapStyle: "outerHTML", swapDelay: 0, settleDelay: 0 });
  const drawn = formOf(saving);
  if (drawn === form || !drawn) return;
  for (const [name, value] of typed) {
    const field = drawn.elements.namedItem(name);
    if (field) field.value = value;
  }
  if (typed.length) saving.again = true;
}

async function save(saving, options) {
  const form = formOf(saving);
  clearTimeout(saving.timer);
  saving.timer = 0;
  if (!form) return;
  if (saving.running) {
    saving.again = true;
    return;
  }
  saving.running = true;
  const sent = new FormData(form);
  try {
    const answer = await post(saving.url, new URLSearchParams(sent), options);
    const html = await answer.text();
    const isDrawn = answer.ok || [400, 409, 412, 422].includes(answer.status);
    if (isDrawn && !html.includes("data-problem")) draw(saving, html, sent);
    else tell(form, "autosaveFailed");
    // Somebody else saved: nothing goes over their work before the person has seen it. Another form
    // does not lead away from faults either; the form's own button shows them all.
    if (answer.status === 412) saving.again = false;
    if (answer.status === 412 || (!answer.ok && saving.send?.form.dataset.autosave !== saving.url)) saving.send = null;
  } catch {
    tell(form, "autosaveOffline");
    addEventListener("online", () => save(saving), { once: true });
  } finally {
    saving.running = false;
    goOn(saving);
  }
}

function goOn(saving) {
  const { send, again } = saving;
  saving.send = null;
  saving.again = false;
  if (send) pressAgain(send);
  else if (again) save(saving);
}

function plan(form, type) {
  if (type === "input" && form.dataset.autosaveOn === "change") return;
  const saving = savingOf(form);
  clearTimeout(saving.timer);
  saving.timer = setTimeout(() => save(saving), pause[type]);
}

on("input", "form[data-autosave]", (event, form) => plan(form, "input"));
on("change", "form[data-autosave]", (event, form) => plan(form, "change"));

// The same button of the same form, which may have been drawn anew meanwhile.
function pressAgain({ form, button }) {
  const place = `form[action="${form.getAttribute("action")}"]`;
  const now = form.isConnected ? form : document.querySelector(place);
  const same = [...(now?.elements ?? [])].find((one) => one === button || (one.type === "submit"
    && one.name === button?.name && one.value === button.value
    && one.getAttribute("formaction") === button.getAttribute("formaction")));
  if (now && (same || !button)) now.requestSubmit(same);
}

// Whatever carries the version of the draft must not meet a saving on its way, which brings a newer one: it
// waits for it. What the form holds itself needs no saving; what another form holds is saved first.
on("submit", "form", (event, form) => {
  if (!form.elements.namedItem("version")) return;
  if (Date.now() - leftAt < doublePress) {
    event.preventDefault();
    return;
  }
  if (form.dataset.autosave) {
    const own = savingOf(form);
    clearTimeout(own.timer);
    own.timer = 0;
    own.again = false;
  }
  const busy = [...savings.values()].find((saving) => saving.running || saving.timer);
  if (!busy) {
    leftAt = Date.now();
    return;
  }
  event.preventDefault();
  busy.send = { form, button: event.submitter };
  if (busy.timer) save(busy);
});

// A page out of the browser's memory has an old version of the draft in it.
addEventListener("pageshow", (event) => {
  leftAt = 0;
  if (event.persisted && document.querySelector("form input[name=version]")) location.reload();
});

document.addEventListener("visibilitychange", () => {
  if (document.visibilityState !== "hidden") return;
  for (const saving of savings.values()) if (saving.timer) save(saving, { keepalive: true });
});

// Quantities typed in the catalogue's rows: each goes to the order at hand as soon as it is typed, several at once
// as one request, and only those that changed. Buttons to step by packs are added here: without scripts the one
// button below the list sends the whole form.
const FORM = "form[data-quantities]";
const SENT = new WeakMap();

function changedOf(form) {
  return [...form.querySelectorAll("[data-qty] input")].filter((input) => input.value.trim() !== input.defaultValue);
}

document.addEventListener("htmx:configRequest", (event) => {
  const { elt: form, formData } = event.detail;
  if (!form.matches(FORM)) return;
  const changed = changedOf(form);
  for (const name of [...formData.keys()]) formData.delete(name);
  // An emptied field takes its product out.
  for (const input of changed) formData.set(input.name, input.value.trim() || "0");
  SENT.set(form, new Map(changed.map((input) => [input, input.value.trim()])));
  if (!changed.length) event.preventDefault();
});

document.addEventListener("htmx:afterRequest", (event) => {
  const { elt: form, successful } = event.detail;
  if (!successful || !form.matches(FORM)) return;
  for (const [input, value] of SENT.get(form) ?? []) input.defaultValue = value;
});

function addSteppers(root) {
  for (const form of root.querySelectorAll(FORM)) {
    for (const quantity of form.querySelectorAll("[data-qty]:not(:has(button))")) {
      const [less, more] = form.querySelector("template").content.cloneNode(true).children;
      const sku = quantity.closest("tr").querySelector(".mono").textContent;
      for (const button of [less, more]) button.ariaLabel = `${button.ariaLabel}: ${sku}`;
      quantity.prepend(less);
      quantity.append(more);
    }
  }
}

document.addEventListener("htmx:load", (event) => addSteppers(event.detail.elt.parentNode ?? document));
addSteppers(document);

// Quantity stepper: buttons and arrow keys move by the pack; typing stays free, the server judges.
import { on } from "./dom.js";

function digitsOf(text) {
  return text.split(".")[1]?.length ?? 0;
}

function readNumber(text) {
  const value = Number(text.replace(/\s/g, "").replace(",", "."));
  return Number.isFinite(value) ? value : 0;
}

function stepQuantity(input, direction) {
  const text = input.dataset.step || "1";
  const step = Number(text);
  const least = Number(input.dataset.min || 0);
  const current = readNumber(input.value);
  // From 5 with a pack of 4, up is 8 and down is 4: always whole packs.
  const packs = current / step + direction;
  const whole = direction > 0 ? Math.floor(packs + 1e-9) : Math.ceil(packs - 1e-9);
  const value = Math.max(least, whole * step).toFixed(digitsOf(text));
  input.value = document.documentElement.lang === "en" ? value : value.replace(".", ",");
  input.dispatchEvent(new Event("input", { bubbles: true }));
  input.dispatchEvent(new Event("change", { bubbles: true }));
}

on("click", "[data-qty] [data-by]", (event, button) => {
  stepQuantity(button.parentElement.querySelector("input"), Number(button.dataset.by));
});

on("keydown", "[data-qty] input", (event, input) => {
  const direction = { ArrowUp: 1, ArrowDown: -1 }[event.key];
  if (!direction) return;
  event.preventDefault();
  stepQuantity(input, direction);
});

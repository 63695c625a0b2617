// Menu and filters fill the screen of a phone. Without scripts a link to their id opens them
// (:target); here a class does, because a partial update may replace the sheet while it is open:
// it stays open and stays where it was scrolled to.
import { byId, on } from "./dom.js";

let openId = "";
let scrolled = 0;
let opener = null;

function openSheet() {
  return openId ? byId(openId) : null;
}

export function closeSheet() {
  if (!openId) return;
  openSheet()?.classList.remove("open");
  openId = "";
  opener?.focus();
}

on("click", 'a[href^="#"]', (event, link) => {
  const sheet = byId(link.hash.slice(1));
  if (!sheet?.matches(".side, .sheet")) return;
  event.preventDefault();
  openId = sheet.id;
  opener = link;
  sheet.classList.add("open");
  sheet.querySelector(".side-close, .sheet-close")?.focus();
});

on("click", ".side.open .side-close, .sheet.open .sheet-close", (event) => {
  event.preventDefault();
  closeSheet();
});

// "Show" in the foot of the filters sends the form: then one wants to see the list.
on("submit", "form", (event) => {
  if (event.submitter?.closest(".sheet.open")) closeSheet();
});

document.addEventListener("htmx:beforeSwap", () => {
  scrolled = openSheet()?.scrollTop ?? 0;
});

// htmx lends the new element the classes of the old one until it settles, then takes them away.
for (const type of ["htmx:afterSwap", "htmx:afterSettle"]) {
  document.addEventListener(type, () => {
    const sheet = openSheet();
    if (!sheet) return;
    sheet.classList.add("open");
    sheet.scrollTop = scrolled;
  });
}

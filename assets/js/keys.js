// "/" goes to the search, Esc closes whatever is open on top.
import { closeSheet } from "./sheets.js";

const typing = "input, textarea, select, [contenteditable]";

document.addEventListener("keydown", (event) => {
  if (event.key === "/" && !event.ctrlKey && !event.metaKey && !event.target.matches?.(typing)) {
    const field = document.querySelector('[role="search"] input');
    if (field?.offsetParent) {
      event.preventDefault();
      field.select();
    }
  }
  if (event.key === "Escape") closeSheet();
});

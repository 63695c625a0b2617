// A link or button with data-opens shows a dialog; without scripts the link leads to a page that
// asks the same question.
import { byId, on } from "./dom.js";

on("click", "[data-opens]", (event, opener) => {
  const dialog = byId(opener.dataset.opens);
  if (!dialog) return;
  event.preventDefault();
  dialog.showModal();
});

on("click", "[data-closes]", (event, closer) => {
  event.preventDefault();
  closer.closest("dialog")?.close();
});

// The backdrop belongs to the dialog element itself, its content does not.
on("click", "dialog", (event, dialog) => {
  if (event.target === dialog) dialog.close();
});

// The theme changes at once; the server keeps the choice in a cookie for the next page.
import { on, post } from "./dom.js";

on("submit", "form[data-theme-form]", (event, form) => {
  event.preventDefault();
  const choice = event.submitter.value;
  const root = document.documentElement;
  if (choice) root.dataset.theme = choice;
  else delete root.dataset.theme;
  for (const button of form.querySelectorAll("button")) {
    button.setAttribute("aria-pressed", String(button === event.submitter));
  }
  post(form.action, new URLSearchParams(new FormData(form, event.submitter)), {
    redirect: "manual",
  }).catch(() => {});
});

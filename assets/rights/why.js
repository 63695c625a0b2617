// A quiet "why?" answers in a dialog over the page; its own address is the page without scripts.
import { byId, on } from "../js/dom.js";

on("click", "a.why", async (event, link) => {
  const dialog = byId("why");
  if (!dialog || !window.htmx || event.ctrlKey || event.metaKey || event.shiftKey) return;
  event.preventDefault();
  await window.htmx.ajax("GET", link.getAttribute("href"), { target: "#why-body", swap: "innerHTML" });
  if (byId("why-body").childElementCount) dialog.showModal();
});

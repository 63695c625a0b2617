// The facets beside the list. Requests for the list name the values the panel offers; as long as these are the same
// the answer brings only what changed, in the order of the values: counts, with a star where a value is chosen.
// The panel itself stays: what has the focus, what is open and where it was scrolled to. Otherwise the answer brings
// the whole panel out of band.
import { byId } from "../js/dom.js";

const LIST = "found";
let isAhead = false; // a box was ticked after the last request went out: the next answer knows of it

function markChosen(group) {
  const chosen = group.querySelectorAll("input:checked").length;
  const badge = group.querySelector("summary .badge") ?? document.createElement("span");
  badge.className = "badge pri";
  badge.textContent = chosen;
  if (!chosen) badge.remove();
  else if (!badge.isConnected) group.querySelector("summary .icon").before(badge);
  if (chosen) group.open = true;
}

function drawCounts(panel, counts) {
  panel.querySelectorAll(".opt").forEach((option, place) => {
    const isChosen = counts[place].startsWith("*");
    const count = isChosen ? counts[place].slice(1) : counts[place];
    option.querySelector(".n").textContent = count;
    option.classList.toggle("zero", count === "0");
    if (!isAhead) option.querySelector("input").checked = isChosen;
  });
  panel.querySelectorAll(".facet").forEach(markChosen);
}

document.addEventListener("htmx:configRequest", (event) => {
  const { target, headers } = event.detail;
  if (target?.id !== LIST) return;
  headers["X-Facets"] = byId("filter-form").dataset.facets;
  isAhead = false;
});

document.addEventListener("change", (event) => {
  if (event.target.form?.id === "filter-form") isAhead = true;
});

document.addEventListener("htmx:afterSwap", (event) => {
  const list = byId(LIST);
  if (event.detail.target?.id !== LIST || !list) return;
  if (list.dataset.counts) drawCounts(byId("filter-form"), list.dataset.counts.split(" "));
  // What was pressed is gone, as a chip that took its filter away: the keyboard goes on from the list.
  if (document.activeElement === document.body) list.focus({ preventScroll: true });
});

// Arrow keys, Home and End walk the cells of a matrix; every cell is a link, so Enter opens it. Tab stops at one of
// them, so that the open cell is not four hundred stops away.
const steps = { ArrowLeft: [0, -1], ArrowRight: [0, 1], ArrowUp: [-1, 0], ArrowDown: [1, 0] };

const open = (matrix) => matrix?.querySelector("a.cell[aria-current]");

function stopAt(cell) {
  for (const other of cell?.closest("[data-matrix]").querySelectorAll("a.cell") ?? []) other.tabIndex = other === cell ? 0 : -1;
}

// After a change the page is new: what was open stands in view again.
const matrix = document.querySelector("[data-matrix]");
const isAtPanel = location.hash === "#cell";
open(matrix)?.scrollIntoView({ block: isAtPanel ? "center" : "nearest", inline: "center" });
if (isAtPanel) document.getElementById("cell")?.scrollIntoView();
stopAt(open(matrix) ?? matrix?.querySelector("a.cell"));

document.addEventListener("focusin", (event) => {
  const cell = event.target.closest?.("[data-matrix] a.cell");
  if (cell) stopAt(cell);
});

document.addEventListener("click", (event) => {
  const cell = event.target.closest?.("[data-matrix] a.cell");
  if (!cell) return;
  open(cell.closest("[data-matrix]"))?.removeAttribute("aria-current");
  cell.setAttribute("aria-current", "true");
});

document.addEventListener("keydown", (event) => {
  const cell = event.target.closest?.("[data-matrix] a.cell");
  if (!cell || event.ctrlKey || event.metaKey || event.altKey) return;
  const rows = [...cell.closest("[data-matrix]").querySelectorAll("tr")]
    .map((row) => [...row.querySelectorAll("a.cell")])
    .filter((row) => row.length);
  const at = rows.findIndex((row) => row.includes(cell));
  const column = rows[at].indexOf(cell);
  const [down, right] = steps[event.key] ?? [0, 0];
  const edge = { Home: rows[at][0], End: rows[at].at(-1) }[event.key];
  const next = edge ?? rows[at + down]?.[column + right];
  if ((down || right || edge) && next) {
    event.preventDefault();
    next.focus();
  }
});

// On a phone the opened cell stands below the whole matrix.
document.addEventListener("htmx:afterSettle", ({ target }) => {
  if (target.id === "cell" && target.getBoundingClientRect().top > innerHeight) target.scrollIntoView();
});

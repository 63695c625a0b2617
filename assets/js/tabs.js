// A strip of tabs that is wider than the screen starts where the open one stands.
for (const strip of document.querySelectorAll(".tabs")) {
  const open = strip.querySelector("[aria-current]")?.getBoundingClientRect();
  const frame = strip.getBoundingClientRect();
  if (open) strip.scrollLeft += (open.left + open.right - frame.left - frame.right) / 2;
}

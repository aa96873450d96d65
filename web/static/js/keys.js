// Single keys, where the reader left them on. Never inside a field, never with a modifier; none of them changes anything.

import { links, showHeld } from "./list.js";
import { leave, show } from "./detail.js";

// As many as this reader has, in the order and with the numbers that the page shows.
const SECTIONS = [...document.querySelectorAll("nav.sections a")].map((link) => link.getAttribute("href"));

function step(by) {
  const all = links();
  if (!all.length) return;
  const at = all.findIndex((link) => link.hasAttribute("aria-current"));
  const next = all[Math.min(all.length - 1, Math.max(0, at < 0 ? 0 : at + by))];
  next.scrollIntoView({ block: "nearest" });
  show(new URL(next.href).pathname);
}

const ACTS = {
  j: () => step(1),
  k: () => step(-1),
  n: showHeld,
  v: () => { const chain = document.querySelector(".chain"); if (chain) chain.open = !chain.open; },
  "/": () => location.assign("/search"),
  escape: leave,
};

if (document.body.dataset.keys === "on") {
  document.addEventListener("keydown", (press) => {
    if (press.ctrlKey || press.metaKey || press.altKey || press.defaultPrevented) return;
    if (press.target.closest("input, textarea, select, [contenteditable]")) return;
    const key = press.key.toLowerCase();
    const act = ACTS[key] ?? (SECTIONS[key - 1] ? () => location.assign(SECTIONS[key - 1]) : null);
    if (!act) return;
    press.preventDefault();
    act();
  });
}

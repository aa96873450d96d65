// The live list. It never moves under the reader: while they scroll, point or focus in it, new rows wait behind the pill.

const POINTED_MS = 4000;
const SPOKEN_MS = 4000;

const rows = document.getElementById("rows");
const pill = document.getElementById("held");
const empty = document.querySelector(".list .empty");
const held = new Map();
let pointedAt = -Infinity;

function busy() {
  const scrolled = rows.scrollTop > 4 || (getComputedStyle(rows).overflowY === "visible" && window.scrollY > 60);
  return scrolled || rows.contains(document.activeElement) || performance.now() - pointedAt < POINTED_MS;
}

function parse(markup) {
  const holder = document.createElement("template");
  holder.innerHTML = markup;
  return holder.content.firstElementChild;
}

function showPill() {
  pill.hidden = held.size === 0;
  pill.firstElementChild.textContent = pill.dataset.new.replace("#", held.size);
  document.title = document.title.replace(/^\(\d+\) /, "");
  if (held.size) document.title = `(${held.size}) ${document.title}`;
}

function add(row) {
  row.classList.add("fresh");
  rows.prepend(row);
  if (empty) empty.hidden = true;
}

// what stands over the list counts what is in force in it, also what waits behind the pill
function count() {
  const there = [...rows.children, ...held.values()].filter((row) => !row.matches(".gone, .lapsed"));
  document.querySelectorAll("[data-count]").forEach((figure) => {
    const number = there.filter((row) => row.classList.contains(`s-${figure.dataset.count}`)).length;
    figure.textContent = number;
    if (figure.closest(".counts")) figure.parentElement.hidden = number === 0;
  });
}

export function take(markup) {
  if (!rows) return;
  place(markup);
  count();
}

function place(markup) {
  const row = parse(markup);
  const there = document.getElementById(row.id);
  const gone = row.classList.contains("gone");
  if (gone) document.getElementById("say").textContent = "";
  if (there) {
    const link = there.querySelector("a");
    const focused = link === document.activeElement;
    if (link.hasAttribute("aria-current")) row.querySelector("a").setAttribute("aria-current", "true");
    there.replaceWith(row);
    if (focused) row.querySelector("a").focus({ preventScroll: true });
    return;
  }
  if (busy() || held.has(row.id)) {
    held.set(row.id, row);
    showPill();
  } else {
    add(row);
  }
  if (!gone) announce(row);
}

// the spoken words leave the page again: what was said may be withdrawn a second later
let spoken;
function announce(row) {
  const words = [".sev", "strong", ".where"].map((part) => row.querySelector(part)?.textContent.trim()).join(". ");
  const say = document.getElementById("say");
  say.textContent = words;
  clearTimeout(spoken);
  spoken = setTimeout(() => { say.textContent = ""; }, SPOKEN_MS);
}

export function showHeld() {
  if (!rows || held.size === 0) return;
  held.forEach(add);
  held.clear();
  showPill();
  pointedAt = -Infinity;
  rows.scrollTop = 0;
  if (getComputedStyle(rows).overflowY === "visible") window.scrollTo(0, 0);
}

export function links() {
  return rows ? [...rows.querySelectorAll("a")] : [];
}

pill?.addEventListener("click", showHeld);
rows?.addEventListener("pointermove", () => { pointedAt = performance.now(); }, { passive: true });
rows?.addEventListener("pointerleave", () => { pointedAt = -Infinity; }, { passive: true });

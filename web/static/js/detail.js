// One record beside the list, without loading the list again. The server renders it and answers for what may be read.

import { links } from "./list.js";

const main = document.getElementById("main");
const split = main.classList.contains("split");
const home = main.dataset.shelf === "library" ? "/library" : "/";
let asked = 0;

export const current = () => document.getElementById("detail")?.dataset.record ?? "";

export function swapBand(markup) {
  const holder = document.createElement("template");
  holder.innerHTML = markup;
  const band = holder.content.getElementById("band");
  if (band) document.getElementById("band").replaceWith(band);
  return holder.content;
}

async function fetchPart(path) {
  const onScreen = document.getElementById("band").dataset.onScreen;
  const answer = await fetch(path, { headers: { "X-Part": "detail", "X-On-Screen": onScreen }, cache: "no-store" });
  return answer.ok ? answer.text() : null;
}

function mark(record) {
  links().forEach((link) => {
    if (link.parentElement.dataset.record === record) link.setAttribute("aria-current", "true");
    else link.removeAttribute("aria-current");
  });
}

export async function show(path, { push = true, focus = false } = {}) {
  const turn = ++asked;
  const record = path.split("/").pop();
  mark(record);
  const markup = await fetchPart(path).catch(() => null);
  if (turn !== asked) return;
  if (markup === null) { location.assign(path); return; }
  const detail = swapBand(markup).getElementById("detail");
  const scroll = record === current() ? document.getElementById("detail").scrollTop : 0;
  const opened = [...document.querySelectorAll("#detail details")].map((each) => each.open);
  const same = record === current();
  document.getElementById("detail").replaceWith(detail);
  if (same) detail.querySelectorAll("details").forEach((each, n) => { each.open = opened[n] ?? false; });
  detail.scrollTop = scroll;
  main.classList.add("opened");
  document.title = detail.dataset.title;
  if (push && location.pathname !== path) history.pushState({ record }, "", path);
  if (focus) detail.focus({ preventScroll: true });
  if (!same && matchMedia("(max-width: 58rem)").matches) window.scrollTo(0, 0);
}

export function refresh(records) {
  const shown = current();
  if (shown && records.has(shown)) show(`/records/${shown}`, { push: false });
}

if (split) {
  document.addEventListener("click", (click) => {
    if (click.defaultPrevented || click.button || click.metaKey || click.ctrlKey || click.shiftKey || click.altKey) return;
    const link = click.target.closest("#rows a");
    if (!link) return;
    click.preventDefault();
    show(new URL(link.href).pathname);
  });
  addEventListener("popstate", () => {
    if (location.pathname.startsWith("/records/")) show(location.pathname, { push: false });
    else location.reload();
  });
}

export const leave = () => { if (split && current()) location.assign(home); };

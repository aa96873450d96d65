// Joins the page to its event stream. Everything works without this file but live updates.

import { beat, signedOut } from "./age.js";
import { refresh, swapBand } from "./detail.js";
import { take } from "./list.js";
import { Stream } from "./stream.js";
import "./keys.js";

const HIDDEN_MS = 60000; // a browser has six lines to one host: a page nobody sees gives its own back
const SEEN_MS = 120000;
const QUIET_MS = 400;

const main = document.getElementById("main");
const page = main.dataset;

function address() {
  const query = new URLSearchParams({ after: page.after ?? "", shelf: page.shelf ?? "", scope: page.scope ?? "" });
  query.set("cases", page.cases ?? "");
  query.set("band", document.getElementById("band").dataset.onScreen);
  return `/events?${query}`;
}

// pages that are no list: their main part is fetched again when something on them may have changed
let due;
function renew() {
  if (page.livePage === undefined) return;
  clearTimeout(due);
  due = setTimeout(async () => {
    if (main.contains(document.activeElement) && document.activeElement.matches("input, textarea, select")) return;
    const answer = await fetch(location.href, { cache: "no-store" }).catch(() => null);
    if (!answer?.ok) return;
    const fresh = new DOMParser().parseFromString(await answer.text(), "text/html");
    main.replaceChildren(...fresh.getElementById("main").childNodes);
    document.getElementById("band").replaceWith(fresh.getElementById("band"));
  }, QUIET_MS);
}

const on = {
  row: take,
  band: (markup) => swapBand(markup),
  status: (markup) => {
    const holder = document.createElement("template");
    holder.innerHTML = markup;
    document.getElementById("peers").replaceWith(holder.content);
    renew();
  },
  drafts: (markup) => {
    const bar = document.getElementById("drafts-bar");
    if (bar) {
      const holder = document.createElement("template");
      holder.innerHTML = markup;
      bar.replaceWith(holder.content);
    } else {
      renew();
    }
  },
  conduct: (markup) => {
    const holder = document.createElement("template");
    holder.innerHTML = markup;
    document.getElementById("conduct").replaceWith(holder.content);
    renew();
  },
  touched: (ids) => { refresh(new Set(ids.split(" "))); renew(); },
  reload: () => {
    if (page.after !== undefined) location.reload();
    else stream.lastId = ""; // a form: what was typed stays, the stream starts from now
  },
};

const stream = new Stream(address(), {
  onEvent: (name, data) => on[name]?.(data),
  onBeat: beat,
  onEnd: signedOut,
});
stream.open();

let away;
document.addEventListener("visibilitychange", () => {
  clearTimeout(away);
  if (document.hidden) away = setTimeout(() => stream.close(), HIDDEN_MS);
  else stream.open();
});
addEventListener("focus", () => stream.open());
addEventListener("pagehide", () => stream.close());
addEventListener("pageshow", (shown) => { if (shown.persisted) stream.open(); });

// moving in the page counts as use of the session; watching the stream does not
let seenAt = Date.now();
function seen() {
  if (Date.now() - seenAt < SEEN_MS) return;
  seenAt = Date.now();
  const csrf = document.querySelector("meta[name=csrf]").content;
  fetch("/seen", { method: "POST", body: new URLSearchParams({ csrf }), cache: "no-store" }).catch(() => null);
}
["pointerdown", "keydown", "wheel"].forEach((act) => addEventListener(act, seen, { passive: true }));

document.querySelectorAll("form").forEach((form) => {
  form.addEventListener("submit", (sent) => {
    if (form.dataset.sent) { sent.preventDefault(); return; }
    form.dataset.sent = "yes";
  });
});
const errors = document.getElementById("errors");
if (errors) errors.focus();

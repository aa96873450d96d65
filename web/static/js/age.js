// Clock, ages, and how old the line is: a dead connection must not look alive.

const LATE_MS = 5000;
const LOST_MS = 15000;

const body = document.body;
const ahead = Number(body.dataset.now) - Date.now();
const live = document.getElementById("live");
const strip = document.getElementById("strip");
const timeOf = { timeZone: body.dataset.zone, hourCycle: "h23", hour: "2-digit", minute: "2-digit", second: "2-digit" };
const localClock = new Intl.DateTimeFormat("en-GB", timeOf);
const utcClock = new Intl.DateTimeFormat("en-GB", { timeZone: "UTC", hourCycle: "h23", hour: "2-digit", minute: "2-digit" });

let lastBeat = null;
let ended = false;

export const now = () => Date.now() + ahead;

export function beat() {
  lastBeat = performance.now();
  show();
}

export function signedOut() {
  ended = true;
  strip.textContent = strip.dataset.out;
  const link = document.createElement("a");
  link.className = "button small";
  link.href = `/sign-in?next=${location.pathname}`;
  link.textContent = "→";
  link.setAttribute("aria-label", strip.dataset.out);
  strip.append(" ", link);
  strip.hidden = false;
  document.documentElement.classList.add("stale");
  say("off", live.dataset.lost, "");
}

export function isLive() {
  return !ended && lastBeat !== null && performance.now() - lastBeat <= LOST_MS;
}

function span(seconds) {
  const units = body.dataset;
  if (seconds < 60) return units.unitS.replace("#", seconds);
  if (seconds < 3600) return units.unitMin.replace("#", Math.floor(seconds / 60));
  if (seconds < 172800) return units.unitH.replace("#", Math.floor(seconds / 3600));
  return units.unitD.replace("#", Math.floor(seconds / 86400));
}

function say(state, words, more) {
  live.className = `live ${state}`;
  live.firstElementChild.textContent = words;
  live.lastElementChild.textContent = more;
}

function show() {
  if (ended || lastBeat === null) return;
  const quiet = performance.now() - lastBeat;
  const words = span(Math.round(quiet / 1000));
  const lost = quiet > LOST_MS;
  if (lost) strip.textContent = strip.dataset.stale.replace("#", words);
  strip.hidden = !lost;
  document.documentElement.classList.toggle("stale", lost);
  document.querySelectorAll("[data-waits-for-live] button").forEach((button) => { button.disabled = lost; });
  if (quiet > LATE_MS) say(lost ? "off" : "late", live.dataset.late.replace("#", words), "");
  else say("", live.dataset.live, words);
}

function tick() {
  const at = now();
  const clock = document.getElementById("clock");
  clock.textContent = localClock.format(at);
  document.getElementById("clock-utc").textContent = `${utcClock.format(at)} UTC`;
  document.querySelectorAll("time[data-ms]").forEach((time) => {
    time.textContent = span(Math.max(0, Math.floor((at - Number(time.dataset.ms)) / 1000)));
  });
  document.querySelectorAll("[data-leaves]").forEach((leaving) => {
    const left = Math.ceil((Number(leaving.dataset.leaves) - at) / 1000);
    leaving.querySelector(".countdown").textContent = left > 0 ? span(left) : "";
    if (left <= 0 && !leaving.dataset.left) {
      leaving.dataset.left = "yes";
      setTimeout(() => location.reload(), 800);
    }
  });
  show();
}

tick();
setInterval(tick, 1000);

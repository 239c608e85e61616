// Scenes take turns, the whole moves a little so that no pixel burns in, and it says how fresh it is. Without this
// script all scenes stand below each other.
(() => {
  "use strict";
  const wall = document.getElementById("wall");
  const next = document.getElementById("wall-next");
  const EVERY = Number(wall.dataset.every) * 1000;
  const SCENE = 12000;           // So long a scene is shown.
  const PATIENCE = 3 * EVERY;    // After this long without news it is said, and the page loads itself anew.
  const SHIFTS = 8;
  let scene = 0, heard = Date.now(), tried = 0;

  function show() {
    const scenes = wall.querySelectorAll(".scene");
    if (!scenes.length) return;
    scene %= scenes.length;
    scenes.forEach((one, number) => one.classList.toggle("now", number === scene));
    wall.classList.add("moving");
  }

  function shift() {
    const number = Math.floor(Date.now() / 60000) % (SHIFTS + 1);
    for (let one = 1; one <= SHIFTS; one += 1) wall.classList.toggle(`shift-${one}`, one === number);
  }

  // A server that starts again may show another build: then all is loaded anew, but only once it answers.
  async function load() {
    if (Date.now() - tried < EVERY) return;
    tried = Date.now();
    const answer = await fetch(location.href, { cache: "no-store" }).catch(() => null);
    if (answer?.ok) location.reload();
  }

  function tick() {
    const quiet = Date.now() - heard;
    const isStale = quiet > PATIENCE;
    wall.classList.toggle("stale", isStale);
    if (isStale) {
      const time = new Date(heard).toLocaleTimeString(document.documentElement.lang, { timeStyle: "short" });
      next.textContent = next.dataset.stale.replace("[time]", time);
      load();
    } else {
      const seconds = Math.max(0, Math.ceil((EVERY - quiet) / 1000));
      next.textContent = next.dataset.next.replace("[seconds]", seconds);
    }
    shift();
  }

  document.addEventListener("htmx:sse:after:message", () => {
    heard = Date.now();
    const build = wall.querySelector(".scene[data-build]")?.dataset.build;
    if (build && build !== wall.dataset.build) load();
    show();
  });
  show();
  tick();
  setInterval(() => { scene += 1; show(); }, SCENE);
  setInterval(tick, 1000);
})();

// One's own row. What all see alike comes with the stream; which row is one's own only this page knows.
(() => {
  "use strict";
  const SOON = 800;              // Points of one's own are fetched within this time ...
  const LATER = [5000, 30000];   // ... and one's place below the rows within this, so that not all ask at once.
  let timer = null;

  const live = () => document.getElementById("live");
  const rows = () => document.getElementById("live-rows");
  const mine = () => rows()?.querySelector("tr.mine");
  const nameOf = (row) => row.querySelector("th")?.textContent.trim().replace(/\s+/g, " ");
  const pointsOf = (row) => {
    const text = row?.querySelector(".figure")?.textContent ?? "";
    const digits = text.replace(/[^0-9]/g, "");
    return digits === "" ? null : Number(digits) * (/[-\u2212]/.test(text) ? -1 : 1);
  };

  let kept = null;               // One's own row as it was, while new ones are put in.
  let place = null;              // And what is said about one's own place above them.

  function keep() {
    if (live()) live().dataset.had ??= pointsOf(mine()) ?? 0;
    kept = mine()?.cloneNode(true) ?? kept;
    place = rows()?.querySelector(".own-place")?.cloneNode(true) ?? place;
  }

  // Until the own row is fetched, the row of the same name is one's own; a row below the others stays where it was.
  function mark() {
    const body = rows()?.querySelector("tbody");
    if (place && rows() && !rows().querySelector(".own-place")) {
      rows().querySelector(".scroll")?.before(place.cloneNode(true));
    }
    if (!kept || !body || mine()) return;
    const own = nameOf(kept);
    const same = [...body.rows].filter((row) => own === nameOf(row) || own?.startsWith(`${nameOf(row)} `));
    if (same.length === 1) {
      same[0].classList.add("mine");
      same[0].setAttribute("aria-current", "true");
      const you = kept.querySelector(".you");
      if (you && !same[0].querySelector(".you")) same[0].querySelector("th").append(" ", you.cloneNode(true));
    } else if (same.length === 0) {
      body.append(kept.cloneNode(true));
    }
  }

  async function fetchOwn() {
    const address = live()?.dataset.own;
    if (!address) return;
    const answer = await fetch(address, { headers: { "HX-Request": "true" } }).catch(() => null);
    if (!answer?.ok || answer.redirected || !rows()) return;
    rows().innerHTML = await answer.text();
    window.htmx?.process(rows());
    kept = mine()?.cloneNode(true) ?? null;
    const before = Number(live().dataset.had);
    const after = pointsOf(mine());
    if (after === null || before === after) return;
    live().dataset.had = after;
    if (after > before) mine().classList.add("arrived");
    say(after > before ? live().dataset.gained : live().dataset.lost, after - before);
  }

  function say(words, gained) {
    const total = mine().querySelector(".figure").textContent.trim();
    document.getElementById("live-said").textContent = words
      .replace("[gained]", gained.toLocaleString(document.documentElement.lang))
      .replace("[total]", total);
  }

  function within(least, most) {
    clearTimeout(timer);
    timer = setTimeout(fetchOwn, least + Math.random() * (most - least));
  }

  let isOwn = false;             // Points of one's own are on their way: what comes later does not put them off.
  document.addEventListener("htmx:sse:before:message", keep);
  document.addEventListener("htmx:sse:after:message", (event) => {
    if (event.target !== live()) return;
    mark();
    if (!isOwn) within(...LATER);
  });
  document.addEventListener("own", () => {
    isOwn = true;
    within(0, SOON);
    setTimeout(() => { isOwn = false; }, SOON);
  });
})();

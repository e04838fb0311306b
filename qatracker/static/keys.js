// Keys: find, the next of a list, the palette of actions. Without them all of it works.
"use strict";

(() => {
  const KEPT = "qatracker-list";
  const byId = (id) => document.getElementById(id);
  const singleKeys = document.documentElement.dataset.singleKeys !== "off";
  const inField = (target) =>
    target.closest("input, select, textarea, [contenteditable]") !== null;

  // The list: the first link of each row. Kept in this tab, so that the pages that it
  // leads to know what comes next.
  const links = [...document.querySelectorAll(
    "main .list-table > tbody > tr, main .work .table > tbody > tr")]
    .map((row) => row.querySelector("a")).filter(Boolean);
  if (links.length) {
    const paths = links.map((link) => link.pathname);
    sessionStorage.setItem(KEPT, JSON.stringify([...new Set(paths)]));
  }
  const kept = JSON.parse(sessionStorage.getItem(KEPT) || "[]");
  const here = kept.findIndex((path) => location.pathname.startsWith(path));

  const step = (by) => {
    if (links.length) {
      const at = links.indexOf(document.activeElement);
      const next = links[at === -1 ? (by > 0 ? 0 : links.length - 1) : at + by];
      if (next) next.focus();
    } else if (here !== -1 && kept[here + by]) {
      location.assign(kept[here + by]);
    }
  };

  // The same by the mouse, at the foot of the side bar.
  const sequence = byId("site-sequence");
  if (sequence && !links.length && here !== -1 && kept.length > 1) {
    for (const [name, by] of [["previous", -1], ["next", 1]]) {
      const link = sequence.querySelector(`[data-${name}]`);
      if (kept[here + by]) link.href = kept[here + by];
      else link.removeAttribute("href");
    }
    sequence.querySelector("[data-place]").textContent = `${here + 1} / ${kept.length}`;
    sequence.hidden = false;
  }

  // The palette: asked for when it is opened, so that it says what is open now.
  const palette = byId("site-commands");
  const typed = byId("site-command");
  const shown = () =>
    [...palette.querySelectorAll("[data-list] li:not([hidden]) > a")];
  async function open() {
    const list = palette.querySelector("[data-list]");
    typed.value = "";
    list.replaceChildren();
    palette.showModal();
    const page = encodeURIComponent(location.pathname);
    const answer = await fetch(`${palette.dataset.from}?page=${page}`);
    if (new URL(answer.url).pathname !== palette.dataset.from) location.reload();
    else if (answer.ok) {
      const part = new DOMParser().parseFromString(await answer.text(), "text/html");
      list.replaceChildren(...part.body.children);
      narrow();
    }
  }
  const narrow = () => {
    const sought = typed.value.trim().toLowerCase();
    for (const item of palette.querySelectorAll("[data-list] li"))
      item.hidden = !item.textContent.toLowerCase().includes(sought);
  };
  if (palette) {
    typed.addEventListener("input", narrow);
    palette.addEventListener("keydown", (event) => {
      const all = shown();
      const at = all.indexOf(document.activeElement);
      if (event.key === "ArrowDown") (all[at + 1] || all[0])?.focus();
      else if (event.key === "ArrowUp") (all[at - 1] || typed).focus();
      else if (event.key === "Enter" && at === -1) all[0]?.click();
      else return;
      event.preventDefault();
    });
  }

  document.addEventListener("keydown", (event) => {
    if (event.isComposing || event.altKey || event.shiftKey && event.key !== "?") return;
    if (event.ctrlKey || event.metaKey) {
      if (event.key.toLowerCase() !== "k" || !palette) return;
      event.preventDefault();
      if (!palette.open) open();
      return;
    }
    if (!singleKeys || inField(event.target) || document.querySelector("dialog[open]"))
      return;
    if (event.key === "/" && byId("site-search")) {
      event.preventDefault();
      byId("site-search").focus();
      byId("site-search").select();
    } else if (event.key === "?") byId("site-keys")?.showModal();
    else if (event.key === "j") step(1);
    else if (event.key === "k") step(-1);
    // A part of the page that has a key of its own: a button leads to a page that asks,
    // and of a signature the first field that asks takes the focus.
    else if (/^[a-z]$/.test(event.key)) {
      const part = document.querySelector(`main [data-key="${event.key}"]:not(:disabled)`);
      if (part?.matches("button")) part.click();
      else if (part) {
        event.preventDefault();
        part.querySelector("input:not([type=hidden])").focus();
      }
    }
  });
  document.addEventListener("click", (event) => {
    if (event.target.closest("[data-keys]")) byId("site-keys").showModal();
  });
})();

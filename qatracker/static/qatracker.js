// What every page does a little quicker with JavaScript; without it all of it works.
"use strict";

const inField = (target) =>
  target.closest("input, select, textarea, [contenteditable]") !== null;

// Keys: / finds a lot, ? shows the keys.
document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || inField(event.target)) return;
  if (event.key === "/") {
    const search = document.getElementById("site-search");
    if (!search) return;
    event.preventDefault();
    search.focus();
    search.select();
  } else if (event.key === "?") {
    const keys = document.getElementById("site-keys");
    if (keys && !keys.open) keys.showModal();
  }
});

// The menu of the person closes when the focus or a click goes elsewhere.
for (const kind of ["click", "focusin"]) {
  document.addEventListener(kind, (event) => {
    const menu = document.querySelector(".site-user[open]");
    if (menu && !menu.contains(event.target)) menu.open = false;
  });
}

// A button that prints the page.
document.addEventListener("click", (event) => {
  if (event.target.closest("[data-print]")) window.print();
});

// A part of a page that did not arrive says so.
const trouble = (text) => {
  const place = document.getElementById("site-trouble");
  place.textContent = text;
  place.hidden = false;
};
document.addEventListener("htmx:responseError", (event) => {
  const place = document.getElementById("site-trouble");
  trouble(`${place.dataset.failed} ${event.detail.xhr.status}.`);
});
document.addEventListener("htmx:sendError", () => {
  trouble(document.getElementById("site-trouble").dataset.unreachable);
});
document.addEventListener("htmx:beforeRequest", () => {
  document.getElementById("site-trouble").hidden = true;
});

// The sign-in page must not be swapped into a part of this one when the session ended.
document.addEventListener("htmx:beforeSwap", (event) => {
  const answered = event.detail.xhr.responseURL;
  if (answered && new URL(answered).pathname === "/sign-in/") {
    event.detail.shouldSwap = false;
    window.location.reload();
  }
});

// What every page does a little quicker with JavaScript; without it all of it works.
"use strict";

// The menu of a narrow page closes when the focus or a click goes elsewhere.
for (const kind of ["click", "focusin"]) {
  document.addEventListener(kind, (event) => {
    const menu = document.querySelector(".site-menu[open]");
    if (menu && !menu.contains(event.target)) menu.open = false;
  });
}

// Whether a form is sent to change something; its button may say so, not the form.
const writes = (event) =>
  ((event.submitter && event.submitter.formMethod) || event.target.method) === "post" &&
  !event.target.hasAttribute("hx-post");

// What the last step did is said where the page leads to. It comes there after the
// page, for a region speaks only of what comes into it.
for (const box of document.querySelectorAll(".messages")) {
  const place = location.hash.length > 1 && document.getElementById(location.hash.slice(1));
  if (!box.querySelector(".message")) continue;
  if (place && place.matches("section")) place.prepend(box);
  setTimeout(() => box.append(...box.children), 500);
}

// A button that says how many rows are selected for its form, "Sign 12 selected…", and
// leads nowhere while none is.
const count = () => {
  for (const button of document.querySelectorAll("button[data-counted]")) {
    const selected = [...button.form.elements].filter(
      (field) => field.name === "result" && field.checked);
    button.textContent = button.dataset.counted.replace("{count}", selected.length);
    button.disabled = selected.length === 0;
  }
};
for (const kind of ["change", "htmx:afterSwap"]) document.addEventListener(kind, count);
window.addEventListener("pageshow", count);

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

// The session: a warning before it ends, and nothing typed is lost when it has. Who
// signs in again in another tab comes back to this page as it was left.
(() => {
  const box = document.getElementById("session");
  if (!box) return;
  const limit = Number(box.dataset.seconds) * 1000;
  let ended = false;
  let checked = false;

  const show = (which) => {
    for (const part of box.querySelectorAll("[data-part]"))
      part.hidden = part.dataset.part !== which;
    box.hidden = which === "";
  };
  const isBack = () => !box.querySelector("[data-part=back]").hidden;
  const end = () => { ended = true; show("ended"); };
  // Shared by the tabs of this browser: a step in one of them goes on for all.
  const alive = () => {
    localStorage.setItem("qatracker-step", Date.now());
    ended = false;
    show("");
  };

  // Asks who is signed in; another tab may have gone on, or signed in anew. Forms then
  // need the key of the new session.
  async function ask() {
    const answer = await fetch(box.dataset.ask, { credentials: "same-origin" });
    if (!answer.ok || new URL(answer.url).pathname !== box.dataset.ask) return false;
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    const found = page.getElementById("session");
    if (!found) return false;
    if (found.dataset.person !== box.dataset.person) {
      // Nothing that one person typed is sent in the name of another.
      document.body.setAttribute("data-another-person", "");
      window.location.reload();
      return false;
    }
    const key = page.querySelector("input[name=csrfmiddlewaretoken]").value;
    for (const place of document.querySelectorAll("[name=csrfmiddlewaretoken]"))
      place.value = key;
    document.body.setAttribute("hx-headers", JSON.stringify({ "x-csrftoken": key }));
    return true;
  }

  setInterval(() => {
    const idle = Date.now() - Number(localStorage.getItem("qatracker-step"));
    if (idle >= limit) end();
    else if (idle >= limit - 120000) { if (box.hidden) show("ending"); }
    else if (ended === false && !isBack()) show("");
  }, 5000);
  alive();

  box.addEventListener("click", async (event) => {
    if (event.target.matches("[data-stay]")) (await ask()) ? alive() : end();
  });
  window.addEventListener("focus", async () => {
    if (ended && (await ask())) { alive(); show("back"); }
  });
  document.addEventListener("htmx:afterRequest", (event) => {
    if (event.detail.successful && !ended) alive();
  });

  // A form that is sent after the end would lose what was typed in it.
  document.addEventListener("submit", async (event) => {
    const form = event.target;
    if (!ended || checked || !writes(event)) return;
    event.preventDefault();
    if (await ask()) {
      alive();
      checked = true;
      form.requestSubmit(event.submitter);
    } else end();
  });

  // The sign-in page must not be swapped into a part of this one.
  document.addEventListener("htmx:beforeSwap", (event) => {
    const answered = event.detail.xhr.responseURL;
    if (answered && new URL(answered).pathname === box.dataset.signIn) {
      event.detail.shouldSwap = false;
      event.detail.elt.dispatchEvent(new CustomEvent("signed-out", { bubbles: true }));
      end();
    }
  });
})();

// A second click while the first is on its way would be answered as a second step.
(() => {
  const underWay = new Set();
  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (event.defaultPrevented || !writes(event)) return;
    if (underWay.has(form)) event.preventDefault();
    underWay.add(form);
    setTimeout(() => underWay.delete(form), 10000);
  });
  window.addEventListener("pageshow", () => underWay.clear());
})();

// A raw-data file that was opened. Where the page signs, what is signed says so: the page
// is read again, as long as nothing is typed in its form.
document.addEventListener("click", (event) => {
  const file = event.target.closest(".raw-file");
  if (!file || !event.target.closest("a")) return;
  const said = file.querySelector("[data-opened]");
  if (said) said.textContent = said.dataset.opened;
  const box = document.querySelector(".sign-box");
  setTimeout(() => {
    const isTyped = (field) => field.type === "checkbox"
      ? field.checked
      : field.defaultValue !== undefined && field.value !== field.defaultValue;
    if (box && ![...box.closest("form").elements].some(isTyped)) {
      location.replace(location.href);
    }
  }, 1000);
});

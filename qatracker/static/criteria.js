/* The grid of criteria, quicker: rows are added without a round trip, moved with the
   arrows, and cells that a kind of criterion does not use step back. Without this
   script the grid works by its numbers and the button More rows. */
(() => {
  "use strict";
  const grid = document.querySelector("[data-criteria]");
  if (!grid) return;
  const body = grid.tBodies[0];
  const prefix = grid.dataset.criteria;
  const total = document.getElementById(`id_${prefix}-TOTAL_FORMS`);
  const template = document.getElementById("criterion-row");
  // Which kinds use which cell, as the rules say: {"low": ["range", "nlt"], …}.
  const usedBy = JSON.parse(grid.dataset.used);
  const cell = (row, name) => row.querySelector(`[data-cell="${name}"]`);

  const number = () => {
    [...body.rows].forEach((row, index) => {
      const test = cell(row, "test");
      cell(row, "position").value = test.value ? index + 1 : "";
    });
  };

  const step = (row) => {
    const kind = cell(row, "kind").value;
    for (const [name, kinds] of Object.entries(usedBy)) {
      const unused = !kinds.includes(kind || "range") && cell(row, name).value === "";
      cell(row, name).closest(".cell").classList.toggle("unused", unused);
    }
    const periodic = cell(row, "requirement").value === "periodic";
    for (const name of ["every_lots", "every_months"]) {
      const unused = !periodic && cell(row, name).value === "";
      cell(row, name).closest(".cell").classList.toggle("unused", unused);
    }
  };

  const enhance = (row) => {
    const words = cell(row, "choices");
    words.rows = Math.max(1, words.value.split("\n").length);
    row.querySelector(".movers").hidden = false;
    step(row);
  };

  const add = () => {
    const next = Number(total.value);
    const fresh = template.content.cloneNode(true);
    for (const element of fresh.querySelectorAll("[name], [id]")) {
      for (const key of ["name", "id"]) {
        const value = element.getAttribute(key);
        if (value) element.setAttribute(key, value.replace("__prefix__", next));
      }
    }
    const row = fresh.querySelector("tr");
    body.append(fresh);
    total.value = next + 1;
    enhance(row);
    cell(row, "test").focus();
  };

  body.addEventListener("click", (event) => {
    const mover = event.target.closest("[data-move]");
    if (!mover) return;
    const row = mover.closest("tr");
    const other =
      mover.dataset.move === "up" ? row.previousElementSibling : row.nextElementSibling;
    if (!other) return;
    if (mover.dataset.move === "up") other.before(row);
    else other.after(row);
    number();
    mover.focus();
  });
  body.addEventListener("change", (event) => {
    const row = event.target.closest("tr");
    if (row) step(row);
  });
  const more = document.querySelector("[data-add-row]");
  more.addEventListener("click", (event) => {
    event.preventDefault();
    add();
  });
  // A page shown again has the rows as they were sent: put them in the order of their numbers.
  const place = (row) => Number(cell(row, "position").value) || Infinity;
  [...body.rows]
    .sort((one, other) => (place(one) < place(other) ? -1 : place(one) > place(other) ? 1 : 0))
    .forEach((row) => body.append(row));
  [...body.rows].forEach(enhance);
})();

// The entry grid by keyboard and by paste. Without it every row has its Save button.
// A row is posted when it is left with every value typed; the server stores, then judges.
"use strict";

(() => {
  const grid = document.querySelector("table.grid");
  if (!grid) return;
  const words = document.getElementById("grid-words").dataset;
  const pasted = document.getElementById("pasted");
  const before = new WeakMap();
  let block = [];

  const rowOf = (element) => element.closest?.("tr[data-row]");
  const formOf = (row) => document.getElementById("form-" + row.id.slice(4));
  const cellsOf = (row) => [...row.querySelectorAll(".cell")];
  const isOpen = (row) => !row.hasAttribute("data-further");
  const rows = () => [...grid.querySelectorAll("tr[data-row]")].filter(isOpen);
  const say = (row, text) => { row.querySelector(".row-status").textContent = text; };
  const typed = (row) => cellsOf(row).filter((cell) => cell.value.trim());

  function store(row) {
    if (row.getAttribute("aria-busy") === "true") return;
    formOf(row).requestSubmit();
  }

  function leave(row) {
    if (!isOpen(row) || row.hasAttribute("data-peaks")) return;
    if (!cellsOf(row).some((cell) => cell.dataset.touched)) return;
    const count = typed(row).length;
    if (count && count === cellsOf(row).length) store(row);
    else say(row, count ? words.incomplete : "");
  }

  function move(cell, down, right) {
    const row = rowOf(cell);
    const all = rows().filter((each) => cellsOf(each).length);
    const column = cellsOf(row).indexOf(cell) + right;
    const target = all[all.indexOf(row) + down];
    // Below the last row there is nowhere to go: Enter stores it all the same.
    if (!target) { leave(row); return; }
    const cells = cellsOf(target);
    const next = cells[down ? Math.min(column, cells.length - 1) : column];
    if (!next) return;
    next.focus();
    next.select?.();
  }

  grid.addEventListener("focusin", (event) => {
    if (event.target.matches(".cell")) before.set(event.target, event.target.value);
  });

  grid.addEventListener("input", (event) => {
    if (event.target.matches(".cell")) event.target.dataset.touched = "1";
  });

  grid.addEventListener("focusout", (event) => {
    const row = rowOf(event.target);
    if (row && !row.contains(event.relatedTarget)) leave(row);
  });

  grid.addEventListener("keydown", (event) => {
    const cell = event.target;
    if (!cell.matches(".cell") || !rowOf(cell) || !isOpen(rowOf(cell))) return;
    const isEditing = cell.value !== before.get(cell);
    const isSelect = cell.tagName === "SELECT";
    const step = {
      Enter: [event.shiftKey ? -1 : 1, 0],
      ArrowDown: [1, 0], ArrowUp: [-1, 0], ArrowRight: [0, 1], ArrowLeft: [0, -1],
    }[event.key];
    if (event.key === "Escape") {
      cell.value = before.get(cell) ?? "";
      delete cell.dataset.touched;
    } else if (step && (event.key === "Enter" || !(isEditing || isSelect))) {
      event.preventDefault();
      move(cell, ...step);
    }
  });

  grid.addEventListener("paste", (event) => {
    const cell = event.target;
    const text = event.clipboardData?.getData("text/plain") ?? "";
    if (!cell.matches(".cell") || !/[\t\n]/.test(text.trim())) return;
    event.preventDefault();
    const all = rows().filter((row) => cellsOf(row).length);
    const top = all.indexOf(rowOf(cell));
    const left = cellsOf(rowOf(cell)).indexOf(cell);
    block = [];
    text.replace(/\r/g, "").replace(/\n$/, "").split("\n").forEach((line, down) => {
      line.split("\t").forEach((value, right) => {
        const row = all[top + down];
        const target = row && cellsOf(row)[left + right];
        if (target && value.trim()) fill(target, value.trim());
      });
    });
    pasted.querySelector("[data-words]").textContent =
      block.length + " " + pasted.querySelector("[data-words]").dataset.words;
    pasted.hidden = block.length === 0;
    pasted.querySelector("[data-store]").focus();
  });

  function fill(target, value) {
    block.push([target, target.value]);
    if (target.tagName === "SELECT") {
      const same = [...target.options].find(
        (option) => option.value.toLowerCase() === value.toLowerCase());
      if (same) target.value = same.value;
    } else {
      target.value = value;
    }
    target.classList.add("cell-pasted");
  }

  pasted.addEventListener("click", (event) => {
    const touched = [...new Set(block.map(([cell]) => rowOf(cell)))];
    if (event.target.matches("[data-undo]")) {
      for (const [cell, value] of block) {
        cell.value = value;
        cell.classList.remove("cell-pasted");
      }
    } else if (event.target.matches("[data-store]")) {
      storeInTurn(touched.map((row) => row.id));
    } else return;
    pasted.hidden = true;
    block = [];
  });

  // One after the other: a row may change the rows that are worked out from it.
  function storeInTurn(ids) {
    const row = document.getElementById(ids[0]);
    if (!row) return;
    document.body.addEventListener(
      "htmx:afterRequest", () => storeInTurn(ids.slice(1)), { once: true });
    store(row);
  }

  document.body.addEventListener("htmx:beforeRequest", (event) => {
    const row = rowOf(event.detail.elt);
    if (!row) return;
    row.setAttribute("aria-busy", "true");
    say(row, words.storing);
  });

  for (const failure of
    ["htmx:sendError", "htmx:responseError", "htmx:timeout", "signed-out"]) {
    document.body.addEventListener(failure, (event) => {
      const row = rowOf(event.target);
      if (!row) return;
      row.removeAttribute("aria-busy");
      say(row, words.failed);
    });
  }

  // What was typed and is not stored would be gone; the browser asks first.
  window.addEventListener("beforeunload", (event) => {
    const isTyped = [...grid.querySelectorAll(".cell[data-touched]")].some(
      (cell) => cell.value.trim());
    if (isTyped && !document.body.hasAttribute("data-another-person"))
      event.preventDefault();
  });

  document.getElementById("defaults")?.addEventListener("change", (event) => {
    for (const hidden of document.querySelectorAll(
      `input[data-default="${event.target.name}"]`)) hidden.value = event.target.value;
  });
})();

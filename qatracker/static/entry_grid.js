// The entry grid by keyboard and by paste. Without it every row has its Save button.
// A row is posted when it is left with every value typed; the server stores, then judges.
"use strict";

(() => {
  const grid = document.querySelector("table.grid");
  if (!grid) return;
  const words = document.getElementById("grid-words").dataset;
  const pasted = document.getElementById("pasted");
  const before = new WeakMap();
  // Each pasted cell that is not stored, with what it held before; what was refused.
  const unstored = new Map();
  let notTaken = [];

  const rowOf = (element) => element.closest?.("tr[data-row]");
  const formOf = (row) => document.getElementById("form-" + row.id.slice(4));
  const cellsOf = (row) => [...row.querySelectorAll(".cell")];
  const isOpen = (row) => !row.hasAttribute("data-further");
  const rows = () => [...grid.querySelectorAll("tr[data-row]")].filter(isOpen);
  const say = (row, text) => { row.querySelector(".row-status").textContent = text; };
  const isBlank = (cell) => !cell.value.trim();
  const noPeaks = (row) => row.querySelector("input[name$=no_peaks]");
  const announced = (text) => {
    document.getElementById("announcement").textContent = text;
  };

  // The cells of a row in the groups that belong together: a name with its peak.
  function groups(row) {
    const cells = cellsOf(row);
    if (!row.hasAttribute("data-peaks")) return [cells];
    const pairs = [];
    for (let at = 0; at < cells.length; at += 2) pairs.push(cells.slice(at, at + 2));
    return pairs;
  }

  // Whether all that the row asks for is typed: each value; each peak that was begun,
  // or that there is none.
  function isComplete(row) {
    const begun = groups(row).filter((group) => !group.every(isBlank));
    if (noPeaks(row)?.checked) return begun.length === 0;
    return begun.length > 0 && !begun.some((group) => group.some(isBlank));
  }

  const isBegun = (row) =>
    noPeaks(row)?.checked || cellsOf(row).some((cell) => !isBlank(cell));

  function store(row) {
    if (row.getAttribute("aria-busy") === "true") return;
    formOf(row).requestSubmit();
  }

  function leave(row) {
    if (!isOpen(row)) return;
    // A pasted block is compared first and then stored as a whole.
    if (cellsOf(row).some((cell) => unstored.has(cell))) return;
    if (![...cellsOf(row), noPeaks(row)].some((cell) => cell?.dataset.touched)) return;
    if (isComplete(row)) { store(row); return; }
    say(row, isBegun(row) ? words.incomplete : "");
    if (isBegun(row)) announced(`${row.dataset.test}: ${words.incomplete}`);
  }

  // Of the peaks that nobody typed yet, the first alone is shown.
  function showPeaks(row) {
    let isNext = true;
    for (const [name, value] of groups(row)) {
      const isTyped = !isBlank(name) || !isBlank(value);
      name.closest(".peak").hidden = !isTyped && !isNext;
      if (!isTyped) isNext = false;
    }
  }

  const showAllPeaks = () =>
    grid.querySelectorAll("tr[data-peaks]").forEach(showPeaks);
  showAllPeaks();

  // The cell that Enter asks for next in a row that lacks something, if there is one.
  function lacking(cell) {
    if (isBlank(cell)) return null;
    const group = groups(rowOf(cell)).find((each) => each.includes(cell));
    return group.find(isBlank) ?? null;
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
    if (!event.target.matches(".cell, [name$=no_peaks]")) return;
    event.target.dataset.touched = "1";
    if (unstored.has(event.target)) showPasted();
    const row = rowOf(event.target);
    if (row?.hasAttribute("data-peaks")) showPeaks(row);
  });

  grid.addEventListener("focusout", (event) => {
    const row = rowOf(event.target);
    if (row && !row.contains(event.relatedTarget)) leave(row);
  });

  grid.addEventListener("keydown", (event) => {
    const cell = event.target;
    if (!cell.matches(".cell") || !rowOf(cell) || !isOpen(rowOf(cell))) return;
    const isEditing = cell.value !== before.get(cell);
    // The arrows choose among what a cell offers.
    const isSelect = cell.tagName === "SELECT" || cell.list;
    const step = {
      Enter: [event.shiftKey ? -1 : 1, 0],
      ArrowDown: [1, 0], ArrowUp: [-1, 0], ArrowRight: [0, 1], ArrowLeft: [0, -1],
    }[event.key];
    if (event.key === "Escape") {
      cell.value = before.get(cell) ?? "";
      delete cell.dataset.touched;
      if (unstored.has(cell)) showPasted();
    } else if (step && (event.key === "Enter" || !(isEditing || isSelect))) {
      event.preventDefault();
      const next = event.key === "Enter" && !event.shiftKey && lacking(cell);
      if (next) next.focus();
      else move(cell, ...step);
    }
  });

  // A block from a spreadsheet lies over all rows of the grid, also over those that take
  // nothing: what a row does not take is said, and shifts none of the other lines.
  grid.addEventListener("paste", (event) => {
    const cell = event.target;
    const text = (event.clipboardData?.getData("text/plain") ?? "")
      .replace(/\r\n?/g, "\n").replace(/\n$/, "");
    if (!cell.matches(".cell") || !/[\t\n]/.test(text)) return;
    event.preventDefault();
    notTaken = [];
    // A cell of more than one line comes in quotation marks: its lines cannot be told.
    if (text.includes('"')) refuse(words.quoted);
    else lay(text.split("\n").map((line) => line.split("\t")), cell);
    showPasted();
    announce();
    pasted.querySelector(unstored.size ? "[data-store]" : "[data-close]").focus();
  });

  function lay(lines, cell) {
    const all = [...grid.querySelectorAll("tr.grid-row")];
    const first = rowOf(cell);
    const top = all.indexOf(first);
    const left = cellsOf(first).indexOf(cell);
    const isOfPeaks = first.hasAttribute("data-peaks");
    let below = 0;
    lines.forEach((line, down) => {
      const values = line.map((value) => value.trim());
      if (!values.some(Boolean)) return;
      // The lines of a list of peaks are name and value, all of one test.
      const row = isOfPeaks ? first : all[top + down];
      const start = isOfPeaks ? left + 2 * down : left;
      if (!row) below += 1;
      else if (row !== first && whyNot(row))
        refuse(whyNot(row), row, values.filter(Boolean).join(" "));
      else values.forEach((value, right) => take(row, start + right, value));
    });
    if (below) refuse(words.below, null, below);
    if (isOfPeaks) showPeaks(first);
  }

  function whyNot(row) {
    if (row.hasAttribute("data-computed")) return words.computed;
    if (row.hasAttribute("data-peaks") && isOpen(row)) return words.peaks;
    return row.hasAttribute("data-row") && isOpen(row) ? "" : words.stored;
  }

  function take(row, place, value) {
    if (!value) return;
    const cells = cellsOf(row);
    const cell = cells[place];
    if (!cell) { refuse(words.full, row, value); return; }
    let taken = value;
    if (cell.tagName === "SELECT") {
      const choices = [...cell.options].map((option) => option.value).filter(Boolean);
      taken = choices.find((each) => each.toLowerCase() === value.toLowerCase());
      if (!taken) { refuse(words.choice, row, value, choices.join(", ")); return; }
    }
    if (!unstored.has(cell)) unstored.set(cell, cell.value);
    cell.value = taken;
    cell.classList.add("cell-pasted");
  }

  function refuse(sentence, row, value, allowed) {
    const said = { test: row?.dataset.test, value, allowed };
    notTaken.push(sentence.replace(/\{(\w+)\}/g, (_all, name) => said[name]));
  }

  // What each test would get, to compare before it is stored; as it stands now.
  function showPasted() {
    for (const cell of unstored.keys()) if (!cell.isConnected) unstored.delete(cell);
    const count = pasted.querySelector("[data-count]");
    count.textContent = count.dataset.count.replace("{count}", unstored.size);
    pasted.querySelector("[data-taken]").replaceChildren(
      ...[...unstored.keys()].map((cell) => {
        const pair = document.createElement("div");
        const row = rowOf(cell);
        const isOnly = cellsOf(row).length === 1;
        pair.append(element("dt", isOnly ? row.dataset.test : cell.ariaLabel),
          element("dd", cell.value));
        return pair;
      }));
    pasted.querySelector("[data-not-taken]").replaceChildren(
      ...notTaken.map((text) => element("li", text)));
    for (const button of pasted.querySelectorAll("[data-store], [data-undo]"))
      button.hidden = unstored.size === 0;
    pasted.querySelector("[data-close]").hidden = unstored.size > 0;
    pasted.hidden = unstored.size + notTaken.length === 0;
  }

  function element(name, text) {
    const made = document.createElement(name);
    made.textContent = text;
    return made;
  }

  function announce() {
    document.getElementById("announcement").textContent =
      [pasted.querySelector("[data-count]").textContent, ...notTaken].join(" ");
  }

  pasted.addEventListener("click", (event) => {
    const rowsOfIt = [...new Set([...unstored.keys()].map(rowOf))];
    if (event.target.matches("[data-undo]")) {
      for (const [cell, value] of unstored) {
        cell.value = value;
        cell.classList.remove("cell-pasted");
      }
      showAllPeaks();
    } else if (!event.target.matches("[data-store], [data-close]")) return;
    // What was not taken stays in view until somebody has closed it.
    const isStoring = event.target.matches("[data-store]");
    if (!isStoring) notTaken = [];
    unstored.clear();
    showPasted();
    (pasted.hidden ? grid.parentElement : pasted.querySelector("[data-close]")).focus();
    if (isStoring) storeInTurn(rowsOfIt.map((row) => row.id));
  });

  document.body.addEventListener("htmx:afterSwap", () => {
    const submit = document.querySelector("#submit-form button");
    if (submit) submit.disabled = !grid.querySelector("input[name=result]");
    if (!pasted.hidden) showPasted();
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
    // Who saved by the button goes on at once, as who pressed Enter does.
    if (isOpen(row) && row.contains(document.activeElement)) {
      const all = rows().filter((each) => cellsOf(each).length);
      const next = all[all.indexOf(row) + 1];
      if (next) cellsOf(next)[0].focus();
    }
  });

  // The answer replaces rows, also such as somebody types in: what was typed there, an
  // open part and the place of the cursor are put back before the next key comes.
  const kept = new Map();
  const answered = [];
  let failedLast = null;
  const controlsOf = (row) => [...row.querySelectorAll("input, select, textarea")]
    .filter((one) => one.name && one.type !== "hidden");
  const valueOf = (one) => one.type === "checkbox" ? one.checked : one.value;
  const isTyped = (one) => one.tagName === "SELECT"
    ? [...one.options].some((option) => option.selected !== option.defaultSelected)
    : one.type === "checkbox" ? one.checked !== one.defaultChecked
      : one.value !== one.defaultValue;
  function keep(row) {
    if (!row?.matches?.("tr.grid-row")) return;
    const active = document.activeElement;
    const isStored = row.getAttribute("aria-busy") === "true";
    kept.set(row.id, {
      has: row.contains(active),
      name: row.contains(active) ? active.name : "",
      isOpen: !isStored && Boolean(row.querySelector("details.further[open]")),
      values: isStored ? [] : controlsOf(row).filter(isTyped)
        .map((one) => [one.name, valueOf(one), one.dataset.touched]),
    });
  }
  document.body.addEventListener("htmx:beforeSwap", (event) => keep(event.detail.target));
  document.body.addEventListener(
    "htmx:oobBeforeSwap", (event) => keep(event.detail.target));
  document.body.addEventListener("htmx:afterSwap", () => {
    for (const [id, { has, name, isOpen: wasOpen, values }] of kept) {
      const row = document.getElementById(id);
      if (!row) continue;
      answered.push(id);
      const further = row.querySelector("details.further");
      if (wasOpen && further) further.open = true;
      for (const [of, value, touched] of values) {
        const one = row.querySelector(`[name="${of}"]`);
        if (!one) continue;
        if (one.type === "checkbox") one.checked = value;
        else one.value = value;
        if (touched) one.dataset.touched = touched;
      }
      if (!has || row.contains(document.activeElement)) continue;
      const refused = row.querySelector("[aria-invalid=true]");
      const same = name && row.querySelector(`[name="${name}"]`);
      (refused ?? (same || row.querySelector("summary, a, button")))?.focus();
    }
    kept.clear();
    showAllPeaks();
  });
  // A row has the class of the one that it replaces until then.
  document.body.addEventListener("htmx:afterSettle", () => {
    for (const id of answered.splice(0)) {
      if (document.getElementById(id)?.matches(".grid-row-oos[data-further]")) {
        failedLast = id;
      }
    }
    offerCorrections();
  });

  // A result that fails is corrected with one key: C where the focus is in its row,
  // Alt+C from anywhere in the grid for the one that failed last.
  function offerCorrections() {
    for (const row of grid.querySelectorAll("tr.grid-row-oos[data-further]")) {
      const said = row.querySelector(".row-case");
      if (!said || said.querySelector("[data-correct]")) continue;
      const button = element("button", words.correct);
      button.type = "button";
      button.className = "btn btn-sm btn-outline-primary";
      button.dataset.correct = "";
      button.setAttribute("aria-keyshortcuts", "C Alt+C");
      said.append(" ", button);
    }
  }
  function correct(row) {
    const further = row?.querySelector("details.further");
    const kind = further?.querySelector("select[name$=kind]");
    if (!kind) return false;
    further.open = true;
    kind.value = "transcription";
    further.querySelector('[name$="-reason"]').focus();
    return true;
  }
  grid.addEventListener("click", (event) => {
    if (event.target.matches("[data-correct]")) correct(rowOf(event.target));
  });
  grid.addEventListener("keydown", (event) => {
    if (event.code !== "KeyC" || event.ctrlKey || event.metaKey || event.shiftKey) return;
    const isTyping = event.target.matches("input:not([type=checkbox]), select, textarea");
    const row = event.altKey
      ? document.getElementById(failedLast) : !isTyping && rowOf(event.target);
    if (row && row.matches(".grid-row-oos") && correct(row)) event.preventDefault();
  });
  offerCorrections();

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
    const unsaved = grid.querySelectorAll(".cell:is([data-touched], .cell-pasted)");
    const isTyped = [...unsaved].some((cell) => cell.value.trim());
    if (isTyped && !document.body.hasAttribute("data-another-person"))
      event.preventDefault();
  });

  // What holds for all rows; a row that was typed otherwise keeps its own.
  document.getElementById("defaults")?.addEventListener("change", (event) => {
    const { name, value, dataset, defaultValue } = event.target;
    const earlier = dataset.given ?? defaultValue;
    for (const input of document.querySelectorAll(`input[data-default="${name}"]`))
      if (input.type === "hidden" || input.value === earlier) input.value = value;
    dataset.given = value;
  });
})();

"use strict";
// What a reader can do: choose schedules, zoom, sort and filter tables, copy, print.
const names = Object.keys(page.charts);
const renderAll = () => names.forEach(render);

function say(text) {
  document.getElementById("said").textContent = text;
}

// The checklist, and what it says when it is folded.
const boxesOfList = [...document.querySelectorAll("#shown input[type=checkbox]")];

function applyChecklist() {
  checked = null;
  const shown = new Set(shownLabels());
  if (boxesOfList.length) document.getElementById("shown-count").textContent = `${shown.size} of ${boxesOfList.length} shown`;
  for (const row of document.querySelectorAll("[data-about]")) {
    row.hidden = boxesOfList.length > 0 && !JSON.parse(row.dataset.about).every((label) => shown.has(label) || !page.order.includes(label));
  }
  for (const note of document.querySelectorAll("[data-rows-hidden]")) {
    const hidden = document.querySelectorAll(`#${note.dataset.rowsHidden} [data-about][hidden]`).length;
    note.textContent = hidden ? `${hidden} more, of schedules that are not checked.` : "";
  }
  renderAll();
}

function choose(kind) {
  boxesOfList.forEach((one) => { one.checked = kind === "all" || (kind === "first" && page.shown.includes(one.value)); });
  applyChecklist();
  say(document.getElementById("shown-count").textContent);
}

boxesOfList.forEach((one) => one.addEventListener("change", applyChecklist));
document.querySelectorAll("[data-choose]").forEach((one) => one.addEventListener("click", () => choose(one.dataset.choose)));
for (const place of document.querySelectorAll("[data-sample]")) {
  drawSample(place, place.dataset.sample, 1, 7);
}

// Zoom by buttons, keys and, with a mouse, by dragging.
const ACTIONS = { in: (name) => zoom(name, 2), out: (name) => zoom(name, 0.5), left: (name) => zoom(name, 1, -0.25), right: (name) => zoom(name, 1, 0.25), reset };
const KEYS = { "+": "in", "=": "in", "-": "out", ArrowLeft: "left", ArrowRight: "right", 0: "reset", Home: "reset" };
for (const [kind, act] of Object.entries(ACTIONS)) {
  document.querySelectorAll(`[data-${kind}]`).forEach((button) => button.addEventListener("click", () => act(button.dataset[kind])));
}

function boxAt(name, event) {
  const bounds = figureOf(name).querySelector("svg").getBoundingClientRect(), x = event.clientX - bounds.left, y = event.clientY - bounds.top;
  const box = boxes[name].find(({ area }) => x >= area.left - 2 && x <= area.right + 2 && y >= area.top - 8 && y <= area.bottom + 2);
  return [box, x, y];
}

function nearest(box, x, y) {
  let best = { far: 40 };
  for (const line of box.lines) {
    line.x.forEach((value, place) => {
      if (value === null || line.y[place] === null) return;
      const [px, py] = [box.x.place(value), Math.max(box.area.top, Math.min(box.area.bottom, box.y.place(line.y[place])))];
      const far = Math.hypot(px - x, py - y);
      if (far < best.far && px >= box.area.left - 1 && px <= box.area.right + 1) best = { far, line, place, px, py };
    });
  }
  return best.line ? best : null;
}

function pointWords(panel, { line, place }) {
  const along = line.names?.[place] ?? `${panel.x.title ?? ""} ${numberText(line.x[place])}`, value = numberText(line.y[place], 5);
  const ends = line.low && line.low[place] !== null ? ` (${numberText(line.low[place])} to ${numberText(line.high[place])})` : "";
  return `${along}: ${line.word ? `${line.word} ` : ""}${value}${ends}`;
}

function point(name, event) {
  const place = figureOf(name), tip = place.querySelector(".tip"), [box, x, y] = boxAt(name, event), found = box && nearest(box, x, y);
  place.querySelectorAll("[data-label]").forEach((one) => one.classList.toggle("dim", Boolean(found) && one.dataset.label !== found.line.label));
  tip.hidden = !found;
  if (!found) return;
  tip.replaceChildren(Object.assign(document.createElement("bdi"), { textContent: fitted(found.line.label, 280) }), document.createElement("br"), pointWords(box.panel, found));
  tip.style.left = `${Math.max(0, Math.min(found.px + 12, place.clientWidth - tip.offsetWidth - 4))}px`;
  tip.style.top = `${Math.max(0, found.py - tip.offsetHeight - 10)}px`;
}

function watch(name) {
  const place = figureOf(name), frame = place.querySelector(".frame");
  let start = null;
  const drag = (event) => {
    const [left, right] = [start.x, event.clientX - place.getBoundingClientRect().left].sort((a, b) => a - b), { area } = start.box;
    const ends = [Math.max(left, area.left), Math.min(right, area.right)];
    Object.assign(frame.style, { left: `${ends[0]}px`, width: `${Math.max(0, ends[1] - ends[0])}px`, top: `${area.top}px`, height: `${area.bottom - area.top}px` });
    frame.hidden = false;
    return ends;
  };
  place.addEventListener("pointerdown", (event) => {
    const [box, x] = boxAt(name, event);
    if (event.pointerType === "mouse" && event.button === 0 && box) { start = { box, x }; place.setPointerCapture(event.pointerId); event.preventDefault(); place.focus(); }
  });
  place.addEventListener("pointermove", (event) => (start ? drag(event) : point(name, event)));
  place.addEventListener("pointerup", (event) => {
    if (!start) return;
    const [left, right] = drag(event), { box } = start;
    [start, frame.hidden] = [null, true];
    if (right - left < 8) return;
    states[name].views[box.panel.x.title ?? ""] = [box.x.at(left), box.x.at(right)];
    render(name);
  });
  place.addEventListener("pointerleave", () => { if (!start) { place.querySelector(".tip").hidden = true; place.querySelectorAll(".dim").forEach((one) => one.classList.remove("dim")); } });
  place.addEventListener("dblclick", () => reset(name));
  place.addEventListener("keydown", (event) => {
    if (event.key === "Escape") place.querySelector(".tip").hidden = true;
    if (!(event.key in KEYS) || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    ACTIONS[KEYS[event.key]](name);
  });
}

names.forEach(watch);
document.querySelectorAll("[data-log]").forEach((box) => box.addEventListener("change", () => {
  states[box.dataset.log].log = box.checked;
  render(box.dataset.log);
}));
document.querySelectorAll("[data-panel]").forEach((list) => list.addEventListener("change", () => render(list.dataset.panel)));

// Tables: sorted by a column, filtered by words.
const UNITS = { ms: 0.001, s: 1, min: 60, h: 3600, k: 1000 };
function valueOf(cell) {
  const text = cell.textContent.trim().replaceAll("\u2212", "-").replaceAll(",", "");
  const found = text.match(/^[<≥≤+]?\s*(-?\d+(?:\.\d+)?(?:e-?\d+)?)\s*(ms|s|min|h)?/);
  return found ? Number(found[1]) * (UNITS[found[2]] ?? 1) : null;
}

function sortBy(table, column, direction) {
  const body = table.tBodies[0], rows = [...body.rows];
  const keys = new Map(rows.map((row) => [row, column === 0 ? null : valueOf(row.cells[column])]));
  const compare = (a, b) => {
    const [one, other] = [keys.get(a), keys.get(b)];
    if (one !== null && other !== null) return direction * (one - other);
    if ((one === null) !== (other === null)) return one === null ? 1 : -1; // words last, either way
    return direction * a.cells[column].textContent.localeCompare(b.cells[column].textContent, "en", { numeric: true });
  };
  body.append(...rows.sort(compare));
  [...table.tHead.rows[0].cells].forEach((head, place) => head.setAttribute("aria-sort", place === column ? (direction > 0 ? "ascending" : "descending") : "none"));
}

function makeSortable(table) {
  [...table.tHead.rows[0].cells].forEach((head, column) => {
    const button = document.createElement("button");
    Object.assign(button, { type: "button", className: "sort" });
    button.append(...head.childNodes);
    head.append(button);
    head.setAttribute("aria-sort", "none");
    button.addEventListener("click", () => {
      const direction = head.getAttribute("aria-sort") === "descending" ? 1 : head.getAttribute("aria-sort") === "ascending" ? -1 : column === 0 ? 1 : -1;
      sortBy(table, column, direction);
      say(`Sorted by ${button.textContent}, ${direction > 0 ? "lowest" : "highest"} first.`);
    });
  });
}

function filterRows(input) {
  const words = input.value.toLowerCase().split(/\s+/).filter(Boolean), rows = [...document.getElementById(input.dataset.filter).querySelectorAll("tbody tr")];
  rows.forEach((row) => { row.hidden = !words.every((word) => row.textContent.toLowerCase().includes(word)); });
  const left = rows.filter((row) => !row.hidden).length;
  input.closest("label").querySelector("output").textContent = words.length ? `${left} of ${rows.length}` : "";
}

document.querySelectorAll("table.sorts").forEach(makeSortable);
document.querySelectorAll("[data-filter]").forEach((input) => input.addEventListener("input", () => filterRows(input)));

document.querySelectorAll("[data-copy]").forEach((button) => button.addEventListener("click", async () => {
  const lines = document.getElementById(button.dataset.copy), chosen = getSelection();
  chosen.selectAllChildren(lines);
  let copied = false;
  try { await navigator.clipboard.writeText(lines.textContent); copied = true; chosen.removeAllRanges(); } catch { copied = document.execCommand("copy"); }
  button.textContent = copied ? "Copied" : "Press Ctrl+C";
  setTimeout(() => { button.textContent = "Copy"; }, 2000);
}));

// A link into a folded section opens it; for print everything is open.
function openTarget() {
  const place = location.hash.length > 1 ? document.getElementById(decodeURIComponent(location.hash.slice(1))) : null;
  for (let one = place?.querySelector(":scope > details") ?? place; one; one = one.parentElement) if (one.tagName === "DETAILS") one.open = true;
}

let opened = [];
const beforePrint = () => { opened = opened.length ? opened : [...document.querySelectorAll("details:not([open])")]; opened.forEach((one) => { one.open = true; }); renderAll(); };
const afterPrint = () => { opened.forEach((one) => { one.open = false; }); opened = []; renderAll(); };
matchMedia("print").addEventListener("change", (event) => (event.matches ? beforePrint() : afterPrint()));
addEventListener("beforeprint", beforePrint);
addEventListener("afterprint", afterPrint);
addEventListener("hashchange", openTarget);

// Not the window's own event: a scroll bar that appears takes room too.
const main = document.querySelector("main");
let seenWidth = main.clientWidth, waiting;
new ResizeObserver(() => {
  if (main.clientWidth === seenWidth) return;
  seenWidth = main.clientWidth;
  clearTimeout(waiting);
  waiting = setTimeout(renderAll, 100);
}).observe(main);
document.documentElement.classList.add("scripted");
applyChecklist();
openTarget();

"use strict";
// Panels of charts: axes, direct labels, small panels; zoom, move and what is pointed at.
const figureOf = (name) => document.getElementById(`${name}-figure`);
const isLog = (panel, state) => (panel.y.may_log && state.log !== null ? state.log : Boolean(panel.y.log));
const viewOf = (panel, state) => state.views[panel.x.title ?? ""] ?? fullX(panel);
const boxes = {}; // by name: the drawn panels with their scales
let clips = 0;

let checked = null; // of the list; null: to be read again

function shownLabels() {
  if (checked) return checked;
  const all = [...document.querySelectorAll("#shown input[type=checkbox]")];
  checked = all.length ? all.filter((one) => one.checked).map((one) => one.value) : page.order;
  return checked;
}

// Where a line ends within view, and on which side of the axis.
function lastOf(line, x, y) {
  const seen = stretches(line, line.y, x, y).flat().filter(([px]) => px >= x.place0 - 1 && px <= x.place1 + 1);
  if (!seen.length) return null;
  const [px, py, place] = seen[seen.length - 1];
  return { x: px, y: Math.max(y.at1 + 5, Math.min(y.at0 - 5, py)), side: py > y.at0 + 1 ? "\u25bc" : py < y.at1 - 1 ? "\u25b2" : "", value: line.y[place] };
}

function spread(labels, top, bottom) {
  labels.sort((a, b) => a.at - b.at);
  labels.forEach((label, place) => { label.to = Math.max(label.at, place ? labels[place - 1].to + GAP : top); });
  for (let place = labels.length - 1, limit = bottom; place >= 0; place -= 1, limit = labels[place + 1].to - GAP) {
    labels[place].to = Math.min(labels[place].to, limit);
  }
}

function drawLabels(svg, drawn, area, room) {
  const labels = [], known = new Set();
  for (const { line, last } of drawn) {
    if (!last || line.kind === "points" || known.has(line.label)) continue;
    known.add(line.label);
    labels.push({ label: line.label, at: last.y, from: last.x, side: last.side, gone: last.gone });
  }
  spread(labels, area.top + 4, area.bottom - 4);
  for (const each of labels) {
    const group = element(svg, "g", { class: "label", "data-label": each.label }), x = area.right + 14;
    element(group, "path", { class: "lead", d: `M${each.from.toFixed(1)} ${each.at.toFixed(1)}L${area.right + 4} ${each.at.toFixed(1)}L${x - 1} ${each.to.toFixed(1)}` });
    drawSample(group, each.label, x, each.to);
    const mark = each.gone ? "\u2715 " : each.side ? `${each.side} ` : "";
    element(group, "text", { x: x + 25, y: each.to + 4 }, mark + isolated(fitted(each.label, room - 42 - measured(mark))));
    element(group, "title", {}, each.label);
  }
}

function drawAxes(svg, panel, x, y, area, mini) {
  const axes = element(svg, "g", { class: "axes" });
  for (const [value, text] of ticksOf(panel.y, y, mini ? 3 : Math.max(3, Math.floor((area.bottom - area.top) / 38)))) {
    const at = y.place(value).toFixed(1);
    element(axes, "path", { class: "grid", d: `M${area.left} ${at}H${area.right}` });
    element(axes, "text", { x: area.left - 6, y: Number(at) + 4, "text-anchor": "end" }, text);
  }
  let until = -Infinity;
  for (const [value, text] of ticksOf(panel.x, x, mini ? 2 : Math.max(2, Math.floor((area.right - area.left) / 60)))) {
    const at = x.place(value), half = measured(text) / 2;
    if (at - half < until + 6) continue;
    until = at + half;
    element(axes, "path", { class: "tick", d: `M${at.toFixed(1)} ${area.bottom}v4` });
    element(axes, "text", { x: at.toFixed(1), y: area.bottom + 17, "text-anchor": "middle" }, isolated(text));
  }
  element(axes, "path", { class: "base", d: `M${area.left} ${area.bottom}H${area.right}` });
  const title = panel.x.title ?? "";
  if (!mini) element(axes, "text", { class: "title", x: Math.max(area.right, measured(title) + 4), y: area.bottom + 33, "text-anchor": "end" }, title);
}

// left: the width that the words of the ticks take.
function leftOf(panel, range, log) {
  const seen = { log, low: Math.min(...range), high: Math.max(...range) };
  return Math.max(28, ...ticksOf(panel.y, seen, 6).map(([, text]) => measured(text) + 12));
}

function scalesOf(panel, lines, state, area) {
  const log = isLog(panel, state), x = scale(Boolean(panel.x.log), viewOf(panel, state), area.left, area.right);
  const range = rangeY(panel, lines, x, log);
  area.left += leftOf(panel, range, log);
  const along = scale(Boolean(panel.x.log), viewOf(panel, state), area.left, area.right);
  const [from, to] = panel.y.down ? [area.top, area.bottom] : [area.bottom, area.top];
  const up = scale(log, range, from, to);
  return [{ ...along, place0: area.left, place1: area.right }, { ...up, at0: area.bottom, at1: area.top }];
}

// Draws one panel; gives the lines that leave its axis.
function drawPanel(svg, name, panel, lines, box, { mini = "", room = 0, ghosts = null } = {}) {
  const state = states[name], area = { left: box.x, right: box.x + box.width - room - 8, top: box.y + 22, bottom: box.y + box.height - (mini ? 22 : 38) };
  const own = mini ? lines.filter((line) => line.label === mini) : lines;
  const [x, y] = scalesOf(panel, lines, state, area);
  drawAxes(svg, panel, x, y, area, Boolean(mini));
  const title = mini || panel.title || (panel.y.title ?? "");
  element(svg, "text", { class: mini ? "head mini" : "head", x: box.x, y: box.y + 13 }, isolated(fitted(title, box.width - 40)));
  const clip = `clip-${(clips += 1)}`;
  element(element(svg, "clipPath", { id: clip }), "rect", { x: area.left, y: area.top - 4, width: Math.max(1, area.right - area.left + 5), height: area.bottom - area.top + 6 });
  const inside = element(svg, "g", { "clip-path": `url(#${clip})` });
  for (const at of panel.rules ?? []) element(inside, "path", { class: "rule", d: `M${area.left} ${y.place(at).toFixed(1)}H${area.right}` });
  if (mini) drawGhosts(inside, lines, x, y, box, ghosts);
  const end = Math.max(...lines.map((line) => line.x[line.x.length - 1] ?? 0));
  const drawn = own.map((line) => {
    const group = element(inside, "g", { class: "trace", "data-label": line.label });
    drawBand(group, line, x, y);
    drawLine(group, line, x, y, false);
    const last = line.kind === "points" ? null : lastOf(line, x, y);
    if (last) last.gone = Boolean(panel.ends_early && line.x.length && line.x[line.x.length - 1] < end);
    if (last?.gone) drawMark(group, line.label, "cross", last.x, last.y, 5);
    else if (last?.side) drawMark(group, line.label, last.side === "\u25bc" ? "triangle-down" : "triangle-up", last.x, last.y, 6);
    return { line, last };
  });
  if (!mini) drawLabels(svg, drawn, area, room);
  boxes[name].push({ panel, lines: own, x, y, area });
  return drawn.filter(({ last }) => last && (last.side || last.gone));
}

// All lines in grey, drawn once and used again in every small panel.
function drawGhosts(parent, lines, x, y, box, ghosts) {
  if (ghosts.id) {
    element(parent, "use", { href: `#${ghosts.id}`, transform: `translate(${box.x - ghosts.x} ${box.y - ghosts.y})` });
    return;
  }
  Object.assign(ghosts, { id: `ghosts-${(clips += 1)}`, x: box.x, y: box.y });
  const group = element(parent, "g", { id: ghosts.id });
  lines.forEach((line) => drawLine(group, line, x, y, true));
}

function linesOf(panel, shown) {
  return panel.lines.filter((line) => shown.has(line.label));
}

// Small panels: one for each label, the others behind it in grey.
function drawMany(svg, name, panel, labels, shown, width) {
  const columns = Math.max(2, Math.floor(width / 215)), size = { width: width / columns, height: 132 }, beyond = [];
  const there = labels.filter((label) => panel.lines.some((line) => line.label === label));
  const ghosts = {};
  there.forEach((label, place) => {
    const box = { x: (place % columns) * size.width, y: Math.floor(place / columns) * size.height, width: size.width - 6, height: size.height };
    beyond.push(...drawPanel(svg, name, panel, linesOf(panel, shown), box, { mini: label, ghosts }));
  });
  return [Math.ceil(there.length / columns) * size.height, beyond];
}

function drawTogether(svg, name, chart, shown, width) {
  const columns = chart.panels.length > 1 && width >= 720 ? 2 : 1, beyond = [];
  const each = (width - 24 * (columns - 1)) / columns, height = chart.panels.length > 1 ? 250 : width < 640 ? 270 : 320;
  chart.panels.forEach((panel, place) => {
    const names = new Set(linesOf(panel, shown).filter((line) => line.kind !== "points").map((line) => line.label));
    const room = Math.min(each * 0.34, Math.max(0, ...[...names].map((label) => (label.length > 60 ? 999 : measured(label)) + 58)));
    const box = { x: (place % columns) * (each + 24), y: Math.floor(place / columns) * (height + 10), width: each, height };
    beyond.push(...drawPanel(svg, name, panel, linesOf(panel, shown), box, { room }));
  });
  return [Math.ceil(chart.panels.length / columns) * (height + 10), beyond];
}

function beyondWords(beyond) {
  const words = [...new Set(beyond.map(({ line, last }) => `${last.gone ? "\u2715 diverged" : `${last.side} beyond the axis, at ${numberText(last.value)}`}: ${isolated(fitted(line.label, 300))}`))];
  return words.slice(0, 6).join("; ") + (words.length > 6 ? `; and ${words.length - 6} more` : "");
}

function render(name) {
  const place = figureOf(name), chart = page.charts[name], state = states[name];
  const width = place.clientWidth || document.querySelector("main").clientWidth - 48;
  const chosen = [...shownLabels(), ...Object.keys(page.styles).filter((label) => !page.order.includes(label))];
  const labels = chosen.filter((label) => chart.panels.some((panel) => panel.lines.some((line) => line.label === label)));
  const shown = new Set(labels), svg = document.createElementNS(SVG, "svg");
  boxes[name] = [];
  const choose = document.querySelector(`[data-panel="${name}"]`), many = labels.length > TOGETHER;
  if (choose) choose.closest("label").hidden = !many;
  const [height, beyond] = many
    ? drawMany(svg, name, chart.panels.at(choose ? Number(choose.value) : 0), labels, shown, width)
    : drawTogether(svg, name, chart, shown, width);
  for (const [key, value] of Object.entries({ viewBox: `0 0 ${width} ${height}`, width, height, role: "img", "aria-label": place.dataset.alt })) svg.setAttribute(key, value);
  place.querySelector("svg")?.remove();
  place.prepend(svg);
  document.getElementById(`${name}-beyond`).textContent = beyondWords(beyond);
  document.querySelector(`[data-reset="${name}"]`).disabled = !Object.keys(state.views).length;
}

// Less of x by a factor, or moved by a share of what is seen.
function zoom(name, factor, shift = 0) {
  for (const panel of page.charts[name].panels) {
    const key = panel.x.title ?? "", full = fullX(panel), [low, high] = viewOf(panel, states[name]);
    if (panel !== page.charts[name].panels.find((other) => (other.x.title ?? "") === key)) continue;
    const length = Math.min((high - low) / factor, full[1] - full[0]);
    const start = Math.max(full[0], Math.min(full[1] - length, (low + high) / 2 - length / 2 + shift * length));
    if (length >= (full[1] - full[0]) * 0.999) delete states[name].views[key];
    else states[name].views[key] = [start, start + length];
  }
  render(name);
}

function reset(name) {
  states[name].views = {};
  render(name);
}

"use strict";
// Draws the page's charts: numbers of `_charts.py` in, SVG out. State of each: what of x is seen, logarithms, the panel.
const page = JSON.parse(document.getElementById("charts").textContent);
const SVG = "http://www.w3.org/2000/svg";
const TOGETHER = 8; // lines in one panel; more become small panels, one each
const GAP = 15; // pixels between direct labels
const DASHES = { dash: "8 4", dot: "2 3", dashdot: "8 3 2 3", longdash: "14 4", longdashdot: "14 4 2 4" };
const CORNERS = { square: [4, 45], diamond: [4, 0], "triangle-up": [3, -90], "triangle-down": [3, 90], pentagon: [5, -90], hexagon: [6, 0] };
const states = Object.fromEntries(Object.keys(page.charts).map((name) => [name, { views: {}, log: null, panel: -1 }]));
const pen = document.createElement("canvas").getContext("2d");
pen.font = "12px system-ui, sans-serif";

function element(parent, name, attributes = {}, text = null) {
  const made = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  if (text !== null) made.textContent = text;
  parent.append(made);
  return made;
}

const isolated = (text) => `\u2068${text}\u2069`;
const measured = (text) => pen.measureText(text).width;

// A name without what stands in its parentheses, where no other is left with the same.
function bareName(name) {
  const bare = (text) => (/\([^()]*\)/.test(text) ? bare(text.replace(/\([^()]*\)/g, "")) : text);
  const short = bare(name);
  return short && page.order.filter((other) => bare(other) === short).length < 2 ? short : name;
}

// A name in so many pixels: its fields give way first, then its middle, for names differ at their ends.
function fitted(name, width) {
  if (name.length <= 400 && measured(name) > width) name = bareName(name);
  let letters = Array.from(name.length > 400 ? name.slice(0, 100) + name.slice(-100) : name);
  if (letters.length === Array.from(name).length && measured(name) <= width) return name;
  for (let keep = letters.length - 1; keep > 2; keep -= 1) {
    const head = Math.ceil(keep * 0.6);
    const text = `${letters.slice(0, head).join("")}…${letters.slice(letters.length - keep + head).join("")}`;
    if (measured(text) <= width) return text;
  }
  return "…";
}

function numberText(value, digits = 4) {
  if (value === 0) return "0";
  const size = Math.abs(value);
  const text = size >= 1e6 || size < 1e-4
    ? Number(value.toPrecision(digits)).toExponential().replace("e+", "e")
    : Number(value.toPrecision(digits)).toLocaleString("en-US", { maximumFractionDigits: 8 });
  return text.replace("-", size < 1e-4 ? "-" : "\u2212");
}

const transformed = (log, value) => (log ? (value > 0 ? Math.log10(value) : NaN) : value);

// low and high: transformed ends; from and to: pixels.
function scale(log, [low, high], from, to) {
  const length = high - low || 1;
  return {
    log, low, high,
    place: (value) => from + ((transformed(log, value) - low) / length) * (to - from),
    at: (pixel) => low + ((pixel - from) / (to - from)) * length,
  };
}

function roundTicks(low, high, most) {
  const rough = (high - low) / most, power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 5, 10].map((size) => size * power).find((size) => size >= rough * 0.999) ?? power;
  const ticks = [];
  for (let n = Math.ceil(low / step - 1e-9); n * step <= high + step * 1e-9; n += 1) ticks.push(Number((n * step).toPrecision(12)));
  return ticks;
}

// Values of the ticks and their words.
function ticksOf(axis, seen, most) {
  const inside = (value) => transformed(seen.log, value) >= seen.low - 1e-9 && transformed(seen.log, value) <= seen.high + 1e-9;
  if (axis.ticks) {
    const there = axis.ticks.filter(([value]) => inside(value)), each = Math.ceil(there.length / Math.max(2, most));
    return there.filter((_, place) => place % each === 0);
  }
  let values = [];
  if (seen.log) {
    const sizes = seen.high - seen.low > 2.5 ? [1] : seen.high - seen.low > 1.2 ? [1, 3] : [1, 2, 5];
    for (let power = Math.floor(seen.low); power <= seen.high; power += 1) values.push(...sizes.map((size) => size * 10 ** power));
    values = values.map((value) => Number(value.toPrecision(3))).filter(inside);
    const each = Math.ceil(values.length / most);
    values = values.filter((_, place) => place % each === 0);
    if (values.length < 2) values = roundTicks(10 ** seen.low, 10 ** seen.high, most);
  } else values = roundTicks(seen.low, seen.high, most).filter((value) => !axis.whole || Number.isInteger(value));
  return values.map((value) => [value, numberText(value, 6)]);
}

function fullX(panel) {
  const log = Boolean(panel.x.log), shown = new Set(shownLabels());
  if (panel.x.ends) return panel.x.ends.map((end) => transformed(log, end));
  let low = Infinity, high = -Infinity;
  for (const line of panel.lines.some((one) => shown.has(one.label)) ? panel.lines.filter((one) => shown.has(one.label)) : panel.lines) {
    for (const value of line.x) {
      const x = value === null ? NaN : transformed(log, value);
      if (x < low) low = x;
      if (x > high) high = x;
    }
  }
  if (!(low <= high)) return [0, 1];
  const room = (high - low) * 0.02 || 0.5;
  return [low - room, high + room];
}

// What a line shows within x, ascending and turned so that low is bad, and the ends of its intervals. The worst seventh is
// left out: the way up, and a peak too high.
function seenOf(line, x, log, bad) {
  const values = [], sides = [], sign = bad === "high" ? -1 : 1;
  line.x.forEach((value, place) => {
    const along = transformed(x.log, value), y = line.y[place];
    if (value === null || y === null || !(along >= x.low && along <= x.high) || Number.isNaN(transformed(log, y))) return;
    values.push(sign * transformed(log, y));
    if (line.low && line.low[place] !== null && line.high[place] !== null) sides.push(transformed(log, line.low[place]), transformed(log, line.high[place]));
  });
  values.sort((a, b) => a - b);
  return { values: bad && line.kind !== "points" ? values.slice(Math.floor(values.length / 7)) : values, sides: sides.filter((side) => !Number.isNaN(side)), single: line.kind === "points" };
}

// The lowest value that is not far from the others: what diverged does not flatten the rest. Single trials do not count.
function nearLow(seen, bad) {
  const pooled = seen.filter((one) => !one.single || !bad).flatMap((one) => one.values).sort((a, b) => a - b);
  if (!pooled.length) return Math.min(...seen.flatMap((one) => one.values));
  const best = pooled[pooled.length - 1], middle = pooled[pooled.length >> 1];
  return bad ? pooled.find((value) => best - value <= 20 * (best - middle)) ?? middle : pooled[0];
}

function rangeY(panel, lines, x, log) {
  if (panel.y.ends) return panel.y.ends;
  const bad = panel.y.bad, seen = lines.filter((line) => line.mark !== "cross").map((line) => seenOf(line, x, log, bad)).filter((one) => one.values.length);
  if (!seen.length) return [0, 1];
  let low = nearLow(seen, bad), high = Math.max(...seen.map((one) => one.values[one.values.length - 1]));
  if (bad === "high") [low, high] = [-high, -low];
  if (panel.y.from_zero && !log) low = Math.min(0, low);
  if (log) low = Math.max(low, high - 6);
  [low, high] = [Math.min(low, ...(panel.rules ?? [])), Math.max(high, ...(panel.rules ?? []))];
  const room = (high - low) * 0.5, wide = seen.flatMap((one) => one.sides).filter((side) => side > low - room && side < high + room);
  [low, high] = [Math.min(low, ...wide), Math.max(high, ...wide)];
  const edge = (high - low) * 0.06 || Math.abs(high) * 0.05 || 1;
  return [panel.y.from_zero && low === 0 ? 0 : low - edge, high + edge];
}

function markPath(kind, x, y, r) {
  if (kind === "star" || kind in CORNERS) {
    const corners = kind === "star" ? 10 : CORNERS[kind][0], turn = kind === "star" ? -90 : CORNERS[kind][1];
    const points = Array.from({ length: corners }, (_, place) => {
      const angle = ((turn + (360 / corners) * place) * Math.PI) / 180, size = kind === "star" && place % 2 ? r * 0.42 : r;
      return `${(x + size * Math.cos(angle)).toFixed(1)} ${(y + size * Math.sin(angle)).toFixed(1)}`;
    });
    return `M${points.join("L")}Z`;
  }
  if (kind === "cross") return `M${x - r} ${y - r}L${x + r} ${y + r}M${x - r} ${y + r}L${x + r} ${y - r}`;
  return `M${x - r} ${y}a${r} ${r} 0 1 0 ${2 * r} 0a${r} ${r} 0 1 0 ${-2 * r} 0Z`;
}

const styleOf = (label) => page.styles[label] ?? ["#7f7f7f", "solid", "circle"];

function drawMark(parent, label, kind, x, y, r) {
  const [color] = styleOf(label), filled = kind !== "cross";
  element(parent, "path", { d: markPath(kind, x, y, r), fill: filled ? color : "none", stroke: filled ? "var(--card)" : color, "stroke-width": filled ? 0.8 : 2 });
}

// A short piece of a label's line with its mark.
function drawSample(parent, label, x, y, width = 20) {
  const [color, dash, mark] = styleOf(label);
  element(parent, "path", { d: `M${x} ${y}h${width}`, stroke: color, "stroke-width": 2, "stroke-dasharray": DASHES[dash] ?? "none", fill: "none" });
  drawMark(parent, label, mark, x + width / 2, y, 4);
}

// Pixels of the points that can be drawn, in stretches without gaps.
function stretches(line, values, x, y) {
  const all = [[]];
  line.x.forEach((value, place) => {
    const point = value === null || values[place] === null ? [NaN, NaN] : [x.place(value), y.place(values[place])];
    if (point.every(Number.isFinite)) all[all.length - 1].push([...point, place]);
    else all.push([]);
  });
  return all.filter((stretch) => stretch.length);
}

function pathOf(points, steps) {
  return points.map(([x, y], place) => `${place ? (steps ? `H${x.toFixed(1)}V` : "L") : "M"}${place && steps ? "" : `${x.toFixed(1)} `}${Math.max(-9999, Math.min(9999, y)).toFixed(1)}`).join("");
}

function drawBand(parent, line, x, y) {
  if (!line.low) return;
  const lows = y.log ? line.low.map((value) => (value !== null && value <= 0 ? 10 ** (y.low - 1) : value)) : line.low;
  const up = stretches(line, line.high, x, y), down = stretches(line, lows, x, y);
  const color = styleOf(line.label)[0], whole = up.length === down.length && up.every((stretch, place) => stretch.length === down[place].length);
  if (!whole) {
    for (const end of [...up, ...down]) element(parent, "path", { class: "bound", d: pathOf(end), stroke: color });
    return;
  }
  up.forEach((stretch, place) => {
    if (stretch.length > 1) element(parent, "path", { class: "band", d: `${pathOf(stretch)}${pathOf([...down[place]].reverse()).replace("M", "L")}Z`, fill: color });
  });
}

function drawPoints(parent, line, x, y) {
  const [bottom, top] = [y.at0, y.at1];
  for (const [px, py] of stretches(line, line.y, x, y).flat()) {
    const inside = Math.max(top + 6, Math.min(bottom - 6, py));
    drawMark(parent, line.label, line.mark === "dot" ? "circle" : line.mark, px, line.mark === "cross" ? inside : py, { dot: 2.5, star: 8, cross: 4 }[line.mark] ?? 6);
  }
}

function drawLine(parent, line, x, y, faint) {
  if (line.kind === "points") return faint ? null : drawPoints(parent, line, x, y);
  const [color, dash, mark] = styleOf(line.label), all = stretches(line, line.y, x, y);
  for (const stretch of all) {
    element(parent, "path", { class: faint ? "faint" : "curve", d: pathOf(stretch, line.kind === "steps"), stroke: faint ? "var(--soft)" : color, "stroke-dasharray": faint ? "none" : DASHES[dash] ?? "none" });
  }
  if (faint) return null;
  const points = all.flat(), each = line.every ? 1 : Math.max(1, Math.floor(points.length / 7));
  const start = line.every ? 0 : (Math.max(0, page.order.indexOf(line.label)) * 3) % each;
  for (let place = start; place < points.length; place += each) drawMark(parent, line.label, mark, points[place][0], points[place][1], 3.5);
  return null;
}

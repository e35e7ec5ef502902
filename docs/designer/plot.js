// One plot of all curves, as SVG: names at the ends of their curves, a line where the reader looks.
const SVG = "http://www.w3.org/2000/svg";
const COLORS = ["#0072B2", "#D55E00", "#009E73", "#B65C91", "#9A6A00", "#7C5CC4", "#757575"];
const DASHES = ["", "6 3", "2 2.5", "7 3 2 3", "11 4", "11 3 2 3"];
const PITCH = 15; // pixels from one name to the next

const styleOf = (n) => ({ color: COLORS[n % COLORS.length], dash: DASHES[n % DASHES.length] });

function drawn(name, attributes, text) {
  const node = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) node.setAttribute(key, value);
  if (text !== undefined) node.textContent = text;
  return node;
}

function niceTicks(low, high, count) {
  const raw = (high - low) / count || 1;
  const power = 10 ** Math.floor(Math.log10(raw));
  const step = [1, 2, 5, 10].map((times) => times * power).find((each) => each >= raw * 0.999);
  const ticks = [];
  for (let tick = Math.ceil(low / step - 1e-9) * step; tick <= high + step * 1e-9; tick += step) ticks.push(Number(tick.toPrecision(12)));
  return ticks;
}

function shortNumber(value) {
  const number = Number(value.toPrecision(4));
  return number !== 0 && Math.abs(number) < 1e-4 ? number.toExponential() : String(number);
}

const shortLabel = (text, most) => (text.length <= most ? text : `${text.slice(0, Math.ceil(most * 0.6))}…${text.slice(-Math.floor(most * 0.3))}`);

// Places at least a pitch apart, within 0 to room where they fit, each as near as can be to the one wanted (ascending).
function spreadOut(wanted, pitch, room) {
  const blocks = [];
  for (const place of wanted) {
    let block = { begin: place, size: 1 };
    while (blocks.length && blocks[blocks.length - 1].begin + blocks[blocks.length - 1].size * pitch > block.begin) {
      const before = blocks.pop();
      const size = before.size + block.size;
      const begin = (before.begin * before.size + (block.begin - before.size * pitch) * block.size) / size;
      block = { begin: Math.min(Math.max(begin, 0), Math.max(room - (size - 1) * pitch, 0)), size };
    }
    blocks.push(block);
  }
  return blocks.flatMap(({ begin, size }) => Array.from({ length: size }, (_, n) => begin + n * pitch));
}

function scalesOf(curves, state, box) {
  const rates = curves.flatMap((curve) => curve.rates || []);
  const top = Math.max(...rates, state.peak * 1e-9) * 1.02;
  const lowest = Math.min(...rates.filter((rate) => rate > 0), top);
  const floor = state.log ? Math.max(lowest, top * 1e-6) : 0;
  const y = state.log
    ? (rate) => box.bottom - ((Math.log(Math.max(rate, floor)) - Math.log(floor)) / (Math.log(top) - Math.log(floor) || 1)) * (box.bottom - box.top)
    : (rate) => box.bottom - (rate / top) * (box.bottom - box.top);
  const x = (t) => box.left + (t / Math.max(state.updates - 1, 1)) * (box.right - box.left);
  return { x, y, top, floor };
}

function drawAxes(svg, state, box, scales) {
  const decades = [];
  for (let tick = 10 ** Math.floor(Math.log10(scales.floor || 1)); tick <= scales.top; tick *= 10) if (tick >= scales.floor) decades.push(tick);
  const heights = state.log && decades.length > 1 ? decades : niceTicks(scales.floor, scales.top, 5);
  for (const tick of heights) {
    const y = scales.y(tick);
    svg.append(drawn("line", { x1: box.left, x2: box.right, y1: y, y2: y, class: "grid" }));
    svg.append(drawn("text", { x: box.left - 6, y: y + 4, "text-anchor": "end", class: "tick" }, shortNumber(tick)));
  }
  for (const tick of niceTicks(0, state.updates - 1, box.right - box.left < 350 ? 4 : 8)) {
    svg.append(drawn("text", { x: scales.x(tick), y: box.bottom + 16, "text-anchor": "middle", class: "tick" }, tick.toLocaleString("en-US")));
  }
  svg.append(drawn("text", { x: (box.left + box.right) / 2, y: box.bottom + 33, "text-anchor": "middle", class: "tick" }, "update"));
  svg.append(drawn("text", { x: 2, y: box.top - 8, class: "tick" }, state.log ? "rate, logarithmic" : "rate"));
}

function drawCurve(svg, curve, n, scales, chosen) {
  const { color, dash } = styleOf(n);
  const points = curve.updates.map((t, i) => `${scales.x(t).toFixed(1)},${scales.y(curve.rates[i]).toFixed(1)}`);
  svg.append(drawn("polyline", { points: points.join(" "), stroke: color, "stroke-dasharray": dash, class: chosen ? "curve chosen" : "curve" }));
}

function drawNames(svg, curves, state, box, scales) {
  const ends = curves
    .map((curve, n) => ({ curve, n }))
    .filter(({ curve }) => curve.rates)
    .map(({ curve, n }) => ({ n, y: scales.y(curve.rates[curve.rates.length - 1]) }))
    .sort((one, other) => one.y - other.y || one.n - other.n);
  const places = spreadOut(ends.map(({ y }) => y - box.top), PITCH, box.bottom - box.top);
  ends.forEach(({ n, y }, i) => {
    const { color, dash } = styleOf(n);
    const at = box.top + places[i];
    svg.append(drawn("polyline", { points: `${box.right},${y} ${box.right + 10},${at}`, stroke: color, class: "lead" }));
    svg.append(drawn("line", { x1: box.right + 10, x2: box.right + 34, y1: at, y2: at, stroke: color, "stroke-dasharray": dash, class: "curve" }));
    svg.append(drawn("text", { x: box.right + 38, y: at + 4, class: "name" }, shortLabel(state.designs[n].text, box.names)));
  });
}

// Draws all curves into the SVG element, as wide as it is; at: the update the reader looks at.
function drawPlot(svg, curves, state, at) {
  const width = Math.max(svg.clientWidth || svg.parentElement.clientWidth, 260);
  const wide = width >= 560;
  const names = wide ? 26 : 0;
  const height = Math.max(wide ? 380 : 280, 70 + PITCH * (wide ? curves.length : 0));
  const longest = Math.max(...state.designs.map((design) => Math.min(design.text.length, names)), 0);
  const box = { left: 58, right: width - (wide ? 48 + 7 * longest : 12), top: 24, bottom: height - 42, names };
  const scales = scalesOf(curves, state, box);
  svg.setAttribute("viewBox", `0 0 ${width} ${height}`);
  svg.setAttribute("height", String(height));
  svg.replaceChildren();
  drawAxes(svg, state, box, scales);
  curves.forEach((curve, n) => curve.rates && drawCurve(svg, curve, n, scales, n === state.chosen));
  svg.append(drawn("line", { x1: scales.x(at), x2: scales.x(at), y1: box.top, y2: box.bottom, class: "at" }));
  if (wide) drawNames(svg, curves, state, box, scales);
}

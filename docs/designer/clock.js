// Updates, spans and what the curves share. A horizon is { updates, perEpoch, peak }; t counts updates from 0.
const SHAPES = {}; // by name: (schedule, t, horizon) => fraction of the peak used by update t
const FITS = {}; // by name: (schedule, horizon), throws where the spans do not fit
const EXTENTS = {}; // by name: how many updates the curve is drawn over, where that is not the horizon's

const UNITS = { "%": "%", epoch: "epochs", epochs: "epochs", update: "updates", updates: "updates" };

class DesignError extends Error {}

function refuse(message) {
  throw new DesignError(message);
}

function parseSpan(text) {
  const found = /^\s*((?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:e[+-]?[0-9]+)?)\s*(%|[a-z]+)\s*$/.exec(String(text).toLowerCase());
  if (!found || !(found[2] in UNITS)) refuse(`a span needs a number and its unit, but got ${text}; write 20%, 5 epochs or 500 updates`);
  const span = { amount: Number(found[1]), unit: UNITS[found[2]] };
  if (!(span.amount > 0) || span.amount > 1e12) refuse(`a span must be longer than nothing, but got ${text}`);
  if (span.unit === "%" && span.amount > 100) refuse(`a span of the run is at most 100%, but got ${text}`);
  if (span.unit === "updates" && span.amount !== Math.trunc(span.amount)) refuse(`updates are counted whole, but got ${text}`);
  return span;
}

function spanText(span) {
  const number = String(Number(span.amount.toPrecision(12)));
  return span.unit === "%" ? `${number}%` : `${number} ${span.unit}`;
}

function roundHalfEven(x) {
  const low = Math.floor(x);
  const rest = x - low;
  if (rest !== 0.5) return rest < 0.5 ? low : low + 1;
  return low % 2 === 0 ? low : low + 1;
}

function spanLength(text, horizon) {
  const { amount, unit } = parseSpan(text);
  if (unit === "%") return (amount * horizon.updates) / 100;
  return unit === "epochs" ? amount * horizon.perEpoch : amount;
}

function spanUpdates(text, horizon) {
  const count = roundHalfEven(spanLength(text, horizon));
  if (count < 1) refuse(`a span of ${text} is less than one of the ${horizon.updates} updates`);
  return count;
}

const milestones = (schedule, horizon) => schedule.at.map((span) => spanUpdates(span, horizon));
const reached = (places, t) => places.filter((place) => place <= t).length;

function fitMilestones(schedule, horizon, last) {
  let before = 0;
  for (const [n, place] of milestones(schedule, horizon).entries()) {
    if (place > last) refuse(`${schedule.name}: ${schedule.at[n]} is update ${place}, after ${last}`);
    if (place <= before) refuse(`${schedule.name}: at must increase, but ${schedule.at[n]} is update ${place}, after ${before}`);
    before = place;
  }
}

const halfCosine = (x) => Math.sin(0.5 * Math.PI * x) ** 2; // from 0 to 1; 1 - cos keeps few digits near 0
const above = (low, x) => low + (1 - low) * x;
const into = (t, period) => Math.max(t - period * Math.floor(t / period), 0);
const epochsOf = (horizon) => Math.ceil(horizon.updates / horizon.perEpoch);
const epochOf = (t, horizon) => Math.floor(t / horizon.perEpoch);

// What is left of a run of so many updates: from 1 to 0, counted down, or few digits would be left near the end.
function remaining(t, updates, end) {
  const last = end === "open" ? updates : updates - 1;
  return Math.max(last - t, 0) / last;
}

// What is left of a fall over the last `length` updates: 1 before it.
const leftOfFall = (t, horizon, length, end) => Math.min(remaining(t - (horizon.updates - length), length, end), 1);

function fitEnd(schedule, updates) {
  if (schedule.end === "closed" && updates === 1) refuse(`${schedule.name}: a closed end needs two updates; write end=open`);
}

function fitBefore(schedule, field, horizon) {
  const length = spanUpdates(schedule[field], horizon);
  if (length >= horizon.updates) refuse(`${schedule.name}: ${field} must be shorter than the run, but is ${length} of ${horizon.updates} updates`);
  return length;
}

function fitWithin(schedule, field, horizon) {
  const length = spanUpdates(schedule[field], horizon);
  if (length > horizon.updates) refuse(`${schedule.name}: ${field} must not outlast the run, but is ${length} of ${horizon.updates} updates`);
  return length;
}

const shapeOf = (schedule, t, horizon) => SHAPES[schedule.name](schedule, t, horizon);
const extentOf = (schedule, horizon) => (EXTENTS[schedule.name] || ((_, h) => h.updates))(schedule, horizon);

function fitSchedule(schedule, horizon) {
  if (!(schedule.name in SHAPES)) refuse(`there is no schedule ${schedule.name} here`);
  if (FITS[schedule.name]) FITS[schedule.name](schedule, horizon);
}

// The rates of the given updates, or of all; throws DesignError where the schedule does not fit.
function ratesOf(schedule, horizon, updates) {
  fitSchedule(schedule, horizon);
  const extent = extentOf(schedule, horizon);
  const places = updates || Array.from({ length: horizon.updates }, (_, t) => t);
  return places.map((t) => horizon.peak * shapeOf(schedule, Math.min(t, extent), horizon));
}

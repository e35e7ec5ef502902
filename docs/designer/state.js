// What is designed: a run and its schedules, kept in the address after "#", so that a design can be mailed.
const MOST_DESIGNS = 20;
const MOST_UPDATES = 1000000;
const START = "#peak=0.1&updates=1000&epoch=100&s=warmup%2Bcosine&s=linear&s=one_cycle";

function wholeWithin(text, least, most, fallback) {
  const value = Math.round(Number(text));
  return Number.isFinite(value) && value >= least && value <= most ? value : fallback;
}

function readState(hash) {
  const said = new URLSearchParams(hash.replace(/^#/, ""));
  const peak = Number(said.get("peak"));
  const designs = said.getAll("s").slice(0, MOST_DESIGNS).map(designOf);
  return {
    peak: peak > 0 && peak <= 1000 ? peak : 0.1,
    updates: wholeWithin(said.get("updates") || "", 1, MOST_UPDATES, 1000),
    perEpoch: wholeWithin(said.get("epoch") || "", 1, MOST_UPDATES, 100),
    log: said.get("log") === "1",
    chosen: wholeWithin(said.get("chosen") || "0", 0, Math.max(designs.length - 1, 0), 0),
    library: Object.hasOwn(LIBRARIES, said.get("code") || "") ? said.get("code") : "lrlab",
    designs,
  };
}

// A design: the text as it stands, its schedule or null, and why there is none.
function designOf(text) {
  try {
    const schedule = parseSchedule(text);
    return { text: scheduleText(schedule), schedule, error: "" };
  } catch (error) {
    if (!(error instanceof DesignError)) throw error;
    return { text, schedule: null, error: error.message };
  }
}

function writeState(state) {
  const said = new URLSearchParams({ peak: String(state.peak), updates: String(state.updates), epoch: String(state.perEpoch) });
  state.designs.forEach((design) => said.append("s", design.text));
  if (state.log) said.set("log", "1");
  if (state.chosen) said.set("chosen", String(state.chosen));
  if (state.library !== "lrlab") said.set("code", state.library);
  return `#${said}`;
}

const horizonOfState = (state) => ({ updates: state.updates, perEpoch: state.perEpoch, peak: state.peak });

const MOST_POINTS = 1500;

// The curve of a design as it is drawn: updates, rates, or the reason why there is none.
function curveOf(design, state) {
  if (!design.schedule) return { error: design.error };
  const horizon = horizonOfState(state);
  const each = Math.max(1, Math.ceil(horizon.updates / MOST_POINTS));
  const updates = [];
  for (let t = 0; t < horizon.updates; t += each) updates.push(t);
  if (updates[updates.length - 1] !== horizon.updates - 1) updates.push(horizon.updates - 1);
  try {
    return { updates, rates: ratesOf(design.schedule, horizon, updates), error: "" };
  } catch (error) {
    if (!(error instanceof DesignError)) throw error;
    return { error: error.message };
  }
}

// A schedule by the habits of other libraries: the same names there, another curve.
const LASTING = ["linear", "polynomial", "cosine", "rex", "tanh", "wsd", "knee", "flat_cosine"]; // those with an end
const CLOSED_IN_MMENGINE = ["linear", "polynomial"]; // its cosine is open, as torch's is

function withEnd(schedule, end, names = LASTING) {
  if (schedule.name === "warmup") {
    const then = withEnd(schedule.then, end, names);
    return then && { ...schedule, then };
  }
  return names.includes(schedule.name) && schedule.end !== end ? { ...schedule, end } : null;
}

// Each: whose habit, what it is, and the schedule that has it, or null where it has it already or cannot.
const HABITS = [
  ["transformers, optax, Megatron-LM", "a warm-up begins at rate 0", (s) => (s.name === "warmup" && s.first !== "0" && s.curve !== "constant" ? { ...s, first: "0" } : null)],
  ["nanoGPT, lrlab", "a warm-up begins at 1/(W+1)", (s) => (s.name === "warmup" && s.first !== "1/(W+1)" ? { ...s, first: "1/(W+1)" } : null)],
  ["timm, with warmup_prefix", "the whole curve follows after the warm-up", (s) => (s.name === "warmup" && s.mode !== "prefix" ? { ...s, mode: "prefix" } : null)],
  ["MMEngine", "the last update is at the end value", (s) => withEnd(s, "closed", CLOSED_IN_MMENGINE)],
  ["torch, transformers, optax, Keras", "the end value comes after the last update", (s) => withEnd(s, "open")],
  ["torch or timm, stepped once an epoch", "the rate stands all through an epoch", (s) => (s.name === "staircase" ? null : { name: "staircase", of: s, every: "1 epochs" })],
];

function largestGap(rates, others, peak) {
  let at = 0;
  rates.forEach((rate, t) => {
    if (Math.abs(rate - others[t]) > Math.abs(rates[at] - others[at])) at = t;
  });
  return { off: Math.abs(rates[at] - others[at]) / peak, at };
}

const MOST_COMPARED = 20000; // updates that are looked at, evenly apart

// What the habits make of a design: by how much of the peak it lies off at worst, and at which update.
function habitsOf(design, horizon) {
  const each = Math.max(1, Math.ceil(horizon.updates / MOST_COMPARED));
  const updates = Array.from({ length: Math.ceil(horizon.updates / each) }, (_, n) => n * each);
  const told = [];
  for (const [libraries, habit, change] of HABITS) {
    const changed = change(design.schedule);
    if (!changed) continue;
    try {
      const gap = largestGap(ratesOf(design.schedule, horizon, updates), ratesOf(changed, horizon, updates), horizon.peak);
      told.push({ libraries, habit, text: scheduleText(changed), off: gap.off, at: updates[gap.at] });
    } catch (error) {
      if (!(error instanceof DesignError)) throw error;
    }
  }
  return told;
}

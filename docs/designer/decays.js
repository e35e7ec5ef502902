// Schedules that need no end: powers of the time, cuts, points, one rate an epoch.
SHAPES.exponential = (s, t, h) => s.gamma ** (t / spanUpdates(s.every, h));
SHAPES.natural_exponential = (s, t, h) => Math.exp((-s.decay * t) / spanUpdates(s.every, h));
for (const name of ["exponential", "natural_exponential", "step"]) FITS[name] = (s, h) => spanUpdates(s.every, h);

SHAPES.inverse_time = (s, t, h) => {
  const decay = s.decay === "peak/epochs" ? h.peak / epochsOf(h) : s.decay;
  const n = s.per === "update" ? t : h.perEpoch * epochOf(t, h);
  return 1 / (1 + decay * n);
};

SHAPES.inverse_sqrt = (s, t, h) => {
  const tau = spanUpdates(s.timescale, h);
  return Math.sqrt(tau / (t + tau));
};
SHAPES.power_law = (s, t, h) => (1 + t / spanUpdates(s.timescale, h)) ** -s.exponent;
for (const name of ["inverse_sqrt", "power_law"]) FITS[name] = (s, h) => spanUpdates(s.timescale, h);

SHAPES.noam = (s, t, h) => {
  const n = t + 1;
  return s.width ** -0.5 * Math.min(1 / Math.sqrt(n), n * spanUpdates(s.rise, h) ** -1.5);
};
FITS.noam = (s, h) => fitWithin(s, "rise", h);

SHAPES.step = (s, t, h) => s.gamma ** Math.floor(t / spanUpdates(s.every, h));

SHAPES.multi_step = (s, t, h) => s.gamma ** reached(milestones(s, h), t);
FITS.multi_step = (s, h) => fitMilestones(s, h, h.updates - 1);

function fitCount(s) {
  if (s.values.length !== s.at.length + 1) refuse(`${s.name}: values must be one more than at, but got ${s.values.length} and ${s.at.length}`);
}

SHAPES.piecewise_constant = (s, t, h) => s.values[reached(milestones(s, h), t)];
FITS.piecewise_constant = (s, h) => {
  fitCount(s);
  fitMilestones(s, h, h.updates - 1);
};

SHAPES.piecewise_linear = (s, t, h) => {
  const knots = [0, ...milestones(s, h)];
  const place = Math.min(t, knots[knots.length - 1]);
  const n = reached(knots.slice(1, -1), t);
  const [start, end] = [knots[n], knots[n + 1]];
  return ((end - place) * s.values[n] + (place - start) * s.values[n + 1]) / (end - start);
};
FITS.piecewise_linear = (s, h) => {
  fitCount(s);
  fitMilestones(s, h, h.updates);
};

SHAPES.seq1 = (s, t, h) => 1 / Math.max(epochOf(t, h), 1);
SHAPES.seq2 = (s, t, h) => 1 / Math.sqrt(Math.max(epochOf(t, h), 1));
SHAPES.seq3 = (s, t, h) => 0.9 ** epochOf(t, h);
SHAPES.seq4 = (s, t, h) => {
  const n = Math.max(epochOf(t, h), 1);
  return (10 - into(n - 1, 10)) / 10 / (Math.floor(n / 10) + 1);
};

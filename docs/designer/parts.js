// Schedules made of others: a warm-up before one, one after another, multiplied, changed.
const horizonOf = (horizon, updates) => ({ ...horizon, updates });

const restOfWarmup = (s, h) => (s.mode === "included" ? horizonOf(h, h.updates - spanUpdates(s.span, h)) : h);

function riseOfWarmup(s, t, length) {
  const [n, last] = { "1/(W+1)": [t + 1, length + 1], "1/W": [t + 1, length], 0: [t, length] }[s.first];
  if (s.curve === "constant") return s.start;
  let x = Math.min(n / last, 1);
  if (s.curve === "exponential") return s.start ** (1 - x);
  if (s.curve === "cosine") x = halfCosine(x);
  else if (s.curve === "log") x = Math.log1p(Math.min(n, last)) / Math.log1p(last);
  return above(s.start, x);
}

SHAPES.warmup = (s, t, h) => {
  const length = spanUpdates(s.span, h);
  const rest = shapeOf(s.then, s.mode === "product" ? t : Math.max(t - length, 0), restOfWarmup(s, h));
  return t < length ? riseOfWarmup(s, t, length) * rest : rest;
};
FITS.warmup = (s, h) => {
  if (s.then.name === "warmup") refuse("warmup: what follows must not be a warm-up itself; write one with a longer span");
  if ((s.curve === "exponential" || s.curve === "constant") && s.start === 0) refuse(`warmup: curve=${s.curve} needs a start above 0`);
  if (s.curve === "constant" && s.first !== "1/(W+1)") refuse("warmup: curve=constant has no first; leave it out");
  fitBefore(s, "span", h);
  fitSchedule(s.then, restOfWarmup(s, h));
};
EXTENTS.warmup = (s, h) => (s.mode === "product" ? 0 : spanUpdates(s.span, h)) + extentOf(s.then, restOfWarmup(s, h));

function partsOfSequence(s, h) {
  const knots = [0, ...milestones(s, h), h.updates];
  return s.of.map((part, n) => ({ part, start: knots[n], rest: horizonOf(h, knots[n + 1] - knots[n]) }));
}

SHAPES.sequence = (s, t, h) => {
  const { part, start, rest } = partsOfSequence(s, h)[reached(milestones(s, h), t)];
  return shapeOf(part, t - start, rest);
};
FITS.sequence = (s, h) => {
  if (s.of.length < 2 || s.at.length !== s.of.length - 1) refuse("sequence: of needs two schedules or more, and at one span fewer");
  fitMilestones(s, h, h.updates - 1);
  for (const { part, rest } of partsOfSequence(s, h)) fitSchedule(part, rest);
};
EXTENTS.sequence = (s, h) => {
  const { part, start, rest } = partsOfSequence(s, h).pop();
  return start + extentOf(part, rest);
};

SHAPES.product = (s, t, h) => s.of.reduce((value, factor) => value * shapeOf(factor, Math.min(t, extentOf(factor, h)), h), 1);
FITS.product = (s, h) => {
  if (s.of.length < 2) refuse("product: of needs two schedules or more");
  s.of.forEach((factor) => fitSchedule(factor, h));
};
EXTENTS.product = (s, h) => Math.max(...s.of.map((factor) => extentOf(factor, h)));

SHAPES.scale = (s, t, h) => s.by * shapeOf(s.of, t, h);
SHAPES.floored = (s, t, h) => Math.max(shapeOf(s.of, t, h), s.floor);
for (const name of ["scale", "floored"]) {
  FITS[name] = (s, h) => fitSchedule(s.of, h);
  EXTENTS[name] = (s, h) => extentOf(s.of, h);
}

SHAPES.repeat = (s, t, h) => {
  const every = spanUpdates(s.every, h);
  return shapeOf(s.of, into(t, every), horizonOf(h, every));
};
FITS.repeat = (s, h) => fitSchedule(s.of, horizonOf(h, fitWithin(s, "every", h)));

SHAPES.stretch = (s, t, h) => {
  const length = spanUpdates(s.length, h);
  return shapeOf(s.of, (t * length) / h.updates, horizonOf(h, length));
};
FITS.stretch = (s, h) => {
  if (parseSpan(s.length).unit === "%") refuse("stretch: length is that of the publication, in epochs or updates");
  fitSchedule(s.of, horizonOf(h, spanUpdates(s.length, h)));
};

SHAPES.staircase = (s, t, h) => {
  const every = spanUpdates(s.every, h);
  return shapeOf(s.of, every * Math.floor(t / every), h);
};
FITS.staircase = (s, h) => {
  fitWithin(s, "every", h);
  fitSchedule(s.of, h);
};
EXTENTS.staircase = (s, h) => extentOf(s.of, h);

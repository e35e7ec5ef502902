// Schedules that rise as well as fall: one cycle, triangles, cosines again and again.
SHAPES.one_cycle = (s, t, h) => {
  const top = spanLength(s.rise, h) - 1; // not rounded: the peak may fall between two updates
  const last = h.updates - 1;
  const ease = s.anneal === "cosine" ? halfCosine : (x) => x;
  if (t <= top) return above(s.start, ease(t / top));
  if (s.phases === 2) return above(s.final, ease(Math.max(last - t, 0) / (last - top)));
  if (t <= 2 * top) return above(s.start, ease((2 * top - t) / top));
  return s.final + (s.start - s.final) * ease(Math.max(last - t, 0) / (last - 2 * top));
};
FITS.one_cycle = (s, h) => {
  const length = spanLength(s.rise, h);
  const longest = s.phases === 2 ? h.updates - 1 : h.updates / 2;
  if (!(length >= 2 && length <= longest)) refuse(`one_cycle: rise must be 2 to ${longest} updates, but is ${length}`);
};

SHAPES.slanted_triangular = (s, t, h) => {
  const rise = spanUpdates(s.rise, h);
  const place = Math.min(t / rise, (h.updates - t) / (h.updates - rise));
  return (1 + place * (s.ratio - 1)) / s.ratio;
};
FITS.slanted_triangular = (s, h) => fitBefore(s, "rise", h);

SHAPES.cyclic = (s, t, h) => {
  const period = spanUpdates(s.period, h);
  const position = into(t, period);
  let triangle = Math.min(position / (s.rise * period), (period - position) / ((1 - s.rise) * period));
  if (s.decay === "halving") triangle *= 2 ** -Math.floor(t / period);
  else if (s.decay !== "none") triangle *= s.decay ** t;
  return above(s.low, triangle);
};
FITS.cyclic = (s, h) => {
  if (spanUpdates(s.period, h) < 2) refuse("cyclic: period must be at least 2 updates");
};

function fitCycles(s, length, unit) {
  if (s.cycles > length) refuse(`${s.name}: at most ${length} cycles fit the ${unit} of the run, but got ${s.cycles}`);
}

SHAPES.cosine_cycles = (s, t, h) => {
  const [n, length] = s.per === "update" ? [t, h.updates] : [epochOf(t, h), epochsOf(h)];
  const period = Math.ceil(length / s.cycles);
  const cycle = Math.min(Math.floor(n / period), Math.ceil(length / period) - 1);
  return halfCosine(((cycle + 1) * period - n) / period);
};
FITS.cosine_cycles = (s, h) => fitCycles(s, s.per === "update" ? h.updates : epochsOf(h), `${s.per}s`);

SHAPES.hard_restarts = (s, t, h) => {
  const cycle = Math.min(Math.floor((s.cycles * t) / h.updates), s.cycles - 1);
  return halfCosine(((cycle + 1) * h.updates - s.cycles * t) / h.updates);
};
FITS.hard_restarts = (s, h) => fitCycles(s, h.updates, "updates");

function startOfCycle(s, cycle, first) {
  return s.growth === 1 ? first * cycle : (first * (s.growth ** cycle - 1)) / (s.growth - 1);
}

SHAPES.sgdr = (s, t, h) => {
  const first = spanUpdates(s.first, h);
  let cycle =
    s.growth === 1 ? Math.floor(t / first) : Math.max(Math.floor(Math.log1p((t * (s.growth - 1)) / first) / Math.log(s.growth) - 1e-6), 0);
  while (startOfCycle(s, cycle + 1, first) <= t + 1e-6) cycle += 1; // the start may be a rounding late
  const length = first * s.growth ** cycle;
  const left = halfCosine((startOfCycle(s, cycle, first) + length - t) / length);
  return above(s.floor, s.decay ** cycle * left);
};
FITS.sgdr = (s, h) => fitWithin(s, "first", h);

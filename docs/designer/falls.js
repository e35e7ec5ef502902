// Schedules that hold or fall once, to an end that is known: constant, lines, cosines, cooldowns.
SHAPES.constant = () => 1;

SHAPES.linear = (s, t, h) => above(s.floor, remaining(t, h.updates, s.end));
SHAPES.polynomial = (s, t, h) => above(s.floor, remaining(t, h.updates, s.end) ** s.power);

SHAPES.cosine = (s, t, h) => {
  const fall = halfCosine(remaining(t, h.updates, s.end));
  return above(s.floor, s.power === 1 ? fall : fall ** s.power);
};

SHAPES.rex = (s, t, h) => {
  const left = remaining(t, h.updates, s.end);
  return above(s.floor, (2 * left) / (1 + left));
};

SHAPES.tanh = (s, t, h) => {
  const left = remaining(t, h.updates, s.end);
  return 1 / (1 + Math.exp(2 * (s.lower * left + s.upper * (1 - left)))); // (1 - tanh z) / 2
};
FITS.tanh = (s, h) => {
  if (s.lower >= s.upper) refuse(`tanh: lower must be below upper, but got ${s.lower} and ${s.upper}`);
  fitEnd(s, h.updates);
};

for (const name of ["linear", "polynomial", "cosine", "rex"]) FITS[name] = (s, h) => fitEnd(s, h.updates);

// Of what is left of the cooldown, 1 to 0.
const COOLDOWNS = {
  linear: (p) => p,
  "1-sqrt": (p) => p / (1 + Math.sqrt(1 - p)),
  cosine: halfCosine,
  square: (p) => p * (2 - p),
  exponential: (p) => Math.expm1(p * Math.log(2)),
};

SHAPES.wsd = (s, t, h) => above(s.floor, COOLDOWNS[s.curve](leftOfFall(t, h, spanUpdates(s.cooldown, h), s.end)));
FITS.wsd = (s, h) => fitEnd(s, fitWithin(s, "cooldown", h));

SHAPES.knee = (s, t, h) => leftOfFall(t, h, h.updates - spanUpdates(s.explore, h), s.end);
FITS.knee = (s, h) => fitEnd(s, h.updates - fitBefore(s, "explore", h));

SHAPES.flat_cosine = (s, t, h) => above(s.floor, halfCosine(leftOfFall(t, h, h.updates - spanUpdates(s.flat, h), s.end)));
FITS.flat_cosine = (s, h) => fitEnd(s, h.updates - fitBefore(s, "flat", h));

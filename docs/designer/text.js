// Schedules as text, "warmup(span=5%)+cosine(floor=0.1)", read and written as lrlab does. CATALOGUE: the page's data.
const FIELDS = (name) => CATALOGUE.schedules[name].fields;

function defaultSchedule(name) {
  return parseSchedule(CATALOGUE.schedules[name].written);
}

function splitOutside(text, separator) {
  const pieces = [];
  const open = [];
  let begin = 0;
  for (let place = 0; place < text.length; place += 1) {
    const sign = text[place];
    if (sign === "(" || sign === "[") open.push(sign === "(" ? ")" : "]");
    else if (sign === ")" || sign === "]") {
      if (open.pop() !== sign) refuse(`a ${sign} has no partner in ${text}`);
    } else if (sign === separator && !open.length) {
      pieces.push(text.slice(begin, place));
      begin = place + 1;
    }
  }
  if (open.length) refuse(`a ${open.pop()} is missing in ${text}`);
  return [...pieces, text.slice(begin)];
}

function readNumber(text, field) {
  if (!/^[+-]?([0-9]+(\.[0-9]*)?|\.[0-9]+)(e[+-]?[0-9]+)?$/i.test(text)) refuse(`${field.name} must be a number, but read ${text}`);
  const value = Number(text);
  if (value < field.least || value > field.most || (field.above && value === field.least)) {
    refuse(`${field.name} must lie in ${field.above ? "(" : "["}${field.least}, ${field.most}], but read ${text}`);
  }
  if (field.kind === "whole" && value !== Math.trunc(value)) refuse(`${field.name} must be a whole number, but read ${text}`);
  return value;
}

function readList(text, read) {
  if (!text.startsWith("[") || !text.endsWith("]")) refuse(`a list stands in square brackets, but read ${text}`);
  const inside = text.slice(1, -1).trim();
  return inside ? splitOutside(inside, ",").map((member) => read(member.trim())) : [];
}

const canonicalSpan = (text) => spanText(parseSpan(text));

function readField(field, text) {
  const bare = /^(["']).*\1$/.test(text) ? text.slice(1, -1) : text;
  if (field.kind === "span") return canonicalSpan(bare);
  if (field.kind === "spans") return readList(text, canonicalSpan);
  if (field.kind === "numbers") return readList(text, (member) => readNumber(member, field));
  if (field.kind === "schedule") return parseSchedule(text);
  if (field.kind === "schedules") return readList(text, parseSchedule);
  if (field.words && field.words.includes(bare)) return bare;
  if (field.kind === "word") refuse(`${field.name} must be one of ${field.words.join(", ")}, but read ${text}`);
  return readNumber(text, field);
}

function parsePart(text) {
  const found = /^\s*([A-Za-z][\w-]*)\s*(?:\(([\s\S]*)\))?\s*$/.exec(text);
  if (!found) refuse(`a schedule is a name and its fields in parentheses, but read ${text.trim() || "nothing"}`);
  const name = found[1].replaceAll("-", "_").toLowerCase();
  if (!Object.hasOwn(CATALOGUE.schedules, name)) refuse(`there is no schedule ${found[1]} here`);
  const schedule = { name };
  for (const field of FIELDS(name)) if (field.default !== undefined) schedule[field.name] = structuredClone(field.default);
  for (const item of found[2] && found[2].trim() ? splitOutside(found[2], ",") : []) {
    const [key, ...rest] = item.split("=");
    const field = FIELDS(name).find((each) => each.name === key.trim().replaceAll("-", "_"));
    if (!field || !rest.length) refuse(`${name} has no field ${key.trim()}; it has ${FIELDS(name).map((each) => each.name).join(", ") || "none"}`);
    schedule[field.name] = readField(field, rest.join("=").trim());
  }
  return schedule;
}

function parseSchedule(text) {
  const parts = splitOutside(text, "+").map(parsePart);
  let schedule = parts.pop();
  if (schedule.name === "warmup" && !schedule.then) refuse("warmup needs a schedule after it; write warmup+cosine");
  for (const before of parts.reverse()) {
    if (before.name !== "warmup") refuse(`only warmup may stand before a +, but read ${before.name}`);
    schedule = { ...before, then: schedule };
  }
  const missing = FIELDS(schedule.name).find((field) => schedule[field.name] === undefined);
  if (missing) refuse(`${schedule.name} needs ${missing.name}; write ${CATALOGUE.schedules[schedule.name].written}`);
  return schedule;
}

// A number as Python writes it: 0.5, 4e-06, 1e+16; whole ones of a field with fractions end in .0.
function pythonNumber(value, whole = false) {
  if (whole || !Number.isFinite(value)) return String(value);
  const [digits, power] = value.toExponential().split("e");
  const exponent = Number(power);
  if (value !== 0 && (exponent < -4 || exponent >= 16)) {
    return `${digits}e${exponent < 0 ? "-" : "+"}${String(Math.abs(exponent)).padStart(2, "0")}`;
  }
  const short = String(value);
  return short.includes(".") ? short : `${short}.0`;
}

function valueText(field, value) {
  if (field.kind === "schedule") return scheduleText(value);
  if (field.kind === "schedules") return `[${value.map(scheduleText).join(", ")}]`;
  if (field.kind === "spans") return `[${value.join(", ")}]`;
  if (field.kind === "numbers") return `[${value.map((each) => pythonNumber(each)).join(", ")}]`;
  return typeof value === "number" ? pythonNumber(value, field.kind === "whole") : value;
}

function scheduleText(schedule) {
  const given = FIELDS(schedule.name)
    .filter((field) => !field.afterPlus && JSON.stringify(schedule[field.name]) !== JSON.stringify(field.default))
    .map((field) => `${field.name}=${valueText(field, schedule[field.name])}`);
  const head = schedule.name + (given.length ? `(${given.join(", ")})` : "");
  return schedule.name === "warmup" ? `${head}+${scheduleText(schedule.then)}` : head;
}

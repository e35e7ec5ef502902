// The controls of a schedule: one for each field, by its kind; schedules inside others have their own.
function make(name, properties = {}, ...children) {
  const node = document.createElement(name);
  for (const [key, value] of Object.entries(properties)) {
    if (key.startsWith("aria-") || key === "for" || key === "role" || key === "list") node.setAttribute(key, value);
    else node[key] = value;
  }
  node.append(...children);
  return node;
}

function selectOf(words, chosen, label, change) {
  const select = make("select", { "aria-label": label, onchange: () => change(select.value) });
  for (const word of words) select.append(make("option", { value: word, textContent: word, selected: word === chosen }));
  return select;
}

function scheduleSelect(chosen, label, change, without = []) {
  const select = make("select", { "aria-label": label, onchange: () => change(select.value) });
  for (const [family, names] of Object.entries(CATALOGUE.families)) {
    const group = make("optgroup", { label: family });
    for (const name of names.filter((each) => !without.includes(each))) {
      group.append(make("option", { value: name, textContent: name, selected: name === chosen }));
    }
    if (group.children.length) select.append(group);
  }
  return select;
}

const SLIDES = 1000;

function toSlider(field, value) {
  const share = field.step === "log" ? Math.log(value / field.low) / Math.log(field.high / field.low) : (value - field.low) / (field.high - field.low);
  return Math.round(Math.min(Math.max(share, 0), 1) * SLIDES);
}

function fromSlider(field, place) {
  const share = place / SLIDES;
  if (field.step === "log") return Number((field.low * (field.high / field.low) ** share).toPrecision(3));
  const steps = Math.round((share * (field.high - field.low)) / field.step);
  return Number((field.low + steps * field.step).toPrecision(12));
}

// A slider over the usual range beside a number that may be anything allowed.
function numberControl(field, label, value, change) {
  const slider = make("input", { type: "range", min: 0, max: SLIDES, value: toSlider(field, value), "aria-label": `${label}, slider` });
  slider.setAttribute("aria-valuetext", String(value));
  const number = make("input", { type: "number", min: field.least, max: field.most, step: field.kind === "whole" ? 1 : "any", value, "aria-label": label });
  const told = (next) => {
    const allowed = Number.isFinite(next) && next <= field.most && (field.above ? next > field.least : next >= field.least);
    const whole = field.kind !== "whole" || Number.isInteger(next);
    number.setAttribute("aria-invalid", String(!(allowed && whole)));
    if (!allowed || !whole) return;
    slider.setAttribute("aria-valuetext", String(next));
    change(next);
  };
  slider.oninput = () => {
    number.value = fromSlider(field, Number(slider.value));
    told(Number(number.value));
  };
  number.oninput = () => {
    slider.value = toSlider(field, Number(number.value));
    told(number.value === "" ? NaN : Number(number.value));
  };
  return make("span", { className: "pair" }, slider, number);
}

const SPAN_ENDS = { "%": [0.5, 100], epochs: [0.1, 100], updates: [1, 10000] };

function spanControl(label, text, change) {
  const span = parseSpan(text);
  const units = selectOf(["%", "epochs", "updates"], span.unit, `${label}, unit`, (unit) => {
    field.low = SPAN_ENDS[unit][0];
    field.high = SPAN_ENDS[unit][1];
    told(Number(number.value), unit);
  });
  const field = { kind: "number", least: 0, most: 1e12, above: true, low: SPAN_ENDS[span.unit][0], high: SPAN_ENDS[span.unit][1], step: "log" };
  let pair = null;
  let number = null;
  const told = (amount, unit) => {
    const whole = unit === "updates" ? Math.max(Math.round(amount), 1) : amount;
    try {
      change(spanText(parseSpan(`${whole} ${unit}`)));
      number.setAttribute("aria-invalid", "false");
    } catch (error) {
      if (!(error instanceof DesignError)) throw error;
      number.setAttribute("aria-invalid", "true");
    }
  };
  pair = numberControl(field, label, span.amount, (amount) => told(amount, units.value));
  number = pair.querySelector("input[type=number]");
  pair.append(units);
  return pair;
}

function textControl(field, label, value, change) {
  const input = make("input", { type: "text", value: valueText(field, value), "aria-label": label, spellcheck: false });
  input.oninput = () => {
    try {
      const read = readField(field, input.value.trim());
      input.setAttribute("aria-invalid", "false");
      change(read);
    } catch (error) {
      if (!(error instanceof DesignError)) throw error;
      input.setAttribute("aria-invalid", "true");
    }
  };
  return input;
}

// A number or one of some words, such as the decay of a cyclic schedule.
function eitherControl(field, label, schedule, hooks) {
  const isWord = typeof schedule[field.name] === "string";
  const select = selectOf([...field.words, "a number"], isWord ? schedule[field.name] : "a number", label, (word) => {
    schedule[field.name] = word === "a number" ? fromSlider(field, SLIDES / 2) : word;
    hooks.rebuilt();
  });
  if (isWord) return select;
  return make("span", { className: "pair" }, select, numberControl(field, label, schedule[field.name], hooks.setter(schedule, field)));
}

function listControl(field, label, schedule, hooks) {
  const list = schedule[field.name];
  const box = make("div", { className: "inside" });
  list.forEach((part, n) => {
    const remove = make("button", { type: "button", textContent: "Remove", "aria-label": `Remove part ${n + 1}`, disabled: list.length < 3 });
    remove.onclick = () => {
      list.splice(n, 1);
      if (schedule.at) schedule.at.splice(Math.max(n - 1, 0), 1);
      hooks.rebuilt();
    };
    box.append(insideControl(`part ${n + 1}`, part, hooks, (next) => list.splice(n, 1, next)), remove);
  });
  const add = make("button", { type: "button", textContent: "Add a part" });
  add.onclick = () => {
    list.push(defaultSchedule("constant"));
    if (schedule.at) schedule.at.push(`${Math.round(1000 * (1 - 0.5 / list.length)) / 10}%`);
    hooks.rebuilt();
  };
  box.append(add);
  return box;
}

function insideControl(label, schedule, hooks, put, without = []) {
  const select = scheduleSelect(schedule.name, label, (name) => {
    put(defaultSchedule(name));
    hooks.rebuilt();
  }, without);
  return make("fieldset", {}, make("legend", { textContent: label }), select, fieldsOf(schedule, hooks));
}

function controlOf(field, schedule, hooks) {
  const label = `${field.name} of ${schedule.name}`;
  const value = schedule[field.name];
  const set = hooks.setter(schedule, field);
  if (field.kind === "schedule") {
    const put = (next) => {
      schedule[field.name] = next;
    };
    return insideControl(field.name, value, hooks, put, schedule.name === "warmup" ? ["warmup"] : []);
  }
  if (field.kind === "schedules") return listControl(field, label, schedule, hooks);
  if (field.kind === "span") return spanControl(label, value, set);
  if (field.kind === "spans" || field.kind === "numbers") return textControl(field, label, value, set);
  if (field.kind === "word") return selectOf(field.words, value, label, set);
  return field.words ? eitherControl(field, label, schedule, hooks) : numberControl(field, label, value, set);
}

// All fields of a schedule. hooks: setter(schedule, field) gives what sets it; rebuilt() when the fields are others now.
function fieldsOf(schedule, hooks) {
  const box = make("div", { className: "fields" });
  const own = FIELDS(schedule.name);
  if (!own.length) box.append(make("p", { className: "soft", textContent: "It has no parameters." }));
  for (const field of own) {
    const nested = field.kind === "schedule" || field.kind === "schedules";
    const row = make("div", { className: nested ? "row nested" : "row" });
    if (field.kind !== "schedule") row.append(make("span", { className: "field", textContent: field.name }));
    row.append(controlOf(field, schedule, hooks));
    box.append(row);
  }
  return box;
}

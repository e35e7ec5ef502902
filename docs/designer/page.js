// The page: what is chosen, drawn, told and copied.
const byId = (id) => document.getElementById(id);
let state = readState(location.hash.includes("s=") ? location.hash : START);
let lookAt = Math.floor(state.updates / 2);

const chosenDesign = () => state.designs[state.chosen];

function refresh() {
  const curves = state.designs.map((design) => curveOf(design, state));
  lookAt = Math.min(lookAt, state.updates - 1);
  drawPlot(byId("plot"), curves, state, lookAt);
  tellEnds(curves);
  byId("log").checked = state.log;
  tellChosen();
  history.replaceState(null, "", writeState(state));
}

// A cell that says its column where a narrow screen shows no heads.
function labelled(name, label, content) {
  const cell = make(name, {}, content);
  cell.dataset.label = label;
  return cell;
}

// Both ends, the highest rate and the rate where the reader looks: the table behind the plot.
function tellEnds(curves) {
  byId("ends").replaceChildren(
    ...state.designs.map((design, n) => {
      const { rates, error } = curves[n];
      const { color, dash } = styleOf(n);
      const sample = drawn("svg", { width: 34, height: 10, "aria-hidden": "true" });
      sample.append(drawn("line", { x1: 1, x2: 33, y1: 5, y2: 5, stroke: color, "stroke-dasharray": dash, class: "curve" }));
      const button = make("button", { type: "button", className: "link", textContent: design.text, "aria-pressed": String(n === state.chosen) });
      button.onclick = () => choose(n);
      const head = make("th", { scope: "row" }, sample, button);
      if (!rates) return make("tr", {}, head, make("td", { colSpan: 4, className: "wrong", textContent: error }));
      const now = ratesOf(design.schedule, horizonOfState(state), [lookAt])[0];
      const told = [rates[0], rates[rates.length - 1], Math.max(...rates), now];
      return make("tr", {}, head, ...told.map((rate, i) => labelled("td", ["first", "last", "highest", "there"][i], shortNumber(rate))));
    }),
  );
  byId("lookAt").max = String(state.updates - 1);
  byId("lookAt").value = String(lookAt);
  byId("there").textContent = `at update ${lookAt.toLocaleString("en-US")}`;
  byId("looked").textContent = `update ${lookAt.toLocaleString("en-US")}`;
}

function choose(n) {
  state.chosen = n;
  rebuild();
  byId("ends").querySelectorAll("button")[n].focus();
}

const HOOKS = {
  setter: (schedule, field) => (value) => {
    schedule[field.name] = value;
    const design = chosenDesign();
    design.text = scheduleText(design.schedule);
    design.error = "";
    byId("text").value = design.text;
    refresh();
  },
  rebuilt: () => {
    const design = chosenDesign();
    design.text = scheduleText(design.schedule);
    rebuild();
  },
};

// Makes the controls of the chosen design again, then draws.
function rebuild() {
  const design = chosenDesign();
  byId("chosen").hidden = !design;
  if (design) {
    byId("text").value = design.text;
    byId("controls").replaceChildren(...(design.schedule ? controlsOf(design) : []));
    byId("warm").hidden = !design.schedule;
    byId("warm").textContent = design.schedule && design.schedule.name === "warmup" ? "Without the warm-up" : "With a warm-up";
  }
  byId("add").disabled = state.designs.length >= MOST_DESIGNS;
  refresh();
}

function controlsOf(design) {
  const select = scheduleSelect(design.schedule.name, "schedule", (name) => {
    design.schedule = defaultSchedule(name);
    HOOKS.rebuilt();
    byId("controls").querySelector("select").focus();
  });
  return [make("div", { className: "row" }, make("span", { className: "field", textContent: "schedule" }), select), fieldsOf(design.schedule, HOOKS)];
}

function namesIn(schedule) {
  const inside = Object.values(schedule).flatMap((value) => (Array.isArray(value) ? value : [value]));
  return [schedule.name, ...inside.filter((value) => value && typeof value === "object" && value.name).flatMap(namesIn)];
}

// What belongs to the chosen design: its sentence, code, other libraries, evidence.
function tellChosen() {
  const design = chosenDesign();
  byId("text").setAttribute("aria-invalid", String(Boolean(design && design.error)));
  byId("problem").textContent = design ? curveOf(design, state).error : "";
  byId("told").hidden = byId("beside").hidden = !design || !design.schedule;
  if (byId("told").hidden) return;
  const names = [...new Set(namesIn(design.schedule))];
  byId("abouts").replaceChildren(...names.map(aboutOf));
  tellCode(design);
  tellHabits(design);
  tellDialects(names);
  tellEvidence(kindOf(design.schedule));
}

// A text in which what stands between backticks is code.
const withCode = (text) => text.split("`").map((piece, n) => (n % 2 ? make("code", { textContent: piece }) : piece));

function aboutOf(name) {
  const { about, source } = CATALOGUE.schedules[name];
  const line = make("p", {}, make("b", { textContent: name }), ...withCode(` ${about} `));
  if (source.length) line.append(make("a", { href: source[1], textContent: source[0] }));
  return line;
}

function tellCode(design) {
  byId("libraries").replaceChildren(
    ...Object.keys(LIBRARIES).map((library) => {
      const button = make("button", { type: "button", textContent: library, "aria-pressed": String(library === state.library) });
      button.onclick = () => {
        state.library = library;
        refresh();
        byId("libraries").querySelector("[aria-pressed=true]").focus();
      };
      return button;
    }),
  );
  const { rates } = curveOf(design, state);
  byId("code").textContent = rates ? LIBRARIES[state.library](design.text, horizonOfState(state), design.schedule) : "";
  byId("copy").disabled = !rates;
}

function tellDialects(names) {
  const rows = names.flatMap((name) => (CATALOGUE.dialects[name] || []).map((row) => [name, ...row]));
  byId("dialects").hidden = !rows.length;
  byId("noDialects").hidden = rows.length > 0;
  byId("dialects").tBodies[0].replaceChildren(
    ...rows.map(([, library, there, text, remark]) => {
      const add = drawButton(text);
      const cells = [labelled("td", "there", there), labelled("td", "here", make("code", { textContent: text })), labelled("td", "compared", remark)];
      return make("tr", {}, make("th", { scope: "row", textContent: library }), ...cells, make("td", {}, add));
    }),
  );
}

function drawButton(text) {
  const button = make("button", { type: "button", textContent: "Draw", "aria-label": `Draw ${text}` });
  button.onclick = () => addDesign(text);
  return button;
}

// The chosen curve by the habits of other libraries, and how far it lies off then.
function tellHabits(design) {
  const told = habitsOf(design, horizonOfState(state));
  byId("habitsOfIt").parentElement.parentElement.hidden = !told.length;
  byId("habitsOfIt").replaceChildren(
    ...told.map(({ libraries, habit, text, off, at }) => {
      const cells = [
        labelled("td", "habit", habit),
        labelled("td", "then", make("code", { textContent: text })),
        labelled("td", "off by", off ? `${shortNumber(off)} of the peak, at update ${at.toLocaleString("en-US")}` : "nothing"),
      ];
      return make("tr", {}, make("th", { scope: "row", textContent: libraries }), ...cells, make("td", {}, drawButton(text)));
    }),
  );
}

// What a result of this schedule counts for, as the evidence has it: a staircase or a warm-up for what it holds.
function kindOf(schedule) {
  if (schedule.name === "staircase") return kindOf(schedule.of);
  return schedule.name === "warmup" && schedule.then.name !== "constant" ? kindOf(schedule.then) : schedule.name;
}

// Where a schedule of this kind ended, of the tasks that were run; best first in each table.
function tellEvidence(kind) {
  const tables = CATALOGUE.evidence.filter((table) => table.rows.some((row) => row.kind === kind));
  const firsts = tables.filter((table) => table.rows[0].kind === kind);
  const all = CATALOGUE.evidence.length;
  byId("evidenceSum").textContent = tables.length
    ? `On the ${all} tasks we ran and kept, ${kind} was tried on ${tables.length} and ended first on ${firsts.length}.`
    : `On the ${all} tasks we ran and kept, ${kind} was not tried: we cannot say how it does.`;
  byId("evidence").replaceChildren(
    ...tables.flatMap((table) => [
      make("h4", { textContent: `${table.name}: ${table.task}` }),
      make("p", { className: "soft", textContent: `${table.how}.` }),
      make("ol", {}, ...table.rows.map((row) => make("li", { className: row.kind === kind ? "mine" : "" }, make("code", { textContent: row.text }), ` ${row.score}${row.interval ? ` (${row.interval})` : ""}`, row.note ? `, ${row.note}` : ""))),
      ...(table.claims.length ? [make("p", { className: "soft", textContent: "What its document claims, and what was found:" })] : []),
      make("ul", {}, ...table.claims.map(([claim, word]) => make("li", {}, `${claim} `, make("b", { textContent: word })))),
    ]),
  );
}

function addDesign(text) {
  if (state.designs.length >= MOST_DESIGNS) return;
  state.designs.push(designOf(text));
  choose(state.designs.length - 1);
}

async function copyText(text, button) {
  const before = button.textContent;
  try {
    await navigator.clipboard.writeText(text);
    button.textContent = "Copied";
  } catch {
    const area = make("textarea", { value: text });
    document.body.append(area);
    area.select();
    button.textContent = document.execCommand("copy") ? "Copied" : "Select it and copy";
    area.remove();
  }
  setTimeout(() => (button.textContent = before), 1500);
}

function numberOfRun(id, least, most, whole, put) {
  byId(id).oninput = () => {
    const value = Number(byId(id).value);
    const allowed = byId(id).value !== "" && value >= least && value <= most && value > 0 && (!whole || Number.isInteger(value));
    byId(id).setAttribute("aria-invalid", String(!allowed));
    if (!allowed) return;
    put(value);
    refresh();
  };
}

function showRun() {
  byId("peak").value = state.peak;
  byId("updates").value = state.updates;
  byId("perEpoch").value = state.perEpoch;
}

function begin() {
  numberOfRun("peak", 0, 1000, false, (value) => (state.peak = value));
  numberOfRun("updates", 1, MOST_UPDATES, true, (value) => (state.updates = value));
  numberOfRun("perEpoch", 1, MOST_UPDATES, true, (value) => (state.perEpoch = value));
  byId("log").onchange = () => {
    state.log = byId("log").checked;
    refresh();
  };
  byId("lookAt").oninput = () => {
    lookAt = Number(byId("lookAt").value);
    refresh();
  };
  byId("text").oninput = () => {
    const design = designOf(byId("text").value);
    state.designs[state.chosen] = { ...design, text: design.schedule ? design.text : byId("text").value };
    byId("controls").replaceChildren(...(design.schedule ? controlsOf(chosenDesign()) : []));
    refresh();
  };
  byId("warm").onclick = () => {
    const design = chosenDesign();
    design.schedule = design.schedule.name === "warmup" ? design.schedule.then : parseSchedule(`warmup+${design.text}`);
    HOOKS.rebuilt();
  };
  byId("remove").onclick = () => {
    state.designs.splice(state.chosen, 1);
    state.chosen = Math.max(Math.min(state.chosen, state.designs.length - 1), 0);
    rebuild();
  };
  byId("add").onclick = () => addDesign(byId("which").querySelector("select").value === "warmup" ? "warmup+cosine" : CATALOGUE.schedules[byId("which").querySelector("select").value].written);
  byId("copy").onclick = () => copyText(byId("code").textContent, byId("copy"));
  byId("mail").onclick = () => copyText(location.href, byId("mail"));
  byId("which").append(scheduleSelect("cosine", "schedule to add", () => {}));
  byId("rules").textContent = CATALOGUE.rules.join(", ");
  byId("habits").replaceChildren(...Object.entries(CATALOGUE.habits).flatMap(([library, text]) => [make("dt", { textContent: library }), make("dd", { textContent: text })]));
  addEventListener("resize", refresh);
  addEventListener("hashchange", () => {
    state = readState(location.hash);
    showRun();
    rebuild();
  });
  showRun();
  rebuild();
}

begin();

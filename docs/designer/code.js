// A design as code to copy: lrlab's own adapters, and plain torch from the catalogue's templates.
const WIDTH = 110; // of a comment or a long list, as the export has it
const INDENT = "    ";

const indented = (lines) => lines.map((line) => (line ? INDENT + line : line));
const functionLines = (name, title, lines) => [`def ${name}(t):`, `${INDENT}"""${title}"""`, ...indented(lines)];
const inBrackets = (sum) => (sum.includes(" ") ? `(${sum})` : sum);
const HALF_COSINE = (x) => `math.sin(math.pi / 2 * ${x}) ** 2  # half a cosine`;

function templateOf(schedule) {
  const words = [];
  for (const field of FIELDS(schedule.name)) {
    const value = schedule[field.name];
    if (field.name === "phases") words.push(String(value));
    else if (schedule.name === "cosine" && field.name === "power") words.push(value === 1 ? "=" : "*");
    else if (schedule.name === "inverse_time" && field.name === "decay") continue;
    else if (field.words) words.push(typeof value === "string" ? value : "*");
  }
  return (CATALOGUE.templates[schedule.name] || {})[JSON.stringify(words)];
}

function remarkOnSpan(span, run) {
  return span.endsWith("%") ? `: ${span} of ${run}` : span.endsWith("epochs") ? `: ${span}` : "";
}

function constantOf(schedule, [letter, kind, name, meaning], horizon, run) {
  const value = schedule[name];
  const field = FIELDS(schedule.name).find((each) => each.name === name);
  if (kind === "span") return [letter, String(spanUpdates(value, horizon)), meaning + remarkOnSpan(value, run)];
  if (kind === "length") return [letter, lengthText(spanLength(value, horizon)), meaning + remarkOnSpan(value, run)];
  if (kind === "epoch") return [letter, String(horizon.perEpoch), meaning];
  if (kind === "spans" || kind === "knots") {
    const places = milestones(schedule, horizon);
    return [letter, `[${(kind === "knots" ? [0, ...places] : places).join(", ")}]`, meaning.replace("{spans}", value.join(", "))];
  }
  if (kind === "period" || kind === "last") {
    const total = schedule.per === "update" ? horizon.updates : epochsOf(horizon);
    const period = Math.ceil(total / schedule.cycles);
    return [letter, String(kind === "period" ? period : Math.ceil(total / period) - 1), meaning];
  }
  if (value === "peak/epochs") return [letter, pythonNumber(horizon.peak / epochsOf(horizon)), meaning];
  return [letter, valueText(field, value), meaning];
}

const lengthText = (length) => (Number.isInteger(length) ? String(length) : pythonNumber(length));

// A function of t in pieces: constants, the lines of its body, helpers it calls; null where there is no formula here.
function bodyOf(schedule, horizon, run) {
  if (schedule.name === "warmup") return warmupBody(schedule, horizon, run);
  const template = templateOf(schedule);
  if (!template || (schedule.momenta && schedule.momenta.length)) return null;
  const constants = template.constants.map((constant) => constantOf(schedule, constant, horizon, run));
  return { constants, lines: template.lines.map((line) => line.replaceAll("§", run)), helpers: [] };
}

function warmupBody(s, horizon, run) {
  const included = s.mode === "included";
  const then = bodyOf(s.then, restOfWarmup(s, horizon), included ? "N" : run);
  if (!then || then.helpers.length) return null;
  const lengths = [["W", String(spanUpdates(s.span, horizon)), "updates of warm-up, the first of them"]];
  if (included) lengths.push(["N", `${run} - W`, "updates after the warm-up"]);
  if (s.start) lengths.push(["RISE_FROM", pythonNumber(s.start), "as a fraction of what follows"]);
  const product = s.mode === "product";
  const name = product ? "unwarmed" : "after_warmup";
  const title = product ? "The fraction of update t without the warm-up." : "The fraction, t updates after the warm-up.";
  const [warming, warm] = product ? [`${name}(t)`, `${name}(t)`] : [`${name}(0)`, `${name}(t - W)`];
  const lines = ["if t < W:", ...indented(riseLines(s, warming)), `return ${warm}`];
  return { constants: [...lengths, ...then.constants], lines, helpers: functionLines(name, title, then.lines) };
}

function riseLines(s, then) {
  const [n, last] = { "1/(W+1)": ["t + 1", "W + 1"], "1/W": ["t + 1", "W"], 0: ["t", "W"] }[s.first];
  const ratio = `${inBrackets(n)} / ${inBrackets(last)}`;
  const place = s.first === "1/W" ? `min(${ratio}, 1)` : ratio;
  if (s.curve === "constant") return [`return RISE_FROM * ${then}`];
  if (s.curve === "exponential") return [`return RISE_FROM ** (1 - ${place}) * ${then}`];
  if (s.curve === "linear" && !s.start) return [`return ${place} * ${then}`];
  const x = { linear: place, cosine: HALF_COSINE(`(${place})`), log: `math.log1p(${s.first === "1/W" ? `min(${n}, ${last})` : n}) / math.log1p(${last})` }[s.curve];
  return [`rise = ${s.start ? `RISE_FROM + (1 - RISE_FROM) * ${x}` : x}`, `return rise * ${then}`];
}

function wrapWords(text, width) {
  const lines = [""];
  for (const word of text.split(" ")) {
    const longer = lines[lines.length - 1] ? `${lines[lines.length - 1]} ${word}` : word;
    if (longer.length > width && lines[lines.length - 1]) lines.push(word);
    else lines[lines.length - 1] = longer;
  }
  return lines;
}

function constantLines([name, value, meaning]) {
  const line = `${name} = ${value}  # ${meaning}`;
  if (line.length <= WIDTH || !value.startsWith("[")) return [line];
  return [`${name} = [  # ${meaning}`, ...indented(wrapWords(value.slice(1, -1), WIDTH)), "]"];
}

// Plain torch, as `lrlab.export.torch_lines` writes it for SGD; null where only that can.
function torchLines(schedule, horizon) {
  const body = bodyOf(schedule, horizon, "T");
  if (!body) return null;
  const extent = extentOf(schedule, horizon);
  const clamp = `t = min(t, ${extent === horizon.updates ? "T" : extent})  # held after the run`;
  const factor = functionLines("factor", "The rate of update t, counted from 0, as a fraction of the peak.", [clamp, ...body.lines]);
  const functions = [...factor, ...(body.helpers.length ? ["", "", ...body.helpers] : [])];
  const constants = [["PEAK", pythonNumber(horizon.peak), "the highest rate"], ["T", String(horizon.updates), "updates in the run"], ...body.constants];
  return [
    ...(functions.join("\n").includes("math.") ? ["import math", ""] : []),
    "import torch",
    "",
    ...wrapWords(`${scheduleText(schedule)}, over ${horizon.updates} updates`, WIDTH).map((line) => `# ${line}`),
    ...constants.flatMap(constantLines),
    "",
    "",
    ...functions,
    "",
    "",
    "optimizer = torch.optim.SGD(model.parameters(), lr=PEAK, momentum=0.9)",
    "scheduler = torch.optim.lr_scheduler.LambdaLR(optimizer, factor)",
    "",
    "# in the training loop, after loss.backward():",
    "optimizer.step()",
    "scheduler.step()  # once per update, not per epoch",
    "",
  ].join("\n");
}

function otherTorch(text, horizon) {
  return `# this one is made of others: lrlab writes its plain torch, which then needs nothing of lrlab
from lrlab.export import torch_lines
from lrlab.schedules import Horizon, parse

horizon = Horizon(updates=${horizon.updates}, updates_per_epoch=${horizon.perEpoch})
settings = {"momentum": 0.9}
print(torch_lines(parse("${text}"), peak=${horizon.peak}, horizon=horizon, optimizer="sgd", settings=settings))
`;
}

// By library: the code of a design. Rates are looked up by update, so every loop gets the same ones.
const LIBRARIES = {
  lrlab: (text, h) => `import torch
from lrlab import Scheduler

optimizer = torch.optim.SGD(model.parameters(), lr=${h.peak}, momentum=0.9)
scheduler = Scheduler(optimizer, "${text}", updates=${h.updates}, updates_per_epoch=${h.perEpoch})

# in the training loop, after optimizer.step():
scheduler.step()  # once per update, not per epoch
`,
  "plain torch": (text, h, schedule) => torchLines(schedule, h) || otherTorch(text, h),
  transformers: (text, h) => `import torch
from lrlab import Scheduler
from transformers import Trainer, TrainingArguments

optimizer = torch.optim.AdamW(model.parameters(), lr=${h.peak})
scheduler = Scheduler(optimizer, "${text}", updates=${h.updates}, updates_per_epoch=${h.perEpoch})
arguments = TrainingArguments("output", max_steps=${h.updates})
trainer = Trainer(model, arguments, train_dataset=data, optimizers=(optimizer, scheduler))
`,
  Lightning: (text, h) => `import torch
from lrlab import Scheduler

def configure_optimizers(self):  # of your LightningModule
    optimizer = torch.optim.SGD(self.parameters(), lr=${h.peak}, momentum=0.9)
    scheduler = Scheduler(optimizer, "${text}", updates=${h.updates}, updates_per_epoch=${h.perEpoch})
    return {"optimizer": optimizer, "lr_scheduler": {"scheduler": scheduler, "interval": "step"}}
`,
  Keras: (text, h) => `import keras
from lrlab.trainers import KerasSchedule

rate = KerasSchedule("${text}", ${h.peak}, updates=${h.updates}, updates_per_epoch=${h.perEpoch})
optimizer = keras.optimizers.SGD(rate, momentum=0.9)
`,
  optax: (text, h) => `import lrlab
import optax

rate = lrlab.optax_schedule("${text}", ${h.peak}, ${h.updates}, updates_per_epoch=${h.perEpoch})
optimizer = optax.sgd(rate, momentum=0.9)
`,
};

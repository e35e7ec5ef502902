"""Inputs that people, editors and accidents make: each with the words to type, the files beside it and what is right.

A case is drawn from a seeded generator, so that number 17 is the same case everywhere. What is right: a value, where
the input means one; else a refusal in words that shows what was got.
"""

import random
from collections.abc import Callable
from typing import Any, NamedTuple

from support.hostile_lay import Files

REFUSED, ANY = "refused", "any"
TASK = "digits/mlp"


class Case(NamedTuple):
    """What to type, and what is right.

    files: by name, as `hostile_lay.lay` lays them. right: REFUSED, ANY (in words either way), or fields of the study as
    it is taken, by dotted name. said: what a refusal must mention. may_run: it has code that the user named, which does
    as it likes with files.
    """

    kind: str
    words: tuple[str, ...]
    files: Files = {}  # noqa: RUF012 - never changed
    right: str | dict[str, Any] = ANY
    said: str = ""
    may_run: bool = False


def draw(number: int) -> Case:
    """The case of that number."""
    rng = random.Random(f"hostile {number}")
    return rng.choice(KINDS)(rng)


def study_text(**changes: str | None) -> str:
    """A study file, a line for each field; values as YAML writes them. A field of no value is left out."""
    fields: dict[str, str | None] = {
        "name": "hostile",
        "task": TASK,
        "budget": "1 epochs",
        "schedules": "[constant, cosine]",
        "optimizer": "{name: sgd}",
        "batch_size": "50",
        "evaluate_every": "1",
        "tune": "{peaks: [0.1], seeds: 1}",
        "confirm": "{seeds: 2}",
    } | changes
    return "".join(f"{name}: {value}\n" for name, value in fields.items() if value is not None)


def run_of(kind: str, text: str | bytes, right: str | dict[str, Any] = ANY, said: str = "") -> Case:
    """The run of a study file."""
    data = text if isinstance(text, bytes) else text.encode("utf-8", "surrogatepass")
    return Case(kind, ("run", "s.yaml", "--store", "s.db"), {"s.yaml": data}, right, said)


# Where a number may stand: the field, the text around it, and whether it is whole, with the range that is taken.
NUMBERS: list[tuple[str, str, str, bool, float, float]] = [
    ("batch_size", "batch_size", "{}", True, 1, 1000),
    ("evaluate_every", "evaluate_every", "{}", True, 1, 10**12),
    ("tune.extend", "tune", "{{peaks: [0.1], seeds: 1, extend: {}}}", True, 0, 10),
    ("tune.peaks.0", "tune", "{{peaks: [{}], seeds: 1}}", False, 5e-324, 1000),
    ("optimizer.weight_decay", "optimizer", "{{weight_decay: {}}}", False, 0, 10),
    ("optimizer.momentum", "optimizer", "{{momentum: {}}}", False, 0, 0.9999999),
    ("schedules.1.floor", "schedules", "[constant, {{name: cosine, floor: {}}}]", False, 0, 1),
    ("schedules.0.start", "schedules", "[{{name: warmup, start: {}, then: {{name: linear}}}}]", False, 0, 1),
]
NO_NUMBERS = (
    "yes No on OFF true ~ null 0x1F 0b11 0o17 017 -07 00 1:30 190:20:30 .inf -.INF .nan NaN inf 1e999 1e-999 1_0 1__0 "
    "2024-01-01 2024-01-01T10:00:00Z = '1e-2' \"3\" 1.000,5x --1 +-1 1e 1e+ e5 . 1.2.3 ١٢ 1² −1 ½ 1O l0 10% 1/2 1e2.5 "
    "!!int abc !foo !!float !!python/object:os.system x !!binary aGk= *none &a << [1] {a: 1} 1k $1 0.1f 1d-3 1_"
)


def _number(rng: random.Random) -> Case:
    """A number as people write it, in a field of a study file."""
    field, top, around, whole, low, high = rng.choice(NUMBERS)
    value = rng.choice([rng.randint(0, 1200), round(rng.uniform(0, 12), 3), 10 ** rng.randint(-8, 2), rng.random()])
    forms = [f"{value:g}", f"{value:.3e}", f"{value:E}", f"{value:f}", str(value), f"+{value:g}"]
    text = rng.choice([*forms, f"{round(value)}."])
    if rng.random() < 0.1:
        text = f"-{text.lstrip('+')}"
    if rng.random() < 0.3 and text.startswith("0.") and len(text) > 2:
        text = text[1:]
    number = float(text)
    taken = low <= number <= high and (not whole or number == int(number))
    right = {field: number + 0.0} if taken else REFUSED
    return run_of("number", study_text(**{top: around.format(text)}), right, top)


def _no_number(rng: random.Random) -> Case:
    """What YAML takes for something else than what stands there, or is no number at all."""
    field, top, around, *_ = rng.choice(NUMBERS)
    long = "9" * rng.randint(41, 6000), "0." + "0" * 60 + "1"
    text = rng.choice([*NO_NUMBERS.split(), *long, "", "1 000", "!!int abc", "'a\nb'"])
    return run_of(f"no number {text[:20]!r} {field}", study_text(**{top: around.format(text)}), REFUSED, "s.yaml:")


def _text(rng: random.Random) -> Case:
    """Text in a field of text: dates and the like are text too, or told to be put in quotes."""
    if rng.random() < 0.1:
        return run_of("text", study_text(name="'1:30'"), REFUSED, "write 1-30")
    text = rng.choice(["2024-01-01", "a.b", "x" * 80, "'017'", "'yes'", "n", "y-1", "1e-2x", "e5", "v1.2.3"])
    return run_of("text", study_text(name=text), {"name": text.strip("'")})


def _any_case(rng: random.Random) -> Case:
    """Words of a few in any case."""
    optimizer = rng.choice(["sgd", "adam", "adamw", "rmsprop"])
    field, word = rng.choice([("optimizer", optimizer), ("precision", "float64"), ("watch", "test")])
    mixed = "".join(rng.choice([sign.upper(), sign]) for sign in word)
    place = "optimizer.name" if field == "optimizer" else field
    return run_of("any case", study_text(**{field: mixed}), {place: word})


def _span(rng: random.Random) -> Case:
    """Lengths as people write them."""
    wrong = (
        "1|epochs|-1 epochs|0 epochs|nan epochs|inf epochs|1e400 epochs|5 epoxs|١ epochs|yes|10 %|1,5 epochs|"
        "5 epochs 3|[1]|1e308 epochs|" + "9" * 5000 + " epochs"
    )
    if rng.random() < 0.5:
        return run_of("no span", study_text(budget=rng.choice(wrong.split("|"))), REFUSED, "s.yaml:3: budget")
    amount = rng.choice(["1", "2", "5", "0.5", "1e1", "10.", ".5"])
    unit = rng.choice(["epoch", "epochs", "Epochs", " EPOCH", " epochs"])
    return run_of("span", study_text(budget=amount + unit), {"budget": f"{float(amount):.12g} epochs"})


def _share(rng: random.Random) -> Case:
    """Shares of the run, with a blank or without, in text and as fields."""
    amount = rng.choice(["10", "12.5", "50", "1e1"])
    fields = "{{name: warmup, span: {} %, then: {{name: cosine}}}}"
    form = rng.choice(['"warmup(span={}%)+cosine"', '"warmup(span={} %)+cosine"', fields])
    right = {"schedules.0.span": f"{float(amount):g}%"}
    return run_of("share", study_text(schedules=f"[{form.format(amount)}]"), right)


SIGNS = [*"{}[]:,&*!|>'\"%@`#-?=~<\\ \t\n\r0123456789aex._+\0\x1b\u202e\ufeffé\u2028😀"]


def _edited(rng: random.Random) -> Case:
    """A good study file with a few signs changed."""
    plans = '\n- constant\n- "warmup(span=10%)+step"'
    text = study_text(tune="\n  peaks: [0.1, 0.3]\n  seeds: 2", schedules=plans)
    return run_of("edited", _changed(rng, text, SIGNS))


def _changed(rng: random.Random, text: str, signs: list[str]) -> str:
    written = list(text)
    for _ in range(rng.randint(1, 6)):
        place = rng.randrange(len(written))
        written[place : place + rng.randint(0, 2)] = rng.choices(signs, k=rng.randint(0, 2))
    return "".join(written) or "x"


ODD_ENDS = (
    "---\nname: x\n|...\n|x: *y\n|? [a]\n: b\n|{}: 1\n|1: 2\n|<<: {a: 1}\n|<<: *x\n|~: 2\n|=: 2\n|'': 2\n|!!str x: 1\n|"
    'title: "\\UFFFFFFFF"\n|title: "\\ud800"\n|title: "\\0"\n|title: \'a\n|x: &x [*x]\n|name: y\n|\tx: 1\n|[|{|"|- 1\n'
)


def _file(rng: random.Random) -> Case:
    """Files that are no study, or too much of one."""
    good = study_text()
    nest = rng.choice(["[", "{a: ", "- ", "? "]) * rng.choice([60, 1500, 50_000])
    bomb = "a: &a [x, x, x, x, x, x, x, x]\n" + "".join(
        f"{new}: &{new} [{', '.join([f'*{old}'] * 9)}]\n" for old, new in zip("abcdefgh", "bcdefghi", strict=True)
    )
    many = "".join(f"f{number}: 1\n" for number in range(2000))
    long = "x" * 1_200_000, "- a\n" * 5000, f"{good}title: {'x' * 200_000}\n", f"{good}{'x' * 3000}: 1\n", many + good
    odd = b"\xff\xfen\0a\0", b"\xff", b"\xe9: 1", b"", b"\n\n", b"---\n", b"null", b"5", b"[]", b"\0"
    heads = "%YAML 9.9\n---\n", f"%YAML {'9' * 5000}.1\n---\n", "%TAG ! x\n---\n", "\t", nest, f"x: {nest}", bomb
    ends = [good + end for end in ODD_ENDS.split("|")]
    data = rng.choice([*odd, *long, *ends, *ends, *[head + rng.choice(["", good]) for head in heads]])
    return run_of("file", data)


def _no_file(rng: random.Random) -> Case:
    """Things that are no files, and names no file can have."""
    if rng.random() < 0.5:
        return Case("no file", ("run", "s.yaml"), {"s.yaml": rng.choice(["fifo", "zero", "folder"])}, REFUSED, "s.yaml")
    name = rng.choice(["", "x" * 300, "~nouser/x", "no/such/x", "a\nb", "\x1b[31m", "\u202e"])
    return Case("no file", ("run", f"{name}.yaml"), {}, REFUSED, ".yaml")


def _bom(rng: random.Random) -> Case:
    """Marks and ends of lines that editors write."""
    end = rng.choice(["\n", "\r\n", "\r"])
    return run_of("bom", rng.choice(["", "\ufeff"]) + study_text().replace("\n", end), {"name": "hostile"})


VALUES = (  # noqa: SIM905
    "| |0|-1|1|nan|inf|-inf|1e308|1e999|yes|1,2|1;2|1_0|0x10|١|−1|½|[red]|\x1b[31m|a\nb|~nouser/x|/|.|..|a/b/|cuda:²|"
    "CPU|cuda:-1|mps|cuda:|\u202e|None|5m|5 parsecs|0s|-5s|\udcff|%s%n|$(x)|../../x|con|{}|*"
).split("|")
VALUES += ["9" * 30, "9" * 5000, "x" * 400, "cuda:" + "9" * 20, "9" * 400 + "s"]
RUNS = "--store --page --workers --engine --device --max-seconds --data-dir"
OPTIONS = {
    "compare": "--budget --epochs --peaks --optimizer --momentum --weight-decay --batch-size --tuning-seeds --seeds "
    f"--name {RUNS}",
    "run": f"{RUNS} --scale --results",
    "report": "--store --page --png --scale --results",
    "show": "--peak --updates-per-epoch --png --losses",
    "list": "--json",
    "doctor": "--data-dir",
    "verify": "--layout --batch-size --optimizer --clip --data-dir",
}
SHORT = ("--epochs", "1", "--seeds", "2", "--tuning-seeds", "1", "--store", "s.db")


def _option(rng: random.Random) -> Case:
    """An option with a value that may be none."""
    verb = rng.choice([*OPTIONS, "compare", "compare", "run", "show"])
    option, value = rng.choice(OPTIONS[verb].split()), rng.choice(VALUES)
    given = (option, value) * (50 if rng.random() < 0.05 else 1)
    first = {
        "compare": (TASK, "constant", *SHORT),
        "run": ("s.yaml", "--store", "s.db"),
        "report": (rng.choice(["demo", "decay-rules", value]),),
        "show": ("cosine", "plateau+constant"),
        "list": (rng.choice(["rules", value]),),
        "doctor": (),
        "verify": ("no/such/task",),
    }[verb]
    return Case(f"option {verb} {option}", (verb, *first, *given), {"s.yaml": study_text().encode()})


def _budget(rng: random.Random) -> Case:
    """Budgets of time that are none."""
    none = ["five", "", "-5s", "0s", "nan", "inf", "1e999s", "5 parsecs", "yes", "s", "h", "\x1b[31m", "9" * 400 + "s"]
    value = rng.choice(none)
    return Case("budget", ("compare", TASK, "constant", "--budget", value, "--store", "s.db"), {}, REFUSED, "a budget")


def _peaks(rng: random.Random) -> Case:
    """Peaks with commas, blanks, and the option given again."""
    peaks = rng.sample(["1e-3", "3e-3", "0.01", "1E-1", ".3", "1.", "2.5e-2"], k=rng.randint(1, 4))
    way = rng.choice([",", ", ", " ", " , ", None])
    given = [word for peak in peaks for word in ("--peaks", peak)] if way is None else ["--peaks", way.join(peaks)]
    words = ("compare", TASK, "constant", *SHORT, *given)
    return Case("peaks", words, {}, {"tune.peaks": [float(peak) for peak in peaks]})


def _schedule(rng: random.Random) -> Case:
    """The notation of schedules with a few signs changed."""
    good = "warmup(span=10%, start=1e-1)+cosine(floor=0.1)", "plateau(patience=2)+constant", "multi_step(at=[30%, 60%])"
    verb = rng.choice([("show",), ("compare", TASK, *SHORT)])
    return Case("schedule", (*verb, "--", _changed(rng, rng.choice(good), [*SIGNS, *"()+"])))


MAKE = """\
import lrlab
from torch import nn
inputs, labels = [[1.0, 2.0]] * 60, [0, 1, 2] * 20
def make(): return lrlab.Task.from_arrays(model=lambda: nn.Linear(2, 3), inputs=inputs, labels=labels)
"""
GOOD_FILES = [
    MAKE,
    MAKE + "task = make()\n",
    MAKE + "print('hello')\n",
    MAKE + "import os\nos.chdir('/')\n",
    MAKE + "if __name__ == '__main__':\n    other = make()\n",
    "# -*- coding: latin-1 -*-\n# é\n" + MAKE,
    MAKE + "import t\n",
    MAKE + "def helper(n): return n\ndef net(): return nn.Linear(2, 3)\n",
]
# What is said of files that cannot be used.
BAD_FILES = {
    "import sys\nsys.exit(3)\n" + MAKE: "sys.exit",
    "def __getattr__(name): raise ValueError(name)\n": "",
    "raise KeyError('x')\n" + MAKE: "KeyError",
    "raise SystemExit\n" + MAKE: "sys.exit",
    "class E(BaseException): pass\nraise E('x')\n" + MAKE: "E: x",
    "class E(Exception):\n    def __str__(self): raise ValueError\nraise E\n" + MAKE: "without words",
    "def make(:\n": "SyntaxError",
    "": "no task",
    MAKE + "other = make\ntask = make()\nsecond = make()\n": "makes 2 tasks",
    MAKE.replace("def make():", "def make(width):"): "no task",
    MAKE.replace("nn.Linear(2, 3)", "nn.Linear(5, 3)"): "(2,)",
    MAKE.replace("nn.Linear(2, 3)", "None"): "torch.nn.Module",
    MAKE.replace("nn.Linear(2, 3)", "nn.Sequential(nn.Linear(2, 3), nn.Flatten(0))"): "one output per example",
    "task = 5\n": "no task",
    "import no_such_module_at_all\n" + MAKE: "no_such_module_at_all",
    "x = '\\ud800'\nraise ValueError(x)\n" + MAKE: "ValueError",
    "raise ValueError('\\x1b[31mred')\n" + MAKE: "ValueError",
}


def _own_task(rng: random.Random) -> Case:
    """A file of the user's."""
    words = ("constant", *SHORT, "--batch-size", "8")
    if rng.random() < 0.5:
        source = rng.choice(GOOD_FILES)
        data = source.encode("latin-1" if "latin-1" in source else "utf-8")
        return Case("own task", ("compare", "t.py", *words), {"t.py": data}, {"optimizer.name": "sgd"})
    source = rng.choice(list(BAD_FILES))
    name = rng.choice(["t.py", "t.py:make"]) if BAD_FILES[source] not in ("no task", "makes 2 tasks") else "t.py"
    return Case("bad task", ("compare", name, *words), {"t.py": source.encode()}, REFUSED, BAD_FILES[source])


def _bad_source(rng: random.Random) -> Case:
    """Bytes that are no Python, and places that are none."""
    none = [b"\xff\xfe", b"\xe9 = 1\n" + MAKE.encode(), b"\0", b"(" * 5000, b"# coding: nothing\n", rng.randbytes(200)]
    places = (
        "t.py t.py:make t.py: :make t.py:make:make T.PY ~nouser/t.py t.py:1 ..:x \udcff.py a\rb.py os:path json:loads "
        "..t:make .:x t.py/ folder.py folder.py:make " + "x" * 300 + ".py"
    )
    files: Files = {"t.py": rng.choice(none), "folder.py": "folder"}
    place = rng.choice(places.split(" "))
    return Case("bad source", ("compare", place, "constant", *SHORT), files, REFUSED)


def _label(rng: random.Random) -> Case:
    """Labels and titles that a terminal or a page could take for something else."""
    odd = r"[red]x[/red] \x1b[31mred a\nb \u202eabc $x_{ <b>x</b> :dog: %s {x} a\tb \u200b. \\"
    label = rng.choice(odd.split())
    arm = '  - label: "{}"\n    candidates: [{{schedule: constant, peak: {}}}]\n'
    arms = "\n" + arm.format(label, 0.1) + arm.format(f"{label} 2", 0.3).rstrip("\n")
    text = study_text(schedules=None, tune="{seeds: 1}", arms=arms, title=f'"{label}"')
    return run_of("label", text, {"optimizer.name": "sgd"})


def _many(rng: random.Random) -> Case:
    """Very many of something, or very long."""
    count = rng.choice([200, 900, 4000])
    plans = [f"'step(gamma={0.1 + number * 1e-6:.6f})'" for number in range(min(count, 400))]
    changes = [
        {"schedules": f"[{', '.join(['cosin'] * count)}]"},
        {"schedules": f"[{', '.join(plans)}, constant, constant]"},
        {"schedules": "['" + "warmup+" * 3000 + "cosine']"},
        {"schedules": f"[{'{name: scale, by: 0.5, of: ' * 30}{{name: cosine}}{'}' * 30}]"},
        {"tune": f"{{peaks: [{', '.join(['0.1'] * count)}]}}"},
        {"confirm": f"{{seeds: {10 ** rng.randint(4, 30)}}}"},
        {"confirm": f"{{seeds: {[0, *range(count)]}}}"},
        {"optimizer": "{" + ", ".join(f"f{number}: 1" for number in range(count)) + "}"},
        *[{field: word * count} for field in ("name", "baseline", "task", "budget") for word in "x/9"],
    ]
    return run_of("many", study_text(**rng.choice(changes)), REFUSED)


TWICE = [_number, _no_number, _no_number, _edited, _file, _option, _schedule, _own_task]
ONCE = [_text, _any_case, _span, _share, _no_file, _bom, _budget, _peaks, _bad_source, _label, _many, _option]
KINDS: list[Callable[[random.Random], Case]] = TWICE + TWICE + ONCE

"""Writes python.md from the docstrings: `python docs/make_python.py`.

A test runs `page` and compares; what is written is what the code says.
"""

import inspect
import re
from pathlib import Path
from typing import Any

import lrlab

HERE = Path(__file__).parent
INTRODUCTION = """# lrlab in Python

What the command line can do, one call does, with the same words, records and answers; the command line calls exactly
these. `import lrlab` loads next to nothing; torch comes with the first call that needs it.

```python
import lrlab

results = lrlab.compare("digits/convnet", ["constant", "cosine", "one_cycle"], budget="60s")
print(results)  # the answer and its table; in a notebook `results` alone shows them
results.verdicts  # every comparison: difference, interval, adjusted p, which is better
results.trials(), results.epochs()  # polars frames of all records; results.to_pandas()
print(results.paste())  # lines for a PyTorch loop of your own
results.page()  # the whole report as one HTML file
lrlab.load().answer  # the last study of the store, answered again
```

A script needs no main guard, and a `Task` made in a script, a notebook or a REPL goes to the workers as it is:
[examples/script.py](../examples/script.py), [examples/notebook.ipynb](../examples/notebook.ipynb). Stop with Ctrl-C (or
interrupt the kernel) whenever you like: the same call goes on from there.

A call raises `LabError`s with the words of the command line, prints progress on standard error only (`progress=False`:
nothing), and never ends the program. In a notebook an error shows your own line and the message; after
`%env LRLAB_TRACEBACK=1` it shows the whole traceback.

This page is generated from the docstrings by `python docs/make_python.py`, and a test holds it to them.
"""
PARTS = {
    "Ask": [
        "compare",
        "run",
        "judge",
        "find",
        "decays",
        "plan",
        "plan_run",
        "load",
        "runs",
        "so_far",
        "watch",
        "verify",
    ],
    "Answers": [
        *(
            "Results",
            "Judged",
            "FindResults",
            "DecayResults",
            "Planned",
            "RunPlan",
            "PublicationResults",
            "StoredRun",
            "RunSoFar",
        ),
    ],
    "Stores": ["check_store", "export_store", "merge_stores", "forget_trials", "tidy_store", "write_index"],
    "What is asked": ["Study", "Task", "Optimizer", "Metric", "Augment", "Normalize"],
    "Loops of your own": ["trial", "command"],
    "Schedules": ["parse", "register", "load_plugins", "simulate", "Horizon", "Scheduler", "optax_schedule"],
    "What goes wrong": ["LabError", "LabWarning"],
}
MODULES = {
    "schedules": "every schedule as a class, `lrlab.schedules.Cosine`: [catalogue.md](catalogue.md)",
    "objectives": "loss and metrics of a task, `lrlab.objectives.NextToken()`: [objectives.md](objectives.md)",
    "rules": "every feedback rule as a class, `lrlab.rules.Plateau`: [rules.md](rules.md)",
    "errors": "every error, as a tree, each with what it speaks of as attributes",
    "events": "what `progress=function` is called with, each a frozen value",
}


def page() -> str:
    """The page as text."""
    listed = [name for names in PARTS.values() for name in names]
    assert sorted([*listed, *MODULES]) == sorted(lrlab.__all__), set(lrlab.__all__) ^ {*listed, *MODULES}
    parts = [f"## {title}\n\n" + "\n\n".join(map(entry, names)) for title, names in PARTS.items()]
    modules = "\n".join(f"- `lrlab.{name}`: {text}" for name, text in MODULES.items())
    events = "\n".join(f"- `{kind.__name__}`: {first_line(kind)}" for kind in event_kinds())
    tail = f"## Modules\n\n{modules}\n\n## Events\n\n{events}"
    return "\n\n".join([INTRODUCTION.strip(), *parts, tail]) + "\n"


def entry(name: str) -> str:
    """A name with its signature, its docstring and, of a class, its methods."""
    thing = getattr(lrlab, name)
    lines = [f"### {name}", "", "```python", signature(name, thing), "```", "", text_of(thing)]
    if inspect.isclass(thing) and thing.__module__.startswith("lrlab") and name not in ("LabError", "LabWarning"):
        lines += ["", *methods(thing)]
    return "\n".join(lines).rstrip()


def signature(name: str, thing: object) -> str:
    """How it is called, a line for each argument where there are many."""
    if hasattr(thing, "model_fields"):
        return f"{name}(*, {', '.join(map(field_words, thing.model_fields.items()))})"
    try:
        written = inspect.signature(thing)  # type: ignore[arg-type]
    except ValueError:  # of an exception
        return name
    inner = [str(parameter) for parameter in written.parameters.values() if parameter.name != "self"]
    keyword = next((n for n, p in enumerate(written.parameters.values()) if p.kind is p.KEYWORD_ONLY), None)
    if keyword is not None and not any(p.kind is p.VAR_POSITIONAL for p in written.parameters.values()):
        inner.insert(keyword, "*")
    short = f"{name}({', '.join(inner)})"
    return plainly(short if len(short) <= 100 else f"{name}(\n" + "".join(f"    {one},\n" for one in inner) + ")")


def field_words(field: tuple[str, Any]) -> str:
    """A noun's field with its default, where that is plain; "..." stands for another noun."""
    name, info = field
    if info.is_required():
        return name
    return f"{name}={info.default!r}" if isinstance(info.default, str | int | float | tuple | None) else f"{name}=..."


def plainly(text: str) -> str:
    """Types as people write them."""
    text = re.sub(r"\b(?:\w+\.)+(?=[A-Z])", "", text)  # of lrlab.spec._trial.Optimizer only the name
    return re.sub(r": '([^']*)'(?= = |,|$|\))", r": \1", text)


def methods(kind: type) -> list[str]:
    """A line for each public method and property of the class's own."""
    found = []
    for base in kind.__mro__:
        if base.__module__.startswith("lrlab") and base.__name__ != "Noun":
            for name, member in vars(base).items():
                if not name.startswith("_") and (callable(member) or hasattr(member, "__doc__")) and own_words(member):
                    found.append(f"- `{name}`: {first_line(member)}")
    return list(dict.fromkeys(found))


def own_words(member: object) -> bool:
    """Whether a member is a method or a property with a docstring of its own."""
    function = getattr(member, "fget", None) or getattr(member, "func", None) or getattr(member, "__func__", member)
    return inspect.isfunction(function) and bool(function.__doc__)


def text_of(thing: object) -> str:
    """The docstring, without its doctest, its arguments as a list."""
    text = (inspect.getdoc(thing) or "").partition("\n>>>")[0].strip()
    names = "|".join(sorted(argument_names(thing) | arguments_told(text), key=len, reverse=True))
    return "\n\n".join(listed(block, names) if names else block for block in text.split("\n\n"))


def argument_names(thing: object) -> set[str]:
    """The names of what is given to a function or class."""
    if hasattr(thing, "model_fields"):
        return set(thing.model_fields)
    try:
        return set(inspect.signature(thing).parameters)  # type: ignore[arg-type]
    except (ValueError, TypeError):
        return set()


def arguments_told(text: str) -> set[str]:
    """What a docstring of several ways to call names at the beginning of its lines."""
    found = re.findall(r"^([a-z_]+(?:, [a-z_]+)*): ", text, re.MULTILINE)
    return {name for names in found for name in names.split(", ")}


def listed(block: str, names: str) -> str:
    """A block of a docstring that tells of arguments, as a list; any other as it is."""
    if block.startswith(" ") or not re.match(rf"(?:{names})(?:, (?:{names}))*: ", block):
        return block
    parts = re.split(rf"(?:^|(?<=[.;)] ))((?:{names})(?:, (?:{names}))*): ", " ".join(block.split()))
    return "\n".join(f"- `{name}`: {what.strip()}" for name, what in zip(parts[1::2], parts[2::2], strict=True))


def first_line(thing: object) -> str:
    """The first line of the docstring."""
    return (inspect.getdoc(thing) or "").partition("\n")[0]


def event_kinds() -> list[type]:
    """Every event there is, in the order of the file."""
    kinds = [kind for kind in vars(lrlab.events).values() if inspect.isclass(kind)]
    return [kind for kind in kinds if issubclass(kind, lrlab.events.Event) and kind is not lrlab.events.Event]


if __name__ == "__main__":
    (HERE / "python.md").write_text(page(), encoding="utf-8")

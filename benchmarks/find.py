"""The range test compared with a full grid, and the rules of other libraries beside it.

    LRLAB_DATA=data python benchmarks/find.py            # measures what is missing, writes benchmarks/results/find.md
    LRLAB_DATA=data python benchmarks/find.py digits     # only the cases with this in their name

Needs torch-lr-finder and lightning. What was measured is kept in `results/find.json`, case by case.
"""

import json
import math
import sys
from pathlib import Path
from statistics import median

import torch
from find_parts._own import OWN
from find_parts._rivals import FASTAI, suggestions
from find_parts._tasks import TASKS

HERE = Path(__file__).parent
KEPT, PAGE = HERE / "results" / "find.json", HERE / "results" / "find.md"
REPETITIONS = 10
RULES = (*FASTAI, "torch-lr-finder", "Lightning")
TEXT = """# The range test against a full grid

For each case, trainings in full at every rate of a grid (four to a decade, over three and a half decades), five seeds:
the best constant rate by mean validation score, ties by loss (a user's own models: by loss), and the best peak of a
cosine. Then {repetitions} range tests as `lrlab find` makes them, each on three seeds of its own and an eighth of the
length, but no fewer than 100 updates or half of it. Errors in decades: log10 of the suggestion over the best constant
rate; the cosine's beside it. "inside": in how many of {repetitions} the best constant rate lay in the interval. "cost":
what the full training loses at the grid's rate next to the median suggestion, in score (own models: in loss), where the
best has 0.

{table}

Over all cases: {within} of {tests} suggestions within half a decade of the best constant rate, {within_cosine} of
{cosines} of the cosine's best peak; {silent} of {asked} tests made none; the best constant rate inside the interval in
{inside} of {asked}. Further off than that, some or all of {repetitions}: {missed}.

Five seeds leave the best rate of a grid noisy where several rates do equally well. The grids of a user's own models,
trained again on five other seeds, have their best so:

{again}

Of their suggestions {within_again} of {asked_again} lie within half a decade of that.

## The rules of other libraries

On the sweep that they make, once for each repetition: one training of 100 updates whose rate grows from 1e-7 to 10. The
median error in decades, and how many of {repetitions} lie within half a decade. torch-lr-finder 0.2.2 and Lightning
{lightning} are called as they are, fastai's rules are written again from its documentation, with its smoothing and
trimming. A sweep costs 100 updates, a range test 45 short trainings: what is compared is what is found, not what it
takes.

{rivals}

{about}
"""


def measure(case: object, known: dict) -> None:
    """What is missing of a case, kept as it comes."""
    kept = known.setdefault(case.name, {"length": case.length, "tests": [], "sweeps": []})
    for plan in case.plans:
        if plan not in kept:
            kept[plan] = case.grid(plan)
            _keep(known)
    while len(kept["tests"]) < REPETITIONS:
        test = case.range_test(len(kept["tests"]))
        kept["tests"].append([test.suggestion, test.interval, test.reason, test.updates, len(test.rates)])
        _keep(known)
    while len(kept["sweeps"]) < REPETITIONS:
        kept["sweeps"].append(suggestions(case.sweep(len(kept["sweeps"]))))
    _keep(known)
    print(_case_row(case.name, kept), flush=True)


def _keep(known: dict) -> None:
    KEPT.write_text(json.dumps(known, indent=1) + "\n", encoding="utf-8")


def _best(kept: dict, plan: str) -> float:
    """The best rate of a grid; NaN where none was trained."""
    return max(kept[plan], key=lambda row: (row[1], -row[2]))[0] if plan in kept else math.nan


def _errors(found: list, best: float) -> list[float]:
    return [math.log10(rate) - math.log10(best) for rate in found if rate is not None and rate > 0]


def _inside(kept: dict) -> int:
    best = _best(kept, "constant")
    return sum(ends is not None and ends[0] * 0.99 <= best <= ends[1] * 1.01 for _, ends, *_ in kept["tests"])


def _case_row(name: str, kept: dict) -> str:
    constant, cosine = _best(kept, "constant"), _best(kept, "cosine")
    found = [test[0] for test in kept["tests"] if test[0] is not None]
    if not found:
        return f"| {name} | {kept['length']} | {constant:.3g} | {_shown(cosine, '.3g')} | none | | | | |"
    near = min(kept["constant"], key=lambda row: abs(math.log10(row[0] / median(found))))
    lost = max(row[1] for row in kept["constant"]) - near[1]
    cells = [
        name,
        str(kept["length"]),
        f"{constant:.3g}",
        _shown(cosine, ".3g"),
        f"{median(found):.2g} ({min(found):.2g} to {max(found):.2g})",
        f"{median(_errors(found, constant)):+.2f}",
        _shown(median(_errors(found, cosine)), "+.2f"),
        f"{_inside(kept)}/{len(kept['tests'])}",
        f"{lost:.3f}",
    ]
    return f"| {' | '.join(cells)} |"


def _shown(value: float, form: str) -> str:
    return "" if math.isnan(value) else format(value, form)


def _rival_row(name: str, kept: dict) -> str:
    best, cells = _best(kept, "constant"), [name]
    for rule in ("lrlab", *RULES):
        found = [test[0] for test in kept["tests"]] if rule == "lrlab" else [sweep[rule] for sweep in kept["sweeps"]]
        errors = _errors(found, best)
        near = sum(abs(error) <= 0.5 for error in errors)
        cells.append(f"{median(errors):+.1f}, {near}/{len(found)}" if errors else f"none, 0/{len(found)}")
    return f"| {' | '.join(cells)} |"


def _missed_words(done: dict) -> str:
    """The cases of which a suggestion is further off than half a decade, and how many are."""
    counts = {name: _far_off(kept, "constant") for name, kept in done.items()}
    return "; ".join(f"{name} ({count})" for name, count in counts.items() if count) or "none"


def _far_off(kept: dict, plan: str) -> int:
    found = [test[0] for test in kept["tests"]]
    return sum(abs(error) > 0.5 for error in _errors(found, _best(kept, plan)))


def _again_words(again: dict) -> str:
    return "\n".join(
        f"- {name}: at {_best(kept, 'again'):.3g} where the first five have it at {_best(kept, 'constant'):.3g}"
        for name, kept in again.items()
    )


def write_page(known: dict) -> None:
    """The page of what was measured."""
    import lightning

    done = {name: kept for name, kept in known.items() if len(kept["sweeps"]) == REPETITIONS}
    again = {name: kept for name, kept in done.items() if "again" in kept}
    asked_again = sum(test[0] is not None for kept in again.values() for test in kept["tests"])
    tests = [(kept, test) for kept in done.values() for test in kept["tests"]]
    made = [(kept, test[0]) for kept, test in tests if test[0] is not None]
    head = "| case | updates | best constant | best cosine | suggestion (range) | error | to cosine | inside | cost |"
    rivals = f"| case | {' | '.join(('lrlab', *RULES))} |"
    PAGE.write_text(
        TEXT.format(
            repetitions=REPETITIONS,
            table="\n".join([head, "| --- |" + " ---: |" * 8, *(_case_row(*pair) for pair in done.items())]),
            within=sum(abs(_errors([rate], _best(kept, "constant"))[0]) <= 0.5 for kept, rate in made),
            within_cosine=sum(abs(_errors([rate], _best(kept, "cosine"))[0]) <= 0.5 for kept, rate in made),
            cosines=sum("cosine" in kept for kept, _ in made),
            tests=len(made),
            asked=len(tests),
            missed=_missed_words(done),
            again=_again_words(again),
            asked_again=asked_again,
            within_again=asked_again - sum(_far_off(kept, "again") for kept in again.values()),
            silent=len(tests) - len(made),
            inside=sum(map(_inside, done.values())),
            lightning=lightning.__version__,
            rivals="\n".join(
                [rivals, "| --- |" + " ---: |" * (len(RULES) + 1), *(_rival_row(*p) for p in done.items())]
            ),
            about=f"Measured on CPU, torch {torch.__version__}, one thread; image tasks on their first 3,200 "
            f"examples of training data. ResNets and GoogLeNet were left out: a full grid of them takes days here.",
        ),
        encoding="utf-8",
    )


def main(wanted: list[str]) -> None:
    torch.set_num_threads(1)
    known = json.loads(KEPT.read_text(encoding="utf-8")) if KEPT.exists() else {}
    for case in (*TASKS[:4], *OWN, *TASKS[4:]):
        if all(word in case.name for word in wanted):
            measure(case, known)
    write_page(known)


if __name__ == "__main__":
    main(sys.argv[1:])

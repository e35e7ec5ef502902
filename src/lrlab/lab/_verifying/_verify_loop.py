"""`lrlab verify` of a user's own loop: what was looked at, what was found, and the line to change."""

import math
from collections.abc import Iterator
from typing import TYPE_CHECKING, Literal, NamedTuple, TypeAlias

from ...spec import Failed, counted
from ._loop_trials import OTHER, SCHEDULE, LoopTrials

if TYPE_CHECKING:
    from ...loops import LoopObserved

Verdict: TypeAlias = Literal["fine", "remark", "fault"]
MUCH = 0.5  # the share of the difference between two seeds from which noise makes pairs worth little
CLOSE = 1e-6  # the share of a rate by which another differs as single precision does


class LoopCheck(NamedTuple):
    """One thing that was looked at. words: what was found; of a fault and of a remark, with the line to change."""

    what: str
    verdict: Verdict
    words: str


def check_loop(trials: LoopTrials) -> list[LoopCheck]:
    """What the trials show, a check each. A loop whose first trial does not end is checked no further."""
    first = trials.first
    if isinstance(first, Failed):
        return [LoopCheck("it runs", "fault", _failure_words(first))]
    if first.became == "raised":
        return [LoopCheck("it runs", "fault", f"it raises {first.message}\n{first.traceback.rstrip()}")]
    checks = [_check_others_run(trials), _check_end(trials, first), _check_reports(trials, first)]
    checks += [_check_updates(trials, first), _check_rates(trials)]
    checks += [
        *[*_check_other_optimizers(first), *_check_leftovers(first)],
        *_check_repetition(trials),
        _check_seeds(trials),
        _check_peak(trials),
        *_check_generators(trials),
    ]
    return [check for check in [*checks, _check_stop(trials), _check_resume(trials)] if check is not None]


def _failure_words(failure: Failed) -> str:
    return failure.message if failure.died or failure.timed_out else f"it cannot be run: {failure.message}"


def _check_others_run(trials: LoopTrials) -> LoopCheck:
    """Whether the trials after the first ended too."""
    others = {
        "the same trial a second time": trials.again,
        "another seed": trials.seeded,
        f"{_factor(trials)} times the peak": trials.steep,
        f"the schedule {OTHER}": trials.constant,
        "a trial told to stop": trials.stopped,
        f"a trial resumed from {trials.advice.folder}": trials.resumed,
    }
    for what, end in others.items():
        if isinstance(end, Failed):
            return LoopCheck("it runs", "fault", f"with {what}, {_failure_words(end)}")
        if end is not None and end.became == "raised":
            return LoopCheck("it runs", "fault", f"with {what} it raises {end.message}\n{end.traceback.rstrip()}")
    first = trials.first
    if not isinstance(first, Failed) and first.became == "diverged":
        return LoopCheck(
            "it runs",
            "remark",
            f"it diverges at peak {trials.peaks[0]:g}; say which peaks are usual, {trials.advice.peaks}",
        )
    return LoopCheck(
        "it runs", "fine", f"{counted(sum(end is not None for end in others.values()) + 1, 'short trial')}"
    )


def _factor(trials: LoopTrials) -> str:
    return f"{trials.peaks[1] / trials.peaks[0]:g}"


def _check_end(trials: LoopTrials, first: "LoopObserved") -> LoopCheck:
    what = "it finishes"
    if first.became == "diverged":
        return LoopCheck(what, "fine", "as diverged")
    if first.final is None:
        return LoopCheck(
            what,
            "fault",
            f"it returns without run.finish; {trials.advice.finish}",
        )
    made = len(first.rates)
    if made and first.at_finish < min(made, trials.updates):
        return LoopCheck(
            what,
            "fault",
            f"run.finish was called after {first.at_finish} updates, and {made} were made; call it after the last one",
        )
    return LoopCheck(what, "fine", f"with {', '.join(first.final)}")


def _check_reports(trials: LoopTrials, first: "LoopObserved") -> LoopCheck:
    what, names = "it reports", sorted({name for _, _, values in first.reports for name in values})
    validated = [name for name in (*names, *(first.final or {})) if name.startswith("validation_")]
    if not first.reports and not validated:
        return LoopCheck(what, "fault", trials.advice.report)
    if not validated:
        return LoopCheck(
            what,
            "fault",
            f"it reports {', '.join(names)}, and nothing of validation data, by which a peak is chosen; "
            f"{trials.advice.validate}",
        )
    return LoopCheck(what, "fine", f"{counted(len(first.reports), 'report')} of {', '.join(names or validated)}")


def _check_updates(trials: LoopTrials, first: "LoopObserved") -> LoopCheck:
    what, made, updates = "its length", len(first.rates), trials.updates
    if first.became == "diverged":
        return LoopCheck(what, "fine", f"{made} updates until it diverged")
    if not first.source:
        return LoopCheck(what, "remark", f"how many updates it makes is not known; {trials.advice.tell_length}")
    if made != updates:
        more = "more" if made > updates else "fewer"
        return LoopCheck(
            what,
            "fault",
            f"it makes {made} updates, {more} than the {updates} that were asked for; {trials.advice.length}",
        )
    return LoopCheck(what, "fine", f"{updates} updates, as many as were asked for")


def _check_rates(trials: LoopTrials) -> LoopCheck:
    """Whether the rates used are those of the schedule, under two schedules and two peaks."""
    what = "its rates"
    parts = {
        f"{SCHEDULE} at {trials.peaks[0]:g}": trials.first,
        f"{SCHEDULE} at {trials.peaks[1]:g}": trials.steep,
        f"{OTHER} at {trials.peaks[0]:g}": trials.constant,
    }
    seen = {name: end for name, end in parts.items() if end is not None and not isinstance(end, Failed)}
    source = next((end.source for end in seen.values()), "")
    if not source:
        used = {"schedule", "rate", "scheduler"} & set(next(iter(seen.values())).read)
        if not used:
            return LoopCheck(
                what,
                "fault",
                f"it never asks for its rates, so no schedule changes anything; {trials.advice.ask_rates}",
            )
        return LoopCheck(
            what,
            "remark",
            f"which rates it uses is not known; {trials.advice.tell_rates}, to have them checked",
        )
    close = False
    for name, end in seen.items():
        for t, (asked, rate) in enumerate(zip(end.asked, end.rates, strict=False)):
            if math.isnan(rate) or asked == rate:
                continue
            if abs(asked - rate) > CLOSE * max(abs(asked), abs(rate)):
                return LoopCheck(what, "fault", _rate_words(name, t, asked, rate, source, trials))
            close = True
    if source == "handed out":
        return LoopCheck(
            what,
            "remark",
            f"it asks for each, run.rate(t); whether it uses them is not known; {trials.advice.tell_rates}",
        )
    equal = f"equal to the schedule's within {CLOSE:g}" if close else "equal to the schedule's to the bit"
    who = "as torch's optimizer saw them" if source == "optimizer" else "as it recorded them"
    return LoopCheck(what, "fine", f"{equal}, {who}, under {', '.join(seen)}")


def _check_other_optimizers(first: "LoopObserved") -> Iterator[LoopCheck]:
    """Whether an optimizer beside the first one goes the schedule's way, at whatever share of its rate."""
    for rates in first.others:
        pairs = [(t, asked, rate) for t, (asked, rate) in enumerate(zip(first.asked, rates, strict=False)) if asked]
        if len(rates) != len(first.rates) or len(pairs) < 2:
            continue
        scale = pairs[0][2] / pairs[0][1]
        apart = next((part for part in pairs if abs(part[2] - scale * part[1]) > CLOSE * abs(scale * part[1])), None)
        if apart is not None:
            t, asked, rate = apart
            yield LoopCheck(
                "more optimizers",
                "remark",
                f"another optimizer does not follow the schedule: at update {t} its rate is {rate!r}, where "
                f"{scale * asked!r} would be; if it is to, give it a scheduler too, run.scheduler(other), "
                f"and step that after other.step()",
            )


def _rate_words(name: str, t: int, asked: float, rate: float, source: str, trials: LoopTrials) -> str:
    who = "the optimizer" if source == "optimizer" else "the loop"
    return (
        f"under {name} they part at update {t}: asked for is {asked!r}, and {who} used {rate!r}; {trials.advice.follow}"
    )


def _numbers_of(end: "LoopObserved") -> list[tuple[str, float]]:
    """What a trial said, in order, each with its name and place."""
    told = [
        (f"{name} of report {place + 1}", value)
        for place, (_, _, values) in enumerate(end.reports)
        for name, value in values.items()
    ]
    return told + list((end.final or {}).items())


def _same(first: float, other: float) -> bool:
    return first == other or (math.isnan(first) and math.isnan(other))


def _largest_gap(first: "LoopObserved", other: "LoopObserved") -> float:
    """The largest difference of two trials, in the units of each value, over the larger of the two."""
    gaps = [
        abs(a - b) / max(abs(a), abs(b))
        for (_, a), (_, b) in zip(_numbers_of(first), _numbers_of(other), strict=False)
        if a != b and math.isfinite(a) and math.isfinite(b)
    ]
    return max(gaps, default=0.0)


def _first_gap(first: "LoopObserved", other: "LoopObserved") -> tuple[str, float, float] | None:
    pairs = zip(_numbers_of(first), _numbers_of(other), strict=False)
    return next(((name, a, b) for (name, a), (_, b) in pairs if not _same(a, b)), None)


def _ended(end: "LoopObserved | Failed | None") -> "LoopObserved | None":
    return None if end is None or isinstance(end, Failed) or end.became == "raised" else end


def _check_leftovers(first: "LoopObserved") -> Iterator[LoopCheck]:
    """Whether it changes what the trial after it would find so."""
    if first.changed:
        yield LoopCheck(
            "what it leaves",
            "remark",
            f"it changes {', '.join(first.changed)}, which it shares with the program around it, so each trial is "
            f"begun in a new process, which takes longer; make it within the function",
        )


def _check_repetition(trials: LoopTrials) -> Iterator[LoopCheck]:
    """Whether two trials of one seed agree; how far apart they are where not, and what that does to pairs."""
    what, first, again, seeded = "one seed twice", _ended(trials.first), _ended(trials.again), _ended(trials.seeded)
    if first is None or again is None or not _numbers_of(first):
        return
    gap = _first_gap(first, again)
    if gap is None:
        yield LoopCheck(what, "fine", f"equal to the bit in all {counted(len(_numbers_of(first)), 'number')}")
        return
    name, a, b = gap
    noise, spread = _largest_gap(first, again), 0.0 if seeded is None else _largest_gap(first, seeded)
    pairs = "pairs of one seed still say more than two seeds do"
    if noise >= MUCH * spread:
        pairs = "so pairs of one seed say little more than two seeds do: plan with more seeds"
    unseeded = _unseeded(first, again)
    way = f"; write {unseeded[0]}(run.seed) at its beginning" if unseeded else ""
    yield LoopCheck(
        what,
        "fault" if unseeded else "remark",
        f"noisy: {name} is {a:.6g} and {b:.6g}; over {counted(len(first.reports), 'report')} and the end the two "
        f"differ by up to {noise:.2g} of a value, two seeds by {spread:.2g}: {pairs}{way}",
    )


def _unseeded(first: "LoopObserved", again: "LoopObserved") -> list[str]:
    """The calls that seed the global generators that gave numbers unseeded: changed, and otherwise each time."""
    return [
        name
        for name, (before, after) in first.states.items()
        if name in again.states and before != after and after != again.states[name][1]
    ]


def _check_generators(trials: LoopTrials) -> Iterator[LoopCheck]:
    """Where the trials agree although they drew from a generator that nobody seeded, that is worth a word."""
    first, again = _ended(trials.first), _ended(trials.again)
    if first is None or again is None or _first_gap(first, again) is not None:
        return
    for name in _unseeded(first, again):
        yield LoopCheck(
            "its generators", "remark", f"it draws from a global generator that it did not seed; write {name}(run.seed)"
        )


def _check_seeds(trials: LoopTrials) -> LoopCheck | None:
    what, first, seeded = "two seeds", _ended(trials.first), _ended(trials.seeded)
    if first is None or seeded is None or not _numbers_of(first):
        return None
    gap = _first_gap(first, seeded)
    if gap is None or "seed" not in first.read:
        why = "run.seed is never read" if "seed" not in first.read else "two seeds give the same numbers"
        return LoopCheck(
            what,
            "fault",
            f"{why}, so every seed is the same trial and no difference can be told from chance; write "
            f"torch.manual_seed(run.seed), and seed whatever else draws",
        )
    name, a, b = gap
    return LoopCheck(what, "fine", f"differ: {name} is {a:.6g} and {b:.6g}")


def _check_peak(trials: LoopTrials) -> LoopCheck | None:
    what, first, steep = "two peaks", _ended(trials.first), _ended(trials.steep)
    if first is None or steep is None or not _numbers_of(first):
        return None
    if first.became == "diverged" or steep.became == "diverged":
        return LoopCheck(what, "fine", f"it diverges at {trials.peaks[steep.became == 'diverged']:g}")
    gap = _first_gap(first, steep)
    low, high = trials.peaks
    if gap is None:
        return LoopCheck(
            what,
            "fault",
            f"at {low:g} and at {high:g} it gives the same numbers, so the rate reaches nothing that it measures; "
            f"{trials.advice.use_peak}",
        )
    name, a, b = gap
    return LoopCheck(what, "fine", f"differ: {name} is {a:.6g} at {low:g} and {b:.6g} at {high:g}")


def _check_stop(trials: LoopTrials) -> LoopCheck:
    what, stopped = "when time is up", _ended(trials.stopped)
    first = _ended(trials.first)
    if first is not None and not first.looks:
        return LoopCheck(what, "remark", trials.advice.look)
    if stopped is not None and stopped.became == "stopped":
        return LoopCheck(what, "fine", f"it stops, after {counted(len(stopped.rates), 'update')}")
    if stopped is not None and stopped.became == "finished" and 0 < stopped.at_finish < trials.updates:
        return LoopCheck(
            what,
            "fault",
            f"it calls run.finish after {counted(stopped.at_finish, 'update')} of {trials.updates}, as "
            "run.should_stop was true; return there, with no run.finish, so that the trial goes on later",
        )
    return LoopCheck(what, "remark", trials.advice.stop)


def _check_resume(trials: LoopTrials) -> LoopCheck | None:
    what, folder = "resumed", trials.advice.folder
    first, stopped, resumed = _ended(trials.first), _ended(trials.stopped), _ended(trials.resumed)
    if first is None or stopped is None or resumed is None:
        return None
    if not stopped.left:
        return LoopCheck(
            what,
            "remark",
            f"it leaves nothing in {folder}, so it starts over; save model, optimizer and epoch there",
        )
    if len(resumed.rates) >= len(first.rates) > 0:
        return LoopCheck(
            what,
            "remark",
            f"it leaves {', '.join(stopped.left[:3])} in {folder} and starts over all the same; load it at the start",
        )
    apart = _first_final_gap(first, resumed)
    if apart is None:
        return LoopCheck(what, "fine", f"it goes on from {folder} and ends as one that was never stopped, to the bit")
    name, a, b = apart
    return LoopCheck(
        what,
        "remark",
        f"it goes on from {folder} and ends elsewhere: {name} is {a:.6g} without the stop and {b:.6g} with it; save "
        f"the states of scheduler and generators too",
    )


def _first_final_gap(first: "LoopObserved", other: "LoopObserved") -> tuple[str, float, float] | None:
    pairs = [(name, value, (other.final or {}).get(name, math.nan)) for name, value in (first.final or {}).items()]
    return next(((name, a, b) for name, a, b in pairs if not _same(a, b)), None)

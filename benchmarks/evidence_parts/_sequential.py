"""Planned looks: false claims at all of them, intervals at the stop, and the trainings they save."""

from collections.abc import Callable, Sequence

import numpy as np
import polars as pl
from numpy.typing import NDArray

from lrlab.stats import (
    LookVerdict,
    flip_interval,
    judge_look,
    repeated_interval,
    usual_looks,
)

TITLE = "Planned looks"
ALPHA, MARGIN = 0.05, 0.02
FLIPS, REPLAYED = 4096, 8192  # patterns: as valid as any number is, and quick
Scores = NDArray[np.float64]  # (arms, seeds)
Pairs = list[tuple[int, int]]


def measure(bank: pl.DataFrame | None, quick: bool) -> tuple[list[str], dict[str, object]]:
    """False claims of simulated and replayed families, coverage, and the replay of eight schedules."""
    lines, numbers = _false_claims(bank, 20 if quick else 2000)
    parts = [(lines, numbers), _false_within(20 if quick else 2000), _coverage(bank, 5 if quick else 400)]
    if bank is None:
        parts.append((["The replay needs the bank of trials."], {}))
    else:
        parts.append(_savings(bank, 2 if quick else 600))
    return [line for part, _ in parts for line in (*part, "")][:-1], {
        k: v for _, each in parts for k, v in each.items()
    }


def ask_pairs(arms: int, leader: int = 0, base: int = 1) -> Pairs:
    """The leader against each, and each against the baseline."""
    others = [arm for arm in range(arms) if arm not in (leader, base)]
    return [(leader, arm) for arm in (base, *others) if arm != leader] + (
        [(arm, base) for arm in others] if leader != base else []
    )


def _differences(scores: Scores, pairs: Pairs) -> NDArray[np.float64]:
    return np.array([scores[a] - scores[b] for a, b in pairs])


KINDS: dict[str, Callable[[np.random.Generator, int, int], Scores]] = {
    "normal": lambda rng, arms, n: rng.standard_normal((arms, n)),
    "one seed moves all arms (correlation 0.7)": lambda rng, arms, n: (
        np.sqrt(0.7) * rng.standard_normal(n) + np.sqrt(0.3) * rng.standard_normal((arms, n))
    ),
    "skewed (exponential)": lambda rng, arms, n: rng.exponential(size=(arms, n)),
    "each seed diverges with 10 %": lambda rng, arms, n: (
        rng.standard_normal((arms, n)) - 30.0 * (rng.random((arms, n)) < 0.1)
    ),
}


def _bank_arms(bank: pl.DataFrame | None) -> dict[str, Callable[[np.random.Generator, int, int], Scores]]:
    if bank is None:
        return {}
    chosen = {
        "constant at 0.1": ("constant", 0.1),
        "one_cycle at 0.2": ("one_cycle", 0.2),
        "step at 0.3": ("step", 0.3),
    }

    def sampler(values: NDArray[np.float64]) -> Callable[[np.random.Generator, int, int], Scores]:
        return lambda rng, arms, n: rng.choice(values, size=(arms, n))

    return {f"real trials of {name}": sampler(_scores_of(bank, *arm)) for name, arm in chosen.items()}


def _scores_of(bank: pl.DataFrame, schedule: str, peak: float, column: str = "test_accuracy") -> NDArray[np.float64]:
    kept = bank.filter((pl.col("schedule") == schedule) & (pl.col("peak") == peak)).sort("seed")
    return kept[column].to_numpy().astype(np.float64)


def _share_words(hits: int, total: int) -> str:
    share = hits / total
    return f"{share:.3f} ± {np.sqrt(max(share * (1 - share), 1 / total) / total):.3f}"


def _false_claims(bank: pl.DataFrame | None, families: int) -> tuple[list[str], dict[str, object]]:
    """Families of equal arms: any claim at any look; and testing again at each look."""
    lines = [
        f"False claims of families of equal arms, at all looks together, of {families:,} families each. Naive: max-T "
        "at 0.05 again at each look.",
        "",
        "| scores | arms | questions | looks | planned | naive |",
        "| --- | --- | --- | --- | --- | --- |",
    ]
    numbers: dict[str, object] = {}
    for kind, draw in (KINDS | _bank_arms(bank)).items():
        for arms in (2, 8, 14):
            pairs = ask_pairs(arms)
            looks, rng = usual_looks(len(pairs)), np.random.default_rng(arms)
            planned = naive = 0
            sign_PN = _signs(looks[-1], FLIPS)
            for family in range(families):
                rows = _differences(draw(rng, arms, looks[-1]), pairs)
                # No p rises: what any look claims, the last one does.
                verdicts = judge_look(rows, looks, rng=np.random.default_rng(family), flips=FLIPS)
                planned += any(each.claim != "none" for each in verdicts)
                naive += _claims_anew(rows, looks, sign_PN)
            lines.append(
                f"| {kind} | {arms} | {len(pairs)} | {', '.join(map(str, looks))} | {_share_words(planned, families)} "
                f"| {_share_words(naive, families)} |"
            )
            numbers[f"false claims, {kind}, {arms} arms"] = {"planned": planned, "naive": naive, "of": families}
    return lines, numbers


def _claims_anew(rows: NDArray[np.float64], looks: Sequence[int], sign_PN: NDArray[np.float64]) -> bool:
    return any((_max_t(rows[:, :look], sign_PN[:, :look]) < ALPHA).any() for look in looks)


def _false_within(families: int) -> tuple[list[str], dict[str, object]]:
    """Arms that differ by the margin exactly: any "within" at any look."""
    lines = [
        "",
        f"False “within the margin”, all pairs differing by just the margin, of {families:,} families each:",
        "",
    ]
    lines += ["| arms | sd of differences over the margin | planned |", "| --- | --- | --- |"]
    numbers: dict[str, object] = {}
    for arms, sd in ((2, 0.5), (2, 1.0), (8, 0.5), (8, 1.0)):
        pairs, rng, wrong = [(0, arm) for arm in range(1, arms)], np.random.default_rng(arms), 0
        looks = usual_looks(len(pairs))
        for family in range(families):
            scores = rng.standard_normal((arms, looks[-1])) * sd / np.sqrt(2)
            scores[0] += 1.0
            verdicts = judge_look(
                _differences(scores, pairs), looks, margin=1.0, rng=np.random.default_rng(family), flips=FLIPS
            )
            wrong += any(each.equal_p is not None and each.equal_p < ALPHA for each in verdicts)
        lines.append(f"| {arms} | {sd:g} | {_share_words(wrong, families)} |")
        numbers[f"false within, {arms} arms, sd {sd:g}"] = {"wrong": wrong, "of": families}
    return lines, numbers


def _coverage(bank: pl.DataFrame | None, repeats: int) -> tuple[list[str], dict[str, object]]:
    """How often the interval at the stop holds the true difference."""
    looks = usual_looks(1)
    rng = np.random.default_rng(0)
    sources: dict[str, Callable[[], NDArray[np.float64]]] = {
        "normal, no difference": lambda: rng.standard_normal(looks[-1]),
        "normal, 0.7 sd": lambda: 0.7 + rng.standard_normal(looks[-1]),
    }
    truths = dict(zip(sources, (0.0, 0.7), strict=True))
    if bank is not None:
        linear = _scores_of(bank, "linear", 0.2)
        for name, peak in (("cosine", 0.1), ("constant", 0.05)):
            values = linear - _scores_of(bank, name, peak)
            sources[f"linear - {name}, real"] = lambda values=values: rng.choice(values, size=looks[-1])
            truths[f"linear - {name}, real"] = float(values.mean())
    lines = [
        f"Intervals at 95 %, at the look at which one question stops ({', '.join(map(str, looks))}), {repeats} each:",
        "",
        "| differences | repeated interval covers | as if there had been one look | mean pairs |",
        "| --- | --- | --- | --- |",
    ]
    numbers: dict[str, object] = {}
    for name, draw in sources.items():
        held = plain = pairs = 0
        for repeat in range(repeats):
            values, margin = draw(), 0.02 if "real" in name else 0.5
            stop = _stop_of(values, looks, margin, repeat)
            own = np.random.default_rng(repeat)
            low, high = repeated_interval(values[:stop], looks, rng=own)[1:3]
            held += low <= truths[name] <= high
            low, high = flip_interval(values[:stop], rng=own, exact_up_to=15)[1:3]
            plain += low <= truths[name] <= high
            pairs += stop
        words = (_share_words(each, repeats) for each in (held, plain))
        lines.append(f"| {name} | {' | '.join(words)} | {pairs / repeats:.1f} |")
        numbers[f"coverage, {name}"] = {"repeated": held, "plain": plain, "of": repeats}
    return lines, numbers


def _stop_of(values: NDArray[np.float64], looks: Sequence[int], margin: float, seed: int) -> int:
    for look in looks:
        (verdict,) = judge_look([values[:look]], looks, margin=margin, rng=np.random.default_rng(seed), flips=FLIPS)
        if verdict.claim != "none" or verdict.hopeless:
            return look
    return looks[-1]


def _savings(bank: pl.DataFrame, replays: int) -> tuple[list[str], dict[str, object]]:
    """Eight schedules at their best peaks: trainings and answers, against all seeds at once."""
    best = bank.group_by("schedule", "peak").agg(pl.col("test_accuracy").mean()).sort("test_accuracy")
    arms = best.group_by("schedule").last().sort("schedule")
    test = np.array([_scores_of(bank, name, peak) for name, peak, _ in arms.rows()])
    tuned = np.array([_scores_of(bank, name, peak, "validation_accuracy") for name, peak, _ in arms.rows()])
    base = arms["schedule"].to_list().index("constant")
    designs = {last: usual_looks(13, last) for last in (40, 30)}
    lines = [
        f"Eight schedules at their best peaks, {replays} replays of real trials, margin 2 points; the leader by three "
        "tuning seeds:",
        "",
        "| looks | trainings | of the fixed design | saved | better or worse | within | answered | fixed: answered |",
        "| --- | --- | --- | --- | --- | --- | --- | --- |",
    ]
    numbers: dict[str, object] = {}
    for last, looks in designs.items():
        rng, found, sign_PN = np.random.default_rng(last), [], _signs(last, REPLAYED)
        for _ in range(replays):
            order = rng.permutation(test.shape[1])
            scores, leader = test[:, order[:last]], int(tuned[:, order[-3:]].mean(axis=1).argmax())
            found.append((*_replay(scores, looks, leader, base), *_fixed_answers(scores, leader, base, sign_PN)))
        mean = np.mean(found, axis=0)
        error = np.std(found, axis=0, ddof=1) / np.sqrt(replays)
        all_of = 8 * last
        lines.append(
            f"| {', '.join(map(str, looks))} | {mean[0]:.1f} ± {error[0]:.1f} | {all_of} "
            f"| {100 * (1 - mean[0] / all_of):.1f} % | {mean[1]:.2f} | {mean[2]:.2f} | {mean[1] + mean[2]:.2f} of "
            f"{mean[5]:.2f} | {mean[3]:.2f} + {mean[4]:.2f} = {mean[3] + mean[4]:.2f} |"
        )
        numbers[f"savings, last look {last}"] = {
            "looks": list(looks),
            "trainings": mean[0],
            "saved": 1 - mean[0] / all_of,
            "better": mean[1],
            "within": mean[2],
            "fixed better": mean[3],
            "fixed within": mean[4],
            "questions": mean[5],
            "replays": replays,
        }
    return lines, numbers


def _replay(scores: Scores, looks: Sequence[int], leader: int, base: int) -> tuple[float, float, float]:
    """Trainings, claims and equals of one study in looks; only arms in an open question go on."""
    pairs = ask_pairs(len(scores), leader, base)
    seeds = np.full(len(scores), looks[0])
    known: dict[int, LookVerdict] = {}
    for look in looks:
        rows = [scores[a, : min(seeds[a], seeds[b])] - scores[b, : min(seeds[a], seeds[b])] for a, b in pairs]
        verdicts = judge_look(rows, looks, margin=MARGIN, rng=np.random.default_rng(0), flips=REPLAYED)
        for place, verdict in enumerate(verdicts):
            if verdict.claim != "none" or verdict.hopeless:
                known.setdefault(place, verdict)
        going = {arm for place, pair in enumerate(pairs) if place not in known for arm in pair}
        if not going or look == looks[-1]:
            break
        seeds[list(going)] = looks[looks.index(look) + 1]
    claims = [each.claim for each in known.values()]
    return float(seeds.sum()), float(sum(each in "ab" for each in claims)), float(claims.count("equal"))


def _fixed_answers(scores: Scores, leader: int, base: int, sign_PN: NDArray[np.float64]) -> tuple[float, float, float]:
    """Claims and equals of all seeds looked at once, by the rule of a plain study; and the questions."""
    rows = _differences(scores, ask_pairs(len(scores), leader, base))
    better = _max_t(rows, sign_PN) < ALPHA
    one_look = judge_look(rows, [scores.shape[1]], margin=MARGIN, rng=np.random.default_rng(0), flips=len(sign_PN))
    near = np.array([(each.equal_p or 0.0) < ALPHA for each in one_look])
    return float(better.sum()), float((near & ~better).sum()), float(len(rows))


def _max_t(rows: NDArray[np.float64], sign_PN: NDArray[np.float64]) -> NDArray[np.float64]:
    """As `lrlab.stats.max_t`, by these patterns, the first of them as seen."""
    unit = rows / np.sqrt((rows**2).sum(axis=1, keepdims=True))
    flipped_PM = np.abs(sign_PN @ unit.T)
    order = np.argsort(-flipped_PM[0])
    largest_PM = np.maximum.accumulate(flipped_PM[:, order][:, ::-1], axis=1)[:, ::-1]
    adjusted = np.empty(len(rows), dtype=np.float64)
    adjusted[order] = np.maximum.accumulate((largest_PM >= flipped_PM[0, order] - 1e-9).mean(axis=0))
    return adjusted


def _signs(pairs: int, patterns: int) -> NDArray[np.float64]:
    sign_PN = (1 - 2 * np.random.default_rng(pairs).integers(0, 2, size=(patterns, pairs))).astype(np.float64)
    sign_PN[0] = 1.0
    return sign_PN

import numpy as np
import pytest

from lrlab.judging import JudgeOptions, judge_runs
from lrlab.judging._arms import ArmRuns
from lrlab.judging._pairing import _promise_words, pair_runs
from lrlab.stats import paired, unpaired
from support.run_tables import finals, lucky

TWO = {"a": 0.6, "b": 0.5}


def arm(label, seeds):
    values = {str(seed): float(hash((label, seed)) % 97) for seed in seeds}
    return ArmRuns(label, dict(values), values, [False] * len(values))


@pytest.mark.parametrize(
    ("seeds_a", "seeds_b", "family", "pairs"),
    [
        (range(10), range(10), 1, 10),  # the same
        (range(10), range(8), 1, 8),  # what is shared carries the question
        (range(10), range(8, 18), 1, 0),  # two shared pairs carry nothing, ten runs against ten do
        (range(3), range(1, 4), 1, 2),  # neither carries it: pairs
        (range(3), range(3), 1, 3),
        (range(10), range(9, 19), 1, 0),  # one shared seed
        (range(10), range(20, 30), 1, 0),  # none
        (range(10), range(4, 14), 1, 6),
        (range(10), range(4, 14), 9, 0),  # six pairs carry one question, not nine
    ],
)
def test_which_runs_are_paired_depends_on_seeds_alone(seeds_a, seeds_b, family, pairs):
    found = pair_runs(arm("a", seeds_a), arm("b", seeds_b), True, family)
    assert len(found.seeds) == pairs
    shared = set(seeds_a) & set(seeds_b)
    if not pairs and shared:
        assert [sum(label != "" for label in side) for side in found.strata] == [len(shared)] * 2
    assert pair_runs(arm("a", seeds_a), arm("b", seeds_b), False, family) == ((), None)


def test_paired_runs_are_compared_as_stats_pairs_them():
    values = lucky(TWO)
    judgement = judge_runs(finals(values | {"b": dict(reversed(values["b"].items()))}))
    pair, theirs = (
        judgement.pairs[0],
        paired(list(values["a"].values()), list(values["b"].values()), rng=np.random.default_rng(0)),
    )
    assert (pair.difference, pair.p, pair.correlation) == (theirs.difference, theirs.p, theirs.rho)
    assert (pair.paired, pair.runs_a, pair.welch_p) == (True, 10, None)
    assert judgement.paired
    assert judgement.pairing.startswith("Paired by seed: all arms have the same 10 seeds.")
    assert "times as many runs would be needed" in judgement.pairing or "very much" in judgement.pairing


def test_runs_without_seeds_are_compared_as_two_samples():
    values = lucky(TWO, luck=0.002)
    judgement = judge_runs(finals(values, seeded=False))
    pair, theirs = (
        judgement.pairs[0],
        unpaired(list(values["a"].values()), list(values["b"].values()), rng=np.random.default_rng(0)),
    )
    assert (pair.difference, pair.p, pair.welch_p) == (theirs.difference, theirs.p, theirs.welch_p)
    assert (pair.paired, pair.correlation, pair.verdict) == (False, None, "a")
    assert judgement.pairing == "Not paired: no seeds are given."


def test_seeds_that_an_arm_lacks_are_named():
    values = lucky(TWO)
    del values["b"][3], values["b"][7]
    judgement = judge_runs(finals(values))
    assert (judgement.pairs[0].paired, judgement.pairs[0].runs_b) == (True, 8)
    assert any(note.startswith("b lacks seeds 3, 7") for note in judgement.notes)


def test_arms_that_lack_the_same_seeds_are_named_together():
    values = lucky({"a": 0.6, "b": 0.5, "c": 0.55})
    del values["b"][3], values["c"][3]
    notes = judge_runs(finals(values)).notes
    assert [note.partition(", which")[0] for note in notes if "lack" in note] == ["b, c lack seed 3"]


def test_pairs_of_both_kinds_share_a_family():
    values = lucky({"a": 0.6, "b": 0.5, "c": 0.55})
    values["c"] = {seed + 100: value for seed, value in values["c"].items()}
    judgement = judge_runs(finals(values), JudgeOptions(questions="pairs"))
    assert [pair.paired for pair in judgement.pairs] == [True, False, False]
    assert not judgement.paired
    assert judgement.pairing.startswith("1 pair of arms of 3 is paired")


@pytest.mark.parametrize(
    ("luck", "own", "words"),
    [(0.0, 0.01, "go together little"), (0.05, 0.0001, "very much"), (0.02, 0.01, "times as many")],
)
def test_what_pairing_brings_is_said(luck, own, words):
    judgement = judge_runs(finals(lucky({"a": 0.6, "b": 0.6}, luck=luck, own=own)))
    assert words in judgement.pairing


def test_arms_that_go_against_each_other_lose_by_pairing():
    values = lucky({"a": 0.6, "b": 0.6}, luck=0.05, own=0.001)
    values["b"] = {seed: 1.2 - value for seed, value in values["b"].items()}
    assert "go against each other over seeds (correlation -1.00), so pairing loses here: about 2.0 times as many" in (
        judge_runs(finals(values)).pairing
    )


def test_no_seeds_are_promised_that_could_show_nothing_and_none_where_all_is_decided():
    few = judge_runs(finals(lucky({"a": 0.61, "b": 0.6}, seeds=range(3), luck=0.02, own=0.02), seeded=False))
    assert few.pairs[0].verdict == ""
    few = few.model_copy(update={"pairs": tuple(pair.model_copy(update={"needed": None}) for pair in few.pairs)})
    assert _promise_words(few.pairs).endswith("would pair them; 6 paired seeds or more can show a difference.")
    many = judge_runs(finals(lucky({"a": 0.6, "b": 0.6}), seeded=False))
    assert "paired seeds see what" in many.pairing
    decided = judge_runs(finals(lucky(TWO, luck=0.002), seeded=False))
    assert decided.pairing == "Not paired: no seeds are given."

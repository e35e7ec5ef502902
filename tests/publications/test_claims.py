"""Answers to published claims, from records made by hand."""

import numpy as np
import pytest

from lrlab.publications import Publication, PublishedClaim, answer_sentence
from lrlab.publications._claims import answer_claims, too_few_for_claims
from lrlab.spec import Arm, Candidate, Confirm, Epoch, Evaluation, Metric, Provenance, Record, Study, Trial
from lrlab.stats import generator, judge, max_t, paired

NOWHERE = Provenance(
    lrlab="0", python="3", torch="2", numpy="2", machine="none", device="cpu", threads=1, engine="none"
)
LABELS = ("low", "middle", "high", "other")
SEEDS = range(1000, 1010)
SHIFTS = {"low": 0.0, "middle": 0.1, "high": 0.2, "other": 0.2}


def study(name="one"):
    arms = [Arm(label=label, candidates=(Candidate(schedule="constant", peak=n),)) for n, label in enumerate(LABELS, 1)]
    return Study(name=name, task="t", arms=tuple(arms), budget="3 epochs", confirm=Confirm(seeds=tuple(SEEDS)))


def claim(name, measure, better, worse, part="one", **more):
    fields = {"id": name, "text": name, "part": part, "measure": measure}
    return PublishedClaim.model_validate(fields | {"better": better.split(), "worse": worse.split()} | more)


def publication(*claims, parts=("one",)):
    studies = tuple(study(name) for name in parts)
    return Publication(name="p", title="t", source="s", about="a", scale="reduced", parts=studies, claims=claims)


def record(label, seed, accuracy, loss=None, **changes):
    loss = 1 - accuracy if loss is None else loss
    trial = Trial(
        task="t",
        data="0" * 16,
        optimizer={},
        schedule="constant",
        peak=LABELS.index(label) + 1,
        seed=seed,
        budget="3 epochs",
        batch_size=8,
    )
    end = Evaluation(loss=loss, score=accuracy, confusion=None)
    one = Epoch(train_loss=loss, train_score=accuracy, validation_loss=loss, validation_score=accuracy)
    made = Record(
        trial=trial,
        outcome="finished",
        diverged_at=None,
        metric=Metric(name="accuracy"),
        updates=3,
        updates_per_epoch=1,
        epochs=(one, one, one),
        validation=end,
        test=end,
        train_seconds=1.0,
        evaluate_seconds=0.0,
        provenance=NOWHERE,
    )
    return made.model_copy(update=changes)


def accuracy(label, seed):
    """Luck of the seed, shared; noise of the arm, small beside the shifts between arms."""
    luck = np.random.default_rng(seed).normal(scale=0.05)
    noise = np.random.default_rng([seed, LABELS.index(label)]).normal(scale=0.01)
    return 0.5 + SHIFTS[label] + luck + noise


def records(seeds=SEEDS):
    return {label: [record(label, seed, accuracy(label, seed)) for seed in seeds] for label in LABELS}


def answers(*claims, given=None):
    return answer_claims(publication(*claims), {"one": records() if given is None else given})


@pytest.mark.parametrize("measure", ["accuracy", "loss"])
@pytest.mark.parametrize(
    ("better", "worse", "more", "word"),
    [
        ("high", "low", {}, "supported"),
        ("high middle", "low", {}, "supported"),
        ("high other", "low middle", {}, "supported"),
        ("low", "high", {}, "contradicted"),
        ("high low", "middle", {}, "contradicted"),
        ("high", "low other", {}, "undecided"),
        ("high", "other", {}, "undecided"),
        ("high", "other", {"equal": True}, "undecided"),
        ("high", "other low", {"equal": True}, "contradicted"),
        ("low", "high", {"equal": True}, "contradicted"),
    ],
)
def test_one_word_for_all_pairs(measure, better, worse, more, word):
    (found,) = answers(claim("c", measure, better, worse, **more))
    assert (found.word, found.why) == (word, "")
    assert [(pair.a, pair.b) for pair in found.pairs] == [(a, b) for a in better.split() for b in worse.split()]
    assert all(pair.seeds == 10 for pair in found.pairs)


@pytest.mark.parametrize("measure", ["accuracy", "loss"])
@pytest.mark.parametrize(
    ("better", "worse", "more", "ahead", "words"),
    [
        ("middle", "low", {"best": True}, {"high", "other"}, "which it does not name, have a better mean"),
        ("middle", "low other", {"best": True}, {"high"}, "supported"),
        ("high other", "low", {"best": True}, set(), "supported"),
        ("middle", "low", {}, set(), "supported"),
    ],
)
def test_arms_that_a_claim_of_the_best_does_not_name_and_that_are_ahead_are_told(
    measure, better, worse, more, ahead, words
):
    (found,) = answers(claim("c", measure, better, worse, **more))
    assert set(found.ahead) == ahead
    assert words in answer_sentence(found) or found.word == "contradicted"
    assert all(label in answer_sentence(found) for label in ahead)


def test_a_pair_that_is_not_separated_says_what_could_have_been_seen():
    (found,) = answers(claim("c", "accuracy", "high", "other", equal=True))
    (pair,) = found.pairs
    assert pair.verdict == ""
    assert pair.smallest_visible == pytest.approx(0.015, rel=0.6)


@pytest.mark.parametrize(("measure", "sign"), [("accuracy", 1), ("loss", -1)])
def test_the_smaller_value_is_better_where_lower_is(measure, sign):
    (found,) = answers(claim("c", measure, "high", "low"))
    (pair,) = found.pairs
    assert (pair.a, pair.b, pair.verdict, pair.superiority) == ("high", "low", "high", 1.0)
    assert pair.difference == pytest.approx(sign * 0.2, abs=0.02)
    assert sign * pair.low > 0
    assert sign * pair.high > 0


def test_numbers_are_those_of_the_statistics():
    given = records()
    found = answers(claim("c", "accuracy", "middle", "high"), claim("d", "loss", "high", "low"), given=given)
    score = {label: [one.test.score for one in group] for label, group in given.items()}
    loss = {label: [one.test.loss for one in group] for label, group in given.items()}
    key = study().key
    differences = [
        paired(score["middle"], score["high"], rng=generator(key, "accuracy", "middle", "high")),
        paired(loss["high"], loss["low"], rng=generator(key, "loss", "low", "high")),  # in the study's order
    ]
    verdicts = judge(differences, shared=True, rng=generator(key, "family", ""))
    for answer, difference, verdict in zip(found, differences, verdicts, strict=True):
        (pair,) = answer.pairs
        for field in ("difference", "low", "high", "p"):
            assert getattr(pair, field) == pytest.approx(getattr(difference, field), abs=1e-12), field
        assert (pair.adjusted_p, pair.smallest_visible) == (verdict.adjusted_p, verdict.smallest_visible)


def test_both_directions_of_a_claim_are_one_comparison_turned_round():
    one, other = answers(claim("c", "loss", "high", "low"), claim("d", "loss", "low", "high"))
    (a,), (b,) = one.pairs, other.pairs
    assert (one.word, other.word) == ("supported", "contradicted")
    assert (b.a, b.b, b.difference, b.low, b.high) == (a.b, a.a, -a.difference, -a.high, -a.low)
    assert (b.superiority, b.verdict) == (1 - a.superiority, "high")
    assert a.adjusted_p == b.adjusted_p == a.p == 2 / 2**10


def test_the_family_is_every_comparison_of_the_part_once():
    claims = (
        claim("c", "accuracy", "high", "low other"),
        claim("d", "accuracy", "other", "high"),  # asked already
        claim("e", "loss", "high", "low"),  # another measure
        claim("f", "accuracy", "high", "low", part="two"),
    )
    found = answer_claims(publication(*claims, parts=("one", "two")), {"one": records(), "two": records()})
    pairs = {(pair.a, pair.b, answer.claim.measure): pair for answer in found[:3] for pair in answer.pairs}
    del pairs["other", "high", "accuracy"]
    assert len(pairs) == 3
    scores = {label: [one.test.score for one in group] for label, group in records().items()}
    losses = {label: [one.test.loss for one in group] for label, group in records().items()}
    rows = [np.subtract(scores["high"], scores[label]) for label in ("low", "other")]
    rows.append(np.subtract(losses["high"], losses["low"]))
    expected = max_t(rows, rng=np.random.default_rng(0))
    assert [pair.adjusted_p for pair in pairs.values()] == pytest.approx(expected.tolist(), abs=1e-12)
    assert found[3].pairs[0].adjusted_p == found[3].pairs[0].p


def test_comparisons_that_cannot_be_made_yet_count_too():
    given = records()
    alone = answers(claim("c", "accuracy", "high", "low"), given=given)[0]
    later = claim("d", "accuracy", "high", "middle")
    both = answers(claim("c", "accuracy", "high", "low"), later, given=given | {"middle": []})
    assert both[0].pairs[0].adjusted_p == 2 * alone.pairs[0].adjusted_p
    assert (both[1].word, both[1].pairs) == ("not testable", ())
    assert both[1].why == "middle and high share 0 of 10 seeds so far"


def test_arms_are_paired_by_the_seeds_that_both_have_in_any_order():
    whole, part = records(), records(range(1002, 1010))
    mixed = {label: whole[label] if label == "high" else part[label][::-1] for label in LABELS}
    (found,) = answers(claim("c", "accuracy", "high", "low"), given=mixed)
    assert found == answers(claim("c", "accuracy", "high", "low"), given=part)[0]
    assert found.pairs[0].seeds == 8


@pytest.mark.parametrize(
    ("seeds", "claims", "why"),
    [
        (range(1000, 1004), 1, "4 seeds are too few: they cannot decide the one comparison of one; 6 can"),
        (range(1000, 1005), 4, "5 seeds are too few: they can decide none of the 4 comparisons of one; 6 can"),
    ],
)
def test_seeds_so_few_answer_nothing_and_say_how_many_would(seeds, claims, why):
    names = ["accuracy", "loss", "validation_loss", "train_loss"][:claims]
    found = answers(*(claim(f"c{n}", name, "high", "low") for n, name in enumerate(names)), given=records(seeds))
    assert {(answer.word, answer.why) for answer in found} == {("not testable", why)}
    assert all(pair.verdict == "" and pair.smallest_visible is None for answer in found for pair in answer.pairs)
    assert len(found[0].pairs) == 1  # the interval is there, and is no claim


def test_where_pairs_have_seeds_of_their_own_holm_asks_for_more():
    given = records(range(1000, 1006))
    given["other"] = [*given["other"], record("other", 1006, accuracy("other", 1006))]
    given["low"] = [*given["low"], record("low", 1006, accuracy("low", 1006))]
    claims = claim("c", "accuracy", "high", "other"), claim("d", "accuracy", "other", "low")
    found = answers(*claims, given=given)
    assert found[0].why == "6 seeds are too few: they can decide 1 of the 2 comparisons of one; 7 can"
    assert [answer.pairs[0].seeds for answer in found] == [6, 7]
    assert found[1].word == "supported"  # 2 / 2^7 x 2 < 0.05


def test_what_few_seeds_decided_is_not_overruled_by_their_number():
    given = records(range(1000, 1006))
    given["other"] = [*given["other"], record("other", 1006, accuracy("other", 1006))]
    given["low"] = [*given["low"], record("low", 1006, accuracy("low", 1006))]
    found = answers(claim("c", "accuracy", "high", "middle"), claim("d", "accuracy", "other", "low"), given=given)
    assert [(answer.word, answer.why) for answer in found] == [("supported", "")] * 2  # Holm's second step: 2 / 2^6
    assert found[0].pairs[0].seeds == 6


def test_enough_seeds_for_the_family_are_enough():
    found = answers(claim("c", "accuracy", "high", "low"), given=records(range(1000, 1006)))
    assert found[0].word == "supported"


def test_a_reason_is_the_answer():
    given = PublishedClaim(id="c", text="It is cheap.", reason="Trials share their time.")
    (found,) = answers(given)
    assert (found.word, found.why, found.pairs) == ("not testable", "Trials share their time.", ())


@pytest.mark.parametrize(
    ("lacking", "why"),
    [(SEEDS, "low has no validation accuracy"), ([1004], "low has no validation accuracy at seed 1004")],
)
def test_a_measure_that_a_record_does_not_have_answers_nothing(lacking, why):
    given = records()
    given["low"] = [
        one.model_copy(update={"validation": None}) if one.trial.seed in lacking else one for one in given["low"]
    ]
    (found,) = answers(claim("c", "validation_accuracy", "high", "low middle"), given=given)
    assert (found.word, found.why) == ("not testable", why)
    assert [(pair.a, pair.b) for pair in found.pairs] == [("high", "middle")]


def test_a_pair_that_speaks_against_it_is_enough():
    given = records() | {"other": []}
    (found,) = answers(claim("c", "accuracy", "low", "high other"), given=given)
    assert (found.word, found.why) == ("contradicted", "")


def test_no_records_at_all():
    found = answer_claims(publication(claim("c", "accuracy", "high", "low")), {})
    assert (found[0].word, found[0].why) == ("not testable", "low and high share 0 of 10 seeds so far")
    assert answer_claims(publication(), {}) == ()


@pytest.mark.parametrize(("measure", "worst"), [("train_loss", 1.5), ("train_accuracy", 0.3)])
def test_a_diverged_trial_without_a_value_counts_as_the_worst_there_is(measure, worst):
    given = records()
    given["other"][4] = record("other", 1004, 0.3, loss=1.5)  # the worst, and in no pair of the claim
    fill = given["low"][4].epochs[0].model_copy(update={"train_loss": worst, "train_score": worst})
    filled = given["low"][4].model_copy(update={"epochs": (fill, fill, fill)})
    gone = given["low"][4].model_copy(update={"outcome": "diverged", "diverged_at": 1})
    told = [
        answers(claim("c", measure, "high", "low"), given=given | {"low": [*given["low"][:4], one, *given["low"][5:]]})
        for one in (filled, gone)
    ]
    assert told[0] == told[1]
    assert told[0][0].word == "supported"


def test_where_all_diverged_nothing_is_the_worst():
    gone = {
        label: [one.model_copy(update={"outcome": "diverged", "diverged_at": 1}) for one in group]
        for label, group in records().items()
    }
    (found,) = answers(claim("c", "stability", "high", "low"), given=gone)
    assert (found.word, found.why) == ("not testable", "low has no spread of the loss's changes")


@pytest.mark.parametrize(
    ("seeds", "words"),
    [
        (10, ()),
        (6, ()),
        (4, ("4 seeds are too few: they can decide none of the 3 comparisons of one; 6 can",)),
    ],
)
def test_seeds_that_can_answer_no_claim_are_named_before(seeds, words):
    claims = claim("c", "accuracy", "high", "low middle"), claim("d", "loss", "high", "low")
    told = publication(*claims)
    few = told.parts[0].model_copy(update={"confirm": Confirm(seeds=tuple(SEEDS)[:seeds])})
    assert too_few_for_claims(told.model_copy(update={"parts": (few,)})) == words

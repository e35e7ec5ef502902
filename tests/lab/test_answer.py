"""The answer of a study: best sets, near-ties, claims by loss, failures, rivals, test examples."""

import io

import numpy as np
import pytest

from lrlab.lab import as_array
from lrlab.lab._answer import results
from lrlab.lab._phases import Outcome
from lrlab.spec import Arm, Candidate, Evaluation, Metric
from support.ends import ACCURACY, ERROR, answered, drive, record, study

ARMS = tuple(Arm(label=name, candidates=[Candidate(schedule="constant", peak=n)]) for n, name in enumerate("abcd", 1))
NAMES = {float(n): name for n, name in enumerate("abcd", 1)}
EXAMPLES = 200


def noise(trial, size=0.004):
    return float(np.random.default_rng([trial.seed, int(trial.peak)]).normal(scale=size))


def ending(levels, metric=ACCURACY, losses=None, **failing):
    """How trials end: about the level of their arm; failing: by arm, the seeds below 1000 + n, and how they end."""

    def made(trial):
        name = NAMES[trial.peak]
        level, sign = levels[name], 1 if metric.higher_is_better else -1
        loss = (losses or levels)[name] + noise(trial) if losses else 1.5 - level + noise(trial)
        score = level + sign * noise(trial)
        count, kind = failing.get(name, (0, ""))
        if trial.seed < 1000 + count:
            if kind == "diverged":
                return record(trial, metric=metric)
            score, loss = (0.1, 2.31) if kind == "chance" else (level - 0.3, loss + 1)
        return record(trial, score, loss, metric)

    return made


def found(levels, seeds=12, confirm=None, **how):
    plan = study(schedules=(), arms=ARMS[: len(levels)], tune={}, confirm={"seeds": seeds} | (confirm or {}))
    return answered(plan, ending(levels, **how))


def test_the_best_set_holds_what_no_other_beats_in_the_tables_order():
    made = found({"a": 0.90, "b": 0.95, "c": 0.951, "d": 0.7})
    assert set(made.best.among) == {"b", "c"}
    assert made.best.among == tuple(row.label for row in made.rows[:2])
    assert made.best.out == ("a", "d")
    assert found({"a": 0.9, "b": 0.7}).best.among == ("a",)


def test_where_less_is_better_the_lowest_are_the_best():
    made = found({"a": 0.10, "b": 0.05, "c": 0.3}, metric=ERROR)
    assert made.best.among == ("b",)
    assert [row.label for row in made.rows] == ["b", "a", "c"]


def test_an_arm_at_chance_is_out_and_one_arm_alone_has_no_best_set():
    made = found({"a": 0.9, "b": 0.9}, b=(12, "chance"))
    assert (made.best.among, made.best.out) == (("a",), ("b",))
    assert found({"a": 0.9}).best is None
    assert found({"a": 0.9, "b": 0.9}, a=(12, "diverged"), b=(12, "chance")).best is None


def test_too_few_seeds_leave_nothing_out():
    assert found({"a": 0.9, "b": 0.5}, seeds=3).best.out == ()


def test_near_ties_are_within_the_margin_and_a_difference_comes_first():
    made = found({"a": 0.95, "b": 0.951, "c": 0.93}, confirm={"margin": 1.0})
    verdicts = {(claim.a, claim.b): claim for claim in made.claims}
    assert made.margin.value == 0.01
    assert (verdicts["a", "b"].verdict, verdicts["a", "b"].within) == ("", 0.01)
    assert (verdicts["a", "c"].verdict, verdicts["a", "c"].within) == ("a", None)
    assert all(claim.decided and claim.equal_p is not None for claim in made.claims)
    assert verdicts["a", "b"].equal_p < 0.05
    assert verdicts["a", "b"].t_low < verdicts["a", "b"].difference < verdicts["a", "b"].t_high


def test_two_arms_at_chance_are_not_said_to_be_alike():
    made = found({"a": 0.9, "b": 0.9, "c": 0.9}, b=(12, "chance"), c=(12, "chance"))
    pairs = study(schedules=(), arms=ARMS[:3], tune={}, confirm={"seeds": 12, "questions": "pairs", "margin": 5.0})
    made = answered(pairs, ending({"a": 0.9, "b": 0.9, "c": 0.9}, b=(12, "chance"), c=(12, "chance")))
    assert {(claim.a, claim.b): claim.within for claim in made.claims}["b", "c"] is None


def test_the_margin_changes_no_interval():
    plain, asked = found({"a": 0.95, "b": 0.951}, seeds=30), found({"a": 0.95, "b": 0.951}, 30, {"margin": 3.0})
    assert [(c.low, c.high, c.p) for c in plain.claims] == [(c.low, c.high, c.p) for c in asked.claims]
    assert plain.rows == asked.rows


def test_questions_are_asked_of_the_loss_too_as_a_family_of_its_own():
    made = found({"a": 0.95, "b": 0.951}, losses={"a": 0.5, "b": 0.3})
    assert made.claims[0].verdict == ""
    (claim,) = made.loss_claims
    assert (claim.a, claim.b, claim.verdict) == ("a", "b", "b")
    assert claim.difference == pytest.approx(0.2, abs=0.01)


def test_a_metric_that_is_the_loss_is_not_asked_twice():
    loss = Metric(name="loss", higher_is_better=False)

    def made(trial):
        value = 0.2 * trial.peak + noise(trial)
        return record(trial, value, value, loss)

    plan = study(schedules=(), arms=ARMS[:2], tune={}, confirm={"seeds": 12})
    assert answered(plan, made).loss_claims == ()


def test_a_loss_that_was_not_measured_is_asked_nothing():
    def made(trial):
        whole = record(trial, 0.9 + noise(trial), 0.5)
        return whole.model_copy(update={"test": whole.test.model_copy(update={"loss": None})})

    assert answered(study(schedules=(), arms=ARMS[:2], tune={}), made).loss_claims == ()


def test_seeds_that_fell_behind_are_counted_with_those_that_failed():
    made = found({"a": 0.95, "b": 0.95}, seeds=20, a=(2, "fallen"), b=(1, "diverged"))
    rows = {row.label: row for row in made.rows}
    assert (rows["a"].fallen, rows["a"].failed, rows["a"].diverged) == (2, 2, 0)
    assert (rows["b"].fallen, rows["b"].failed, rows["b"].diverged) == (0, 1, 1)
    assert (made.claims[0].failed_a, made.claims[0].failed_b) == (2, 1)
    assert all(row.failed == 0 for row in found({"a": 0.95, "b": 0.95}, seeds=20).rows)


def test_the_interval_of_a_share_ends_where_shares_do():
    made = found({"a": 0.97, "b": 0.01}, seeds=2)
    assert all(0 <= row.low <= row.score <= row.high <= 1 for row in made.rows)
    assert made.rows[0].high == 1
    error = found({"a": 0.97, "b": 0.01}, seeds=2, metric=ERROR)
    assert any(row.low < 0 for row in error.rows)


def with_rivals(levels, rivals, seeds=12):
    """The results where the arm b has rivals of these levels, by peak."""
    plan = study(schedules=(), arms=ARMS[:2], tune={}, confirm={"seeds": seeds})
    outcome = drive(plan, ending(levels))
    records = {
        peak: tuple(
            record(one.trial.model_copy(update={"peak": peak}), level + noise(one.trial), 0.5)
            for one in outcome.confirmed
            if one.trial.peak == 2.0
        )
        for peak, level in rivals.items()
    }
    file = io.BytesIO()
    np.save(file, np.ones(1))
    return results(plan, outcome._replace(rivals={"b": records}), lambda _: file.getvalue())


def test_a_claim_says_at_which_peaks_of_the_other_it_is_lost():
    made = with_rivals({"a": 0.95, "b": 0.90}, {0.05: 0.95, 0.5: 0.89, 0.02: 0.97})
    (claim,) = made.claims
    assert (claim.verdict, claim.not_at) == ("a", (0.02, 0.05))
    assert with_rivals({"a": 0.95, "b": 0.90}, {0.5: 0.89}).claims[0].not_at == ()


def test_rivals_of_the_better_arm_and_of_undecided_pairs_are_not_asked():
    assert with_rivals({"a": 0.90, "b": 0.95}, {0.5: 0.7}).claims[0].not_at is None
    assert with_rivals({"a": 0.95, "b": 0.95}, {0.5: 0.7}).claims[0].not_at is None
    assert Outcome((), "", (), ()).rivals == {}


def examples_of(trial, score):
    """Which test examples a trial had right, as a file: the first ones are easy."""
    right = np.arange(EXAMPLES) < round(score * EXAMPLES)
    file = io.BytesIO()
    np.save(file, right)
    return file.getvalue()


def kept(plan, made, right=None):
    """The results of trials whose scores are shares of 200 examples, with what is kept of these."""
    outcome = drive(plan, made)
    scores = {one.trial.key: one.test.score for one in outcome.confirmed}
    rates = io.BytesIO()
    np.save(rates, np.ones(1))
    usual = right or (lambda key: examples_of(None, scores[key]))
    return results(plan, outcome, lambda _: rates.getvalue(), lambda keys: map(usual, keys))


def in_examples(levels, **failing):
    honest = ending(levels, **failing)

    def made(trial):
        whole = honest(trial)
        score = round(whole.test.score * EXAMPLES) / EXAMPLES
        return whole.model_copy(update={"test": whole.test.model_copy(update={"score": score})})

    return made


PLAN = study(schedules=(), arms=ARMS[:2], tune={}, confirm={"seeds": 12})


def test_where_examples_are_kept_a_claim_counts_them_too():
    (claim,) = kept(PLAN, in_examples({"a": 0.95, "b": 0.80})).claims
    assert claim.crossed_low < claim.difference < claim.crossed_high
    assert claim.crossed_high - claim.crossed_low > claim.t_high - claim.t_low


@pytest.mark.parametrize("kept_of", ["nothing", "another score", "a diverged arm"])
def test_where_they_are_not_there_is_nothing_said(kept_of):
    right = {"nothing": lambda _: None, "another score": lambda _: examples_of(None, 0.5)}.get(kept_of)
    failing = {"b": (2, "diverged")} if kept_of == "a diverged arm" else {}
    (claim,) = kept(PLAN, in_examples({"a": 0.95, "b": 0.80}, **failing), right).claims
    assert (claim.crossed_low, claim.crossed_high) == (None, None)


@pytest.mark.parametrize(
    "array",
    [np.arange(6) < 3, np.ones((2, 3)), np.arange(6.0).reshape(2, 3).T, np.zeros(0, dtype=np.float32), np.array(2)],
    ids=["examples", "rows", "columns", "empty", "a number"],
)
def test_an_array_is_read_as_numpy_reads_it(array):
    file = io.BytesIO()
    np.save(file, array)
    found, wanted = as_array(file.getvalue()), np.load(io.BytesIO(file.getvalue()))
    assert found.dtype == wanted.dtype
    np.testing.assert_array_equal(found, wanted)


@pytest.mark.parametrize("npy", [b"", b"no array", b"\x93NUMPY\x01\x00\x05\x00{...}"])
def test_what_is_no_array_is_refused_as_numpy_refuses_it(npy):
    for read in (as_array, lambda content: np.load(io.BytesIO(content), allow_pickle=False)):
        with pytest.raises((ValueError, EOFError)):
            read(npy)


def test_an_array_that_is_cut_short_or_of_objects_is_refused():
    file = io.BytesIO()
    np.save(file, np.arange(6))
    objects = io.BytesIO()
    np.save(objects, np.array([{}], dtype=object), allow_pickle=True)
    for npy in (file.getvalue()[:-1], objects.getvalue()):
        with pytest.raises(ValueError, match=r"[Rr]ead|pickle|reshape|allow_pickle"):
            as_array(npy)


@pytest.mark.parametrize("lost", [1, 12])
def test_a_diverged_trial_of_a_loop_that_declares_no_metric_does_not_turn_the_study_around(lost):
    """It says what its metric is by what it finishes with: a record of one that does not finish has the loss."""
    unknown = Metric(name="loss", higher_is_better=False)
    nothing = Evaluation(loss=None, score=None, confusion=None)

    def made(trial):
        ended = ending({"a": 0.9, "b": 0.9, "c": 0.5}, a=(lost, "diverged"))(trial)
        without = {"metric": unknown, "validation": nothing, "test": nothing}
        return ended.model_copy(update=without) if ended.diverged else ended

    plan = study(schedules=(), arms=ARMS[:3], tune={}, confirm={"seeds": 12})
    found = answered(plan, made)
    assert found.metric == ACCURACY
    assert found.rows[0].label == "b"
    verdicts = {claim.a + claim.b: claim.verdict for claim in found.claims}
    assert verdicts == ({"ab": "", "ac": "a"} if lost == 1 else {"ab": "b", "ac": "c"})

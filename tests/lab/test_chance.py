"""What learned nothing never wins: not in tuning, not among arms, not in growing grids, not in claims."""

import math

import numpy as np
import pytest

from lrlab import lab
from lrlab.execution import Inline
from lrlab.publications import Publication, PublishedClaim
from lrlab.publications._claims import answer_claims
from lrlab.report import answer, claim_sentence, recommended_row, table
from lrlab.spec import Arm, Candidate, Setup
from lrlab.store import Store
from support.ends import ACCURACY, ERROR, answered, drive, record, study
from support.tasks import BLOBS_FILE
from support.tasks import study as small
from support.watching import Watching


def by_label(found):
    return {row.label: row for row in found.rows}


@pytest.mark.parametrize("metric", [ACCURACY, ERROR])
@pytest.mark.parametrize("choose", ["score", "loss"])
@pytest.mark.parametrize("known", [True, False])
@pytest.mark.parametrize("gone", ["both seeds", "one seed"])
def test_a_peak_that_diverged_is_never_chosen_before_one_that_finished(metric, choose, known, gone):
    def made(trial):
        if trial.peak == 1.0 and (gone == "both seeds" or trial.seed == 0):
            return record(trial, metric=metric, known=known)
        bad = (0.3 if metric.higher_is_better else 0.6) if trial.peak == 0.1 else 0.5
        return record(trial, bad, 2.0 if trial.peak == 0.1 else 0.5, metric, known=known)

    plan = study(tune={"peaks": (0.1, 1.0), "extend": 0, "choose": choose})
    assert {choice.peak for choice in drive(plan, made).choices} == {0.1}
    arms = [
        Arm(label=label, candidates=[Candidate(schedule=label, peak=peak) for peak in (1.0, 0.1)])
        for label in ("constant", "cosine")
    ]
    outcome = drive(study(schedules=(), arms=arms, tune={"choose": choose}), made)
    assert {choice.peak for choice in outcome.choices} == {0.1}
    assert outcome.choices[0].diverged == ((2, 0) if gone == "both seeds" else (1, 0))
    assert outcome.choices[0].chosen == 1


def test_of_two_peaks_with_diverged_seeds_the_fewer_count_and_then_those_that_finished():
    def made(trial):
        gone = {0.1: (0, 1), 1.0: (0,), 10.0: (1,)}[trial.peak]
        return record(trial) if trial.seed in gone else record(trial, 0.6 if trial.peak == 1.0 else 0.5, 1.0)

    (choice, _) = drive(study(peaks=(0.1, 1.0, 10.0)), made).choices
    assert choice.peak == 1.0
    assert choice.scores == (0.99, 0.6, 0.5)  # those that finished; of none, the untrained weights


def test_the_leader_is_no_arm_that_diverged_or_collapsed():
    def made(trial):
        if str(trial.schedule) == "constant":
            return record(trial)
        return record(trial, 0.11, 2.3) if str(trial.schedule) == "linear" else record(trial, 0.2, 2.2)

    assert drive(study(schedules=("constant", "linear", "cosine")), made).leader == "cosine"


def too_low(trial):
    return record(trial, 0.09, 2.305, course=(2.308,))


def too_high(trial):
    return record(trial, 0.12, 2.35, course=(2.8,))


@pytest.mark.parametrize(
    ("peaks", "ends", "tried", "way", "edge"),
    [
        ((0.1, 1.0), lambda trial: record(trial), (0.001, 0.01, 0.1, 1.0), "lower", True),
        ((0.1, 1.0), too_high, (0.001, 0.01, 0.1, 1.0), "lower", True),
        ((0.1, 1.0), too_low, (0.1, 1.0, 10.0, 100.0), "higher", True),
        ((0.1,), too_low, (0.1,), "higher", False),
        ((100.0, 1000.0), too_low, (100.0, 1000.0), "higher", True),
    ],
)
def test_a_grid_at_chance_grows_where_better_peaks_lie(peaks, ends, tried, way, edge):
    (choice, *_) = drive(study(peaks=peaks, extend=2), ends).choices
    assert (choice.peaks, choice.way, choice.at_edge) == (tried, way, edge)
    assert choice.peak == (min(tried) if way == "lower" else max(tried))


def test_a_grid_that_leaps_over_the_good_peaks_grows_in_between():
    def made(trial):
        return record(trial, 0.8, 0.5) if 3 < trial.peak < 30 else (record if trial.peak > 1 else too_low)(trial)

    (choice, _) = drive(study(peaks=(0.01, 100.0), extend=2), made).choices
    assert (choice.peaks, choice.peak, choice.at_edge, choice.way) == ((0.01, 1.0, 10.0, 100.0), 10.0, False, "")
    (choice, _) = drive(study(peaks=(0.01, 100.0), extend=1), made).choices
    assert (choice.peaks, choice.peak, choice.at_edge, choice.way) == ((0.01, 1.0, 100.0), 1.0, False, "between")


def test_luck_at_chance_does_not_stop_a_grid_that_others_grow():
    """One schedule has its best score by luck at the lowest peak; better peaks are far above for all."""

    def made(trial):
        if trial.peak > 0.05:
            return record(trial, 0.6, 1.0)
        lucky = str(trial.schedule) == "cosine" and trial.peak == 0.001
        return record(trial, 0.13 if lucky else 0.08, 2.305)

    choices = drive(study(peaks=(0.0001, 0.001, 0.01), extend=2), made).choices
    assert [choice.peak for choice in choices] == [0.1, 0.1]
    assert all(choice.peaks[-1] == 1.0 for choice in choices)


def test_a_grid_of_old_records_grows_as_it_did():
    def made(trial):
        return record(trial, 0.05 + 0.01 * math.log10(trial.peak), 2.3, known=False)

    (choice, *_) = drive(study(peaks=(0.1, 1.0), extend=1), made).choices
    assert (choice.peaks, choice.way, choice.at_edge) == ((0.1, 1.0, 10.0), "", True)


FIXED = tuple(
    Arm(label=label, candidates=(Candidate(schedule="constant", peak=n),)) for n, label in enumerate("abc", 1)
)
LABELS = {1.0: "a", 2.0: "b", 3.0: "c"}


def fixed(metric=ACCURACY, confirm=10, **kinds):
    """A study of arms a, b, c that end as told: "good", "bad", "chance", "gone", "some gone"."""

    def made(trial):
        kind, luck = kinds[LABELS[trial.peak]], trial.seed % 10 / 1000
        if kind == "gone" or (kind == "some gone" and trial.seed % 5 == 0):
            return record(trial, metric=metric)
        level = {"good": 0.9, "some gone": 0.9, "bad": 0.3, "chance": 0.1}[kind]
        score = level + luck if metric.higher_is_better else 1 - level - luck
        return record(trial, score, {0.9: 0.3, 0.3: 2.0, 0.1: 2.305}[level], metric)

    return answered(study(schedules=(), arms=FIXED[: len(kinds)], tune={}, confirm={"seeds": confirm}), made)


@pytest.mark.parametrize("metric", [ACCURACY, ERROR])
@pytest.mark.parametrize(
    ("kinds", "verdict"),
    [
        (("gone", "bad"), "b"),
        (("bad", "gone"), "a"),
        (("gone", "gone"), ""),
        (("gone", "chance"), ""),
        (("chance", "gone"), ""),
        (("chance", "chance"), ""),
        (("chance", "bad"), "b"),
        (("good", "chance"), "a"),
        (("some gone", "bad"), "a"),
        (("some gone", "good"), ""),
    ],
)
def test_what_diverged_or_stayed_at_chance_beats_nobody(metric, kinds, verdict):
    found = fixed(metric, a=kinds[0], b=kinds[1])
    (claim,) = found.claims
    assert claim.verdict == verdict
    for row, kind in ((by_label(found)[label], kind) for label, kind in zip("ab", kinds, strict=True)):
        assert (row.score is None, row.low is None, row.loss is None) == (kind == "gone",) * 3
        assert row.learned is (kind not in ("gone", "chance"))
        assert (row.diverged, row.collapsed) == (
            {"gone": 10, "some gone": 2}.get(kind, 0),
            10 * (kind == "chance"),
        )
    assert table(found).rows[-1][2] == "diverged" or "gone" not in kinds


def test_a_diverged_seed_counts_as_the_worst_score_of_the_table():
    found = by_label(fixed(a="some gone", b="bad"))
    worst = 0.3
    kept = [0.9 + seed / 1000 for seed in range(10) if seed % 5]
    assert found["a"].score == pytest.approx((sum(kept) + 2 * worst) / 10, rel=1e-5)


def test_all_diverged_says_so_in_words_and_recommends_nothing():
    found = fixed(a="gone", b="gone")
    assert answer(found) == "Nothing learned at these peaks, 1 to 2; try lower ones: 20 of 20 trials diverged."
    assert recommended_row(found) is None
    assert claim_sentence(found.claims[0], found).endswith("no claim, for neither is better than chance")
    header, rows = table(found)
    assert [row[header.index("accuracy (%)")] for row in rows] == ["diverged"] * 2
    assert all(len(row) == len(header) for row in rows)


@pytest.mark.parametrize("score", [0.0, 0.5])
def test_an_arm_without_spread_beats_one_that_diverged(score):
    found = answered(
        study(schedules=(), arms=FIXED[:2], tune={}),
        lambda trial: record(trial, *(() if trial.peak == 1.0 else (score, 0.0)), metric=ERROR),
    )
    assert found.claims[0].verdict == "b"
    assert found.claims[0].adjusted_p == pytest.approx(2 / 2**6)


def test_a_baseline_that_diverged_is_beaten_without_points():
    found = fixed(a="gone", b="bad")
    assert answer(found).startswith("Use b at peak 2")
    assert answer(found).endswith(
        "b is better than a, the baseline. a learned nothing: 10 of 10 seeds diverged; try lower ones."
    )
    assert "b at 2 beats a at 1, which diverged on every seed (adjusted p 0.002" in claim_sentence(
        found.claims[0], found
    )
    assert recommended_row(found).label == "b"


def test_chance_is_named_with_its_score_and_collapsed_trials_are_counted():
    found = fixed(a="chance", b="chance")
    assert answer(found) == (
        "Nothing learned at these peaks, 1 to 2; try higher ones, for the loss fell all along: "
        "20 of 20 ended at chance (10.0 % accuracy on validation data)."
    )
    header, rows = table(found)
    assert [row[header.index("collapsed")] for row in rows] == ["10 of 10"] * 2
    assert "collapsed" not in table(fixed(a="good", b="bad")).header


def test_an_arm_at_chance_beside_one_that_learned_is_told_of():
    found = fixed(a="good", b="chance", c="gone")
    assert recommended_row(found).label == "a"
    assert "b learned nothing: 10 of 10 ended at chance; try higher ones, for the loss fell all along." in answer(found)
    assert "c learned nothing: 10 of 10 seeds diverged; try lower ones." in answer(found)
    assert [row.label for row in found.rows] == ["a", "b", "c"]


@pytest.mark.parametrize(
    ("measure", "kinds", "word"),
    [
        ("accuracy", ("gone", "bad"), "contradicted"),
        ("accuracy", ("bad", "gone"), "supported"),
        ("loss", ("gone", "bad"), "contradicted"),
        ("seconds", ("gone", "bad"), "contradicted"),  # it was over soon
        ("validation_loss", ("gone", "gone"), "undecided"),
        ("train_loss", ("chance", "chance"), "undecided"),
        ("loss", ("good", "chance"), "supported"),
    ],
)
def test_a_published_claim_is_supported_by_nothing_that_diverged(measure, kinds, word):
    found = fixed(a=kinds[0], b=kinds[1])
    claim = PublishedClaim(id="c", text="c", part="s", measure=measure, better=("a",), worse=("b",))
    told = Publication(name="p", title="t", source="s", about="a", scale="smoke", parts=(found.study,), claims=(claim,))
    grouped = {label: [one for one in found.confirmed if LABELS[one.trial.peak] == label] for label in "ab"}
    (got,) = answer_claims(told, {"s": grouped})
    assert got.word == word


def test_an_arm_at_chance_supports_no_published_claim_by_being_calm():
    """A dead network has the smallest gap between training and test data."""
    rng = np.random.default_rng(0)

    def made(trial):
        jitter = float(rng.uniform(0, 0.01))
        look = (1.0,) * 2
        if trial.peak == 1.0:
            return record(trial, 0.1 + jitter, 2.305, course=look)
        return record(trial, 0.9 + jitter, 0.3, course=look)

    found = answered(study(schedules=(), arms=FIXED[:2], tune={}, confirm={"seeds": 10}), made)
    claim = PublishedClaim(id="c", text="c", part="s", measure="gap", better=("b",), worse=("a",))
    other = claim.model_copy(update={"id": "d", "better": ("a",), "worse": ("b",)})
    told = Publication(
        name="p", title="t", source="s", about="a", scale="smoke", parts=(found.study,), claims=(claim, other)
    )
    grouped = {label: [one for one in found.confirmed if LABELS[one.trial.peak] == label] for label in "ab"}
    assert "supported" not in {got.word for got in answer_claims(told, {"s": grouped}) if got.claim.better == ("a",)}


def test_equal_rows_have_equal_intervals_and_others_keep_theirs():
    def scores(trial):
        return record(trial, 0.9 + trial.seed % 7 / 100 - (0.1 if trial.peak == 3.0 else 0), 0.3)

    found = answered(study(schedules=(), arms=FIXED, tune={}, confirm={"seeds": 10, "questions": "pairs"}), scores)
    a, b, c = (by_label(found)[label] for label in "abc")
    assert (a.score, a.low, a.high) == (b.score, b.low, b.high)
    assert found.claims[1].low == found.claims[2].low  # a - c and b - c
    alone = answered(study(schedules=(), arms=FIXED[1:], tune={}, confirm={"seeds": 10}), scores)
    assert by_label(alone)["c"].score == c.score


def test_a_real_study_of_peaks_too_low_says_nothing_was_learned(tmp_path):
    file = f"{tmp_path / 'mine.py'}:task"
    (tmp_path / "mine.py").write_text(BLOBS_FILE)
    plan = small(file, tune={"peaks": (1e-6, 1e-5), "seeds": 1, "extend": 1}, confirm={"seeds": 2})
    prepared = lab.prepare(plan, lab.open_task(file))
    with Store(tmp_path / "s.db", write=True) as store:
        crew = lab.Crew(Inline(), Setup(layout="reference"), prepared.task.where, None)
        found = lab.run_study(prepared, store, crew, Watching(), "")
        assert lab.stored_results(store.studies()[-1], store) == found
    assert {choice.peaks for choice in found.choices} == {(1e-6, 1e-5, 1e-4)}
    assert answer(found).startswith(
        "Nothing learned at these peaks, 1e-06 to 0.0001; try higher ones, for the loss fell all along: 4 of 4 ended "
    )

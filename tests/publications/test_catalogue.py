"""The published studies as data: they build at every scale, fit their runs, and say what the documents print."""

from typing import get_args

import pytest

from lrlab.errors import UnknownName
from lrlab.publications import (
    PUBLICATIONS,
    Publication,
    PublicationScale,
    PublishedClaim,
    PublishedTable,
    find_publication,
    scales_of,
)
from lrlab.publications._googlenet_numbers import PUBLISHED_REPORTS
from lrlab.rules import simulate
from lrlab.schedules import Horizon
from lrlab.spec import Arm, Study, horizon_of
from lrlab.stats import most_comparisons
from lrlab.tasks import resolve

SCALES = get_args(PublicationScale)
ALL = [(name, scale) for name in PUBLICATIONS for scale in scales_of(name)]
EVERY = pytest.mark.parametrize(("name", "scale"), ALL)
TRAINING_IMAGES = {"cifar10": 45_000, "mnist": 54_000}


def updates_per_epoch(task: str) -> int:
    """Batches of 128 in what a task's name leaves for training."""
    for images, updates in (("images=10000", 78), ("images=5000", 39), ("images=256", 2)):
        if images in task:
            return updates
    return 390 if "validation=none" in task else TRAINING_IMAGES[task.partition("/")[0]] // 128


def horizons(study: Study) -> list[Horizon]:
    """Those of a confirmed and of a tuning trial."""
    each = updates_per_epoch(study.task)
    return [horizon_of(budget, each) for budget in (study.budget, study.tune.budget or study.budget)]


def only(publication: Publication) -> Study:
    (part,) = publication.parts
    return part


def arm_of(study: Study, label: str) -> Arm:
    return next(arm for arm in study.arms if arm.label == label)


def printed(publication: Publication, part: str) -> dict[str, dict[str, float | None]]:
    """The first table of a part that has rows: label to measure to number."""
    table = next(table for table in publication.tables if table.part == part and table.rows)
    return {row.label: dict(zip(table.measures, row.values, strict=True)) for row in table.rows}


@EVERY
def test_a_published_study_is_complete_at_every_scale(name, scale):
    publication = find_publication(name, scale)
    assert (publication.name, publication.scale) == (name, scale)
    assert all(part.name.startswith(name) for part in publication.parts)
    assert [part.batch_size for part in publication.parts] == [128] * len(publication.parts)
    assert publication.claims
    assert publication.decisions
    assert all(
        any(table.part == part.name and table.rows for table in publication.tables) for part in publication.parts
    )
    assert Publication.from_json(publication.to_json()) == publication
    said = any(f"Scale {scale}" in remark for remark in publication.remarks)
    assert said == (scale != "full")


@EVERY
def test_its_tasks_have_their_canonical_names(name, scale):
    for part in find_publication(name, scale).parts:
        assert resolve(part.task).name == part.task


@EVERY
def test_its_schedules_fit_the_run_and_the_tuning(name, scale):
    for part in find_publication(name, scale).parts:
        for horizon in horizons(part):
            for arm in part.arms:
                for one in arm.candidates:
                    one.schedule.bind(peak=one.peak, horizon=horizon)


@EVERY
def test_its_seeds_carry_its_comparisons(name, scale):
    publication = find_publication(name, scale)
    for part in publication.parts:
        asked = {
            (claim.measure, frozenset((better, worse)))
            for claim in publication.claims
            for better in claim.better
            for worse in claim.worse
            if claim.part == part.name
        }
        assert 0 < len(asked) <= most_comparisons(10) == 25
        assert len(part.confirm.seeds) == (2 if scale == "smoke" else 10)
        assert part.confirm.seeds[0] == 1000


@pytest.mark.parametrize("name", sorted(PUBLICATIONS))
def test_arms_and_claims_are_the_same_at_every_scale(name):
    *others, full = (find_publication(name, scale) for scale in scales_of(name))
    for other in others:
        assert [part.labels for part in other.parts] == [part.labels for part in full.parts]
        assert [claim.id for claim in other.claims] == [claim.id for claim in full.claims]
    tasks = {part.task for each in (*others, full) for part in each.parts}
    assert len(tasks) == (1 + len(others)) * len(full.parts)


def test_names_and_scales_are_found_and_misspellings_mended():
    assert find_publication("Initial_Rate", " FULL ") == find_publication("initial-rate", "full")
    with pytest.raises(UnknownName, match="did you mean decay-rules"):
        find_publication("decay-rule", "full")
    with pytest.raises(UnknownName, match=r"unknown scale of decay-rules 'reduce'; did you mean reduced"):
        find_publication("decay-rules", "reduce")
    with pytest.raises(UnknownName, match=r"unknown scale of decay-rules 'standard'; known: full, reduced, smoke"):
        find_publication("decay-rules", "standard")
    assert scales_of("Decay_Curves") == ("smoke", "reduced", "standard", "full")


@pytest.mark.parametrize(
    ("name", "way_out"),
    [
        ("acuracy", "unknown measure 'acuracy'; did you mean accuracy"),
        ("epochs_to(60)", r"at most 1, but got epochs_to\(60\); write epochs_to\(0.6\)"),
    ],
)
def test_a_measure_that_there_is_not_is_refused_before_anything_trains(name, way_out):
    with pytest.raises(ValueError, match=f"table Ends: .*{way_out}"):
        PublishedTable(title="Ends", part="p", measures=("accuracy", name))
    with pytest.raises(ValueError, match=f"claim best: .*{way_out}"):
        PublishedClaim(id="best", text="It is.", part="p", measure=name, better=("a",), worse=("b",))


def test_googlenets_printed_summary_and_report():
    rows = printed(find_publication("googlenet-schedules", "full"), "googlenet-schedules")
    assert [row["accuracy"] for row in rows.values()] == [0.78, 0.81, 0.84, 0.78, 0.85, 0.83]
    assert rows["cyclic"] == {"accuracy": 0.81, "precision": 0.82, "recall": 0.81, "f1": 0.82}
    lines = {line.label: line for line in PUBLISHED_REPORTS["googlenet-schedules"]}
    assert (lines["cat"].precision, lines["cat"].recall, lines["cat"].f1) == (0.60, 0.59, 0.60)
    assert (lines["deer"].precision, lines["deer"].recall, lines["deer"].f1) == (0.71, 0.81, 0.76)
    assert sum(line.support for label, line in lines.items() if "average" not in label) == 10_000
    assert {line.arm for line in lines.values()} == {"standard"}


def test_googlenets_grids_hold_what_the_document_found_best():
    for scale, most in (("full", 6), ("reduced", 4), ("smoke", 2)):
        study = only(find_publication("googlenet-schedules", scale))
        assert max(len(arm.candidates) for arm in study.arms) <= most
        assert study.tune.seeds == (0,)
        lows = {one.peak: one.schedule for one in arm_of(study, "cyclic").candidates if "low=0.02" in str(one.schedule)}
        assert 0.5 in lows
    full = only(find_publication("googlenet-schedules", "full"))
    assert (full.tune.budget, full.precision) == ("15 epochs", "bfloat16")
    assert any("span=20%" in str(one.schedule) for one in arm_of(full, "warmup").candidates)


def test_googlenets_cycles_halve_the_amplitude_above_the_base_rate():
    study = only(find_publication("googlenet-schedules", "full"))
    best = next(
        one for one in arm_of(study, "cyclic").candidates if one.peak == 0.5 and "low=0.02" in str(one.schedule)
    )
    rates = best.schedule.bind(peak=0.5, horizon=horizons(study)[0])
    cycle = 20 * 351
    assert rates([0, cycle // 2, cycle, 3 * cycle // 2]).round(12).tolist() == [0.01, 0.5, 0.01, 0.255]


def test_initial_rates_protocol_and_printed_time():
    publication = find_publication("initial-rate", "full")
    study = only(publication)
    assert (study.task, study.watch, study.budget) == ("cifar10/convnet(validation=none)", "test", "30 epochs")
    assert {row["seconds"] for row in printed(publication, "initial-rate").values()} == {233.839}
    (one,) = arm_of(study, "0.1").candidates
    epochs = one.schedule.bind(peak=one.peak, horizon=horizons(study)[0])
    assert epochs([0, 5 * 390 - 1, 5 * 390, 29 * 390]).tolist() == [0.1, 0.1, 0.05, 0.1 / 32]
    assert publication.ensembles[0].members == ("0.1", "0.01", "0.001")


@pytest.mark.parametrize(
    ("label", "rates"),
    [
        ("epoch/seq1", [0.01, 0.01, 0.005]),
        ("epoch/seq2", [0.01, 0.01, 0.0070711]),
        ("epoch/seq3", [0.01, 0.009, 0.0081]),
        ("epoch/seq4", [0.01, 0.01, 0.009]),
        ("sgd", [0.001, 0.001, 0.001]),
        ("cutoff(0.1)/seq3", [0.01, 0.01, 0.009]),  # 0.05 is below 0.1
        ("cutoff(0.01)/seq3", [0.01, 0.01, 0.01]),
        ("oscillate/seq3", [0.01, 0.01, 0.009]),
    ],
)
def test_decay_rules_rates_are_the_documents(label, rates):
    for part in find_publication("decay-rules", "full").parts:
        (one,) = arm_of(part, label).candidates
        three = Horizon(updates=3, updates_per_epoch=1)
        used = (
            simulate(one.schedule, [1.0, 1.05, 1.0], peak=one.peak, horizon=three)
            if hasattr(one.schedule, "watches")
            else one.schedule.bind(peak=one.peak, horizon=three).all()
        )
        assert used.round(7).tolist() == rates


def test_decay_rules_printed_tables_stand_beside_every_cutoff():
    publication = find_publication("decay-rules", "reduced")
    mnist, cifar = (printed(publication, part.name) for part in publication.parts)
    assert len(mnist) == len(cifar) == 22
    for cutoff in ("0.1", "0.01", "0.001"):
        assert mnist[f"cutoff({cutoff})/seq4"] == {"validation_accuracy": 0.98656, "convergence": 22}
        assert cifar[f"cutoff({cutoff})/seq2"] == {"validation_accuracy": 0.6438, "convergence": 25}
    assert mnist["epoch/seq3"] == {"validation_accuracy": 0.98263, "convergence": 19}
    assert cifar["oscillate/seq1"] == {"validation_accuracy": 0.7677, "convergence": 8}
    assert (mnist["adam"]["validation_accuracy"], cifar["adam"]["validation_accuracy"]) == (0.98574, 0.7309)


def test_decay_rules_protocol():
    mnist, cifar = find_publication("decay-rules", "full").parts
    assert (mnist.task, mnist.budget, cifar.task, cifar.budget) == (
        "mnist/lenet",
        "50 epochs",
        "cifar10/cnn",
        "25 epochs",
    )
    (adam,) = arm_of(cifar, "adam").candidates
    assert adam.optimizer is not None
    assert (adam.optimizer.name, adam.peak) == ("adam", 0.001)


def test_decay_curves_printed_table():
    rows = printed(find_publication("decay-curves", "full"), "decay-curves")
    assert rows["linear"] == {"accuracy": 0.87, "train_loss": 0.104}
    assert rows["constant"] == {"accuracy": 0.84, "train_loss": 0.5328}
    assert rows["time_based"] == rows["time_based(0.01)"] == {"accuracy": 0.82, "train_loss": 0.1732}
    assert [rows[label]["accuracy"] for label in ("drop_based", "polynomial")] == [0.87, 0.86]


def test_decay_curves_rates_are_staircases_as_printed():
    study = only(find_publication("decay-curves", "full"))
    printed_run = Horizon(updates=39_100, updates_per_epoch=391)

    def rates(label, *epochs):
        (one,) = arm_of(study, label).candidates
        bound = one.schedule.bind(peak=one.peak, horizon=printed_run)
        first, last = bound([391 * n for n in epochs]), bound([391 * n + 390 for n in epochs])
        assert first.tolist() == last.tolist()
        return first

    assert rates("time_based", 0, 1, 99) == pytest.approx([0.1, 0.0719, 0.00252], rel=2e-3)
    assert rates("time_based(0.01)", 0, 1) == pytest.approx([0.1, 0.1 / 4.91], rel=1e-6)
    assert rates("drop_based", 9, 10, 99) == pytest.approx([0.1, 0.05, 0.1 / 512])
    assert rates("linear", 0, 1, 99) == pytest.approx([0.1, 0.099, 0.001])
    assert rates("polynomial", 0, 50, 99) == pytest.approx([0.1, 0.1 / 32, 1e-11])
    assert rates("cosine_cycles", 0, 17, 34, 85) == pytest.approx([0.1, 0.1, 0.1, 0.1])


@pytest.mark.parametrize("scale", SCALES)
def test_decay_curves_snapshots_are_taken_where_a_cycle_ends(scale):
    study = only(find_publication("decay-curves", scale))
    horizon, (one,) = horizons(study)[0], arm_of(study, "cosine_cycles").candidates
    rates = one.schedule.bind(peak=1.0, horizon=horizon).all()[:: horizon.updates_per_epoch]
    ends = [epoch for epoch in range(1, horizon.epochs) if rates[epoch] == 1.0]
    assert arm_of(study, "cosine_cycles").snapshots == (*ends, horizon.epochs)


@pytest.mark.parametrize("scale", ["standard", "reduced", "smoke"])
def test_decay_curves_time_based_rate_falls_over_a_short_run_as_over_the_long_one(scale):
    for label in ("time_based", "time_based(0.01)"):
        ends = []
        for study in (only(find_publication("decay-curves", each)) for each in ("full", scale)):
            (one,) = arm_of(study, label).candidates
            ends.append(one.schedule.bind(peak=one.peak, horizon=horizons(study)[0])(horizons(study)[0].updates))
        assert ends[0] == pytest.approx(ends[1], rel=1e-5)

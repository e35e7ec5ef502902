"""The best arm of each family: chosen by other seeds than it is judged by."""

import numpy as np
import pytest

from lrlab.measures import measure
from lrlab.publications import ArmFamily, PublishedBest
from lrlab.publications._best import best_of_each
from lrlab.spec import records_by_label
from support.publications import example_publication_results

KEY = "ab12"


@pytest.fixture(scope="module")
def part():
    return example_publication_results().parts[1]


def with_scores(part, validation, test):
    """The part's records with these scores: arm to a list, one for each seed."""
    for label, group in records_by_label(part.study, part.confirmed).items():
        yield (
            label,
            [
                one.model_copy(
                    update={
                        "outcome": "finished",
                        "validation": one.validation.model_copy(update={"score": validation[label][place]}),
                        "test": one.test.model_copy(update={"score": test[label][place]}),
                    }
                )
                for place, one in enumerate(group)
            ],
        )


def asked(*arms, benchmarks=("adam",)):
    return PublishedBest(title="t", part="p", families=(ArmFamily(name="f", arms=arms),), benchmarks=benchmarks)


def test_a_clear_best_is_chosen_by_every_seed(part):
    level = {"constant": 0.5, "tuned": 0.8, "by-cutoff": 0.6, "adam": 0.7}
    noise = np.linspace(-0.01, 0.01, 10)
    scores = {label: (mean + noise).tolist() for label, mean in level.items()}
    records = dict(with_scores(part, scores, scores))
    (row,) = best_of_each(asked("constant", "tuned", "by-cutoff", benchmarks=("adam", "constant")), records, KEY).rows
    assert (row.chosen, row.times, row.accuracy.seeds) == ("tuned", 10, 10)
    assert row.accuracy.mean == pytest.approx(0.8)
    assert [cell.mean for cell in row.differences] == pytest.approx([0.1, 0.3])
    assert row.accuracy.low < 0.8 < row.accuracy.high
    assert row.differences[0].low == pytest.approx(row.differences[0].high)  # paired: the noise is the seed's own


def test_luck_in_a_seed_is_not_rewarded_by_that_seed(part):
    """Each of two arms is lucky on the seeds where the other is not: whatever is chosen elsewhere is unlucky here."""
    lucky = [0.6 if place % 2 else 0.4 for place in range(10)]
    scores = {"constant": lucky, "tuned": [1.0 - one for one in lucky], "by-cutoff": [0.0] * 10, "adam": [0.5] * 10}
    records = dict(with_scores(part, scores, scores))
    (row,) = best_of_each(asked("constant", "tuned"), records, KEY).rows
    assert row.accuracy.mean == pytest.approx(0.4)
    assert row.differences[0].mean == pytest.approx(-0.1)


def test_many_arms_of_noise_are_no_better_than_one(part):
    """Four arms that differ by luck alone: the best mean is above their common level, the judged one is not."""
    rng = np.random.default_rng(0)
    naive, judged = [], []
    for _ in range(200):
        scores = {label: rng.normal(0.5, 0.1, 10).tolist() for label in part.study.labels}
        records = dict(with_scores(part, scores, scores))
        (row,) = best_of_each(asked(*part.study.labels, benchmarks=("adam",)), records, KEY).rows
        judged.append(row.accuracy.mean)
        naive.append(max(np.mean(values) for values in scores.values()))
    assert np.mean(naive) > 0.52
    assert np.mean(judged) < 0.505


def test_seeds_that_an_arm_lacks_are_left_out_and_one_seed_chooses_nothing(part):
    records = records_by_label(part.study, part.confirmed)
    records["adam"] = records["adam"][:4]
    (row,) = best_of_each(asked("tuned", "by-cutoff"), records, KEY).rows
    assert row.accuracy.seeds == 4
    records["tuned"] = records["tuned"][:1]
    (row,) = best_of_each(asked("tuned", "by-cutoff"), records, KEY).rows
    assert (row.chosen, row.times, row.accuracy.mean, row.differences[0].seeds) == ("", 0, None, 0)


def test_without_validation_data_nothing_is_chosen():
    part = example_publication_results().parts[0]
    records = records_by_label(part.study, part.confirmed)
    assert measure("validation_accuracy").of(records["slow"][0]) is None
    (row,) = best_of_each(asked("slow", "falling", benchmarks=("jumpy",)), records, KEY).rows
    assert (row.chosen, row.accuracy.mean) == ("", None)


def test_an_arm_that_is_not_there_is_named():
    publication = example_publication_results().publication
    with pytest.raises(ValueError, match="'nobody'"):
        type(publication).model_validate(
            publication.model_dump()
            | {"bests": [asked("nobody", benchmarks=("adam",)).model_copy(update={"part": publication.parts[1].name})]}
        )

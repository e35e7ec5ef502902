"""A study's family of questions, from the records of its confirm phase."""

from collections.abc import Mapping, Sequence
from itertools import chain

from ..spec import Choice, Margin, Record, Study, metric_of
from ._compare import learners
from ._family import Family, questions
from ._looks import follow_looks
from ._margin import with_margin
from ._rows import ArmScores


def family_of_scores(
    study: Study,
    leader: Choice,
    by_label: Mapping[str, Sequence[Record]],
    scored: Mapping[str, ArmScores],
    margin: Margin | None,
    failed: Mapping[str, int],
) -> Family:
    """The questions of a study about its scores. leader: what was chosen. failed: how many seeds of each label did."""
    family = Family(
        with_margin(study, None).key,
        questions(study, leader.label),
        scores_by_seed(scored),
        metric_of(chain.from_iterable(by_label.values())).higher_is_better,
        learners(by_label),
        failed,
        margin.value if margin else None,
    )
    return with_looks(study, family, by_label)


def with_looks(study: Study, family: Family, by_label: Mapping[str, Sequence[Record]]) -> Family:
    """The family with where planned looks left each question; as it is where none are planned."""
    if study.confirm.looks is None:
        return family
    followed = follow_looks(study, family.asked, by_label, family.margin, family.kind)
    return family._replace(followed=followed, looks=study.confirm.looks)


def scores_by_seed(scored: Mapping[str, ArmScores]) -> dict[str, dict[int, float]]:
    return {label: dict(zip(arm.seeds, arm.scores, strict=True)) for label, arm in scored.items()}

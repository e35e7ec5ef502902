"""The confirm phase, look by look: which trials to ask for."""

from collections.abc import Generator, Mapping, Sequence

from ..spec import Candidate, Record, Study, metric_of, records_by_label
from ._batch import Batch, Records
from ._family import losers, questions
from ._looks import arms_going_on, follow_looks, looks_of, parts_of
from ._margin import margin_of
from ._rows import score_arms
from ._study_family import family_of_scores
from ._tuning import Chosen, confirm_trials_of


def confirm_chosen(study: Study, data: str, chosen: Chosen) -> Generator[Batch, Records, tuple[Record, ...]]:
    """The records of what was chosen, arm by arm; after each look only arms of an open question go on.

    A batch may be answered in part, and is then the last. The same records are asked for on every machine.
    """
    found: dict[str, list[Record]] = {label: [] for label in chosen.candidates}
    going = set(found)
    for look, seeds in parts_of(study):
        groups = {
            label: confirm_trials_of(study, data, label, candidate, seeds)
            for label, candidate in chosen.candidates.items()
            if label in going
        }
        asked = tuple(trial for group in groups.values() for trial in group)
        records = yield Batch("confirm", asked)
        for label, group in groups.items():
            found[label] += [records[trial.key] for trial in group if trial.key in records]
        whole = all(trial.key in records for trial in asked)
        if not whole or look == looks_of(study)[-1]:
            break
        going = _arms_still_open(study, chosen, [record for group in found.values() for record in group], look)
        if not going:
            break
    return tuple(record for group in found.values() for record in group)


def _arms_still_open(study: Study, chosen: Chosen, confirmed: list[Record], look: int) -> set[str]:
    leader = next(choice for choice in chosen.choices if choice.label == chosen.leader)
    margin = margin_of(study.confirm, metric_of(confirmed), leader, chosen.records, confirmed)
    followed = follow_looks(
        study,
        questions(study, chosen.leader),
        records_by_label(study, confirmed),
        margin.value if margin else None,
    )
    return arms_going_on(followed, look)


def rivals_to_ask(study: Study, chosen: Chosen, confirmed: Sequence[Record]) -> Mapping[str, Sequence[Candidate]]:
    """The rivals of labels that another one beats: no others can change what is claimed."""
    by_label = records_by_label(study, confirmed)
    if not chosen.rivals or not all(by_label.values()):
        return {}
    leader = next(choice for choice in chosen.choices if choice.label == chosen.leader)
    metric = metric_of(confirmed)
    margin = margin_of(study.confirm, metric, leader, chosen.records, confirmed)
    scored = score_arms(by_label, metric)
    lost = losers(family_of_scores(study, leader, by_label, scored, margin, {}))
    return {label: rivals for label, rivals in chosen.rivals.items() if label in lost}

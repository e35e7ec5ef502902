"""A study of a training loop of the user's own: opened, checked, set up. Its pace is not measured before it runs."""

from typing import TYPE_CHECKING

from ..errors import StudyError, did_you_mean
from ..execution import Executor
from ..rules import Plan, counts_epochs
from ..schedules import Horizon, Span
from ..spec import OPTIMIZER_FIELDS, PLAIN_LOOP, SETTING, Optimizer, Setup, Study
from ._tuning import settings_of_search, with_search

if TYPE_CHECKING:
    from ..loops import OwnLoop

NO_BATCHES, USUAL_BATCH = 1, 32  # what a loop's trials have; what `compare` says where nobody asks for another
DECLARE = "write @lrlab.trial(updates_per_epoch=len(loader))"


def loop_study(study: Study) -> Study:
    """The study as trials of a loop are: it has an optimizer and batches of its own. Raises StudyError."""
    if study.optimizer != Optimizer():
        raise StudyError(
            "a loop of your own has its own optimizer; leave out the optimizer's options, and give settings such as "
            "--setting weight_decay=0.0001, which the loop reads as run.settings"
        )
    if study.precision != "float32" or study.watch != "validation" or study.evaluate_every != 1:
        raise StudyError(
            "a loop of your own decides on precision, and on when and on what it measures; leave out `precision`, "
            "`watch` and `evaluate_every`"
        )
    if "batch_size" in study.model_fields_set and study.batch_size not in (NO_BATCHES, USUAL_BATCH):
        raise StudyError(
            f"a loop of your own has its own batches, but got batch_size {study.batch_size} (--batch-size); leave it "
            "out, and give it as a setting, such as --setting batch_size=64, which the loop reads as run.settings"
        )
    return _search_settings(study.model_copy(update={"batch_size": NO_BATCHES}))


def _search_settings(study: Study) -> Study:
    """The study, with what is searched of optimizer and batches as settings of the loop, which has its own."""
    search = study.tune.search
    if search is None:
        return study
    mine = {*OPTIMIZER_FIELDS, "batch_size"}
    space = {f"{SETTING}{name}" if name in mine else name: text for name, text in search.space.items()}
    return with_search(study, search.model_copy(update={"space": space}))


def loop_misfits(study: Study, loop: "OwnLoop", plans: list[tuple[str, Plan]], horizon: Horizon) -> list[str]:
    """What of a study a loop cannot do, a line each. plans: its schedules, with what errors call them."""
    misfits: list[str] = []
    for label, plan in plans:
        if loop.updates_per_epoch is None and counts_epochs(plan, horizon):
            misfits.append(f"{label} counts epochs, and {study.task} does not say how long one is; {DECLARE}")
    if study.tune.halving is not None and loop.updates_per_epoch is None:
        misfits.append(f"halving stops at epochs' ends, and {study.task} does not say how long one is; {DECLARE}")
    asked = {name for arm in study.arms for candidate in arm.candidates for name in candidate.settings}
    asked |= settings_of_search(study)
    misfits += [
        f"{study.task} has a placeholder {{{name}}}, whose value each trial has of its own; give the setting {name!r} "
        "another name"
        for name in sorted(asked & set(loop.taken_names))
    ]
    unknown = sorted(asked - set(loop.settings) - set(loop.taken_names)) if loop.settings else []
    return misfits + [f"{study.task} has no setting {name!r}; {did_you_mean(name, loop.settings)}" for name in unknown]


def check_budget(study: Study, loop: "OwnLoop", budget: str) -> None:
    """Raise StudyError for a length in epochs where a loop does not say what an epoch is."""
    if loop.updates_per_epoch is None and Span.parse(budget).unit != "updates":
        raise StudyError(
            f"a trial of {study.task} cannot last {budget}, for it does not say how many updates make an epoch; "
            f"{DECLARE}, or give its length in updates (--updates 2000)"
        )


def loop_setup(loop: "OwnLoop", executor: Executor, device: str) -> Setup:
    """How trials of a loop are run: one to a process, as many at once as the cores allow."""
    return Setup(
        layout=PLAIN_LOOP,
        processes=max(executor.slots // loop.cores, 1),
        threads=loop.cores,
        device=device,
    )

"""`decays`: one run at constant rate, and the decays that it stands in for."""

from collections.abc import Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from ..errors import StudyError
from ..lab import DecayPlan, compare_decays, open_task
from ..report import decay_lines, decay_sentences, json_decays
from ..spec import DecayTest, Optimizer
from ._checks import check_kinds, check_required, check_task, checked_seeds
from ._options import ProgressOption, opened, read_run_options
from ._question import checked_fields, length_of

if TYPE_CHECKING:
    from ..loops import OwnLoop
    from ..tasks import Task

USUAL_EPOCHS = "20 epochs"


class DecayResults:
    """Whether merged models stand in for cooldowns, decay by decay. It prints as text.

    test: all of it as plain data.
    """

    def __init__(self, test: DecayTest) -> None:
        self.test = test

    @cached_property
    def answer(self) -> str:
        """The answer in words, its first sentence whether merging works here."""
        return " ".join(decay_sentences(self.test))

    def to_dict(self) -> dict[str, Any]:
        """All of it as plain data, with the words."""
        return json_decays(self.test)

    def to_json(self) -> str:
        """All of it as one line of JSON; `lrlab.spec.DecayTest.from_json` reads it."""
        return self.test.to_json()

    def __str__(self) -> str:
        return "\n\n".join([self.answer, decay_lines(self.test)])

    def __repr__(self) -> str:
        return str(self)


def decays(
    task: "str | Path | Task | OwnLoop",
    *,
    peak: float | None = None,
    epochs: float | None = None,
    updates: int | None = None,
    curves: Sequence[str] = ("linear", "1-sqrt"),
    cooldowns: Sequence[str] = ("10%", "20%", "40%"),
    horizons: Sequence[str] = ("50%", "100%"),
    warmup: str | None = None,
    seeds: int = 10,
    margin: float | None = None,
    optimizer: str | Mapping[str, object] | Optimizer | None = None,
    batch_size: int = 32,
    store: Path | str | None = None,
    workers: int | None = None,
    engine: str = "auto",
    device: str = "cpu",
    max_seconds: float | None = None,
    data_dir: Path | str | None = None,
    progress: ProgressOption = True,
    began: float | None = None,
) -> DecayResults:
    """One run, all decays: do models merged from a run at constant rate stand in for runs that were cooled down?

    During one run at the peak, weighted means of its weights are kept for every curve, cooldown and horizon. Each is
    evaluated with batch-norm statistics of its own, and compared with a run from the same seed and batches whose rate
    was truly lowered. Records are stored as they come: the same call goes on.

    task: as for `compare`; not a loop of your own.
    peak: the constant rate. Default: the third of the optimizer's usual ones.
    epochs, updates: the length of the constant run. Default: 20 epochs.
    curves, cooldowns: of the schedule `wsd`: "linear", "1-sqrt", "cosine", "square" or "exponential", and spans of the
    horizon. horizons: spans of the run at which a decay ends.
    warmup: before it, in epochs or updates. Default: none.
    seeds: paired. margin: the largest difference that would not matter, in points of a share; one point, 5 % of a
    metric that is no share, or 1 % of one per token.

    The other options are those of `compare`. Raises a LabError as `compare` does.
    """
    options = read_run_options(
        store=store,
        workers=workers,
        engine=engine,
        device=device,
        data_dir=data_dir,
        progress=progress,
        max_seconds=max_seconds,
        began=began,
    )
    check_kinds(margin=margin, optimizer=optimizer)
    check_required(batch_size=batch_size)
    if margin is not None and margin <= 0:
        raise StudyError(
            f"margin must be above 0, but got {margin:g}: no two models are equal to the last digit; give the largest "
            "difference that would not matter, in points of a share, as in 0.5, or leave it out"
        )
    plan = DecayPlan(
        peak=peak,
        budget=length_of(epochs, updates) or USUAL_EPOCHS,
        curves=_list_of("curves", curves),
        cooldowns=_list_of("cooldowns", cooldowns),
        horizons=_list_of("horizons", horizons),
        seeds=checked_seeds(seeds, usual=10),
        optimizer=checked_fields(optimizer),
        batch_size=int(batch_size),
        warmup=warmup or "",
        margin=margin,
    )
    named = check_task(task)
    with opened(options) as workshop:
        opened_task = open_task(named, send=options.workers != 0)
        return DecayResults(compare_decays(opened_task, plan, workshop))


def _list_of(name: str, texts: object) -> tuple[str, ...]:
    """The texts as a list. Raises StudyError where they are none."""
    if isinstance(texts, str | bytes) or not isinstance(texts, Sequence):
        raise StudyError(f'{name} are a list of texts, such as ["20%"], but got {texts!r}; put it in brackets')
    return tuple(str(text) for text in cast("Sequence[object]", texts))

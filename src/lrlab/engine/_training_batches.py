"""The training batches of an epoch, for the plain loop: taken from memory, or as a loader gives them."""

from collections.abc import Generator, Iterator
from contextlib import contextmanager

from ..errors import TaskError
from ..tasks import Split
from ._randomness import epoch_batches, stream
from ._steps import draw_apart
from ._trial_run import TrialRun


def training_batches(run: TrialRun, epoch: int) -> Iterator[Split]:
    """The batches of an epoch, the last perhaps cut short by the horizon; as they are stored, where the task lies.

    epoch: counted from 0. Raises TaskError where a loader gives batches of another size or number.
    """
    task, trial = run.task, run.trial
    wanted = min(run.horizon.updates_per_epoch, run.horizon.updates - run.t)
    if "train" in task.streams:
        yield from _loaded_batches(run, epoch, wanted)
        return
    for batch in epoch_batches(task.examples, trial.update_size, trial.seed, epoch).to(run.device)[:wanted]:
        yield task.train.take(batch)


@contextmanager
def naming_faults(run: TrialRun, batch: Split) -> Iterator[None]:
    """While a batch is trained on: raise TaskError for a label or token of a loader that has no place in the model.

    Data in memory were looked at whole before; of a loader the first examples alone.
    """
    try:
        yield
    except IndexError as error:
        if "train" not in run.task.streams:
            raise
        labels = batch.labels
        said, span = str(error).rstrip("."), f"labels go from {labels.min().item():g} to {labels.max().item():g}"
        raise TaskError(
            f"batch {run.t} of the train loader holds a label or a token that the model has no place for ({said}; its "
            f"{span}); number labels and tokens from 0, give the model more outputs or rows of its embedding, or leave "
            "such examples out"
        ) from error


def _loaded_batches(run: TrialRun, epoch: int, wanted: int) -> Iterator[Split]:
    """What a new loader gives, its random numbers those of the seed and the epoch."""
    size, given, cut = run.trial.update_size, 0, run.task.streams["train"].cut
    number = stream(run.trial.seed, "order", epoch)
    for batch in draw_apart(_steps_of(run, size), number, run.device):
        if len(batch.labels) > size or (given == 0 and len(batch.labels) < size):
            raise TaskError(
                f"the train loader gives a batch of {len(batch.labels)} where {size} are asked for; pass the size on: "
                "lambda batch_size: DataLoader(data, batch_size=batch_size)"
            )
        if len(batch.labels) < size:  # what fills no batch is left out
            continue
        if given == wanted and (cut or wanted < run.horizon.updates_per_epoch):
            return
        given += 1
        if given > wanted:
            break
        yield batch
    if given != wanted:
        more = "more than " * (given > wanted)
        raise TaskError(
            f"the train loader gives {more}{min(given, wanted)} batches of {size} in epoch {epoch + 1}, and "
            f"{run.task.examples} examples make {run.horizon.updates_per_epoch}; give as many in every epoch as its "
            "length says, or say how many make one: from_loaders(..., examples=...)"
        )


def _steps_of(run: TrialRun, size: int) -> Generator[Split, None, None]:
    yield from run.task.batches("train", size)

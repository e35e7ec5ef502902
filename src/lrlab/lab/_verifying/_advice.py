"""What to change in a loop, in the words of who wrote it: a function that is handed a run, or a program."""

from typing import NamedTuple


class Advice(NamedTuple):
    """A way out for each thing that may be wrong, as part of a sentence. folder: where a trial keeps what it saves."""

    finish: str
    report: str
    validate: str
    length: str
    tell_length: str
    ask_rates: str
    tell_rates: str
    follow: str
    use_peak: str
    peaks: str
    look: str
    stop: str
    folder: str


FUNCTION = Advice(
    finish="end it with run.finish(test_loss=..., test_accuracy=...), which is what trials are judged by",
    report="it never calls run.report, so no peak can be chosen; after each epoch call run.report(epoch=epoch, "
    "validation_loss=..., validation_accuracy=...)",
    validate="write run.report(..., validation_loss=...)",
    length="let it make run.updates updates, an update being one optimizer.step()",
    tell_length="record each one's rate, run.record_rate(t, rate), or have torch's optimizer watched, "
    "run.watch(optimizer)",
    ask_rates="write scheduler = run.scheduler(optimizer), or use run.rate(t)",
    tell_rates="record them, run.record_rate(t, rate)",
    follow="write scheduler = run.scheduler(optimizer), call scheduler.step() after every optimizer.step(), and let "
    "nothing else set the rate",
    use_peak="hand the optimizer that steps to run.scheduler(optimizer), or set its rate to run.rate(t)",
    peaks="@lrlab.trial(peaks=[...])",
    look="it never looks at run.should_stop, so it goes on to its end; where trials are long write `if "
    "run.should_stop: save into run.folder and return`",
    stop="it looks at run.should_stop and goes on to its end; return there, with no run.finish",
    folder="run.folder",
)
_SAVE = "it goes on to its end; where trials are long give it {folder}, to save there when it is told to stop (SIGTERM)"
COMMAND = Advice(
    finish='write what it measured into {result}: {"test_loss": ..., "test_accuracy": ...}',
    report='it writes nothing of validation data into {result}, so no peak can be chosen; write {"validation_loss": '
    "...}",
    validate='write "validation_loss" into {result}',
    length="let it make {updates} updates",
    tell_length='write the rate of each into {result}, "rates": [...]',
    ask_rates="let it read {rates}, or take {peak} and {schedule}",
    tell_rates='write them into {result}, "rates": [...]',
    follow="let it use the rates in {rates}, one for each update",
    use_peak="train with {peak}, or with the rates in {rates}",
    peaks="lrlab.command(..., peaks=[...]), or --peaks",
    look=_SAVE,
    stop=_SAVE,
    folder="{folder}",
)

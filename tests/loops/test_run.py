"""What a run tells its loop, and what it takes from it."""

import math
import re

import numpy as np
import pytest
import torch

import lrlab
import lrlab.loops
from lrlab.lab import as_array
from lrlab.spec import Begun, Ended, EpochMeasured, Failed, Metric, Warned
from support.loops import make_optimizer


def test_a_loop_is_told_what_to_do_and_its_record_says_what_it_did(perform):
    seen = {}

    def train(run):
        seen.update(seed=run.seed, peak=run.peak, updates=run.updates, epoch=run.updates_per_epoch, text=run.schedule)
        seen.update(settings=dict(run.settings), folder=run.folder.is_dir(), stop=run.should_stop, shown=repr(run))
        seen["rates"] = [run.rate(t) for t in range(run.updates)]
        for epoch in range(2):
            run.report(epoch=epoch, train_loss=2.0, validation_loss=1.0 - epoch / 4, accuracy=0.5 + epoch / 4)
        run.finish(test_loss=0.5, test_accuracy=np.float32(0.75))

    events = perform(train, updates_per_epoch=4, settings={"width": 8})
    assert [type(event) for event in events] == [Begun, EpochMeasured, EpochMeasured, Ended]
    trained = events[-1].trained[0]
    record = trained.record
    assert seen == {
        "seed": 3,
        "peak": 0.5,
        "updates": 8,
        "epoch": 4,
        "text": "linear",
        "settings": {"width": 8},
        "folder": True,
        "stop": False,
        "shown": "Run(loop:train: linear at 0.5, seed 3, 8 updates)",
        "rates": [0.5 * (1 - t / 8) for t in range(8)],
    }
    assert as_array(trained.arrays["rates"]).tolist() == seen["rates"]
    assert record.outcome == "finished"
    assert (record.metric.name, record.metric.higher_is_better) == ("accuracy", True)
    assert (record.test.loss, record.test.score) == (0.5, 0.75)
    assert (record.validation.loss, record.validation.score) == (0.75, 0.75)
    assert [epoch.validation_score for epoch in record.epochs] == [0.5, 0.75]
    assert [epoch.train_loss for epoch in record.epochs] == [2.0, 2.0]
    assert (record.updates, record.updates_per_epoch) == (8, 4)
    assert record.provenance.engine == "own loop"
    assert [event.share for event in events if isinstance(event, EpochMeasured)] == [0.5, 1.0]


def follow(run, optimizer, step=True, schedule=True):
    """Eight updates by hand; the rates the optimizer had before each."""
    scheduler = run.scheduler(optimizer) if schedule else None
    rates = []
    for _ in range(run.updates):
        optimizer.param_groups[0]["params"][0].grad = torch.ones(1)
        rates.append(optimizer.param_groups[0]["lr"])
        optimizer.step()
        if step and scheduler is not None:
            scheduler.step()
    return rates


def test_the_rates_of_a_scheduler_are_recorded_as_the_optimizer_used_them(perform):
    used = []

    def train(run):
        used.extend(follow(run, make_optimizer()))
        run.finish(test_loss=1.0)

    *_, end = perform(train, schedule="cosine")
    assert as_array(end.trained[0].arrays["rates"]).tolist() == used
    assert (
        used
        == lrlab.parse("cosine")
        .bind(peak=0.5, horizon=lrlab.Horizon(updates=8, updates_per_epoch=8))(np.arange(8))
        .tolist()
    )


@pytest.mark.parametrize(
    ("how", "words"),
    [
        (
            {"step": False},
            r"update 1 used the rate 0.5, where linear asks for 0.4375 \(7 updates so far\); call scheduler",
        ),
        ({"schedule": False}, "asked for no rate and recorded none, .* use run.scheduler"),
    ],
)
def test_a_loop_that_ignores_its_schedule_is_said_to_once(perform, how, words):
    def train(run):
        follow(run, make_optimizer(), **how)
        run.report(validation_loss=1.0)
        run.report(validation_loss=1.0)
        run.finish(test_loss=1.0)

    warned = [event.text for event in perform(train) if isinstance(event, Warned)]
    assert len(warned) == 1
    assert re.search(words, warned[0])


def test_rates_of_a_watched_optimizer_and_recorded_ones(perform):
    def watched(run):
        optimizer = make_optimizer()
        run.watch(optimizer)
        for t in range(run.updates):
            optimizer.param_groups[0]["lr"] = run.rate(t)
            optimizer.param_groups[0]["params"][0].grad = torch.ones(1)
            optimizer.step()
        run.finish(test_loss=1.0)

    def recorded(run):
        for t in range(run.updates):
            run.record_rate(t, run.rate(t))
        run.finish(test_loss=1.0)

    for function in (watched, recorded):
        *before, end = perform(function, folder=function.__name__)
        assert not any(isinstance(event, Warned) for event in before)
        assert as_array(end.trained[0].arrays["rates"]).tolist() == [0.5 * (1 - t / 8) for t in range(8)]


def test_too_few_updates_are_said(perform):
    def train(run):
        run.rate(0)
        run.finish(test_loss=1.0)

    assert any("made 1 updates, where 8 were asked for" in event.text for event in perform(train)[1:-1])


def test_a_rule_is_driven_by_what_is_reported(perform):
    losses, rates, scheduled = [1.0, 2.0, 2.0, 2.0], [], []

    def train(run):
        optimizer = make_optimizer()
        scheduler = run.scheduler(optimizer)
        for epoch in range(4):
            for t in range(2 * epoch, 2 * epoch + 2):
                rates.append(run.rate(t))
                optimizer.param_groups[0]["params"][0].grad = torch.ones(1)
                scheduled.append(optimizer.param_groups[0]["lr"])
                optimizer.step()
                scheduler.step()
            run.report(epoch=epoch, validation_loss=losses[epoch])
        run.finish(test_loss=1.0)

    rule = "plateau(patience=0)+constant"
    *_, end = perform(train, schedule=rule, updates_per_epoch=2)
    asked = lrlab.simulate(
        lrlab.parse(rule), losses, peak=0.5, horizon=lrlab.Horizon(updates=8, updates_per_epoch=2)
    ).tolist()
    assert rates == scheduled == as_array(end.trained[0].arrays["rates"]).tolist() == asked
    assert len(set(asked)) > 1


def test_the_rate_of_a_rule_is_known_as_far_as_reports_go(perform):
    def train(run):
        run.rate(4)

    *_, end = perform(train, schedule="plateau+constant", updates_per_epoch=2)
    assert isinstance(end, Failed)
    assert (
        "run.rate(4) depends on the validation loss of epoch 2, which was not reported yet; call run.report"
        in end.message
    )


def one(**values):
    return lambda run: run.report(**values)


BAD = [
    (
        lambda run: (run.report(epoch=1, a=1), run.report(epoch=1, a=1)),
        r"run.report\(epoch=1\) was called twice; report",
    ),
    (
        lambda run: (run.report(epoch=3, a=1), run.report(epoch=2, a=1)),
        r"epoch=2\) came after epoch 3; report epochs in",
    ),
    (one(epoch=9, a=1), "is report 9, but the trial has 4 epochs; report no later epoch, or mend updates_per_epoch=2"),
    (one(update=9, a=1), r"run.report\(update=9\) lies beyond the 8 updates of the trial; report how many"),
    (
        lambda run: (run.report(update=4, a=1), run.report(update=2, a=1)),
        r"update=2\) came after update 4; report updates",
    ),
    (one(epoch="two", a=1), "run.report: epoch must be a whole number from 0 on, but got 'two'; count from 0"),
    (one(epoch=-1, a=1), "run.report: epoch must be a whole number from 0 on, but got -1"),
    (one(validation_loss="low"), "run.report: validation_loss must be one number, but got 'low', a str; write float"),
    (one(validation_loss=[1, 2]), r"validation_loss must be one number, but got \[1, 2\], a list; write float"),
    (one(validation_loss=np.ones(2)), "validation_loss must be one number, but got array"),
    (one(loss=1.0), "run.report does not say which data the loss is of; write train_loss or validation_loss"),
    (
        one(val_loss=1, validation_loss=1),
        "was given validation_loss twice, the second time as validation_loss; give one",
    ),
    (one(test_loss=1.0), "run.report was given test_loss; test data is looked at once, so give it to run.finish"),
    (one(), r"run.report was given no value; write run.report\(epoch=epoch, validation_loss=...\)"),
    (lambda run: run.finish(), r"run.finish was given no value; write run.finish\(test_loss=..., test_accuracy=...\)"),
    (
        lambda run: (run.finish(test_loss=1), run.report(a=1)),
        "run.report was called after run.finish; let run.finish be the",
    ),
    (lambda run: (run.finish(test_loss=1), run.finish(test_loss=1)), "run.finish was called after run.finish; let"),
    (
        lambda run: run.finish(test_loss=1, test_f1=1, test_auc=1),
        r"which of it decides is not said; write @lrlab.trial\(metric=",
    ),
    (
        lambda run: run.finish(test_zing=1),
        r'a higher zing is better is not known; write @lrlab.trial\(metric="zing", higher',
    ),
    (lambda run: None, r"returned without run.finish\(...\), and was not told to stop; end it with run.finish"),
    (lambda run: run.rate("x"), "run.rate: t must be a whole number from 0 on, but got 'x'; count from 0"),
    (lambda run: run.record_rate(0, "x"), "run.record_rate: rate must be one number, but got 'x'"),
    (
        lambda run: run.scheduler(make_optimizer(), peak=1),
        "run.scheduler sets `peak` itself, as the trial asks; leave it out",
    ),
]


@pytest.mark.parametrize(("function", "words"), BAD)
def test_what_cannot_be_taken_is_said_with_the_call_and_the_value(perform, function, words):
    *_, end = perform(function, updates_per_epoch=2)
    assert isinstance(end, Failed)
    assert re.search(words, end.message), end.message


def test_a_declared_metric_must_be_finished_with(perform):
    *_, end = perform(lambda run: run.finish(test_loss=1.0), metric="accuracy")
    assert (
        "run.finish must give test_accuracy, by which trials are judged, but it gives test_loss; write" in end.message
    )


def test_validation_values_must_be_there_where_a_choice_looks_at_them(perform):
    def train(run):
        run.report(validation_loss=1.0)
        run.finish(test_accuracy=0.5)

    *_, end = perform(train, validated=True)
    words = (
        "never reported validation_accuracy, by which a peak is chosen, but validation_loss; write run.report(epoch=epo"
    )
    assert words in end.message
    *_, end = perform(train, folder="b")
    assert isinstance(end, Ended)
    assert end.trained[0].record.validation is None


@pytest.mark.parametrize("loss", [math.nan, math.inf, 1e200])
def test_a_loss_that_is_no_number_ends_the_trial_as_diverged(perform, loss):
    seen = []

    def train(run):
        for epoch in range(4):
            seen.append(run.should_stop)
            for t in (2 * epoch, 2 * epoch + 1):
                run.rate(t)
            try:
                run.report(epoch=epoch, validation_loss=loss if epoch == 1 else 1.0, validation_accuracy=0.5)
            except Exception:
                seen.append("caught")
        run.finish(test_accuracy=0.5)

    *_, end = perform(train, updates_per_epoch=2, metric="accuracy", validated=True)
    record = end.trained[0].record
    assert seen == [False, False, True]
    assert (record.outcome, record.diverged_at) == ("diverged", 3)
    assert record.test.score is None
    assert record.epochs[1].validation_loss is None


def test_a_final_loss_that_is_no_number_is_a_divergence_too(perform):
    *_, end = perform(lambda run: run.finish(test_loss=math.nan))
    assert end.trained[0].record.diverged_at == 7


def test_what_is_reported_beside_losses_and_metric_is_kept(perform):
    def train(run):
        run.report(epoch=1, validation_loss=1.0, train_norm=2.0, validation_f1=0.5)
        run.report(epoch=3, validation_loss=1.0, train_norm=math.inf)
        run.finish(test_loss=1.0, test_f1=0.25)

    *_, end = perform(train, metric="loss")
    arrays = {name: as_array(data) for name, data in end.trained[0].arrays.items() if name != "rates"}
    np.testing.assert_equal(
        arrays,
        {
            "reported-train_norm": np.array([2.0, math.nan, math.inf]),
            "reported-validation_f1": np.array([0.5, math.nan, math.nan]),
            "finished-test_f1": np.array([0.25]),
        },
    )
    assert [epoch.validation_loss for epoch in end.trained[0].record.epochs] == [1.0, None, 1.0]


def test_a_loop_that_raises_gives_the_users_traceback_alone(perform):
    def train(run):
        run.rate(0)
        raise ValueError("my own")

    *_, end = perform(train)
    assert isinstance(end, Failed)
    assert re.search(r"ValueError: my own \(.*test_run.py:\d+\)", end.message)
    assert "test_run.py" in end.traceback
    assert str(lrlab.loops.__path__[0]) not in end.traceback


def test_sys_exit_and_standard_output_of_a_loop_stay_inside(perform, capsys):
    def train(run):
        print("hello")
        raise SystemExit(2)

    *_, end = perform(train)
    assert "SystemExit: 2" in end.message
    assert capsys.readouterr() == ("", "hello\n")


def test_reports_of_every_second_epoch_are_numbered_by_the_updates_made(perform):
    def train(run):
        for t in range(run.updates):
            run.record_rate(t, run.rate(t))
            if t % 4 == 3:
                run.report(validation_loss=float(t))
        run.finish(test_loss=1.0)

    *_, end = perform(train, updates_per_epoch=2)
    assert [epoch.validation_loss for epoch in end.trained[0].record.epochs] == [None, 3.0, None, 7.0]


@pytest.mark.parametrize("first", [0, 1])
@pytest.mark.parametrize("records", [True, False])
def test_epochs_counted_from_0_or_from_1_may_be_reported_every_second_time(perform, first, records):
    def train(run):
        for t in range(run.updates):
            rate = run.rate(t)
            if records:
                run.record_rate(t, rate)
            if t % 4 == 3:
                run.report(epoch=t // 2 + first, validation_loss=float(t))
        run.finish(test_loss=1.0)

    *_, end = perform(train, updates_per_epoch=2)
    assert [epoch.validation_loss for epoch in end.trained[0].record.epochs] == [None, 3.0, None, 7.0]


@pytest.mark.parametrize("metric", [None, "acc", "accuracy"])
def test_acc_is_accuracy_wherever_it_is_written(perform, metric):
    def train(run):
        for t in range(run.updates):
            run.rate(t)
        run.report(val_acc=0.5)
        run.finish(test_accuracy=0.25, test_loss=2.0)

    *_, end = perform(train, metric=metric, validated=True)
    record = end.trained[0].record
    assert record.metric == Metric(name="accuracy", higher_is_better=True)
    assert (record.validation.score, record.test.score) == (0.5, 0.25)


@pytest.mark.parametrize(("validation", "test"), [(91.0, 0.92), (0.91, 92.0), (45.0, 0.9)])
def test_a_share_and_per_cent_of_one_metric_are_refused(perform, validation, test):
    def train(run):
        run.report(epoch=1, validation_accuracy=validation)
        run.finish(test_accuracy=test)

    *_, end = perform(train)
    assert isinstance(end, Failed)
    words = f"test_accuracy is {test:g}, and validation_accuracy was {validation:g}: one is a share, the other in per"
    assert words in end.message


@pytest.mark.parametrize(
    ("name", "validation", "test"),
    [("accuracy", 2.0, 0.9), ("accuracy", 0.5, 0.9), ("accuracy", 91.0, 92.0), ("mse", 91.0, 0.92)],
)
def test_what_may_be_of_one_unit_is_taken(perform, name, validation, test):
    def train(run):
        run.report(epoch=1, **{f"validation_{name}": validation})
        run.finish(**{f"test_{name}": test})

    assert isinstance(perform(train)[-1], Ended)


def test_a_metric_beyond_what_is_compared_names_the_limit(perform):
    events = perform(lambda run: run.finish(test_rmse=1e200))
    assert events[-1].trained[0].record.outcome == "diverged"
    said = [event.text for event in events if isinstance(event, Warned)]
    assert any(
        "reported test_rmse 1e+200, beyond 1e+150, so squares overflow and the trial counts as" in text for text in said
    )

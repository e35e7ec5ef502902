"""A real run of transformers' Trainer inside a trial: schedule, reports, checkpoints; resumed bit for bit."""

import pytest
import torch
from torch.utils.data import Dataset

from lrlab.errors import LabWarning, TaskError
from support.fake_run import FakeRun


@pytest.fixture(scope="module")
def transformers(library):
    library("accelerate")
    return library("transformers")


class Sentences(Dataset):
    def __len__(self):
        return 16

    def __getitem__(self, index):
        tokens = torch.arange(6) + index % 5
        return {"input_ids": tokens, "attention_mask": torch.ones_like(tokens), "labels": index % 2}


def accuracy(predicted):
    return {"accuracy": float((predicted.predictions.argmax(-1) == predicted.label_ids).mean())}


def make_trainer(transformers, run, optimizers=None, names=None, sets=None, **options):
    from lrlab.trainers import TransformersCallback

    callback = TransformersCallback(run, names=names)
    config = transformers.BertConfig(
        vocab_size=16, hidden_size=16, num_hidden_layers=1, num_attention_heads=2, intermediate_size=16
    )
    model = transformers.BertForSequenceClassification(config)
    optimizer = torch.optim.AdamW(model.parameters(), lr=run.peak)
    usual = {"max_steps": run.updates, "seed": run.seed, "eval_strategy": "epoch", "save_strategy": "no"}
    arguments = transformers.TrainingArguments(
        output_dir=str(run.folder),
        per_device_train_batch_size=4,
        report_to="none",
        use_cpu=True,
        disable_tqdm=True,
        **usual | {"logging_steps": 4} | options,
    )
    trainer = transformers.Trainer(
        model=model,
        args=arguments,
        train_dataset=Sentences(),
        eval_dataset=Sentences() if sets is None else dict.fromkeys(sets, Sentences()),
        compute_metrics=accuracy,
        callbacks=[callback],
        optimizers=(optimizer, run.scheduler(optimizer)) if optimizers is None else optimizers(optimizer),
    )
    return callback, trainer


def train(transformers, run, **options):
    callback, trainer = make_trainer(transformers, run, **options)
    trainer.train(resume_from_checkpoint=callback.checkpoint)
    return callback, trainer


def test_a_run_has_the_trials_rates_and_reports_each_epoch(transformers, tmp_path):
    run = FakeRun(tmp_path, schedule="warmup(span=25%)+linear", peak=0.01)
    callback, trainer = train(transformers, run)
    assert run.rates == run.planned_rates
    assert [(report["epoch"], report["update"]) for report in run.reports] == [(1, 4), (2, 8), (3, 12)]
    names = {"epoch", "update", "train_loss", "validation_loss", "validation_accuracy"}
    assert all(set(report) == names for report in run.reports)
    measured = trainer.evaluate(Sentences(), metric_key_prefix="test")
    callback.finish(measured)
    assert run.finished == {name: measured[name] for name in ("test_loss", "test_accuracy")}
    assert len(run.reports) == 3


def test_batches_whose_gradients_are_accumulated_are_one_update(transformers, tmp_path):
    run = FakeRun(tmp_path, updates=6, updates_per_epoch=2)
    train(transformers, run, gradient_accumulation_steps=2)
    assert run.rates == run.planned_rates
    assert [report["update"] for report in run.reports] == [2, 4, 6]


def test_evaluations_by_steps_are_reported_in_their_order(transformers, tmp_path):
    run = FakeRun(tmp_path)
    train(transformers, run, eval_strategy="steps", eval_steps=5)
    assert [(report["epoch"], report["update"]) for report in run.reports] == [(1, 5), (2, 10), (3, 12)]


@pytest.mark.parametrize("how", ["eval_on_start", "by hand"])
def test_an_evaluation_before_training_is_no_epoch(transformers, tmp_path, how):
    run = FakeRun(tmp_path)
    callback, trainer = make_trainer(transformers, run, eval_on_start=how == "eval_on_start")
    if how == "by hand":
        trainer.evaluate()
    trainer.train(resume_from_checkpoint=callback.checkpoint)
    assert [(report["epoch"], report["update"]) for report in run.reports] == [(1, 4), (2, 8), (3, 12)]


def test_a_run_that_ends_within_an_epoch_is_evaluated_there(transformers, tmp_path):
    run = FakeRun(tmp_path, updates=10)
    _, trainer = train(transformers, run)
    assert [(report["epoch"], report["update"]) for report in run.reports] == [(1, 4), (2, 8), (3, 10)]
    trainer.evaluate()  # once more, by hand, is no other report
    assert len(run.reports) == 3


def test_a_name_of_the_users_own(transformers, tmp_path):
    run = FakeRun(tmp_path)
    train(transformers, run, names={"eval_accuracy": "validation_top1"})
    assert "validation_top1" in run.reports[0]


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"save_strategy": "epoch"},
        {"eval_strategy": "steps", "eval_steps": 4},
        {"eval_strategy": "steps", "eval_steps": 4, "save_strategy": "steps", "save_steps": 4},
    ],
)
def test_several_sets_are_one_report(transformers, tmp_path, options):
    run = FakeRun(tmp_path)
    names = {"eval_hard_accuracy": "validation_accuracy"}
    callback, trainer = train(transformers, run, names=names, sets=("dev", "hard"), **options)
    assert [(report["epoch"], report["update"]) for report in run.reports] == [(1, 4), (2, 8), (3, 12)]
    dev, hard = {"validation_dev_loss", "validation_dev_accuracy"}, {"validation_hard_loss", "validation_accuracy"}
    assert all(set(report) == {"epoch", "update", "train_loss"} | dev | hard for report in run.reports)
    callback.finish(trainer.predict(Sentences()).metrics)
    assert set(run.finished) == {"test_loss", "test_accuracy"}
    assert len(run.reports) == 3


def test_several_sets_are_reported_before_a_stop_is_looked_for(transformers, tmp_path):
    run = FakeRun(tmp_path, stop_after=1)
    train(transformers, run, sets=("dev", "hard"))
    assert [report["update"] for report in run.reports] == [4]


def test_a_checkpoint_holds_no_evaluation_that_was_not_reported(transformers, tmp_path):
    """A run that is killed after it goes on behind the evaluation."""
    run, seen = FakeRun(tmp_path), []

    class Looking(transformers.TrainerCallback):
        def on_save(self, args, state, control, **others):
            seen.append([report["update"] for report in run.reports])

    callback, trainer = make_trainer(transformers, run, sets=("dev", "hard"), save_strategy="epoch")
    trainer.add_callback(Looking())
    trainer.train(resume_from_checkpoint=callback.checkpoint)
    assert seen == [[4], [4, 8], [4, 8, 12]]


def test_an_evaluation_of_another_set_that_comes_too_late_is_said(transformers, tmp_path):
    run = FakeRun(tmp_path)
    _, trainer = train(transformers, run)
    with pytest.warns(LabWarning, match=r"validation_hard_loss came after update 12 .* left out; give the Trainer all"):
        trainer.evaluate(metric_key_prefix="eval_hard")
    assert len(run.reports) == 3


FINISHED = [
    (lambda trainer: trainer.evaluate(Sentences()), r"given eval_loss, eval_accuracy, .*metric_key_prefix=\"test\""),
    (lambda trainer: trainer.predict(Sentences()), r"a PredictionOutput; write .*trainer.predict\(data\).metrics\)"),
]


@pytest.mark.parametrize(("measure", "way_out"), FINISHED)
def test_what_is_not_of_test_data_by_name_is_refused(transformers, tmp_path, measure, way_out):
    callback, trainer = train(transformers, FakeRun(tmp_path))
    with pytest.raises(TaskError, match=way_out):
        callback.finish(measure(trainer))


class Stopping(FakeRun):
    """Whose time is up after six updates."""

    @property
    def should_stop(self):
        return len(self.rates) >= 6


@pytest.mark.parametrize("sets", [None, ("dev", "hard")])
def test_a_stopped_run_resumes_bit_for_bit(transformers, tmp_path, sets):
    whole = FakeRun(tmp_path / "whole", peak=0.01)
    _, expected = train(transformers, whole, logging_strategy="no", sets=sets)
    stopped = Stopping(tmp_path / "run", peak=0.01)
    _, trainer = train(transformers, stopped, logging_strategy="no", sets=sets)
    assert trainer.state.global_step == 6
    again = FakeRun(tmp_path / "run", peak=0.01)
    _, trainer = train(transformers, again, logging_strategy="no", sets=sets)
    assert stopped.reports + again.reports == whole.reports
    assert [*stopped.rates.values(), *again.rates.values()] == [*whole.rates.values()]
    pairs = zip(expected.model.parameters(), trainer.model.parameters(), strict=True)
    assert all(torch.equal(one, other) for one, other in pairs)


def test_the_newest_whole_checkpoint_is_gone_on_from(transformers, tmp_path):
    from lrlab.trainers import TransformersCallback

    callback = TransformersCallback(FakeRun(tmp_path))
    assert callback.checkpoint is None
    for step in (4, 12, 8):
        (tmp_path / f"checkpoint-{step}").mkdir()
        if step < 12:
            (tmp_path / f"checkpoint-{step}" / "trainer_state.json").touch()
    assert callback.checkpoint == str(tmp_path / "checkpoint-8")


REFUSED = [
    ({"max_steps": 8}, r"makes 8 updates, but the trial asks for 12; write TrainingArguments\(..., max_steps="),
    ({"seed": 5}, r"draws by seed 5, but the trial has seed 0; write TrainingArguments\(..., seed=run.seed\)"),
    ({"optimizers": lambda optimizer: (optimizer, None)}, r"is LambdaLR, but the trial asks for cosine; write"),
    ({"optimizers": lambda _: (None, None)}, r"write Trainer\(..., optimizers=\(optimizer, run.scheduler"),
]


@pytest.mark.parametrize(("options", "way_out"), REFUSED)
def test_a_trainer_that_does_something_else_is_refused(transformers, tmp_path, options, way_out):
    with pytest.raises(TaskError, match=way_out):
        train(transformers, FakeRun(tmp_path), **options)


def test_another_schedule_of_lrlabs_is_refused_too(transformers, tmp_path):
    other = FakeRun(tmp_path, schedule="linear")
    with pytest.raises(TaskError, match="but the trial asks for cosine"):
        train(transformers, FakeRun(tmp_path), optimizers=lambda optimizer: (optimizer, other.scheduler(optimizer)))

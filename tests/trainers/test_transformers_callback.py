"""A real run of transformers' Trainer inside a trial: schedule, reports, checkpoints; resumed bit for bit."""

import pytest
import torch
from torch.utils.data import Dataset

from lrlab.errors import TaskError
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


def make_trainer(transformers, run, optimizers=None, names=None, **options):
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
        eval_dataset=Sentences(),
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


class Stopping(FakeRun):
    """Whose time is up after six updates."""

    @property
    def should_stop(self):
        return len(self.rates) >= 6


def test_a_stopped_run_resumes_bit_for_bit(transformers, tmp_path):
    whole = FakeRun(tmp_path / "whole", peak=0.01)
    _, expected = train(transformers, whole, logging_strategy="no")
    stopped = Stopping(tmp_path / "run", peak=0.01)
    _, trainer = train(transformers, stopped, logging_strategy="no")
    assert trainer.state.global_step == 6
    again = FakeRun(tmp_path / "run", peak=0.01)
    _, trainer = train(transformers, again, logging_strategy="no")
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

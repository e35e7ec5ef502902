"""A real run of transformers' Trainer takes the scheduler as it is, and resumes it from a checkpoint."""

import pytest
import torch
from torch.utils.data import Dataset

from lrlab.adapters import Scheduler
from lrlab.rules import Plateau, simulate
from lrlab.schedules import Constant, Horizon, parse

UPDATES = 8
CURVE = "warmup(span=25%)+linear"
RULE = Plateau(factor=0.5, patience=0, threshold=1.0, then=Constant())  # only half the loss would be better
RATES = parse(CURVE).bind(peak=0.01, horizon=Horizon(updates=UPDATES, updates_per_epoch=2)).all().tolist()


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


def trainer(transformers, folder, schedule=CURVE, **options):
    torch.manual_seed(0)
    config = transformers.BertConfig(
        vocab_size=16, hidden_size=16, num_hidden_layers=2, num_attention_heads=2, intermediate_size=16
    )
    model = transformers.BertForSequenceClassification(config)
    optimizer = torch.optim.AdamW(model.parameters(), lr=0.01)
    scheduler = Scheduler(optimizer, schedule, updates=UPDATES, updates_per_epoch=2)
    arguments = transformers.TrainingArguments(
        output_dir=str(folder),
        max_steps=UPDATES,
        per_device_train_batch_size=4,
        report_to="none",
        use_cpu=True,
        disable_tqdm=True,
        **({"save_strategy": "no", "logging_steps": 1} | options),
    )
    data = Sentences()
    return transformers.Trainer(
        model=model, args=arguments, train_dataset=data, eval_dataset=data, optimizers=(optimizer, scheduler)
    )


def rates_used(trainer):
    """A list that grows by the rate of each update the optimizer makes."""
    used = []
    trainer.optimizer.register_step_pre_hook(lambda optimizer, *_: used.append(optimizer.param_groups[0]["lr"]))
    return used


def test_a_run(transformers, tmp_path):
    run = trainer(transformers, tmp_path)
    used = rates_used(run)
    run.train()
    assert used == RATES
    assert run.lr_scheduler.t == UPDATES


def test_accumulated_batches(transformers, tmp_path):
    run = trainer(transformers, tmp_path, gradient_accumulation_steps=2)
    used = rates_used(run)
    run.train()
    assert used == RATES


def test_resumed_from_a_checkpoint(transformers, tmp_path):
    whole = trainer(transformers, tmp_path, save_strategy="steps", save_steps=3)
    whole.train()
    again = trainer(transformers, tmp_path)
    used = rates_used(again)
    again.train(resume_from_checkpoint=str(tmp_path / "checkpoint-3"))
    assert used == RATES[3:]
    assert again.state.global_step == UPDATES


def test_a_rule_told_by_a_callback(transformers, tmp_path):
    class Report(transformers.TrainerCallback):
        def on_evaluate(self, args, state, control, metrics=None, lr_scheduler=None, **_):
            seen.append(metrics["eval_loss"])
            lr_scheduler.step_metric(metrics["eval_loss"])

    seen = []
    run = trainer(transformers, tmp_path, RULE, eval_strategy="steps", eval_steps=2)
    run.add_callback(Report())
    used = rates_used(run)
    run.train()
    assert len(seen) == UPDATES / 2
    assert used == simulate(RULE, seen, peak=0.01, horizon=Horizon(updates=UPDATES, updates_per_epoch=2)).tolist()
    assert used[-1] < 0.01

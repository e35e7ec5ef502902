"""The example and the manual of the scheduler are true."""

import inspect
import re
import subprocess
import sys
from pathlib import Path

import pytest
import torch
from torch.utils.data import DataLoader, TensorDataset

from lrlab.adapters import Scheduler

ROOT = Path(__file__).parents[2]
MANUAL = (ROOT / "docs" / "scheduler.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"```python ?(\w*)\n(.*?)```", MANUAL, re.DOTALL)


def test_the_plain_loop_resumes_to_the_same_loss():
    words = [sys.executable, str(ROOT / "examples" / "plain_loop.py")]
    done = subprocess.run(words, capture_output=True, text=True, check=False, timeout=100)
    assert done.returncode == 0, done.stderr
    losses = re.findall(r"loss (\S+), resumed half-way (\S+)\n", done.stdout)
    assert len(losses) == 3
    assert len(set(losses)) == 3
    for whole, resumed in losses:
        assert whole == resumed
        assert float(whole) < 0.1


def run_blocks(name):
    """The manual's blocks for one library, one after the other, and what they define."""
    space = {}
    for needs, code in BLOCKS:
        if needs == name:
            exec(code, space)
    return space


def test_python_in_the_manual_runs():
    assert run_blocks("")["curve"].shape == (100,)


def test_the_manual_on_accelerate(library):
    library("accelerate")
    assert run_blocks("accelerate")["scheduler"].scheduler.t == 20


@pytest.mark.filterwarnings("ignore:.*does not have many workers:UserWarning")
@pytest.mark.filterwarnings("ignore:.isinstance.treespec, LeafSpec.. is deprecated:FutureWarning")
def test_the_manual_on_lightning(library):
    lightning = library("lightning")
    space = run_blocks("lightning")
    assert issubclass(space["Watched"], space["Line"])
    model = space["Line"]()
    bare = ("logger", "enable_checkpointing", "enable_progress_bar", "enable_model_summary")
    trainer = lightning.Trainer(accelerator="cpu", max_epochs=3, **dict.fromkeys(bare, False))
    trainer.fit(model, DataLoader(TensorDataset(torch.randn(16, 4)), batch_size=4))
    assert (model.lr_schedulers().t, model.lr_schedulers().horizon.updates) == (12, 12)


def test_the_manual_on_transformers(library, tmp_path):
    library("accelerate")
    transformers = library("transformers")
    space = run_blocks("transformers")
    quiet = {"save_strategy": "no", "report_to": "none", "disable_tqdm": True, "use_cpu": True}
    arguments = transformers.TrainingArguments(output_dir=str(tmp_path), max_steps=4, **quiet)

    class Square(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.weight = torch.nn.Parameter(torch.ones(1))

        def forward(self, x):
            return {"loss": (self.weight * x).square().mean()}

    trainer = space["trainer"](Square(), arguments, [{"x": torch.ones(1)} for _ in range(8)])
    trainer.add_callback(space["Report"]())
    trainer.train()
    assert trainer.lr_scheduler.t == 4


def test_every_block_of_the_manual_is_run():
    assert {needs for needs, _ in BLOCKS} == {"", "lightning", "transformers", "accelerate"}


def test_the_manual_names_every_choice():
    parameters = list(inspect.signature(Scheduler).parameters)[2:]
    assert {"updates", "peak", "fields", "on_change", "after"} <= set(parameters)
    assert all(f"{name}=" in MANUAL or f"`{name}`" in MANUAL for name in parameters)

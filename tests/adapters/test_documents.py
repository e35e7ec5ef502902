"""The example and the manual of the scheduler are true."""

import inspect
import math
import re
import socket
import subprocess
import sys
from pathlib import Path

import pytest
import torch
from torch.utils.data import DataLoader, TensorDataset

from lrlab.adapters import Scheduler
from lrlab.schedules import SCHEDULES

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


@pytest.fixture(autouse=True)
def _catalogue():
    yield
    SCHEDULES.remove("slow_start")  # the manual registers it


def run_blocks(name):
    """The manual's blocks for one library, one after the other, and what they define."""
    SCHEDULES.remove("slow_start")  # the manual registers it
    space = {}
    for needs, code in BLOCKS:
        if needs == name:
            exec(code, space)
    return space


def test_python_in_the_manual_runs():
    assert run_blocks("")["curve"].shape == (100,)


def test_the_manual_on_accelerate(library):
    accelerate = library("accelerate")
    for state in (accelerate.state.AcceleratorState, accelerate.state.GradientState):
        state._reset_state()
    space = run_blocks("accelerate")
    ours = space["scheduler"].scheduler
    assert (ours.t, ours.horizon.updates) == (30, 30)


PROCESSES = """
if accelerator.is_main_process:
    ours = scheduler.scheduler
    print("made", ours.t, "planned", ours.horizon.updates, "batches", len(loader), accelerator.num_processes)
"""


@pytest.mark.slow
@pytest.mark.parametrize("data", [40, 44])
def test_the_manual_on_accelerate_with_two_processes(library, tmp_path, data):
    library("accelerate")
    (code,) = [code for needs, code in BLOCKS if needs == "accelerate"]
    script = tmp_path / "two.py"
    script.write_text(code.replace("randn(40, 4)", f"randn({data}, 4)") + PROCESSES, encoding="utf-8")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    words = [sys.executable, "-m", "torch.distributed.run", "--nproc_per_node=2", "--master_addr=127.0.0.1"]
    words += [f"--master_port={port}", str(script)]
    done = subprocess.run(words, capture_output=True, text=True, check=False, timeout=300)
    assert done.returncode == 0, done.stderr
    batches = math.ceil(math.ceil(data / 4) / 2)
    made = math.ceil(batches / 4) * 10
    assert f"made {made} planned {made} batches {batches} 2" in done.stdout


def test_the_manual_on_jax(library):
    library("jax")
    library("optax")
    space = run_blocks("jax")
    assert float(space["rate"](0)) > 0


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


class Square(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.weight = torch.nn.Parameter(torch.ones(1))

    def forward(self, x):
        return {"loss": (self.weight * x).square().mean()}


LENGTHS = [
    {"max_steps": 4},
    {"num_train_epochs": 3, "gradient_accumulation_steps": 4},
    {"num_train_epochs": 1.5, "gradient_accumulation_steps": 2},
    {"num_train_epochs": 2, "gradient_accumulation_steps": 3, "dataloader_drop_last": True},
]


@pytest.mark.parametrize("lengths", LENGTHS)
@pytest.mark.parametrize("way", ["its own", "given"])
def test_the_manual_on_transformers(library, tmp_path, lengths, way):
    library("accelerate")
    transformers = library("transformers")
    space = run_blocks("transformers")
    quiet = {"save_strategy": "no", "report_to": "none", "disable_tqdm": True, "use_cpu": True}
    arguments = transformers.TrainingArguments(
        output_dir=str(tmp_path), per_device_train_batch_size=4, **quiet, **lengths
    )
    data = [{"x": torch.ones(1)} for _ in range(41)]
    if way == "given":
        trainer = space["trainer"](Square(), arguments, data)
    else:
        trainer = space["Trainer"](model=Square(), args=arguments, train_dataset=data)
    trainer.add_callback(space["Report"]())
    trainer.train()
    ours = trainer.lr_scheduler
    ours = getattr(ours, "scheduler", ours)
    assert ours.t == ours.horizon.updates == trainer.state.global_step


@pytest.mark.filterwarnings("ignore:.*does not have many workers:UserWarning")
@pytest.mark.filterwarnings("ignore:.isinstance.treespec, LeafSpec.. is deprecated:FutureWarning")
@pytest.mark.parametrize(("examples", "drop", "accumulated"), [(40, False, 4), (42, True, 4), (41, False, 3)])
def test_the_formula_is_lightnings(library, examples, drop, accumulated):
    lightning = library("lightning")
    model = run_blocks("lightning")["Line"]()
    bare = ("logger", "enable_checkpointing", "enable_progress_bar", "enable_model_summary")
    loader = DataLoader(TensorDataset(torch.randn(examples, 4)), batch_size=4, drop_last=drop)
    trainer = lightning.Trainer(
        accelerator="cpu", max_epochs=3, accumulate_grad_batches=accumulated, **dict.fromkeys(bare, False)
    )
    trainer.fit(model, loader)
    ours = model.lr_schedulers()
    expected = run_blocks("")["updates"](loader, accumulated, 3)
    assert ours.t == ours.horizon.updates == trainer.global_step == expected


def test_every_block_of_the_manual_is_run():
    assert {needs for needs, _ in BLOCKS} == {"", "lightning", "transformers", "accelerate", "jax"}


def test_the_manual_names_every_choice():
    parameters = [one.name for one in inspect.signature(Scheduler).parameters.values() if one.kind is one.KEYWORD_ONLY]
    assert {"updates", "peak", "fields", "on_change", "after"} <= set(parameters)
    assert all(f"{name}=" in MANUAL or f"`{name}`" in MANUAL for name in parameters)

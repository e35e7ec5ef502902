"""The code of an answer, run as it stands in a loop: for arms with averages and with optimizers of their own."""

import pytest
import torch

from lrlab.report._paste import code_to_paste
from support.results import example_results

LOOP, END = "# in the training loop", "update_bn("
ARMS = [
    "constant+ema",
    "constant+swa(start=50%)@adamw(weight_decay=0.1)",
    "cosine+lawa(last=3)",
    "warmup+constant+lawa@muon",
]
ARMS += ["constant+merged", "cosine@signum", "cosine@lamb", "cosine@adamw(no_decay=true, weight_decay=0.1)"]
ARMS += ["constant@schedule_free_adamw(no_decay=true)", "cosine+ema(decay=0.9, debias=false)@sgd(clip=1.0)"]


def parts_of(code):
    """What is run once before the loop, what each update runs, and what is run at the end."""
    made, update, place = [], [], []
    place = made
    body, *end = code.split(f"{END}train_loader")
    for line in body.splitlines():
        if line.startswith(LOOP):
            place = update
        elif line.startswith("# ") and ", over " in line:
            place = made
        else:
            place.append(line)
    return "\n".join(made), "\n".join(update), f"{END}train_loader{end[0]}" if end else ""


def run(code):
    """A few updates with the code and a loop around it; the names that it leaves."""
    torch.manual_seed(0)
    model = torch.nn.Sequential(torch.nn.Linear(3, 4), torch.nn.BatchNorm1d(4), torch.nn.Linear(4, 2))
    batches = [(torch.randn(8, 3), torch.randint(0, 2, (8,))) for _ in range(10)]
    names, (made, update, end) = {"model": model, "train_loader": batches}, parts_of(code)
    exec(made, names)
    for t, (inputs, labels) in enumerate(4 * batches):
        names["optimizer"].zero_grad()
        torch.nn.functional.cross_entropy(model(inputs), labels).backward()
        if "optimizer.step()" not in update:
            names["optimizer"].step()
            names["scheduler"].step()
        exec(update, names | {"t": t})
    exec(end, names)
    return names


@pytest.mark.parametrize("arm", ARMS)
def test_the_code_runs_as_it_stands(arm):
    code = code_to_paste(example_results(schedules=(arm,), confirm_seeds=2))
    for text in (code.lrlab, code.torch):
        names = run(text)
        rates = {group["lr"] for group in names["optimizer"].param_groups}
        assert all(rate <= 0.03 + 1e-12 for rate in rates)
        assert ("averaged" in names) == ("+" in arm.removeprefix("warmup+"))
        if "averaged" in names:
            flat = torch.nn.utils.parameters_to_vector
            last, mean = flat(names["model"].parameters()), flat(names["averaged"].parameters())
            assert torch.isfinite(mean).all()
            assert not torch.equal(last, mean)

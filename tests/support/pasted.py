"""Pasted lines, run as they stand."""

from typing import Any

import torch

LOOP = "# in the training loop, after loss.backward():\n"


def pasted(text: str) -> tuple[dict[str, Any], Any]:
    """The names the lines before the loop define, and the loop's lines, compiled."""
    before, loop = text.split(LOOP)
    names = {"model": torch.nn.Linear(1, 1)}
    exec(compile(before, "before the loop", "exec"), names)
    return names, compile(loop, "the loop", "exec")


def values_used(text: str, updates: int) -> list[tuple[float, float]]:
    """The rate and the momentum (beta1) of each update."""
    names, loop = pasted(text)
    values = []
    for _ in range(updates):
        group = names["optimizer"].param_groups[0]
        values.append((group["lr"], group["momentum"] if "momentum" in group else group["betas"][0]))
        exec(loop, names)
    return values

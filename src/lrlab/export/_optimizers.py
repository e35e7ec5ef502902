"""The optimizer of a training loop as a line of PyTorch, and what the loop does with it."""

from collections.abc import Mapping
from math import isfinite
from typing import Any

from ..errors import ScheduleError, UnknownName

CLASSES = {"sgd": "SGD", "adam": "Adam", "adamw": "AdamW", "rmsprop": "RMSprop"}
TAKEN = {"sgd": ("momentum", "weight_decay", "nesterov"), "rmsprop": ("alpha", "eps", "weight_decay", "momentum")}
TORCH_USUAL = {"beta2": "0.999", "eps": "1e-08", "weight_decay": "0.0", "nesterov": "False", "alpha": "0.99"}
SETTINGS = ("momentum", "beta2", "eps", "weight_decay", "nesterov", "alpha", "clip")


def optimizer_line(
    optimizer: str, settings: Mapping[str, Any], momentum: str | None = None, *, rate: str = "PEAK", brief: bool = False
) -> str:
    """The line that makes the optimizer. Raises ScheduleError or UnknownName for a wrong setting.

    momentum: an expression in place of the setting. rate: the expression that it begins with. brief: settings that are
    torch's own are left out.
    """
    spelled = _spell_settings(settings) | ({} if momentum is None else {"momentum": momentum})
    if brief:
        usual = TORCH_USUAL | ({"weight_decay": "0.01"} if optimizer == "adamw" else {})
        usual |= {"momentum": "0.0" if optimizer in TAKEN else "0.9"}
        spelled = {name: text for name, text in spelled.items() if text != usual.get(name)}
    if optimizer not in CLASSES:
        raise UnknownName("optimizer", optimizer, CLASSES)
    if optimizer not in TAKEN and ("momentum" in spelled or "beta2" in spelled):
        spelled |= {"betas": f"({spelled.get('momentum', '0.9')}, {spelled.get('beta2', '0.999')})"}
    taken = TAKEN.get(optimizer, ("betas", "eps", "weight_decay"))
    given = [f"{name}={spelled[name]}" for name in taken if name in spelled]
    words = ", ".join(["model.parameters()", f"lr={rate}", *given])
    return f"optimizer = torch.optim.{CLASSES[optimizer]}({words})"


def momentum_of(optimizer: str, settings: Mapping[str, Any]) -> str:
    """The momentum (or beta1) that the optimizer keeps to by itself, as Python writes it."""
    return _spell_settings(settings).get("momentum", "0.0" if optimizer in TAKEN else "0.9")


def momentum_lines(optimizer: str) -> tuple[str, str]:
    """What the loop does to give the next update its momentum."""
    moved = "momentum(scheduler.last_epoch)"
    value = f'group["momentum"] = {moved}' if optimizer in TAKEN else f'group["betas"] = ({moved}, group["betas"][1])'
    return "for group in optimizer.param_groups:", f"    {value}"


def step_lines(settings: Mapping[str, Any]) -> tuple[str, ...]:
    """The loop's lines after loss.backward(): a gradient longer than `clip` is scaled down, then comes the step."""
    clip = _spell_settings(settings).get("clip")
    return (
        "# in the training loop, after loss.backward():",
        *(() if clip is None else (f"torch.nn.utils.clip_grad_norm_(model.parameters(), {clip})",)),
        "optimizer.step()",
        "scheduler.step()  # once per update, not per epoch",
    )


def _spell_settings(settings: Mapping[str, Any]) -> dict[str, str]:
    """Each setting as Python writes it."""
    given = {name: value for name, value in settings.items() if name != "clip" or value is not None}
    return {name: _spell_setting(name, value) for name, value in given.items()}


def _spell_setting(name: str, value: object) -> str:
    if name not in SETTINGS:
        raise UnknownName("optimizer setting", name, SETTINGS)
    if name == "nesterov":
        if not isinstance(value, bool):
            raise ScheduleError(f"export: `nesterov` must be True or False, but got {value!r}")
        return str(value)
    if isinstance(value, bool) or not isinstance(value, int | float) or not isfinite(value):
        raise ScheduleError(f"export: `{name}` must be a finite number, but got {value!r}; write 0.9 or 1e-4")
    return repr(float(value))

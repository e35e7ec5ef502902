"""The optimizer of a training loop as a line of PyTorch, and what the loop does with it."""

from collections.abc import Mapping
from math import isfinite
from typing import Any, NamedTuple

from ..errors import ScheduleError, UnknownName
from ..schedules import from_dict


class Written(NamedTuple):
    """How an optimizer is written: its class, the arguments it takes, and what of it is fixed.

    imports: the line that brings the class, where it is not torch's. momentum: what it has unless told.
    """

    call: str
    taken: tuple[str, ...]
    imports: str = ""
    fixed: str = ""
    momentum: str = "0.9"

    @property
    def paired(self) -> bool:
        """Whether momentum is the first of its betas."""
        return "betas" in self.taken


ADAM_TAKEN = ("betas", "eps", "weight_decay")
SCHEDULE_FREE = "import schedulefree  # pip install schedulefree"
DECOUPLED = "decoupled_weight_decay=True"
WRITTEN = {
    "sgd": Written("torch.optim.SGD", ("momentum", "weight_decay", "nesterov"), momentum="0.0"),
    "adam": Written("torch.optim.Adam", ADAM_TAKEN),
    "adamw": Written("torch.optim.AdamW", ADAM_TAKEN),
    "rmsprop": Written("torch.optim.RMSprop", ("alpha", "eps", "weight_decay", "momentum"), momentum="0.0"),
    "nadamw": Written("torch.optim.NAdam", ADAM_TAKEN, fixed=DECOUPLED),
    "radamw": Written("torch.optim.RAdam", ADAM_TAKEN, fixed=DECOUPLED),
    "adafactor": Written("torch.optim.Adafactor", ("weight_decay",)),
    "lion": Written(
        "Lion", ("betas", "weight_decay"), imports="from lion_pytorch import Lion  # pip install lion-pytorch"
    ),
    "prodigy": Written(
        "Prodigy",
        ADAM_TAKEN,
        imports="from prodigyopt import Prodigy  # pip install prodigyopt",
        fixed="safeguard_warmup=True",
    ),
    "schedule_free_sgd": Written("schedulefree.SGDScheduleFree", ("momentum", "weight_decay"), SCHEDULE_FREE),
    "schedule_free_adamw": Written("schedulefree.AdamWScheduleFree", ADAM_TAKEN, SCHEDULE_FREE),
}
MADE = ("lamb", "signum", "muon")  # which no light package has as lrlab runs it: lrlab makes them
ONE_MOMENTUM = ("prodigy", "schedule_free_sgd", "schedule_free_adamw")  # packages made for one that stays above 0
GROUPED = ("no_decay", "layer_decay")  # settings that make groups of parameters, as lrlab does
TORCH_USUAL = {"beta2": "0.999", "eps": "1e-08", "weight_decay": "0.0", "nesterov": "False", "alpha": "0.99"}
USUAL = {"momentum": 0.9, "nesterov": False, "weight_decay": 0.0, "beta2": 0.999, "eps": 1e-8, "alpha": 0.99}
USUAL |= {"no_decay": False, "layer_decay": 1.0}  # as lrlab's Optimizer has them
OF_ITS_OWN: dict[str, dict[str, Any]] = {
    "lamb": {"eps": 1e-6},
    "lion": {"beta2": 0.99},
    "muon": {"momentum": 0.95, "beta2": 0.95, "nesterov": True},
}
MOVED = ("accumulate", "decay_follows", "decay_schedule", "momentum_schedule")  # not the optimizer's, but the loop's
SETTINGS = ("momentum", "beta2", "eps", "weight_decay", "nesterov", "alpha", "clip", *GROUPED, *MOVED)
EVALUATED = "optimizer.train()  # before evaluating or saving: optimizer.eval(), and back afterwards"
SWAPPED = (
    "# before evaluating or saving, and again before training goes on:",
    "# for weight, mean in optimizer.evaluation_weights().items(): weight.data, mean.data = mean.data, weight.data",
)


def optimizer_line(
    optimizer: str,
    settings: Mapping[str, Any],
    momentum: str | None = None,
    *,
    rate: str = "PEAK",
    brief: bool = False,
    moved: float | None = None,
) -> str:
    """The lines that make the optimizer, as a rule one. Raises ScheduleError or UnknownName for a wrong setting.

    momentum: an expression in place of the setting. rate: the expression that it begins with. brief: settings that are
    torch's own are left out. moved: the momentum that a schedule which moves it begins with. What is not
    torch's is imported first.
    """
    if optimizer not in (*WRITTEN, *MADE):
        raise UnknownName("optimizer", optimizer, (*WRITTEN, *MADE))
    if moved is not None and not takes_momentum(optimizer):
        raise ScheduleError(
            f"export: the schedule moves the momentum, and {optimizer} has none; leave out momenta, or take an "
            f"optimizer that has one, such as adamw"
        )
    if _is_made(optimizer, settings, moved):
        return _made_lines(optimizer, settings, rate, momentum)
    written = WRITTEN[optimizer]
    later = moved == 0 and momentum is not None and bool(settings.get("nesterov"))  # torch makes none with it at 0
    spelled = _spell_settings(settings) | ({} if momentum is None or later else {"momentum": momentum})
    if settings.get("decay_follows") == "shape" and "weight_decay" in spelled:
        spelled |= {"weight_decay": f"{spelled['weight_decay']} / {rate}"}
    if brief:
        usual = TORCH_USUAL | ({"weight_decay": "0.01"} if optimizer == "adamw" else {})
        usual |= {"momentum": written.momentum} | ({"beta2": "0.99"} if optimizer == "lion" else {})
        spelled = {name: text for name, text in spelled.items() if text != usual.get(name)}
    if written.paired and ("momentum" in spelled or "beta2" in spelled):
        usual_second = "0.99" if optimizer == "lion" else "0.999"
        spelled |= {"betas": f"({spelled.get('momentum', '0.9')}, {spelled.get('beta2', usual_second)})"}
    given = [f"{name}={spelled[name]}" for name in written.taken if name in spelled]
    words = ", ".join(["model.parameters()", f"lr={rate}", *given, *filter(None, [written.fixed])])
    after = [EVALUATED] if written.imports == SCHEDULE_FREE else []
    if later:
        after += _set_momentum(optimizer, str(momentum))
    lines = [*filter(None, [written.imports]), f"optimizer = {written.call}({words})", *after, *_moved_notes(settings)]
    return "\n".join(lines)


def _is_made(optimizer: str, settings: Mapping[str, Any], moved: float | None = None) -> bool:
    """Whether lrlab makes it: with groups of parameters, or one that no light package has as lrlab runs it.

    The schedule-free package works the evaluated weights out from the trained ones, by the momentum of the moment, and
    divides by it; that of Prodigy takes another step at momentum 0; torch's RMSprop cannot begin at 0 and go on above.
    """
    scheduled = settings.get("momentum_schedule") is not None
    unsteady = scheduled or moved is not None or settings.get("momentum") == 0
    of_its_own = optimizer in MADE or (optimizer in ONE_MOMENTUM and unsteady)
    late = optimizer == "rmsprop" and (scheduled or moved == 0)
    return of_its_own or late or any(name in settings for name in GROUPED)


def _made_lines(optimizer: str, settings: Mapping[str, Any], rate: str, momentum: str | None) -> str:
    """An optimizer that lrlab makes. momentum: an expression that its groups have in place of the setting's."""
    _spell_settings(settings)
    usual = USUAL | OF_ITS_OWN.get(optimizer, {})
    own = {name: value for name, value in settings.items() if name not in (*MOVED, "clip")}
    own = {name: repr(value) for name, value in own.items() if value != usual[name]}
    words = ", ".join([f'name="{optimizer}"', *(f"{name}={text}" for name, text in own.items())])
    shape = settings.get("decay_follows") == "shape" and "weight_decay" in own
    return "\n".join(
        [
            "from lrlab.engine import make_optimizer",
            "from lrlab.spec import Optimizer",
            f"optimizer = make_optimizer(model, Optimizer({words}), rate={rate})",
            *(("for group in optimizer.param_groups:", f'    group["weight_decay"] /= {rate}') if shape else ()),
            *(() if momentum is None else _set_momentum(optimizer, momentum)),
            *(SWAPPED if optimizer.startswith("schedule_free") else ()),
            *_moved_notes(settings, ' times group["decay_ratio"]'),
        ]
    )


def _moved_notes(settings: Mapping[str, Any], of_group: str = "") -> list[str]:
    """What a setting that moves from update to update asks of the loop, as comments.

    of_group: what a group's own weight decay is multiplied by.
    """
    return [
        f"# before each update: {what} of each group is {settings[what]:g} times {_plan_text(settings[schedule])}{more}"
        for what, schedule, more in (
            ("weight_decay", "decay_schedule", of_group),
            ("momentum", "momentum_schedule", ""),
        )
        if settings.get(schedule) is not None
    ]


def _plan_text(plan: Any) -> str:
    """A schedule, or its fields, as text."""
    return str(from_dict(plan) if isinstance(plan, Mapping) else plan)


def takes_momentum(optimizer: str) -> bool:
    """Whether there is a momentum (or beta1) that a schedule could move."""
    return optimizer not in WRITTEN or WRITTEN[optimizer].paired or "momentum" in WRITTEN[optimizer].taken


def momentum_of(optimizer: str, settings: Mapping[str, Any]) -> str:
    """The momentum (or beta1) that the optimizer keeps to by itself, as Python writes it."""
    if optimizer not in (*WRITTEN, *MADE):
        raise UnknownName("optimizer", optimizer, (*WRITTEN, *MADE))
    made = USUAL | OF_ITS_OWN.get(optimizer, {})
    usual = repr(made["momentum"]) if _is_made(optimizer, settings) else WRITTEN[optimizer].momentum
    return _spell_settings(settings).get("momentum", usual)


def momentum_lines(optimizer: str) -> tuple[str, str]:
    """What the loop does to give the next update its momentum."""
    return _set_momentum(optimizer, "momentum(scheduler.last_epoch)")


def _set_momentum(optimizer: str, moved: str) -> tuple[str, str]:
    """Lines that give every group a momentum, moved: as an expression."""
    paired = optimizer != "signum" and (optimizer not in WRITTEN or WRITTEN[optimizer].paired)
    value = f'group["betas"] = ({moved}, group["betas"][1])' if paired else f'group["momentum"] = {moved}'
    return "for group in optimizer.param_groups:", f"    {value}"


def step_lines(settings: Mapping[str, Any]) -> tuple[str, ...]:
    """The loop's lines after loss.backward(): a gradient longer than `clip` is scaled down, then comes the step."""
    clip, many = _spell_settings(settings).get("clip"), settings.get("accumulate", 1)
    several = f"# in the training loop, after every {many} batches, each with (loss / {many}).backward():"
    return (
        several if many > 1 else "# in the training loop, after loss.backward():",
        *(() if clip is None else (f"torch.nn.utils.clip_grad_norm_(model.parameters(), {clip})",)),
        "optimizer.step()",
        "scheduler.step()  # once per update, not per epoch",
    )


def step_notes(settings: Mapping[str, Any]) -> tuple[str, ...]:
    """The same as comments for a loop that is written already."""
    clip, many = settings.get("clip"), settings.get("accumulate", 1)
    clipped = f"# before each optimizer.step(): torch.nn.utils.clip_grad_norm_(model.parameters(), {clip!r})"
    several = (
        f"# an update takes {many} batches: optimizer.step() after every {many}, each with (loss / {many}).backward()"
    )
    return (*((several,) if many > 1 else ()), *((clipped,) if clip is not None else ()))


def _spell_settings(settings: Mapping[str, Any]) -> dict[str, str]:
    """Each setting as Python writes it."""
    given = {name: value for name, value in settings.items() if name != "clip" or value is not None}
    given = {name: value for name, value in given.items() if name not in (*MOVED, *GROUPED)}
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

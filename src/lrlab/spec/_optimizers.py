"""The optimizers there are: one entry each, with all that tells one from the next but its arithmetic.

The arithmetic of an entry for K trials is in `engine/_stack_numbers.py` and `engine/_stack_updates.py`, and, compiled,
in `native/lanes/optimizer.h`. Those that torch lacks are written plainly in `engine/_plain_optimizers/`, where RMSprop
is torch's with another beginning. Classes are named by text: this floor knows no torch.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

PLAIN = "lrlab.engine._plain_optimizers."


@dataclass(frozen=True)
class OptimizerKind:
    """One optimizer.

    torch: its class, torch's or our plain one. arguments: the keyword arguments of that class, in the order they are
    written, each with the fields of `Optimizer` that make it; two make a pair. fixed: further keyword arguments.
    slots: what it keeps beside every weight. peaks: a grid that holds the best peak of most small networks; where that
    lies on the edge, a study's grid grows. usual: fields that have another default than `Optimizer` gives them.
    evaluates: the slot with the weights that evaluation uses; "": those that are trained. rest: the optimizer that
    weights get which are no matrix; "": itself. highest: the highest rate that it tells from those above, without
    weight decay, which is multiplied by the whole rate; None: any.
    source: where it was published.
    work: what is cited, as "authors, title, year".
    compiled: its number in `OptimizerKind` of `native/lanes/optimizer.h`; None: lanes refuse it.
    """

    torch: str
    arguments: Mapping[str, tuple[str, ...]]
    slots: tuple[str, ...]
    peaks: tuple[float, ...]
    fixed: Mapping[str, Any] = field(default_factory=dict)
    usual: Mapping[str, Any] = field(default_factory=dict)
    evaluates: str = ""
    rest: str = ""
    highest: float | None = None
    source: str = ""
    work: str = ""
    compiled: int | None = None

    @property
    def fields(self) -> tuple[str, ...]:
        """The fields of `Optimizer` that it reads, beside name, clip and those of groups, which all read."""
        return tuple(field for fields in self.arguments.values() for field in fields)

    @property
    def momentum_argument(self) -> str:
        """The keyword argument that momentum, or beta1, goes into; "" where it has none."""
        return next((name for name, fields in self.arguments.items() if "momentum" in fields), "")


ADAM_ARGUMENTS = {"betas": ("momentum", "beta2"), "eps": ("eps",), "weight_decay": ("weight_decay",)}
SIGN_ARGUMENTS = {"momentum": ("momentum",), "weight_decay": ("weight_decay",)}
ADAPTIVE_PEAKS = (0.0003, 0.001, 0.003, 0.01)
SIGN_PEAKS = (0.0003, 0.001, 0.003, 0.01)  # every weight moves by the whole rate; of large models 3 to 10 times less

OPTIMIZERS: Mapping[str, OptimizerKind] = {
    "sgd": OptimizerKind(
        torch="torch.optim.SGD",
        arguments={"momentum": ("momentum",), "weight_decay": ("weight_decay",), "nesterov": ("nesterov",)},
        slots=("momentum",),
        peaks=(0.01, 0.03, 0.1, 0.3),
        source="https://proceedings.mlr.press/v28/sutskever13.html",
        work="Sutskever et al., On the importance of initialization and momentum in deep learning, 2013",
        compiled=0,
    ),
    "adam": OptimizerKind(
        torch="torch.optim.Adam",
        arguments=ADAM_ARGUMENTS,
        slots=("first", "second"),
        peaks=ADAPTIVE_PEAKS,
        source="https://arxiv.org/abs/1412.6980",
        work="Kingma & Ba, Adam: A Method for Stochastic Optimization, 2014",
        compiled=2,
    ),
    "adamw": OptimizerKind(
        torch="torch.optim.AdamW",
        arguments=ADAM_ARGUMENTS,
        slots=("first", "second"),
        peaks=ADAPTIVE_PEAKS,
        source="https://arxiv.org/abs/1711.05101",
        work="Loshchilov & Hutter, Decoupled Weight Decay Regularization, 2017",
        compiled=3,
    ),
    "rmsprop": OptimizerKind(
        torch=f"{PLAIN}RMSprop",
        arguments={
            "alpha": ("alpha",),
            "eps": ("eps",),
            "weight_decay": ("weight_decay",),
            "momentum": ("momentum",),
        },
        slots=("momentum", "square"),
        peaks=ADAPTIVE_PEAKS,
        source="https://www.cs.toronto.edu/~tijmen/csc321/slides/lecture_slides_lec6.pdf",
        work="Tieleman & Hinton, Lecture 6.5: RMSProp, 2012",
        compiled=1,
    ),
    "nadamw": OptimizerKind(
        torch="torch.optim.NAdam",
        arguments=ADAM_ARGUMENTS,
        fixed={"decoupled_weight_decay": True},
        slots=("first", "second", "trial"),
        peaks=(0.001, 0.003, 0.01, 0.03),
        source="https://openreview.net/forum?id=OM0jvwB8jIp57ZJjtNEZ",
        work="Dozat, Incorporating Nesterov Momentum into Adam, 2016",
    ),
    "radamw": OptimizerKind(
        torch="torch.optim.RAdam",
        arguments=ADAM_ARGUMENTS,
        fixed={"decoupled_weight_decay": True},
        slots=("first", "second"),
        peaks=(0.01, 0.03, 0.1, 0.3),
        source="https://arxiv.org/abs/1908.03265",
        work="Liu et al., On the Variance of the Adaptive Learning Rate and Beyond, 2019",
    ),
    "lamb": OptimizerKind(
        torch=f"{PLAIN}Lamb",
        arguments=ADAM_ARGUMENTS,
        slots=("first", "second"),
        peaks=(0.003, 0.01, 0.03, 0.1),
        usual={"eps": 1e-6},
        source="https://arxiv.org/abs/1904.00962",
        work="You et al., Large Batch Optimization for Deep Learning: Training BERT in 76 minutes, 2019",
    ),
    "adafactor": OptimizerKind(
        torch="torch.optim.Adafactor",
        arguments={"weight_decay": ("weight_decay",)},
        slots=("row", "column", "square"),
        peaks=(0.03, 0.1, 0.3, 1.0),  # of the root mean square of each weight
        highest=1.0,  # update t, from 1 on, has at most 1 / sqrt(t)
        source="https://arxiv.org/abs/1804.04235",
        work="Shazeer & Stern, Adafactor: Adaptive Learning Rates with Sublinear Memory Cost, 2018",
    ),
    "lion": OptimizerKind(
        torch=f"{PLAIN}Lion",
        arguments={"betas": ("momentum", "beta2"), "weight_decay": ("weight_decay",)},
        slots=("first",),
        peaks=SIGN_PEAKS,
        usual={"beta2": 0.99},
        source="https://arxiv.org/abs/2302.06675",
        work="Chen et al., Symbolic Discovery of Optimization Algorithms, 2023",
    ),
    "signum": OptimizerKind(
        torch=f"{PLAIN}Signum",
        arguments=SIGN_ARGUMENTS,
        slots=("first",),
        peaks=SIGN_PEAKS,
        source="https://arxiv.org/abs/1802.04434",
        work="Bernstein et al., signSGD: Compressed Optimisation for Non-Convex Problems, 2018",
    ),
    "muon": OptimizerKind(
        torch=f"{PLAIN}Muon",
        arguments={
            "betas": ("momentum", "beta2"),
            "eps": ("eps",),
            "weight_decay": ("weight_decay",),
            "nesterov": ("nesterov",),
        },
        slots=("first", "second"),
        peaks=(0.003, 0.01, 0.03, 0.1),
        usual={"momentum": 0.95, "beta2": 0.95, "nesterov": True},
        rest="adamw",
        source="https://arxiv.org/abs/2502.16982",
        work="Liu et al., Muon is Scalable for LLM Training, 2025",
    ),
    "schedule_free_sgd": OptimizerKind(
        torch=f"{PLAIN}ScheduleFreeSGD",
        arguments=SIGN_ARGUMENTS,
        slots=("fast", "mean", "trial"),
        peaks=(0.1, 0.3, 1.0, 3.0),  # 10 to 50 times those of SGD with momentum, says its paper
        evaluates="mean",
        source="https://arxiv.org/abs/2405.15682",
        work="Defazio et al., The Road Less Scheduled, 2024",
    ),
    "schedule_free_adamw": OptimizerKind(
        torch=f"{PLAIN}ScheduleFreeAdamW",
        arguments=ADAM_ARGUMENTS,
        slots=("fast", "mean", "second", "trial"),
        peaks=(0.003, 0.01, 0.03, 0.1),  # 1 to 10 times those of AdamW, says its paper
        evaluates="mean",
        source="https://arxiv.org/abs/2405.15682",
        work="Defazio et al., The Road Less Scheduled, 2024",
    ),
    "prodigy": OptimizerKind(
        torch=f"{PLAIN}Prodigy",
        arguments=ADAM_ARGUMENTS,
        slots=("first", "second", "sum", "start", "trial"),
        peaks=(0.1, 0.3, 1.0, 3.0),  # a factor of the rate that it finds
        source="https://arxiv.org/abs/2306.06101",
        work="Mishchenko & Defazio, Prodigy: An Expeditiously Adaptive Parameter-Free Learner, 2023",
    ),
}

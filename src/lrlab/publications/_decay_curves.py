"""The study `decay-curves`: rates that fall along different curves, for ResNet-50 on CIFAR-10."""

from ..spec import Arm, Study
from ._decay_curves_decisions import CHOICES, SETTINGS, decision_of_length
from ._publication import Ensemble, Publication, PublicationScale, PublishedClaim, PublishedTable
from ._shared import CIFAR_REMARK, SCALE_REMARKS, Printed, arm, candidate, confirm, rows, seeds_decision

NAME = "decay-curves"
PEAK = 0.1
TASKS: dict[PublicationScale, str] = {
    "full": "cifar10/resnet50",
    "standard": "cifar10/resnet50(width=0.125)",
    "reduced": "cifar10/resnet50(images=10000, size=16, width=0.125)",
    "smoke": "cifar10/resnet50(images=256, size=8, test=500, validation=256, width=0.125)",
}
EPOCHS: dict[PublicationScale, int] = {"full": 100, "standard": 20, "reduced": 10, "smoke": 2}
UPDATES_PER_EPOCH: dict[PublicationScale, int] = {  # training images // 128
    "full": 351,
    "standard": 351,
    "reduced": 78,
    "smoke": 2,
}
DROP: dict[PublicationScale, str] = {
    "full": "10 epochs",
    "standard": "2 epochs",
    "reduced": "1 epochs",
    "smoke": "1 epochs",
}
CYCLES: dict[PublicationScale, int] = {"full": 6, "standard": 4, "reduced": 2, "smoke": 2}
SNAPSHOTS: dict[PublicationScale, tuple[int, ...]] = {
    "full": (17, 34, 51, 68, 85, 100),
    "standard": (5, 10, 15, 20),
    "reduced": (5, 10),
    "smoke": (1, 2),
}
TARGETS: dict[PublicationScale, str] = {
    "full": "epochs_to(0.75)",
    "standard": "epochs_to(0.65)",
    "reduced": "epochs_to(0.35)",
    "smoke": "epochs_to(0.1)",
}
PRINTED: Printed = {
    "constant": (0.84, 0.5328),
    "time_based": (0.82, 0.1732),
    "time_based(0.01)": (0.82, 0.1732),
    "drop_based": (0.87, 0.1821),
    "linear": (0.87, 0.1040),
    "polynomial": (0.86, 0.1549),
}
REMARKS: dict[PublicationScale, tuple[str, ...]] = {
    "full": ("Forward and backward passes round to bfloat16; weights stay float32.",),
    "standard": (
        "Scale standard: all training images at 32x32, an eighth of the channels, 20 epochs instead of 100. A "
        "staircase per epoch has 20 steps here, and there are four cosine cycles, not six.",
    ),
    "reduced": (
        "Scale reduced: 10,000 training images at 16x16, an eighth of the channels, 10 epochs instead of 100. A "
        "staircase per epoch has 10 steps here, and there are two cosine cycles, not six.",
    ),
    "smoke": ("Scale smoke: 256 training and 500 test images at 8x8, 2 epochs, 2 seeds.",),
}


def decay_curves(scale: PublicationScale) -> Publication:
    """Constant, time-based, drop, linear, polynomial, triangle and cosine-cycle rates for ResNet-50, peak 0.1.

    Source: "Deep Learning topics", section 1.1, Learning Rate Schedules.
    """
    return Publication(
        name=NAME,
        title="Deep Learning topics, 1.1 Learning Rate Schedules",
        source='"Deep Learning topics", section 1.1, Learning Rate Schedules',
        about="Along which curve should the rate of ResNet-50 fall on CIFAR-10, and does it have to fall at all?",
        scale=scale,
        parts=(_plan(scale),),
        tables=_tables(scale),
        claims=(*CLAIMS_OF_ENDS, *CLAIMS_OF_CURVES),
        ensembles=(
            Ensemble(label="snapshots of cosine_cycles", part=NAME, members=("cosine_cycles",), snapshots=True),
            Ensemble(
                label="mean of drop_based, linear and polynomial",
                part=NAME,
                members=("drop_based", "linear", "polynomial"),
            ),
        ),
        decisions=(
            *CHOICES,
            decision_of_length(scale, decay_at(scale, 0.001), CYCLES[scale]),
            *SETTINGS,
            seeds_decision(scale),
        ),
        remarks=(CIFAR_REMARK, *SCALE_REMARKS[scale], *REMARKS[scale]),
    )


def decay_at(scale: PublicationScale, decay: float) -> float:
    r"""The time-based decay per update at which the whole run of a scale falls as far as at full scale.

    .. math:: k' = k T / T', \qquad T, T' = \text{updates of the run at full scale and at this one}
    """
    full, here = (EPOCHS[each] * UPDATES_PER_EPOCH[each] for each in ("full", scale))
    return decay * full / here


def _plan(scale: PublicationScale) -> Study:
    return Study(
        name=NAME,
        title="Along which curve should ResNet-50's rate fall?",
        task=TASKS[scale],
        arms=_arms(scale),
        baseline="constant",
        batch_size=128,
        budget=f"{EPOCHS[scale]} epochs",
        precision="bfloat16" if scale == "full" else "float32",
        confirm=confirm(scale),
    )


def _arms(scale: PublicationScale) -> tuple[Arm, ...]:
    texts = {
        "constant": "constant",
        "time_based": f"inverse_time(decay={decay_at(scale, 0.001):.6g}, per=epoch)",
        "time_based(0.01)": f"inverse_time(decay={decay_at(scale, 0.01):.6g}, per=epoch)",
        "drop_based": f"step(gamma=0.5, every={DROP[scale]})",
        "linear": "staircase(of=linear, every=1 epochs)",
        "polynomial": "staircase(of=polynomial(power=5), every=1 epochs)",
        "triangle": "warmup(span=50%)+linear",
        "cosine_cycles": f"cosine_cycles(cycles={CYCLES[scale]}, per=epoch)",
    }
    kept = {"cosine_cycles": SNAPSHOTS[scale]}
    return tuple(arm(label, candidate(text, PEAK), snapshots=kept.get(label, ())) for label, text in texts.items())


def _tables(scale: PublicationScale) -> tuple[PublishedTable, ...]:
    ends = ("loss", "validation_loss", "validation_accuracy", "train_accuracy", "gap", TARGETS[scale], "convergence")
    return (
        PublishedTable(
            title="Test accuracy and training loss",
            part=NAME,
            measures=("accuracy", "train_loss"),
            rows=rows(PRINTED),
        ),
        PublishedTable(
            title="Losses of the other data, and the way there (drawn, not printed)", part=NAME, measures=ends
        ),
    )


CLAIMS_OF_ENDS = (
    PublishedClaim(
        id="linear-best",
        text="Linear decay is best, and well above the constant rate.",
        part=NAME,
        measure="accuracy",
        better=("linear",),
        worse=("constant", "time_based", "time_based(0.01)", "drop_based", "polynomial"),
        best=True,
        note="The table prints 0.87 for drop-based decay too; in the loss it has linear first.",
    ),
    PublishedClaim(
        id="time-based-below-constant",
        text="Time-based decay is a little below the constant rate.",
        part=NAME,
        measure="accuracy",
        better=("constant",),
        worse=("time_based", "time_based(0.01)"),
        note="The document has one time-based decay and two values for it, so both are asked.",
    ),
    PublishedClaim(
        id="not-always-help",
        text="Schedules do not always help.",
        part=NAME,
        measure="accuracy",
        better=("constant",),
        worse=("time_based",),
        note="The document says it of its time-based decay; one schedule below the constant rate is enough.",
    ),
    PublishedClaim(
        id="close-to-linear",
        text="Drop-based, linear and polynomial decay are close: linear beside the two others.",
        part=NAME,
        measure="accuracy",
        better=("linear",),
        worse=("drop_based", "polynomial"),
        equal=True,
    ),
    PublishedClaim(
        id="close-to-each-other",
        text="Drop-based, linear and polynomial decay are close: drop-based beside polynomial.",
        part=NAME,
        measure="accuracy",
        better=("drop_based",),
        worse=("polynomial",),
        equal=True,
    ),
)

CLAIMS_OF_CURVES = (
    PublishedClaim(
        id="drop-falls",
        text="Drop-based: the losses fall sharply around epochs 15 to 20.",
        reason="It describes the shape of one curve. Look at the losses of drop_based after its first drops, at a "
        "tenth and two tenths of the run.",
    ),
    PublishedClaim(
        id="linear-smooth",
        text="Linear: the training loss falls smoothly, the validation loss steps down between epochs 70 and 80.",
        reason="It describes the shape of one curve. Look at the losses of linear, between seven and eight tenths of "
        "the run.",
    ),
    PublishedClaim(
        id="polynomial-flat",
        text="Polynomial: the training loss is flat after about 25 epochs.",
        reason="It describes the shape of one curve. Look at the training loss of polynomial after a quarter of the "
        "run.",
    ),
)

"""The study `decay-rules`: four sequences of rates under three rules for the next one, on MNIST and CIFAR-10."""

from ..spec import Arm, Optimizer, Study
from ._publication import (
    ArmFamily,
    Decision,
    Publication,
    PublicationScale,
    PublishedBest,
    PublishedClaim,
    PublishedTable,
)
from ._shared import CIFAR_REMARK, SCALE_REMARKS, Printed, arm, candidate, confirm, rows, seeds_decision

NAME = "decay-rules"
MNIST, CIFAR = "decay-rules-mnist", "decay-rules-cifar10"
SEQUENCES = ("seq1", "seq2", "seq3", "seq4")
CUTOFFS = ("cutoff(0.1)", "cutoff(0.01)", "cutoff(0.001)")
START = 0.01  # the document's r0
CONSTANT = 0.001
TASKS: dict[PublicationScale, tuple[str, str]] = {
    "full": ("mnist/lenet", "cifar10/cnn"),
    "reduced": (
        "mnist/lenet(images=5000, size=14, validation=2000)",
        "cifar10/cnn(images=10000, size=16, width=0.5)",
    ),
    "smoke": (
        "mnist/lenet(images=256, size=14, test=500, validation=256)",
        "cifar10/cnn(images=256, size=16, test=500, validation=256, width=0.5)",
    ),
}
EPOCHS: dict[PublicationScale, tuple[int, int]] = {"full": (50, 25), "reduced": (50, 25), "smoke": (2, 2)}
REMARKS: dict[PublicationScale, tuple[str, ...]] = {
    "full": (),
    "reduced": (
        "Scale reduced: MNIST with 5,000 training images at 14x14, CIFAR-10 with 10,000 at 16x16 and half the "
        "channels; all epochs. An epoch has a tenth (MNIST) or a fifth of the updates, so low rates get less far than "
        "at full scale.",
    ),
    "smoke": (
        "Scale smoke: 256 training and 500 test images, 2 epochs, 2 seeds. Rules that need two losses never move.",
    ),
}

# Final validation accuracy, and epochs to convergence.
PRINTED_MNIST: Printed = {
    "sgd": (0.98264, 34),
    "adam": (0.98574, 30),
    "epoch/seq1": (0.97608, 48),
    "epoch/seq2": (0.98230, 38),
    "epoch/seq3": (0.98263, 19),
    "epoch/seq4": (0.98527, 40),
    "cutoff/seq1": (0.98290, 32),
    "cutoff/seq2": (0.98405, 28),
    "cutoff/seq3": (0.98614, 29),
    "cutoff/seq4": (0.98656, 22),
    "oscillate/seq1": (0.98372, 25),
    "oscillate/seq2": (0.98544, 27),
    "oscillate/seq3": (0.98514, 24),
    "oscillate/seq4": (0.98586, 30),
}
PRINTED_CIFAR: Printed = {
    "sgd": (0.7487, 25),
    "adam": (0.7309, 17),
    "epoch/seq1": (0.7630, 8),
    "epoch/seq2": (0.7696, 12),
    "epoch/seq3": (0.7803, 11),
    "epoch/seq4": (0.7679, 14),
    "cutoff/seq1": (0.7714, 15),
    "cutoff/seq2": (0.6438, 25),
    "cutoff/seq3": (0.6004, 25),
    "cutoff/seq4": (0.5848, 25),
    "oscillate/seq1": (0.7677, 8),
    "oscillate/seq2": (0.7730, 11),
    "oscillate/seq3": (0.7692, 15),
    "oscillate/seq4": (0.7673, 12),
}


def decay_rules(scale: PublicationScale) -> Publication:
    """Four sequences of rates, each moved on by epoch, by cutoff and by oscillation, beside constant SGD and Adam.

    Source: Yang and Huang, "Learning Rate Investigation" (2019).
    """
    (mnist, cifar), (long, short) = TASKS[scale], EPOCHS[scale]
    return Publication(
        name=NAME,
        title="Learning Rate Investigation",
        source='Yu Yang and Liwei Huang, "Learning Rate Investigation", 2019',
        about="Which sequence of falling rates, and which rule for taking the next one, trains a small convolutional "
        "network fastest and best on MNIST and on CIFAR-10?",
        scale=scale,
        parts=(_plan(scale, MNIST, mnist, long), _plan(scale, CIFAR, cifar, short)),
        tables=(*_tables(MNIST, "MNIST", PRINTED_MNIST), *_tables(CIFAR, "CIFAR-10", PRINTED_CIFAR)),
        bests=(_best(MNIST, "MNIST", PRINTED_MNIST), _best(CIFAR, "CIFAR-10", PRINTED_CIFAR)),
        claims=(*_claims_mnist(), *_claims_cifar(), *CLAIMS_OF_BOTH),
        decisions=(*RULES, *MEASURES, *SETTINGS, seeds_decision(scale)),
        remarks=(CIFAR_REMARK, *SCALE_REMARKS[scale], *REMARKS[scale]),
    )


def _plan(scale: PublicationScale, name: str, task: str, epochs: int) -> Study:
    return Study(
        name=name,
        title=f"Which decay rule on {task.partition('(')[0]}?",
        task=task,
        arms=_arms(),
        baseline="sgd",
        batch_size=128,
        budget=f"{epochs} epochs",
        confirm=confirm(scale),
    )


def _arms() -> tuple[Arm, ...]:
    """Two benchmarks, and every sequence under every rule; the rule by cutoff from three first cutoffs."""
    rules = {
        "epoch": "by_epoch",
        **{name: f"by_{_write_cutoff(name)}" for name in CUTOFFS},
        "oscillate": "by_oscillation",
    }
    return (
        arm("sgd", candidate("constant", CONSTANT)),
        arm("adam", candidate("constant", CONSTANT, Optimizer(name="adam"))),
        *(
            arm(f"{strategy}/{sequence}", candidate(f"{rule}+{sequence}", START))
            for strategy, rule in rules.items()
            for sequence in SEQUENCES
        ),
    )


def _write_cutoff(cutoff: str) -> str:
    """The rule as it is written: cutoff(0.1) is cutoff(cutoff=0.1)."""
    return cutoff.replace("(", "(cutoff=")


def _tables(part: str, data: str, printed: Printed) -> tuple[PublishedTable, ...]:
    """The printed table, the printed cutoff rows beside each first cutoff; and other measures."""
    beside: dict[str, tuple[float | None, ...]] = {}
    for label, values in printed.items():
        strategy, _, sequence = label.partition("/")
        names = [f"{cutoff}/{sequence}" for cutoff in CUTOFFS] if strategy == "cutoff" else [label]
        beside |= dict.fromkeys(names, values)
    return (
        PublishedTable(
            title=f"{data}: final validation accuracy and epochs to convergence",
            part=part,
            measures=("validation_accuracy", "convergence"),
            rows=rows(beside),
        ),
        PublishedTable(
            title=f"{data}: test data, and two other definitions of convergence",
            part=part,
            measures=("accuracy", "loss", "gap", "convergence_loss", "convergence_settled"),
        ),
    )


def _best(part: str, data: str, printed: Printed) -> PublishedBest:
    """The best sequence of each strategy, and which one the printed table has best."""
    arms = {
        "epoch": tuple(f"epoch/{sequence}" for sequence in SEQUENCES),
        "cutoff": tuple(f"{cutoff}/{sequence}" for cutoff in CUTOFFS for sequence in SEQUENCES),
        "oscillate": tuple(f"oscillate/{sequence}" for sequence in SEQUENCES),
    }
    accuracy = {label: values[0] or 0.0 for label, values in printed.items()}
    families = []
    for strategy, labels in arms.items():
        best = max((label for label in printed if label.startswith(strategy)), key=accuracy.__getitem__)
        said = f"{best.rpartition('/')[2]}: {accuracy[best] * 100:.5g} %"
        families.append(ArmFamily(name=strategy, arms=labels, printed_best=said))
    title = f"{data}: the best of each strategy against the benchmarks"
    return PublishedBest(title=title, part=part, families=tuple(families), benchmarks=("sgd", "adam"))


def _under_cutoffs(sequence: str) -> tuple[str, ...]:
    return tuple(f"{cutoff}/{sequence}" for cutoff in CUTOFFS)


FIRST_PLACE = (
    "A first place is asked against both benchmarks and, of each other strategy, the sequence that the document's "
    "table has best: ten seeds carry 25 comparisons and no more."
)


def _claims_mnist() -> tuple[PublishedClaim, ...]:
    rivals = ("sgd", "adam", "epoch/seq4", "oscillate/seq4")
    return (
        PublishedClaim(
            id="mnist-fastest",
            text="On MNIST, seq3 by epoch converges fastest.",
            part=MNIST,
            measure="convergence",
            better=("epoch/seq3",),
            worse=("sgd", "adam", *_under_cutoffs("seq4"), "oscillate/seq3"),
            note=FIRST_PLACE,
        ),
        *(
            PublishedClaim(
                id=f"mnist-best-cutoff-{cutoff[7:-1].replace('.', '-')}",
                text=f"On MNIST, seq4 by cutoff is most accurate (first cutoff {cutoff[7:-1]}).",
                part=MNIST,
                measure="validation_accuracy",
                better=(f"{cutoff}/seq4",),
                worse=rivals,
                note=f"{FIRST_PLACE} The document does not state its first cutoff, so the claim is asked for each.",
            )
            for cutoff in CUTOFFS
        ),
        PublishedClaim(
            id="mnist-decay-helps",
            text="On MNIST, a proper decay scheme helps, a little.",
            part=MNIST,
            measure="validation_accuracy",
            better=_under_cutoffs("seq4"),
            worse=("sgd", "adam"),
            note="Asked of the document's most accurate setting, seq4 by cutoff, against both constant rates. The "
            "differences say how little.",
        ),
    )


def _claims_cifar() -> tuple[PublishedClaim, ...]:
    ask = {"part": CIFAR, "measure": "validation_accuracy", "better": ("epoch/seq3",)}
    return (
        PublishedClaim(
            id="cifar10-fastest",
            text="On CIFAR-10, seq1 by oscillation converges fastest.",
            part=CIFAR,
            measure="convergence",
            better=("oscillate/seq1",),
            worse=("sgd", "adam", "epoch/seq3", *_under_cutoffs("seq1")),
            note=f"{FIRST_PLACE} In the table seq1 by epoch is tied with it, at 8 epochs, so the next by epoch is "
            "asked.",
        ),
        PublishedClaim(
            id="cifar10-best",
            text="On CIFAR-10, seq3 by epoch is most accurate.",
            worse=("sgd", "adam", *_under_cutoffs("seq1"), "oscillate/seq2"),
            note=FIRST_PLACE,
            **ask,
        ),
        PublishedClaim(
            id="cifar10-decay-helps",
            text="On CIFAR-10, a proper decay scheme helps much.",
            worse=("sgd", "adam"),
            note="Asked of the document's most accurate setting, seq3 by epoch, against both constant rates. The "
            "differences say how much.",
            **ask,
        ),
        PublishedClaim(
            id="cifar10-seq3-well",
            text="seq3 performs well although its sum converges.",
            worse=("epoch/seq1", "epoch/seq2", "epoch/seq4"),
            note="Asked on CIFAR-10 by epoch, where the table has it first, against the three sequences whose sums "
            "diverge. On MNIST by epoch the table has it second, behind seq4.",
            **ask,
        ),
    )


CLAIMS_OF_BOTH = (
    PublishedClaim(
        id="helps-cifar10-more",
        text="A decay scheme helps CIFAR-10 much and MNIST little.",
        reason="It compares differences on two data sets that leave different room above them; no pair of trials does. "
        "See cifar10-decay-helps and mnist-decay-helps side by side.",
    ),
    PublishedClaim(
        id="worth-the-effort",
        text="It is worth the effort to design a decay scheme.",
        reason="What an effort is worth is not measured. What a scheme gains is: see cifar10-decay-helps and "
        "mnist-decay-helps.",
    ),
)

RULES = (
    Decision(
        topic="First cutoff",
        said="The cutoff is multiplied by 0.2 whenever it was met; where it begins is not stated.",
        chosen="Three first cutoffs beside each other: 0.1, 0.01 and 0.001. The printed numbers stand beside each.",
        why="Changes of the loss from epoch to epoch lie between these; one guess could be lucky.",
    ),
    Decision(
        topic="Where a sequence begins",
        said="r1, r2, ... for the epochs, and r0 = 0.01.",
        chosen="The first epoch uses r0, then r1 and so on. By cutoff and by oscillation, the first move leads to r1, "
        "which for seq1, seq2 and seq4 is the same rate.",
        why="As the rules are written, r0 is the rate before any move; two losses are needed for one.",
    ),
    Decision(
        topic="seq4",
        said="A sawtooth of ten epochs, whose divisor floor(n / 10) + 1 grows one epoch before the next tooth.",
        chosen="As printed: 0.2 at n = 9, 0.05 at n = 10, 0.5 at n = 11.",
        why="The formula is explicit, even if the step may be a slip.",
    ),
)

MEASURES = (
    Decision(
        topic="Convergence",
        said="Epochs at the convergence point; no definition.",
        chosen="The first epoch whose validation accuracy is within half a point of the trial's best. Beside it: the "
        "epoch of the lowest validation loss, and the first epoch from which on the validation accuracy stays within a "
        "point of the last.",
        why="It needs no target, so trials that end low have one too.",
    ),
    Decision(
        topic="Accuracy",
        said="Final validation accuracy.",
        chosen="The same, after the last epoch; the test accuracy stands in the second table.",
        why="The rules watch the validation loss, so their validation accuracy may flatter them.",
    ),
    Decision(
        topic="Validation split",
        said="Train and validation; sizes not stated.",
        chosen="A tenth of the training images at full scale, 6,000 of MNIST and 5,000 of CIFAR-10; the test data are "
        "apart.",
        why="The usual size of these data sets' validation parts.",
    ),
)

SETTINGS = (
    Decision(
        topic="Network",
        said="Convolutional; layers not stated.",
        chosen="LeNet-5 with relu and max pooling for MNIST, 0.42 million multiply-adds an image; three blocks of "
        "convolution, batch norm and pooling, with dropout, for CIFAR-10.",
        why="LeNet-5 is the usual network for MNIST, and reaches the printed accuracies; CIFAR-10 needs a little more.",
    ),
    Decision(
        topic="Epochs",
        said="Not stated; the largest convergence epochs printed are 48 and 25.",
        chosen="50 for MNIST, 25 for CIFAR-10.",
        why="The tables suggest these ends.",
    ),
    Decision(
        topic="Momentum",
        said="Not stated.",
        chosen="0.9.",
        why="Without it, SGD at a constant 0.001 would hardly come to the printed 0.75 in 25 epochs: momentum 0.9 "
        "makes the same rate about ten times as effective.",
    ),
    Decision(
        topic="Batch size",
        said="Not stated.",
        chosen="128.",
        why="As in the two other published studies that state theirs.",
    ),
    Decision(
        topic="Augmentation and weight decay",
        said="Not stated.",
        chosen="Random crops and flips for CIFAR-10, none for MNIST; no weight decay.",
        why="The usual treatment of these data sets, and torch's default.",
    ),
)

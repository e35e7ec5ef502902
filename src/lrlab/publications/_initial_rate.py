"""The study `initial-rate`: a small ConvNet at three initial rates that are halved every 5 epochs."""

from ..spec import Study
from ._publication import Decision, Ensemble, Publication, PublicationScale, PublishedClaim, PublishedTable
from ._shared import CIFAR_REMARK, SCALE_REMARKS, Printed, arm, candidate, confirm, rows, seeds_decision

NAME = "initial-rate"
RATES = ("0.1", "0.01", "0.001")
SCHEDULE = "step(gamma=0.5, every=5 epochs)"
TASKS: dict[PublicationScale, str] = {
    "full": "cifar10/convnet(validation=none)",
    "reduced": "cifar10/convnet(images=10000, validation=none)",
    "smoke": "cifar10/convnet(images=256, test=500, validation=none)",
}
EPOCHS: dict[PublicationScale, int] = {"full": 30, "reduced": 30, "smoke": 2}
TARGETS: dict[PublicationScale, str] = {
    "full": "epochs_to(0.4)",
    "reduced": "epochs_to(0.25)",
    "smoke": "epochs_to(0.1)",
}
SECONDS: Printed = {"0.1": (233.839,), "0.01": (233.839,), "0.001": (233.839,)}
REMARKS: dict[PublicationScale, tuple[str, ...]] = {
    "full": (),
    "reduced": ("Scale reduced: 10,000 of 50,000 training images; all 30 epochs, a fifth of the updates.",),
    "smoke": ("Scale smoke: 256 training and 500 test images, 2 epochs, 2 seeds.",),
}


def initial_rate(scale: PublicationScale) -> Publication:
    """Rates 0.1, 0.01 and 0.001 for a ConvNet on CIFAR-10, times 0.5 every 5 epochs; test data watched at every epoch.

    Source: "Analysis of Learning Rates" (2023).
    """
    return Publication(
        name=NAME,
        title="Analysis of Learning Rates",
        source='"Analysis of Learning Rates", 2023',
        about="Which initial rate trains a small ConvNet on CIFAR-10 best, fastest and most steadily? Does the rate "
        "change the training time?",
        scale=scale,
        parts=(_plan(scale),),
        tables=_tables(scale),
        claims=(*_claims_of_the_end(), *_claims_of_the_way(scale)),
        ensembles=(Ensemble(label="mean of the three rates", part=NAME, members=RATES),),
        decisions=(*PROTOCOL, *_measures(scale), seeds_decision(scale)),
        remarks=(CIFAR_REMARK, *SCALE_REMARKS[scale], *REMARKS[scale]),
    )


def _plan(scale: PublicationScale) -> Study:
    return Study(
        name=NAME,
        title="Which initial rate for a small ConvNet?",
        task=TASKS[scale],
        arms=tuple(arm(rate, candidate(SCHEDULE, float(rate))) for rate in RATES),
        baseline="0.01",
        batch_size=128,
        budget=f"{EPOCHS[scale]} epochs",
        watch="test",
        confirm=confirm(scale),
    )


def _tables(scale: PublicationScale) -> tuple[PublishedTable, ...]:
    """The one printed table, and what the document draws without a number."""
    ends = ("accuracy", "f1", "loss", "train_accuracy", "train_loss", "gap")
    ways = (TARGETS[scale], "convergence", "convergence_loss", "convergence_settled", "stability")
    return (
        PublishedTable(title="Training time", part=NAME, measures=("seconds",), rows=rows(SECONDS)),
        PublishedTable(title="After the last epoch (drawn, not printed)", part=NAME, measures=ends),
        PublishedTable(title="On the way, by watched test data (drawn, not printed)", part=NAME, measures=ways),
    )


def _claims_of_the_end() -> tuple[PublishedClaim, ...]:
    best = {"part": NAME, "better": ("0.01",), "worse": ("0.1", "0.001")}
    return (
        PublishedClaim(id="best-accuracy", text="0.01 ends with the best test accuracy.", measure="accuracy", **best),
        PublishedClaim(id="best-f1", text="0.01 ends with the best test F1.", measure="f1", **best),
        PublishedClaim(
            id="small-ends-lower",
            text="0.001 ends lower.",
            part=NAME,
            measure="accuracy",
            better=("0.1", "0.01"),
            worse=("0.001",),
            note="The document does not say lower than which: both other rates are asked, in test accuracy. That 0.001 "
            "is stable is asked by large-less-stable.",
        ),
    )


def _claims_of_the_way(scale: PublicationScale) -> tuple[PublishedClaim, ...]:
    return (
        PublishedClaim(
            id="large-converge-faster",
            text="0.1 and 0.01 converge faster than 0.001.",
            part=NAME,
            measure=TARGETS[scale],
            better=("0.1", "0.01"),
            worse=("0.001",),
            note="The document does not define convergence. Asked is the first epoch that reaches a test accuracy; "
            "other definitions stand in the table.",
        ),
        PublishedClaim(
            id="large-less-stable",
            text="0.1 is less stable than 0.01 and 0.001.",
            part=NAME,
            measure="stability",
            better=("0.01", "0.001"),
            worse=("0.1",),
            note="The document does not define stability. Asked is how much the change of the test loss varies from "
            "epoch to epoch, over the second half of the epochs.",
        ),
        PublishedClaim(
            id="same-time",
            text="The rate does not change the training time.",
            reason="The trials of a stack are trained together and share their time, so no difference between rates "
            "can show. An update does the same arithmetic whatever its rate is.",
        ),
    )


PROTOCOL = (
    Decision(
        topic="Schedule",
        said="The rate is called fixed in one place and halved every 5 epochs in another.",
        chosen="Halved every 5 epochs, for all three rates.",
        why="The halving is given with its numbers, among the settings.",
    ),
    Decision(
        topic="Validation data",
        said="Test data are measured after every epoch; no validation data are mentioned.",
        chosen="All training images train, and the test data are watched after every epoch. Nothing is chosen by them: "
        "the rates are given, and what counts is the last epoch, not the best.",
        why="This is the document's protocol, without its danger.",
    ),
    Decision(
        topic="Normalisation",
        said="Channels are divided by 0.2023, 0.1994 and 0.2010.",
        chosen="By the standard deviations of CIFAR-10's training pixels, 0.2470, 0.2435 and 0.2616. The means are the "
        "document's.",
        why="The printed numbers are not these deviations. Inputs are smaller by a factor between 0.76 and 0.83, for "
        "every arm alike.",
    ),
    Decision(
        topic="Weight decay",
        said="Not stated.",
        chosen="No weight decay.",
        why="It is the default of torch's SGD.",
    ),
)

_WHY_TARGETS: dict[PublicationScale, str] = {
    "full": "On validation data, and a seed that is not used here, every rate reached it in less than half of the "
    "epochs.",
    "reduced": "On validation data, and a seed that is not used here, every rate reached it in less than half of the "
    "epochs.",
    "smoke": "Guessing reaches it; four updates learn no more.",
}


def _measures(scale: PublicationScale) -> tuple[Decision, ...]:
    return (
        Decision(
            topic="Convergence",
            said='Rates "converge faster"; no definition.',
            chosen=f"{TARGETS[scale]}: the first epoch after which the test accuracy is at least that; one more than "
            "the last epoch where it never is.",
            why=_WHY_TARGETS[scale],
        ),
        Decision(
            topic="Stability",
            said='Curves are called "stable"; no definition.',
            chosen="The standard deviation of the change of the test loss from epoch to epoch, over the second half of "
            "the epochs. Lower is more stable.",
            why="It sees jumps and not a steady fall; in the first half every curve falls fast.",
        ),
    )

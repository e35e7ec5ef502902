"""What the document behind `decay-curves` leaves unsaid or says twice, and what was chosen."""

from ._publication import Decision, PublicationScale

CHOICES = (
    Decision(
        topic="Time-based decay",
        said="decay = rate / epochs by convention, 0.001 here; the text's example says 0.01 for the same numbers.",
        chosen="Both: time_based has 0.001, time_based(0.01) has 0.01. The printed row stands beside each.",
        why="The rule and its example differ, and which was run is not said.",
    ),
    Decision(
        topic="Per epoch",
        said="decay x epoch x iterations per epoch; epoch / total; floor(epoch / drop epochs).",
        chosen="One rate for a whole epoch, counted from 0, for time-based, drop-based, linear and polynomial decay. "
        "Cosine cycles count from 1 and subtract it, which is the same.",
        why="As the formulas are printed.",
    ),
    Decision(
        topic="Drop-based decay",
        said="The formula is printed without its exponent sign; the factor and period of the run are not stated.",
        chosen="Times 0.5 to the power floor(epoch / 10), at every tenth of the run.",
        why="The document's own example, read as a power.",
    ),
    Decision(
        topic="End of linear decay",
        said='"Equal to 0 at the last epoch"; by the formula the last epoch still has the rate / total.',
        chosen="The formula.",
        why="A last epoch at rate 0 would change nothing.",
    ),
    Decision(
        topic="Triangle",
        said="Linear warm-up, then linear decay; no formula.",
        chosen="A rise over the first half of the updates and a fall over the second, at every update.",
        why="A triangle, as the figure is called. A staircase of it would spend the first epoch at almost no rate.",
    ),
    Decision(
        topic="The table's loss",
        said='"Loss", of data that are not named.',
        chosen="Put beside the training loss of the last epoch, the mean over its batches; the losses of validation "
        "and test data are in the second table.",
        why="0.104 with an accuracy of 0.87 can hardly be a loss of the data that the accuracy is of: one in eight is "
        "wrong.",
    ),
)

SETTINGS = (
    Decision(
        topic="Optimizer",
        said="Neither optimizer nor momentum is stated.",
        chosen="SGD with momentum 0.9, no weight decay.",
        why="A rate of 0.1 is SGD's; 0.9 is the usual momentum, and no weight decay is torch's default.",
    ),
    Decision(
        topic="Batch size and augmentation",
        said="Not stated.",
        chosen="Batches of 128; random crops and flips.",
        why="The usual ones for CIFAR-10; the document's example of 391 iterations an epoch is that of batches of 128.",
    ),
    Decision(
        topic="Network",
        said="ResNet-50; its layers for 32x32 images are not stated.",
        chosen="A 3x3 stem without pooling; the rest as in He et al. (2016), with the stride in the 3x3 convolution.",
        why="The usual form for small images.",
    ),
    Decision(
        topic="Ensembles",
        said="Cosine cycles are drawn, not run. Ensembles of models trained at different rates are another document's "
        "proposal, that of initial-rate.",
        chosen="The mean prediction of the snapshots at the ends of the cycles, and of the trials with the three "
        "decays that are called close, each of one seed.",
        why="Snapshots cost no training of their own, and neither do trials that are there already.",
    ),
)


def decision_of_length(scale: PublicationScale, decay: float, cycles: int) -> Decision:
    """How curves told in epochs fit the run. decay: what stands for 0.001 per update. cycles: of the cosine."""
    if scale == "full":
        return Decision(
            topic="Iterations per epoch",
            said="391 an epoch, all 50,000 training images in batches of 128.",
            chosen="351: 45,000 images train and 5,000 are validation data; what is left of an epoch is dropped.",
            why="Validation loss is drawn by the document, so it has such data. Time-based decay ends at 0.0028, not "
            "0.0025.",
        )
    return Decision(
        topic="Length of the run",
        said="100 epochs; a drop every 10, decay 0.001 or 0.01 per update, 6 cosine cycles.",
        chosen=f"A drop every tenth of the run as far as whole epochs allow, decays times the ratio of the runs' "
        f"updates ({decay:.6g} for 0.001), {cycles} cosine cycles.",
        why="The curve over the run is then the same as at full scale. A cycle needs some epochs to anneal.",
    )

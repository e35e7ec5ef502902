"""What the document behind `googlenet-schedules` leaves unsaid or says twice, and what was chosen."""

from ._publication import Decision, PublicationScale

CHOICES = (
    Decision(
        topic="Cycles",
        said="Neither the length nor the number of cycles is stated.",
        chosen="Five cycles: each is 20 % of the updates.",
        why="20 epochs of 100 are the upper end of what Smith (2017) advises, and the run ends where a cycle does.",
    ),
    Decision(
        topic="Halving",
        said="The maximum rate is divided by 2 each cycle, with the mode triangular2.",
        chosen="triangular2: the amplitude above the base rate is halved, so 0.255 follows 0.5 over a base of 0.01.",
        why="It is the mode that is named; the words are its usual short form.",
    ),
    Decision(
        topic="Uneven cyclic",
        said="Rises over the first 20 % of each cycle, falls over the rest, repeats; its rates are not stated.",
        chosen="The same cycles and the same grid as for cyclic; the maximum does not fall.",
        why='It says "repeat", and halving is named for cyclic alone.',
    ),
    Decision(
        topic="Warm-up and annealing",
        said="The warm-up's maximum and annealing's factor and schedule are not stated.",
        chosen="0.1 for both, the document's base rate. Annealing's candidates are step (times 0.1 every 30 %), "
        "exponential (to 1 % of the peak) and cosine.",
        why="One rate makes warm-up differ from the constant rate by its warm-up alone; the three are the usual ways "
        "to anneal.",
    ),
    Decision(
        topic="One-cycle",
        said="One rise to the maximum and one fall to the minimum; no numbers.",
        chosen="The curve of torch: a rise over 30 % from a 25th of the maximum, along half cosines, and a fall to "
        "almost nothing. The momentum stays at 0.9.",
        why="It is the common one. The document gives one momentum for all.",
    ),
)

PLAN = (
    Decision(
        topic="Network",
        said="GoogLeNet; the layers for 32x32 images are not stated.",
        chosen="A 3x3 stem that keeps 32x32, nine inception modules with batch norm, two 3x3 in place of each 5x5, no "
        "side classifiers.",
        why="The usual form for small images.",
    ),
    Decision(
        topic="Augmentation and weight decay",
        said="Not stated.",
        chosen="Random crops and flips; no weight decay.",
        why="The usual treatment of CIFAR-10, and torch's default.",
    ),
    Decision(
        topic="Averages",
        said="Which average precision, recall and F1 are is not stated; the report of the standard model shows macro "
        "and weighted ones.",
        chosen="Macro averages.",
        why="Every class has 1,000 test images, so both are the same.",
    ),
    Decision(
        topic="Aim",
        said="Convergence speed and generalisation; only final values are printed.",
        chosen="Beside them stand the gap between train and test accuracy, the first epoch that reaches a validation "
        "accuracy, and the first within half a point of the best.",
        why="They say what was aimed at.",
    ),
)


def decision_of_grid(scale: PublicationScale, budget: str | None) -> Decision:
    """How candidates are chosen. budget: the length of a tuning trial; None: that of the study."""
    length = f"trials of {budget}" if budget else "trials of full length"
    places = {
        "full": "six points for each cyclic technique, four for one-cycle and the warm-up",
        "standard": "four points for each cyclic technique, one-cycle and the warm-up",
        "reduced": "four points for each cyclic technique, one-cycle and the warm-up",
        "smoke": "two points for each technique",
    }
    return Decision(
        topic="Grid search",
        said="Over each technique's parameters; its points, its length and its data are not stated. Base 0.01, maximum "
        "0.5 and a warm-up of 20 % came out best.",
        chosen=f"{places[scale].capitalize()}, those named among them where there is room; one seed, {length}, judged "
        "by the last validation accuracy. Base rates are 0.001 and 0.01 where there are more than two points.",
        why="Choices look at validation data only, on a seed that is not used again. Grids are small because every "
        "point is a whole training.",
    )

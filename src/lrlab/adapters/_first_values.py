"""What an optimizer's groups begin with, in whichever order it and its scheduler are built and loaded."""

from collections.abc import Mapping, Sequence

from torch.optim import Optimizer

from ._known_groups import KnownGroups


class FirstValues:
    """The first value of each scheduled field, by (field, group), as the groups had it when the scheduler was built.

    Loading the optimizer replaces what its groups say they began with, so these are kept here, until a first update is
    made with others. settled: the fields whose first values a loaded state decided; they stay, also where the optimizer
    is loaded after it.
    """

    def __init__(self, built: Mapping[tuple[str, int], float]) -> None:
        self.built = dict(built)
        self.settled: frozenset[str] = frozenset()

    def move(self, places: Sequence[int | None], now: Mapping[tuple[str, int], float]) -> None:
        """Go with the groups. places: where each was; None: it is new. now: what the groups of now begin with."""
        self.built = {
            (name, at): self.built.get((name, was), value) if (was := places[at]) is not None else value
            for (name, at), value in now.items()
        }

    def put_back(self, optimizer: Optimizer, groups: KnownGroups, now: Mapping[tuple[str, int], float]) -> None:
        """Put what was settled into an optimizer that was just loaded. now: what its groups began with until then."""
        places = groups.places()
        for (name, was), value in now.items():
            if name in self.settled and was in places:
                optimizer.param_groups[places.index(was)][f"initial_{name}"] = value

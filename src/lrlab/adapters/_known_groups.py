"""The groups of an optimizer, known by what they are and not by their place: one may be removed, replaced or moved."""

from collections.abc import Sequence
from operator import is_
from typing import Any

from torch.optim import Optimizer

from ._groups import ParamGroup


class KnownGroups:
    """The groups an optimizer had when they were last looked at.

    A group is the one it was if it is the same dict, or holds the same list of parameters, as after the optimizer was
    loaded, or begins with the same parameter. Where all of that changed, as where a library replaces every parameter,
    those that were scheduled before are told by their place.
    """

    def __init__(self, optimizer: Optimizer) -> None:
        self._optimizer = optimizer
        self._groups: list[ParamGroup] = []
        self._parameters: list[Sequence[Any]] = []

    def learn(self) -> None:
        """Know the groups as they are now."""
        self._groups = [*self._optimizer.param_groups]
        self._parameters = [group["params"] for group in self._groups]

    def are_all(self) -> bool:
        """Whether the groups are those known, in their order."""
        groups = self._optimizer.param_groups
        if len(groups) != len(self._groups):
            return False
        if all(map(is_, groups, self._groups)):
            return True
        same = self.places() == [*range(len(groups))]
        if same:
            self.learn()
        return same

    def places(self) -> list[int | None]:
        """For each group of now, where it was; None: it is new."""
        groups = self._optimizer.param_groups
        found: list[int | None] = []
        for group in groups:
            left = (at for at in range(len(self._groups)) if at not in found and self._is_same(at, group))
            found.append(next(left, None))
        if len(groups) == len(self._groups) and not any(isinstance(at, int) for at in found):
            return [at if "initial_lr" in group else None for at, group in enumerate(groups)]
        return found

    def _is_same(self, at: int, group: ParamGroup) -> bool:
        parameters, known = group["params"], self._parameters[at]
        if group is self._groups[at] or parameters is known:
            return True
        return bool(parameters) and bool(known) and parameters[0] is known[0]

    def __getstate__(self) -> dict[str, Any]:
        # the groups are copied with the optimizer, and not beside it
        return {"optimizer": self._optimizer, "places": self.places(), "count": len(self._groups)}

    def __setstate__(self, state: dict[str, Any]) -> None:
        self._optimizer = state["optimizer"]
        self._groups = [{"params": []} for _ in range(state["count"])]
        for group, at in zip(self._optimizer.param_groups, state["places"], strict=False):
            if at is not None:
                self._groups[at] = group
        self._parameters = [group["params"] for group in self._groups]

"""Stacks whose processes die, or that memory does not hold: which are run again, cut in two, or given up."""

import warnings
from collections.abc import Callable, Mapping, Sequence
from typing import TypeAlias

from ...errors import LabWarning
from ...spec import LAYOUT_KINDS, Failed, StackPlan, Trial, counted
from ...store import Store
from ._halves import cut_in_two, note_size

RUNS = 3  # in a row in which a stack's processes may be ended while it gets no further
StackFailure: TypeAlias = tuple[StackPlan, Failed]


class Deaths:
    """What is known of the stacks of a run that failed so.

    store: where halves are noted. trials: by key, that are wanted. share_done: how much of a stack a checkpoint holds.
    halves: all stacks that are one, by key.
    """

    def __init__(self, store: Store, trials: Mapping[str, Trial], share_done: Callable[[StackPlan], float]) -> None:
        self._store, self._trials, self._share_done = store, trials, share_done
        self._fallen = store.failures(trials)
        self._counts: dict[str, int] = {}  # in a row, of stacks by their keys
        self._shares: dict[str, float] = {}  # what was done then
        self._whole: dict[str, str] = {}  # of which stack, by its key, one is a half
        self.halves: dict[str, StackPlan] = {}

    def sort(self, failed: Sequence[StackFailure]) -> tuple[list[StackPlan], list[StackFailure]]:
        """The stacks that are simply run again; and the others."""
        again, stuck = list[StackPlan](), list[StackFailure]()
        for stack, failure in failed:
            smaller = failure.memory and len(stack.trials) > 1
            runs = 1 if stack.key in self._whole and not failure.memory else RUNS
            if (failure.died or failure.memory) and not smaller and self._count(stack) < runs:
                again.append(stack)
            else:
                stuck.append((stack, failure))
        return again, stuck

    def is_stuck(self, stack: StackPlan) -> bool:
        """Whether a stack got no further the last time."""
        return self._counts[stack.key] > 1

    def cut(self, stuck: Sequence[StackFailure], others_live: bool) -> tuple[list[StackPlan], list[StackFailure]]:
        """The halves of those stacks that are worth it, and the failures of the others, in words.

        others_live: whether stacks of this run have ended, so that not everything dies here.
        """
        halves, ended = list[StackPlan](), list[StackFailure]()
        for stack, failure in stuck:
            alone = failure.died and self._dies_alone(stack, stuck, others_live)
            parts = self._halve(stack, failure) if failure.memory or alone else []
            halves += parts
            ended += [] if parts else [self._explain(stack, failure)]
        return halves, ended

    def _halve(self, stack: StackPlan, failure: Failed) -> list[StackPlan]:
        trials = [self._trials[key] for key in stack.trials if key in self._trials]
        halves = cut_in_two(stack, trials, self._store, failure.memory)
        if not halves:
            return []
        if failure.memory:
            note_size(self._store, trials, halves[0].setup)
        self._store.add_stacks(halves)
        self.halves |= {half.key: half for half in halves}
        self._whole |= {half.key: stack.key for half in halves}
        text = f"a stack of {len(trials)} trials goes on in stacks of {halves[0].setup.size}: {failure.message}"
        warnings.warn(text, LabWarning, stacklevel=2)
        return halves

    def _dies_alone(self, stack: StackPlan, stuck: Sequence[StackFailure], others_live: bool) -> bool:
        """Whether it is the stack that dies, or one of its trials, and not whatever is run here.

        So others have ended, or it died as often in a run before; and not both halves of one.
        """
        whole = self._whole.get(stack.key)
        both = whole is not None and sum(self._whole.get(other.key) == whole for other, _ in stuck) > 1
        fell = all(key in self._fallen for key in stack.trials if key in self._trials)
        return not both and (others_live or fell)

    def _count(self, stack: StackPlan) -> int:
        """How many times in a row the stack has died by now without getting further."""
        share = self._share_done(stack)
        further = share > self._shares.get(stack.key, share)
        self._shares[stack.key] = share
        self._counts[stack.key] = 1 if further else self._counts.get(stack.key, 0) + 1
        return self._counts[stack.key]

    def _explain(self, stack: StackPlan, failure: Failed) -> StackFailure:
        """A failure, with what became of a stack that died."""
        if not failure.died or (failure.memory and not is_single(stack)):  # these go on one by one
            return stack, failure
        runs = counted(self._counts.get(stack.key, 1), "run")
        more = f"it got no further in {runs} from its checkpoint; mend that, and the same command goes on from it"
        return stack, failure.model_copy(update={"message": f"{failure.message}; {more}"})


def is_single(stack: StackPlan) -> bool:
    """Whether it is one trial as any machine trains it; lanes are not compiled everywhere."""
    return len(stack.trials) == 1 and LAYOUT_KINDS[stack.setup.layout].portable

"""Which example goes where: shuffles that are fixed, for classes in proportion; and what a split lacks, in words."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

SPLIT_SEED = 20240229  # the same split on every machine and in every version; changing it is a new protocol
SPLITS = ("fixed", "fresh")  # how a task of one set of examples is split: once for all, or again by each seed
FEW = 5  # fewer examples of a class in a split get a word
SHOWN = 5  # classes that a sentence names
OFTEN = 3  # times that a whole number occurs which may be a class, under a loss that takes amounts as well

Positions = NDArray[np.int64]


def fresh_parts(labels: NDArray[np.int64] | None, sizes: Sequence[int], seed: int) -> list[Positions]:
    """Positions 0 .. N-1, shuffled by SPLIT_SEED and a trial's seed and cut into parts of those sizes.

    labels: (N,), with which each class is in every part in proportion, as in `stratified_parts`; None: as it falls.
    sizes: they add up to N.
    """
    order = np.random.Generator(np.random.PCG64([SPLIT_SEED, seed])).permutation(sum(sizes))
    return np.split(order, np.cumsum(sizes)[:-1]) if labels is None else _parts_in_proportion(order, labels, sizes)


def shuffled_parts(count: int, shares: tuple[float, ...]) -> list[Positions]:
    """Positions 0 .. count-1, shuffled by SPLIT_SEED and cut by `shares`; the last part takes what is left."""
    return np.split(_shuffled_order(count), np.cumsum([round(count * share) for share in shares]))


def parts_of_sizes(count: int, sizes: Sequence[int]) -> list[Positions]:
    """Positions 0 .. count-1, shuffled by SPLIT_SEED and cut into parts of those sizes."""
    return np.split(_shuffled_order(count), np.cumsum(sizes)[:-1])


def stratified_parts(labels: NDArray[np.int64], sizes: Sequence[int]) -> list[Positions]:
    """Positions of the labels (N,), shuffled by SPLIT_SEED, in parts of those sizes, each class in proportion.

    A class with as many examples as there are parts is in each of them, save in a part with less room than there are
    such classes; a smaller one is in the first part before it is in others, and which of them comes first, the shuffle
    says. sizes: they add up to N.
    """
    return _parts_in_proportion(_shuffled_order(len(labels)), labels, sizes)


def _parts_in_proportion(order: Positions, labels: NDArray[np.int64], sizes: Sequence[int]) -> list[Positions]:
    classes_N = _mix_small_classes(np.unique(labels[order], return_inverse=True)[1], len(sizes))
    counts_CP = _share_out(np.bincount(classes_N), sizes)
    by_class = np.argsort(classes_N, kind="stable")  # the members of each class, in the order of the shuffle
    parts = np.empty(len(labels), dtype=np.int64)
    parts[by_class] = np.repeat(np.tile(np.arange(len(sizes)), len(counts_CP)), counts_CP.ravel())
    return [order[parts == part] for part in range(len(sizes))]


def _mix_small_classes(classes_N: NDArray[np.int64], parts: int) -> NDArray[np.int64]:
    """Classes 0 .. C-1 of shuffled examples; those of fewer examples than parts take each other's numbers.

    They are dealt out in the order of their numbers, until a part is full. In the order of their labels the lowest
    would be in one part and the highest in another.
    """
    _, first_C, count_C = np.unique(classes_N, return_index=True, return_counts=True)
    small = np.flatnonzero(count_C < parts)
    number_C = np.arange(len(count_C))
    number_C[small[np.argsort(first_C[small])]] = small
    return number_C[classes_N]


def grouped_parts(groups: NDArray[np.int64], labels: NDArray[np.int64] | None, sizes: Sequence[int]) -> list[Positions]:
    """Positions 0 .. N-1 in parts of about those sizes, no group in two of them; the groups shuffled by SPLIT_SEED.

    groups: (N,), the number of each example's group, 0 .. G-1, of which there are as many as parts at least. labels:
    (N,), of which each part has about its share, and every class that enough groups have; None: sizes alone count.

    Greedy, the largest groups first: each goes where it leaves the counts of classes nearest to their shares. Classes
    of fewer groups than parts, of which no part can have its share, are counted as one.
    """
    classes_N = np.zeros(len(groups), dtype=np.int64) if labels is None else np.unique(labels, return_inverse=True)[1]
    count_GC = np.zeros((int(groups.max()) + 1, int(classes_N.max()) + 1))
    np.add.at(count_GC, (groups, classes_N), 1)
    has_GC = count_GC > 0
    count_GC = _pool_rare_classes(count_GC, len(sizes))
    target_PC = np.array(sizes)[:, None] / len(groups) * count_GC.sum(axis=0)
    shuffled_G = _shuffled_order(len(count_GC))
    held_PC, part_G = np.zeros_like(target_PC), np.zeros(len(count_GC), dtype=np.int64)
    for group in shuffled_G[np.argsort(-count_GC[shuffled_G].sum(axis=1), kind="stable")]:
        before_P = ((held_PC - target_PC) ** 2 / target_PC.sum(axis=0)).sum(axis=1)
        after_P = ((held_PC + count_GC[group] - target_PC) ** 2 / target_PC.sum(axis=0)).sum(axis=1)
        part = int(np.argmin(after_P - before_P))
        part_G[group] = part
        held_PC[part] += count_GC[group]
    _spread_classes(has_GC, part_G, len(sizes))
    order = _shuffled_order(len(groups))
    return [order[part_G[groups[order]] == part] for part in range(len(sizes))]


def _pool_rare_classes(count_GC: NDArray[np.float64], parts: int) -> NDArray[np.float64]:
    """The same counts, those of all classes that fewer groups than parts have in one column."""
    rare_C = (count_GC > 0).sum(axis=0) < parts
    if rare_C.sum() < 2:
        return count_GC
    return np.column_stack([count_GC[:, ~rare_C], count_GC[:, rare_C].sum(axis=1)])


def _spread_classes(has_GC: NDArray[np.bool_], part_G: Positions, parts: int) -> None:
    """Move groups, in place, until no part is empty or lacks a class that another part has in two groups."""
    wanted = [*range(has_GC.shape[1]), None]  # None: any class, so that no part is empty
    for wish in wanted:
        own_G: NDArray[np.bool_] = np.ones(len(has_GC), dtype=np.bool_) if wish is None else has_GC[:, wish]
        for part in range(parts):
            counts_P = np.bincount(part_G[own_G], minlength=parts)
            donor = int(np.argmax(counts_P))
            if counts_P[part] or counts_P[donor] < 2:
                continue
            given = [
                group
                for group in np.flatnonzero(own_G & (part_G == donor)).tolist()
                if _can_spare(has_GC, part_G, group)
            ]
            if given or wish is None:  # an empty part is worse than a class that is missing
                part_G[given[0] if given else np.flatnonzero(part_G == donor)[-1]] = part


def _can_spare(has_GC: NDArray[np.bool_], part_G: Positions, group: int) -> bool:
    """Whether the part of a group has each of its classes in another group too."""
    others = (part_G == part_G[group]) & (np.arange(len(part_G)) != group)
    return bool((has_GC[others].any(axis=0) | ~has_GC[group]).all())


def may_be_classes(labels: NDArray[Any]) -> bool:
    """Whether labels (N,) are split as classes under a loss of the user's own, which may take them for amounts.

    Whole numbers are where most of them, and all of those that are not 0 .. C-1, occur 3 times at least. Those below 0
    count for none. Text and booleans are.

    >>> may_be_classes(np.array([0, 0, 0, 1, 1, 1, 2])), may_be_classes(np.array([3, 3, 3, 9, 9, 9, 27]))
    (True, False)
    """
    if labels.dtype.kind not in "iu":
        return True
    values, counts = np.unique(labels[labels >= 0], return_counts=True)
    often = counts >= OFTEN
    return bool(2 * often.sum() > len(values) and (often.all() or values[-1] == len(values) - 1))


def room_for_all(labels: NDArray[np.int64], parts: int) -> int:
    """The number of classes (of labels (N,)) that so many parts can each have an example of."""
    return int((np.unique(labels, return_counts=True)[1] >= parts).sum())


def _shuffled_order(count: int) -> Positions:
    return np.random.Generator(np.random.PCG64(SPLIT_SEED)).permutation(count)


def _share_out(count_C: Positions, sizes: Sequence[int]) -> NDArray[np.int64]:
    """(C, P): how many examples of each class go to each part; rows sum to `count_C`, columns to `sizes`."""
    size_P = np.array(sizes)
    whole_C = count_C >= len(sizes)
    least_CP = whole_C[:, None] & (size_P >= whole_C.sum())
    share_CP = np.maximum(count_C[:, None] * size_P // max(int(count_C.sum()), 1), least_CP)
    free_P = size_P - share_CP.sum(axis=0)
    for row in np.argsort(count_C, kind="stable"):
        share, least = share_CP[row], least_CP[row]
        while share.sum() > count_C[row]:  # the least of small parts was more than their share
            part = int(np.argmax(share - least))
            share[part] -= 1
            free_P[part] += 1
        while share.sum() < count_C[row]:
            part = max(range(len(sizes)), key=lambda place: (free_P[place] > 0, share[place] == 0, free_P[place]))
            share[part] += 1
            free_P[part] -= 1
    _level_counts(share_CP, least_CP, free_P)
    return share_CP


def _level_counts(share_CP: NDArray[np.int64], least_CP: NDArray[np.bool_], free_P: NDArray[np.int64]) -> None:
    """Move examples, a class at a time, from parts that are over their size to those that are under it."""
    while (free_P < 0).any():
        over, under = int(np.argmin(free_P)), int(np.argmax(free_P))
        spare_C = share_CP[:, over] - least_CP[:, over]
        most = min(-int(free_P[over]), int(free_P[under]))
        rows = np.argsort(-spare_C, kind="stable")[: min(most, int((spare_C > 0).sum()))]
        share_CP[rows, over] -= 1
        share_CP[rows, under] += 1
        free_P[over] += len(rows)
        free_P[under] -= len(rows)


def split_words(labels: Mapping[str, NDArray[np.int64]], classes: int, names: Sequence[str]) -> tuple[str, ...]:
    """A sentence for each split that lacks classes, and for each that has few examples of some; of labels (N,) each.

    classes: how many there are. names: theirs, or none.
    """
    if classes == 1:
        return ("all labels are of one class: there is nothing to learn",)
    return tuple(
        sentence
        for name, label_N in labels.items()
        for sentence in _words_of(name, np.bincount(label_N, minlength=classes), names)
    )


def _words_of(split: str, count_C: Positions, names: Sequence[str]) -> list[str]:
    titles = [name if name.isdecimal() else repr(name) for name in names]
    titles += map(str, range(len(titles), len(count_C)))
    lacking = [titles[number] for number in np.flatnonzero(count_C == 0)]
    few = [number for number in np.argsort(count_C, kind="stable") if 0 < count_C[number] < FEW]
    sentences = []
    if lacking:
        what = "nothing is learned of it" if split == "train" else "averages over classes leave it out"
        sentences.append(f"{split} has no example of class {_list_words(lacking)}: {what}")
    if few:
        rare = _list_words([f"{titles[number]} ({count_C[number]})" for number in few])
        what = "little is learned of it" if split == "train" else "its precision, recall and F1 are coarse"
        sentences.append(f"{split} has fewer than {FEW} examples of class {rare}: {what}")
    return sentences


def _list_words(words: Sequence[str]) -> str:
    more = f" and {len(words) - SHOWN} more" if len(words) > SHOWN else ""
    return ", ".join(words[:SHOWN]) + more

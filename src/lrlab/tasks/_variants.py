"""A task by name with another width, or another kind of split."""

from fractions import Fraction

from ..errors import TaskError
from ._built_in import parse
from ._catalogue import get, is_user_task, resolve
from ._names import parse_name
from ._splits import SPLITS

OWN_SPLIT = 'write split="fresh" in Task.from_arrays, which then splits all examples again for each seed'


def at_width(name: str, factor: float) -> str:
    """The name of the same task with its width times a factor. Raises TaskError where its model has no width.

    >>> at_width("digits/convnet", 0.5), at_width("cifar10/resnet18(width=1/4)", 2)
    ('digits/convnet(width=0.5)', 'cifar10/resnet18(width=0.5)')
    """
    if is_user_task(name):
        raise TaskError(
            f"{name} is a task of your own, whose model has no width that could be changed from here; "
            f"ask for the budget alone, as in budget=1/2,2"
        )
    place = resolve(name).where
    changed = resolve(_wider_name(name, place, factor)).where
    if changed == place:
        raise TaskError(f"{factor:g} times the width of {name} comes to the width it has; take a factor farther from 1")
    return changed


def _wider_name(name: str, place: str, factor: float) -> str:
    def times_factor(width: float) -> float:
        return float(Fraction(width).limit_denominator(1000) * Fraction(factor).limit_denominator(1000))

    built_in = parse(place)
    if built_in is None:
        wanted = parse_name(place)
        return str(wanted._replace(width=times_factor(wanted.width)))
    if "width" not in built_in.values:
        raise TaskError(f"{name} has no width that could be changed; ask for the budget alone, as in budget=1/2,2")
    return str(built_in.with_values(width=times_factor(built_in.values["width"])))


def check_width(name: str, wider: str, factor: float) -> None:
    """Raise TaskError where a layer of the task at another width has not its own count times that factor.

    name, wider: the task as it is, and as `at_width` has it.
    """
    shapes, others = ([tuple(each.shape) for each in get(where).model().parameters()] for where in (name, wider))
    for shape, other in zip(shapes, others, strict=True):
        for count, changed in zip(shape, other, strict=True):
            if changed not in (count, count * factor):
                raise TaskError(
                    f"{factor:g} times the width of {name} comes to {count * factor:g} of {count} channels, and "
                    f"no layer has a part of one; take another factor, as in width=1/2,2"
                )


def with_split(name: str, split: str) -> str:
    """The name of the same task split in this way, "fixed" or "fresh". Raises TaskError where it is not ours to split.

    >>> with_split("digits/mlp", "fresh")
    'digits/mlp(split=fresh)'
    """
    if split not in SPLITS:
        raise TaskError(f'split is "fixed" or "fresh", but got {split!r}; write --split fresh')
    if is_user_task(name):
        raise TaskError(f"{name} is of your own, and so is its split; {OWN_SPLIT}")
    wanted = parse(resolve(name).where)
    if wanted is None or "split" not in wanted.values:
        why = "comes with test data of its own, which nobody trains on" if wanted is None else "has one split"
        raise TaskError(
            f"{name} {why}; leave out the split, or take a task whose data are split here, as digits/convnet is"
        )
    return str(wanted.with_values(split=split))

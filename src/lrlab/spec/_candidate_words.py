"""Candidates in words: each with every setting in which those that stand side by side differ."""

from collections.abc import Sequence

from ._candidate import Candidate
from ._recipe import field_text
from ._trial import Optimizer


def words_of_candidates(
    candidates: Sequence[Candidate], among: Sequence[Candidate], optimizer: Optimizer, batch_size: int
) -> tuple[str, ...]:
    """Candidates in words, each with every setting in which any two of those that stand side by side differ.

    among: all that stand side by side, the candidates too. optimizer, batch_size: the study's, of candidates that have
    none of their own. A setting that is as usual for the optimizer of each goes by the optimizer's name.
    """
    used = [each.optimizer or optimizer for each in among]
    told = _fields_apart(used)
    named = len({each.name for each in used}) > 1
    sized = len({each.batch_size or batch_size for each in among}) > 1
    peaks = {each.peak for each in among}
    words = []
    for each in candidates:
        own = each.optimizer or optimizer
        fields = ", ".join(f"{name.replace('_', ' ')} {field_text(getattr(own, name))}" for name in told)
        filled = each.model_copy(
            update={
                "optimizer": own if named else each.optimizer,
                "batch_size": (each.batch_size or batch_size) if sized else each.batch_size,
            }
        )
        words.append(filled.in_words(_peak_text(each.peak, peaks)) + (f" ({fields})" if fields else ""))
    return tuple(words)


def _fields_apart(optimizers: Sequence[Optimizer]) -> list[str]:
    """The fields, other than the name, in which optimizers differ, unless each has what is usual for it."""
    unusual = [name for name in Optimizer.model_fields if any(_is_set(each, name) for each in optimizers)]
    return [name for name in unusual if len({str(getattr(each, name)) for each in optimizers}) > 1]


def _is_set(optimizer: Optimizer, name: str) -> bool:
    return name != "name" and str(getattr(optimizer, name)) != str(optimizer.usual(name))


def _peak_text(peak: float, peaks: set[float]) -> str:
    """A peak, in six digits where these tell it from the others."""
    short = f"{peak:g}"
    return repr(peak) if any(other != peak and f"{other:g}" == short for other in peaks) else short

"""Is a data set that is split over several files all there?"""

import re
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from ..errors import TaskError

SHARD = re.compile(r"(?P<number>\d+)[-_.]?of[-_.]?(?P<total>\d+)")
SHOWN = 5  # missing files that a message names


def check_shards(files: Sequence[Path]) -> None:
    """Raise TaskError where files are numbered as parts of a whole and one is missing, or there twice.

    Numbers are as in train-00000-of-00005.parquet, from 0 or from 1; or files have numbers alone for names, of which
    then only a gap shows.
    """
    shards = [SHARD.search(file.stem) for file in files]
    if any(shards):
        whole = [file.name for file, shard in zip(files, shards, strict=True) if shard is None]
        totals = {int(shard["total"]) for shard in shards if shard}
        if whole or len(totals) > 1:
            raise TaskError(
                f"{files[0].parent} holds parts of more than one whole: {', '.join(file.name for file in files)}; "
                "keep the files of one, and move the others away"
            )
        numbers = [int(shard["number"]) for shard in shards if shard]
        total = totals.pop()
        first = 1 if total in numbers and 0 not in numbers else 0
        _check_numbers(files, numbers, range(first, first + total))
    elif all(file.stem.isdecimal() for file in files):
        numbers = [int(file.stem) for file in files]
        if min(numbers, default=2) < 2:  # 2019.parquet is no part of 2020
            _check_numbers(files, numbers, range(min(numbers), max(numbers) + 1))


def _check_numbers(files: Sequence[Path], numbers: list[int], wanted: range) -> None:
    twice = sorted(number for number, count in Counter(numbers).items() if count > 1)
    if twice:
        names = [file.name for file, number in zip(files, numbers, strict=True) if number == twice[0]]
        raise TaskError(f"{files[0].parent} holds the same part twice: {', '.join(names)}; keep one of them")
    missing = sorted(set(wanted) - set(numbers))
    if missing:
        names = [_name_of_shard(files[0], number) for number in missing[:SHOWN]]
        more = f" and {len(missing) - SHOWN} more" if len(missing) > SHOWN else ""
        raise TaskError(
            f"{files[0].parent} holds {len(files)} of {len(wanted)} parts; missing: {', '.join(names)}{more}; fetch "
            "them, or write what there is again as one file"
        )


def _name_of_shard(file: Path, number: int) -> str:
    """The name of another part."""
    shard = SHARD.search(file.stem)
    start, end = shard.span("number") if shard else (0, len(file.stem))
    return f"{file.name[:start]}{number:0{end - start}}{file.name[end:]}"

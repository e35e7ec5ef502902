"""Arm and seed out of the names of runs, files and folders."""

import re
from collections import defaultdict
from collections.abc import Callable, Sequence

EDGE = r"(?:^|(?<=[\s_\-./,;+|(]))"
SEED_WORD = re.compile(
    EDGE + r"(?:(?:random|rng)[_-]?)?(?:seed|sd|s)[\s_=:\-]?(\d+)(?=$|[\s_\-./,;+|)])", re.IGNORECASE
)
ENDING = re.compile(r"(\.(csv|tsv|txt|log|jsonl?|ndjson|parquet|pq|gz))+$", re.IGNORECASE)
DATED = re.compile(  # folders that say when, not what
    r"\d{4}[-_]?\d\d[-_]?\d\d([-_T ]\d\d[-_:]?\d\d([-_:]?\d\d)?)?|\d\d-\d\d-\d\d|\d{9,}(\.\d+)?|"
    r"[A-Z][a-z]{2}\d\d_\d\d-\d\d-\d\d_.*|version_\d+|lightning_logs|checkpoint-\d+"
)
DATE = re.compile(  # in a name: 2024-05-31, 2024-05-31_12-30-59, 20240531-123059
    EDGE
    + r"20\d\d(-[01]\d-[0-3]\d([_T\-]\d\d[-_:]?\d\d([-_:]?\d\d)?)?|[01]\d[0-3]\d[-_T]\d{6})(?=$|[\s_\-./,;+|)])[\s_\-]*"
)
LAST_NUMBER = re.compile(r"^(.*?)[\s_\-./]*(?<!\d)(?<!\d[.])(\d+)$")


def cut_only_word(
    path: tuple[str, ...], find: Callable[[str], Sequence[tuple[int, int]]]
) -> tuple[tuple[str, ...], str]:
    """A path without the only word of a kind, a whole folder's name or in the last name, and it; "" where it has none.

    find: where words of the kind begin and end in a name.

    >>> cut_only_word(("a", "b_x.csv"), lambda name: [(2, 3)] if name == "b_x" else [])
    (('a', 'b.csv'), 'x')
    """
    ending = ENDING.search(path[-1]) if path else None
    end = ending[0] if ending else ""
    stem = path[-1].removesuffix(end) if path else ""
    folders = [place for place, name in enumerate(path[:-1]) if list(find(name)) == [(0, len(name))]]
    inside = find(stem)
    if len(folders) + len(inside) != 1:
        return path, ""
    if folders:
        return path[: folders[0]] + path[folders[0] + 1 :], path[folders[0]]
    first, last = inside[0]
    before, after = stem[:first].rstrip(" _-,;+|(."), stem[last:].lstrip(" _-,;+|).")
    return (*path[:-1], ("_".join(filter(None, [before, after])) or "rows") + end), stem[first:last]


def split_run_names(names: Sequence[str]) -> list[tuple[str, str | None]]:
    """Arm and seed of each name; the seed is None where none of the names says it.

    A seed is a number after "seed" or "s". Where no name has one, it is a number at the end, if every name has one and
    every arm has the same ones, at least two.

    >>> split_run_names(["cosine_seed3", "constant-s3"]), split_run_names(["vgg-16", "resnet-50"])
    ([('cosine', '3'), ('constant', '3')], [('vgg-16', None), ('resnet-50', None)])
    """
    worded = [_take_seed(name) for name in names]
    if any(seed is not None for _, seed in worded):
        return worded
    numbered = [LAST_NUMBER.match(name) for name in names]
    if all(match and match[1] for match in numbered):
        pairs = [(match[1].strip(" _-./"), str(int(match[2]))) for match in numbered if match]
        seeds = defaultdict(set)
        for arm, seed in pairs:
            seeds[arm].add(seed)
        if len(seeds) > 1 and len({frozenset(found) for found in seeds.values()}) == 1 and len(seeds[pairs[0][0]]) > 1:
            return [(arm, seed) for arm, seed in pairs]
    return [(name, None) for name in names]


def split_paths(paths: Sequence[tuple[str, ...]]) -> list[tuple[str, str | None]]:
    """Arm and seed of each file by its folders and name; the arm is "" where nothing but the seed tells files apart.

    >>> split_paths([("cosine", "seed=3", "metrics.csv"), ("constant", "seed=3", "metrics.csv")])
    [('cosine', '3'), ('constant', '3')]
    """
    stems = [[*parts[:-1], ENDING.sub("", parts[-1])] for parts in paths]
    own = _drop_common([[part for part in parts if not DATED.fullmatch(part)] for parts in stems])
    found = split_run_names(_drop_dates(["/".join(parts) for parts in own]))
    arms = _drop_common([[part for part in arm.split("/") if part] for arm, _ in found])
    return [("/".join(arm), seed) for arm, (_, seed) in zip(arms, found, strict=True)]


def _drop_dates(names: list[str]) -> list[str]:
    """The names without the dates in them, unless these alone tell some apart."""
    bare = [DATE.sub("", name).strip(" _-./") for name in names]
    return bare if len(set(bare)) == len(set(names)) and all(bare) else names


def _take_seed(name: str) -> tuple[str, str | None]:
    """The name without its seed, and the seed."""
    found = SEED_WORD.search(name)
    if not found:
        return name, None
    before, after = name[: found.start()], name[found.end() :]
    rest = (
        before.rstrip(" _-,;+|(")
        + ("" if after[:1] in ("/", "") or before.endswith("/") else after[0])
        + after.lstrip(" _-,;+|)")
    )
    rest = rest if before.strip(" _-,;+|(") else after.lstrip(" _-,;+|)")
    return rest.strip(" _-./,;+|"), str(int(found[1]))


def _drop_common(paths: list[list[str]]) -> list[list[str]]:
    """Each path without the parts that all have at the same place from the front or the back, and that say no seed."""
    for end in (-1, 0):
        while len(paths) > 1 and all(paths) and len({path[end] for path in paths}) == 1:
            if SEED_WORD.search(paths[0][end]):
                break
            paths = [path[:-1] if end else path[1:] for path in paths]
    return paths

"""What lies beside a log: the settings of its run, as Hydra, Lightning, Ray and others write them."""

from pathlib import Path
from typing import Any

import yaml

from ._json import flatten, parse_json, write_cell

OVERRIDES = ".hydra/overrides.yaml"
BIGGEST = 1_000_000  # bytes of a file of settings
MOST, DEEPEST = 50_000, 50  # values, with those that aliases repeat, and how deep they lie in one another
FILES = ("hparams.yaml", "config.yaml", "config.json", "params.json", "args.json", "hparams.json", "args.yaml")


def read_facts(folder: Path) -> dict[str, str]:
    """Settings of the run whose log lies in this folder, as text under "config."; none where no file says them."""
    overrides = load_file(folder / OVERRIDES)
    if isinstance(overrides, list):
        pairs = [str(text).lstrip("+~").partition("=") for text in overrides]
        return {f"config.{name}": value for name, sign, value in pairs if sign}
    for name in FILES:
        found = load_file(folder / name)
        if isinstance(found, dict):
            cells = {f"config.{key}": write_cell(value) for key, value in flatten(found).items()}
            return {key: cell for key, cell in cells.items() if cell is not None}
    return {}


def load_file(path: Path) -> Any:
    """What a file of settings holds; None where there is none, or it cannot be read."""
    try:
        if not path.is_file() or path.stat().st_size > BIGGEST:
            return None
        text = path.read_text(encoding="utf-8")
        found = parse_json(text) if path.suffix == ".json" else yaml.safe_load(text)
    except (OSError, ValueError, TypeError, RecursionError, yaml.YAMLError):  # a TypeError: a list as a name
        return None
    return found if _is_bearable(found) else None


def _is_bearable(value: Any) -> bool:
    """Whether values are of a number and depth that can be gone through: a few aliases of YAML make billions."""
    waiting, count = [(value, 0)], 0
    while waiting:
        each, depth = waiting.pop()
        count += 1
        if count > MOST or depth > DEEPEST:
            return False
        inner = each.values() if isinstance(each, dict) else each if isinstance(each, list | tuple | set) else ()
        waiting += [(part, depth + 1) for part in inner]
    return True

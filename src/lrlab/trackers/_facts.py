"""What lies beside a log: the settings of its run, as Hydra, Lightning, Ray and others write them."""

from pathlib import Path
from typing import Any

import yaml

from ._json import flatten, parse_json, write_cell

OVERRIDES = ".hydra/overrides.yaml"
FILES = ("hparams.yaml", "config.yaml", "config.json", "params.json", "args.json", "hparams.json", "args.yaml")


def read_facts(folder: Path) -> dict[str, str]:
    """Settings of the run whose log lies in this folder, as text under "config."; none where no file says them."""
    overrides = _load_file(folder / OVERRIDES)
    if isinstance(overrides, list):
        pairs = [str(text).lstrip("+~").partition("=") for text in overrides]
        return {f"config.{name}": value for name, sign, value in pairs if sign}
    for name in FILES:
        found = _load_file(folder / name)
        if isinstance(found, dict):
            cells = {f"config.{key}": write_cell(value) for key, value in flatten(found).items()}
            return {key: cell for key, cell in cells.items() if cell is not None}
    return {}


def _load_file(path: Path) -> Any:
    """What a file of settings holds; None where there is none, or it cannot be read."""
    try:
        text = path.read_text(encoding="utf-8")
        return parse_json(text) if path.suffix == ".json" else yaml.safe_load(text)
    except (OSError, ValueError, RecursionError, yaml.YAMLError):
        return None

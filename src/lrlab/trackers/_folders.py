"""Which files of a folder hold runs, and what the path of each may say."""

import re
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from ..errors import RunsError, escape_halves, shortened, visible
from ._mlflow_files import is_artifact, is_mlflow_run
from ._raw_table import RawFile
from ._split_paths import are_twins
from ._tensorboard import is_event_file

TABLES = (".csv", ".tsv", ".txt", ".json", ".jsonl", ".ndjson", ".parquet", ".pq")
DATABASES = (".db", ".sqlite", ".sqlite3")
LOG, HEAD = ".log", 1 << 14  # Keras' CSVLogger is documented with it; bytes that are looked at
WANDB, LINK = ".wandb", "latest-run"  # the link is to a folder beside it
LOGS = (
    "metrics",
    "progress",
    "history",
    "log",
    "logs",
    "results",
    "result",
    "training",
    "train_log",
    "trainer_state",
    "records",
    "scalars",  # of MMEngine, which keeps a copy beside it
    "all_results",  # of transformers' examples
)
SETTINGS = re.compile(
    r"((hparams|config|params|args|hyperparameters|settings|options|metadata|meta|package|tokenizer|vocab|special_tokens|"
    r"generation|preprocessor|adapter|training_args|requirements|readme|notes)[\w.-]*)\.(json|txt|yaml|yml)",
    re.IGNORECASE,
)
ANSWER, TRIALS = "answer.txt", "trials.parquet"  # a study's, kept beside each other
CHECKPOINT = re.compile(r"checkpoint-(\d+)")


def list_files(path: Path) -> tuple[list[Path], tuple[str, ...]]:
    """The file, or those of a folder that hold runs, in order; and what was left out.

    Of a folder, trackers' own files come first, then logs that lie in several folders under one name, then all tables.

    Raises RunsError: nothing there.
    """
    shown = visible(shortened(str(path), 200))
    try:
        if path.is_file() or path.is_fifo():
            return [path], ()
        if not path.is_dir():
            raise RunsError(f"{shown} is not there; write the path of a file of runs, or of a folder of them")
        kinds = _sort_files(path)
    except OSError as error:
        raise RunsError(f"{shown} cannot be looked at ({error.strerror}); write the path of what may be read") from None
    found = next((some for some in kinds if some), [])
    if not found:
        endings = ", ".join((*TABLES, *DATABASES, WANDB))
        raise RunsError(
            f"{path} holds no file of runs; such files end in {endings}, or {LOG} where they are tables, or are "
            "TensorBoard's event files or MLflow's folders of runs"
        )
    left = {file for some in kinds for file in some} - set(found)
    names = dict.fromkeys(file.name for file in sorted(left, key=_natural_order))
    note = f"of {path}, files called {', '.join(list(names)[:4])} are left out" if left else ""
    return _keep_last_checkpoints(found), (escape_halves(note),) if note else ()


def _sort_files(path: Path) -> list[list[Path]]:
    """The files of a folder that may hold runs, by kind, the kinds in the order in which they are taken."""
    every = sorted(path.rglob("*"), key=_natural_order)
    runs = [file for file in every if is_mlflow_run(file) and not _is_hidden(file.relative_to(path))]
    inside = {run.parent for run in runs}
    own = [
        file
        for file in every
        if not inside & set(file.parents) and not is_artifact(file.relative_to(path.parent).parts)
    ]
    files = [file for file in own if _may_hold_runs(file, path)]
    kinds = [
        [file for file in files if file.name.endswith(WANDB)],
        [file for file in files if file.name.endswith(DATABASES)],
        runs,
        _find_logs(files),
        [file for file in files if is_event_file(file)],
        [file for file in files if _bare_name(file).endswith(TABLES)],
    ]
    texts = [file for file in own if file.name.lower().endswith(LOG) and not _is_hidden(file.relative_to(path))]
    return kinds if any(kinds) else [[file for file in texts if _begins_as_table(file)]]


def _begins_as_table(path: Path) -> bool:
    """Whether a file begins with names of columns and a row under them, as a log that is no table does not."""
    if not path.is_file():
        return False
    with path.open("rb") as file:
        lines = file.read(HEAD).decode(errors="replace").splitlines()[:2]
    for sign in ",;\t":
        heading, row = ([cell.strip() for cell in line.split(sign)] for line in (*lines, "", "")[:2])
        if len(heading) == len(row) > 1 and all(heading) and not any(map(_is_number, heading)):
            return any(map(_is_number, row))
    return False


def _is_number(cell: str) -> bool:
    """Whether a cell is a number."""
    try:
        float(cell.replace(",", "."))
    except ValueError:
        return False
    return True


def name_files(paths: Sequence[Path]) -> list[RawFile]:
    """Each file by the part of its path that is its own, and the parts that may tell runs apart."""
    parts = [tuple(map(escape_halves, path.parts)) for path in paths]
    common = 0 if len(paths) > 1 else len(parts[0]) - 1
    while (
        len(paths) > 1 and all(len(part) > common + 1 for part in parts) and len({part[common] for part in parts}) == 1
    ):
        common += 1
    return [RawFile(str(Path(*part[common:])), part[common:]) for part in parts]


def _may_hold_runs(file: Path, root: Path) -> bool:
    """Whether a file of a folder may hold runs, by its name and size."""
    if _is_hidden(file.relative_to(root)) or not file.is_file() or SETTINGS.fullmatch(file.name):
        return False
    if any(
        parent.name == "files" and parent.parent.name.startswith(("offline-run-", "run-")) for parent in file.parents
    ):
        return False  # what wandb keeps beside a run
    if file.name == ANSWER and (file.parent / TRIALS).is_file():
        return False
    return _bare_name(file).endswith((*TABLES, *DATABASES, WANDB)) or is_event_file(file)


def _is_hidden(inner: Path) -> bool:
    """Whether a path inside a folder leads through what programs keep for themselves."""
    return any(part.startswith((".", "__")) or part == LINK for part in inner.parts)


def _bare_name(file: Path) -> str:
    """A file's name in small letters, without ".gz"."""
    return file.name.lower().removesuffix(".gz")


def _find_logs(files: list[Path]) -> list[Path]:
    """Files of one name, as logs of runs are called, in more than one folder, or this lab's records.

    With logs of training come those of other data beside them, under that word in place of the other.
    """
    names = Counter(_bare_name(file) for file in files if _bare_name(file).endswith(TABLES))
    logs = [name for name in names if name.split(".")[0] in LOGS and names[name] > 1]
    records = [name for name in names if name == "records.parquet"]
    best = max(logs, key=lambda name: (names[name], -LOGS.index(name.split(".")[0])), default=(records or [""])[0])
    return [file for file in files if best and (_bare_name(file) == best or are_twins(_bare_name(file), best))]


def _keep_last_checkpoints(files: list[Path]) -> list[Path]:
    """Without logs in checkpoints of a run that has later ones, which hold them all."""
    last: dict[tuple[str, str], int] = {}
    for file in files:
        if found := CHECKPOINT.fullmatch(file.parent.name):
            key = (str(file.parent.parent), file.name)
            last[key] = max(last.get(key, 0), int(found[1]))
    return [
        file
        for file in files
        if not (found := CHECKPOINT.fullmatch(file.parent.name))
        or (
            int(found[1]) == last[(str(file.parent.parent), file.name)]
            and not (file.parent.parent / file.name).is_file()
        )
    ]


def _natural_order(path: Path) -> list[tuple[int, str]]:
    """A key that puts seed_2 before seed_10."""
    return [(int(part), "") if part.isdigit() else (-1, part) for part in re.split(r"(\d+)", str(path))]

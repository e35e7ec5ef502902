"""Results of a published study, kept in a folder that can be committed, so that a later run goes on from them.

records.json is what is read back: one record a line, in an order of its own, so that versions of it compare line by
line. records.parquet and epochs.parquet say the same to other programs. Test and validation outputs are not kept.
"""

import io
import json
import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from pydantic import ValidationError

from ..errors import StoreError
from ..spec import PROTOCOL, Record, horizon_of, npy_bytes
from ..store import Store
from ._kept_rows import epoch_table, record_table
from ._measured import EnsembleScore
from ._publication import Publication

FORMAT = 1  # of records.json
RECORDS, TABLE, EPOCHS = "records.json", "records.parquet", "epochs.parquet"
Floats = NDArray[np.float64]


class KeptRecords(NamedTuple):
    """What a folder holds: records, the rates (T,) of each trial by its key, ensembles, the data of each part.

    Rates that a schedule gives before the run are computed again; those that a rule has moved are as they were used.
    """

    records: tuple[Record, ...]
    rates: Mapping[str, Floats]
    ensembles: tuple[EnsembleScore, ...]
    data: Mapping[str, str]


def kept_folder(results: Path, publication: Publication) -> Path:
    """Where the results of a published study at its scale are kept, in the folder of all kept results."""
    return results / publication.name / publication.scale


def write_kept(
    folder: Path | str,
    publication: Publication,
    data: Mapping[str, str],
    records: Iterable[Record],
    rates: Callable[[str], bytes],
    ensembles: Iterable[EnsembleScore] = (),
) -> None:
    """Keep these records and ensembles in a folder, in place of those kept there; its other files stay.

    data: the fingerprint of each part's data, by the part's name. rates: of a trial by its key, in numpy's file format.
    The same records give the same bytes; where the folder holds them already, no file is touched. Everything is made,
    and written aside, before the first of the three files is replaced, records.json last: whoever is cut off leaves the
    old records or the new, whole.

    Raises StoreError: a record of other data or another protocol, two records of one trial, no polars, a folder that
    cannot be written.
    """
    rows = sorted(records, key=_record_order)
    wrong = _find_misfit(data, rows)
    if wrong:
        raise StoreError(f"these results cannot be kept as {publication.name}: {wrong}; keep those of one plan alone")
    scores = sorted(ensembles, key=_score_order)
    if _is_kept_already(Path(folder), publication, data, rows, rates, scores):
        return
    files = {
        TABLE: record_table(publication, data, rows),
        EPOCHS: epoch_table(rows),
        RECORDS: _records_text(publication, data, rows, rates, scores).encode(),
    }
    try:
        _replace_files(Path(folder), files)
    except OSError as error:
        raise StoreError(
            f"results cannot be kept in {folder}: {error.strerror or error}; what was kept there stands; "
            f"make room, or give another --results"
        ) from error


def read_kept(folder: Path | str, publication: Publication) -> KeptRecords | None:
    """What is kept in a folder of this study at this scale; None where nothing is.

    Raises StoreError: a file that is damaged or of another format, records of another protocol, another study or scale.
    """
    file = Path(folder) / RECORDS
    try:
        content = json.loads(file.read_text(encoding="utf-8"))
        _check_head(file, content, publication)
        data = {str(part): str(fingerprint) for part, fingerprint in dict(content["data"]).items()}
        pairs = [_read_row(row) for row in content["records"]]
        ensembles = tuple(EnsembleScore.model_validate(row) for row in content["ensembles"])
    except FileNotFoundError:
        return None
    except OSError as error:
        raise StoreError(f"{file} cannot be read: {error.strerror or error}; give another --results") from error
    except (AttributeError, LookupError, TypeError, ValueError) as error:
        raise _damage_error(file, _first_reason(error)) from error
    records = tuple(record for record, _ in pairs)
    wrong = _find_misfit(data, records)
    if wrong:
        raise _damage_error(file, wrong)
    return KeptRecords(records, {record.trial.key: rate_T for record, rate_T in pairs}, ensembles, data)


def import_kept(kept: KeptRecords, store: Store) -> int:
    """Add the records that the store lacks, with their rates; returns how many. All of them are added, or none.

    Their outputs for validation and test data are not kept, so the store lacks those arrays (`Store.has_array`).
    """
    stored = store.get(record.trial.key for record in kept.records)
    missing = [record for record in kept.records if record.trial.key not in stored]
    store.add_all((record, {"rates": npy_bytes(kept.rates[record.trial.key])}) for record in missing)
    return len(missing)


def _record_order(record: Record) -> tuple[Any, ...]:
    """Trials of one setting beside each other, by seed; the order depends on no plan."""
    trial = record.trial
    return trial.task, trial.budget, str(trial.schedule), trial.optimizer.name, trial.peak, trial.seed, trial.key


def _score_order(score: EnsembleScore) -> tuple[str, str, int]:
    return score.part, score.label, score.seed


def _is_kept_already(
    folder: Path,
    publication: Publication,
    data: Mapping[str, str],
    records: Sequence[Record],
    rates: Callable[[str], bytes],
    ensembles: Sequence[EnsembleScore],
) -> bool:
    """Whether all three files are there and say just this; how they say it may be an earlier version's way."""
    try:
        kept = read_kept(folder, publication)
    except StoreError:
        return False
    whole = all(
        (folder / name).is_file() and not _path_aside(folder, name).exists() for name in (TABLE, EPOCHS, RECORDS)
    )
    if kept is None or not whole:
        return False
    said = (tuple(records), dict(data), tuple(ensembles))
    if (kept.records, dict(kept.data), tuple(sorted(kept.ensembles, key=_score_order))) != said:
        return False
    keys = ((record, record.trial.key) for record in records)
    return all(
        _moved_rates(record, rates(key)) == _moved_rates(record, npy_bytes(kept.rates[key])) for record, key in keys
    )


def _find_misfit(data: Mapping[str, str], records: Iterable[Record]) -> str:
    """Why these records cannot stand in one file, in words; "" where they can."""
    seen: set[str] = set()
    for trial in (record.trial for record in records):
        if trial.protocol != PROTOCOL:
            return f"trial {trial.key} was measured under protocol {trial.protocol}, others under {PROTOCOL}"
        if trial.data not in data.values():
            return f"trial {trial.key} has data {trial.data}, which is of no part ({', '.join(data.values())})"
        if trial.key in seen:
            return f"trial {trial.key} stands there twice"
        seen.add(trial.key)
    return ""


def _records_text(
    publication: Publication,
    data: Mapping[str, str],
    records: Iterable[Record],
    rates: Callable[[str], bytes],
    ensembles: Iterable[EnsembleScore],
) -> str:
    head = {"format": FORMAT, "protocol": PROTOCOL, "publication": publication.name, "scale": publication.scale}
    lines = [_canonical_json(record.to_dict() | _moved_rates(record, rates(record.trial.key))) for record in records]
    records_text, ensembles_text = ",\n".join(lines), ",\n".join(score.to_json() for score in ensembles)
    return (
        f"{_canonical_json(head)[:-1]},\n"
        f'"data":{_canonical_json(dict(data))},\n'
        f'"records":[\n{records_text}\n],\n'
        f'"ensembles":[\n{ensembles_text}\n]}}\n'
    )


def _canonical_json(value: Any) -> str:
    return json.dumps(value, sort_keys=True, separators=(",", ":"), allow_nan=False)


def _moved_rates(record: Record, npy: bytes) -> dict[str, Any]:
    """The rates as [update, rate] wherever they change, if a rule moved them from what was planned; else nothing."""
    rate_T, planned_T = np.load(io.BytesIO(npy), allow_pickle=False), _planned_rates(record)
    # Not bit for bit: on another processor a cosine may differ in its last digits, at every update of a long run.
    if np.allclose(rate_T, planned_T, rtol=1e-12, atol=1e-12 * record.trial.peak):
        return {}
    starts = [0, *(np.flatnonzero(np.diff(rate_T)) + 1).tolist()]
    return {"rates": [[start, rate_T[start].item()] for start in starts]}


def _read_row(row: Mapping[str, Any]) -> tuple[Record, Floats]:
    """A record and its rates. Raises LookupError, TypeError or ValueError where they are not what was written."""
    record = Record.model_validate({name: value for name, value in row.items() if name != "rates"})
    planned_T = _planned_rates(record)
    if "rates" not in row:
        return record, planned_T
    starts, rates = zip(*row["rates"], strict=True)
    lengths = np.diff([*starts, len(planned_T)])
    if starts[0] != 0 or (lengths < 1).any():
        raise ValueError(f"the rates of trial {record.trial.key} do not lead from update 0 to {len(planned_T)}")
    return record, np.repeat(np.array(rates, dtype=np.float64), lengths)


def _planned_rates(record: Record) -> Floats:
    """The rates of a trial as they are before its run, shape (T,): what is used, unless a rule moves them."""
    trial = record.trial
    return _plan_rates(trial.schedule, trial.peak, trial.budget, record.updates_per_epoch)


@lru_cache(maxsize=16)
def _plan_rates(plan: Any, peak: float, budget: str, updates_per_epoch: int) -> Floats:
    rate_T = plan.bind(peak=peak, horizon=horizon_of(budget, updates_per_epoch)).all()
    rate_T.flags.writeable = False  # trials share it
    return rate_T


def _check_head(file: Path, content: Any, publication: Publication) -> None:
    """Raise StoreError where a file is of another format, protocol, study or scale."""
    if not isinstance(content, dict) or "format" not in content:
        raise _damage_error(file, "it has no format")
    if content["format"] != FORMAT:
        raise StoreError(
            f"{file} has format {content['format']}, this lrlab reads {FORMAT}; take the lrlab that wrote it, "
            f"or give another --results"
        )
    if content["protocol"] != PROTOCOL:
        raise StoreError(
            f"{file} holds records of protocol {content['protocol']}, this lrlab measures by {PROTOCOL}, and one table "
            f"never holds both; give another --results, or take the lrlab that wrote it"
        )
    is_of, asked = (content["publication"], content["scale"]), (publication.name, publication.scale)
    if is_of != asked:
        raise StoreError(
            f"{file} holds {is_of[0]} at scale {is_of[1]}, not {asked[0]} at scale {asked[1]}; give another --results"
        )


def _damage_error(file: Path, what: str) -> StoreError:
    return StoreError(
        f"{file} is damaged, or was written by a later lrlab: {what}; take it back from version control, "
        f"or move it away and run again"
    )


def _first_reason(error: Exception) -> str:
    """What is wrong, and where: of a validation that found much, the first."""
    if isinstance(error, ValidationError):
        item = error.errors()[0]
        return f"{'.'.join(map(str, item['loc']))}: {item['msg']}"
    return f"no field {error}" if isinstance(error, KeyError) else str(error)


def _replace_files(folder: Path, files: Mapping[str, bytes]) -> None:
    """Write all files aside, then put them in place, in this order. Raises OSError."""
    folder.mkdir(parents=True, exist_ok=True)
    aside = {name: _path_aside(folder, name) for name in files}
    try:
        for name, content in files.items():
            with aside[name].open("wb") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
        for name, new in aside.items():
            new.replace(folder / name)
    finally:
        for new in aside.values():
            new.unlink(missing_ok=True)


def _path_aside(folder: Path, name: str) -> Path:
    """Where a file is written before it is put in place; it stays where a writer is killed."""
    return folder / f"{name}.new"

"""What is done to a store as a whole: looked through, repaired, written as tables, merged, thinned, made small."""

import warnings
from collections.abc import Generator, Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from numbers import Integral
from pathlib import Path
from typing import TYPE_CHECKING, Any, get_args

from ..errors import LabWarning, StoreError, StudyError, UnknownName, shortened
from ..lab import (
    abandoned_files,
    abandoned_trials,
    leftovers,
    remove_files,
    stored_records,
    stored_results,
    studyless_keys,
    tidy,
)
from ..lab import progress as progress_of
from ..measures import epoch_columns, epoch_rows, further_columns, further_row, trial_columns, trial_row
from ..schedules import Schedule
from ..spec import ArmPlan, Listener, Record, Said, Study, read_arm
from ..store import (
    Store,
    StoreCheck,
    StoredStudy,
    StoreMerge,
    StoreSweep,
    UnreadStudy,
    repair_store,
    sweep_store,
    vacuum,
)
from ..store import check_store as checked
from ..store import (
    merge_stores as merged,
)
from ..trackers import Ledger
from ._checks import WHOLE, check_function, check_kind, check_kinds, check_required
from ._frames import epoch_frame, trial_frame
from ._places import store_place
from ._stored import stored_run

if TYPE_CHECKING:
    import polars

FORMATS = ("csv", "parquet")
AT_ONCE = 500  # records that are read as one


def check_store(store: Path | str | None = None, *, repair: bool = False) -> StoreCheck:
    """Whether every page, record, array and note of a store is what was written; its faults, and the trials they cost.

    store: the file records are kept in; default as in `compare`. repair: where anything is damaged, put a file
    of all that is whole in its place, and keep the damaged one beside it; running the study again then trains only what
    was lost. Raises StoreError where it is no store, or is being written.
    """
    check_kinds(store=store)
    check_required(repair=repair)
    place = store_place(store)
    return repair_store(place) if repair else checked(place)


def export_store(
    folder: Path | str, store: Path | str | None = None, *, study: str | None = None, table: str = "csv"
) -> tuple[Path, Path]:
    """Write what was measured as two tables, `trials` and `epochs`, a row for each; returns where they are.

    folder: made where it is not there. store: as in `check_store`. study: the trials of a study, by its name or a
    run's key, with the column `label`, and where it is finished `phase` ("tune", "confirm", "rivals") and
    `higher_is_better`, which `judge` reads; unless given, every trial of the store. Of several runs of one name the
    newest is meant, and a LabWarning says so. table: "csv" or "parquet". Raises StoreError, and UnknownName for another
    kind of table or study.
    """
    check_required(folder=folder, table=table)
    check_kinds(store=store, study=study)
    if table not in FORMATS:
        raise UnknownName("kind of table", table, FORMATS)
    with Store(store_place(store)) as opened:
        trials, epochs = _frames_of(opened, study)
    folder = Path(folder).expanduser()
    places = folder / f"trials.{table}", folder / f"epochs.{table}"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for frame, place in zip((trials, epochs), places, strict=True):
            frame.write_csv(place) if table == "csv" else frame.write_parquet(place)
    except OSError as error:
        raise StoreError(f"cannot write the tables to {folder}: {error}; name another folder") from None
    return places


def merge_stores(into: Path | str, *others: Path | str) -> StoreMerge:
    """Take into a store what others hold, as those of two machines; the others stay as they are.

    A trial that both have is the same where all but times and machines is equal; else it is named in `different`, and
    stays as it is in `into`. Records of another version of a schedule, rule or average of your own are passed by, with
    a LabWarning. What a store holds goes in as one, records with their studies, or not at all. Raises StoreError.
    """
    if not others:
        raise StudyError("merging takes a store and those that go into it; name two or more")
    for place in (into, *others):
        check_required(store=place)
    with ExitStack() as stack:
        opened = [stack.enter_context(Store(store_place(other))) for other in others]
        target = stack.enter_context(Store(store_place(into), write=True))
        merge = merged(target, opened)
        with _ledger_of(target) as ledger:
            for other in opened:
                ledger.take(Ledger(other.path))
        return merge


def forget_trials(
    *keys: str,
    store: Path | str | None = None,
    study: str | None = None,
    schedule: Schedule | str | None = None,
    peak: float | None = None,
    seed: int | None = None,
    dry_run: bool = False,
) -> tuple[str, ...]:
    """Take single trials out of a store, so that running their study again trains them again; returns their keys.

    keys: of trials, 16 hexadecimal digits. study, schedule, peak, seed: those that all of these fit; a study by its
    name or a run's key. dry_run: only say which. Raises StudyError where nothing is named, or several runs have the
    name, UnknownName for a trial or study that the store does not hold.
    """
    check_kinds(store=store, study=study, peak=peak)
    check_required(dry_run=dry_run)
    check_kind("seed", seed, (Integral,), WHOLE)
    check_kind("schedule", schedule, (str, *get_args(ArmPlan)), 'a schedule, or its text such as "cosine"')
    _check_keys(keys)
    filters = {"schedule": None if schedule is None else str(_schedule_of(schedule)), "peak": peak, "seed": seed}
    wanted = {name: value for name, value in filters.items() if value is not None}
    if not keys and not wanted and study is None:
        raise StudyError("forgetting takes keys of trials, or a study, schedule, peak or seed; name at least one")
    with Store(store_place(store), write=not dry_run) as opened:
        there = opened.record_keys()
        unknown = next((key for key in keys if key not in set(there)), None)
        if unknown is not None:
            raise UnknownName("trial in this store", unknown, there)
        found = tuple(dict.fromkeys(keys))  # also those whose record is damaged
        if wanted or study is not None:
            named = None if study is None else _only_run(opened, study)
            among = _all_records(opened) if named is None else _records_of(named, opened)
            fit = [record.trial.key for record in among if _fits(record, wanted)]
            found = tuple(key for key in fit if not keys or key in keys)
        if not dry_run:
            opened.remove(*found)
            with _ledger_of(opened) as ledger:
                ledger.forget(found)
    return found


def tidy_store(
    store: Path | str | None = None,
    *,
    abandoned: bool = False,
    dry_run: bool = False,
    progress: Listener | None = None,
) -> StoreSweep:
    """Take out of a store what no study of it refers to, and checkpoints nobody goes on from; make the file small.

    Trials as `find` and `decays` make them stay: these note no study, and go on from their records. So do records of
    another version of a schedule, rule or average of your own, which a LabWarning names. What an earlier version wrote
    is packed on the way. abandoned: drop checkpoints and folders of trials, too, that were begun and that no run noted
    here asks for any more, as after a loop was edited; those of `find` and `decays` among them. dry_run: only say what
    would go. progress: is told how far it is. Stopped in the middle, the store is whole. Raises StoreError; also where
    a study cannot be read, whose trials nobody could tell from others.
    """
    check_kinds(store=store)
    check_required(abandoned=abandoned, dry_run=dry_run)
    check_function("progress", progress, "what is done")
    place = store_place(store)
    with Store(place, write=not dry_run) as opened:
        keep = {record.trial.key for stored in _readable_studies(opened) for record in _records_of(stored, opened)}
        files, before = _leftovers(opened), place.stat().st_size
        stray = [key for key in opened.record_keys() if key not in keep]
        others = studyless_keys(_records_at(stray, opened))
        versions = opened.other_versions(stray)
        gone = tuple(key for key in stray if key not in others | versions)
        stays = sum(key in others for key in stray)
        unfinished = abandoned_trials(opened)
        left = abandoned_files(opened, unfinished)
        dropped = left if abandoned else ()
        sweep = StoreSweep(
            opened.path,
            gone,
            tuple(sorted({*files, *dropped})),
            before,
            None,
            stays,
            0 if abandoned else len({*left} - {*files}),
            len(versions),
        )
        if dry_run:
            return sweep
        keep |= others | versions
        if abandoned:
            opened.forget_plans(unfinished)
            with suppress(OSError):  # what stays is found again
                remove_files(dropped)
        sweep_store(opened, keep, lambda text: progress(Said(text=text)) if progress else None)
        with _ledger_of(opened) as ledger:
            ledger.forget(gone)
        tidy(opened, ended=True)
    vacuum(place)
    return sweep._replace(path=place, after=place.stat().st_size)


def _check_keys(keys: tuple[object, ...]) -> None:
    """Raise StudyError for a key that is no text."""
    wrong = next((key for key in keys if not isinstance(key, str)), None)
    if wrong is not None:
        got = shortened(repr(wrong), 100)
        raise StudyError(
            f"keys of trials are texts of 16 digits, one argument each, but got {got}; give a list of them as "
            f"forget_trials(*keys)"
        )


@contextmanager
def _ledger_of(store: Store) -> Generator[Ledger, None, None]:
    """What a store's trackers were given. Warns where that cannot be noted: the store itself is as was asked."""
    try:
        yield Ledger(store.path)
    except OSError as error:
        warnings.warn(
            f"what trackers were given of {store.path} cannot be noted ({error.strerror or error}): they may miss a "
            f"trial that is trained again, or get one twice",
            LabWarning,
            stacklevel=4,
        )


def _leftovers(store: Store) -> tuple[Path, ...]:
    try:
        return leftovers(store, ended=True)
    except OSError:  # there is no folder of checkpoints
        return ()


def _readable_studies(store: Store) -> list[StoredStudy]:
    unread = [each for each in store.noted_studies() if isinstance(each, UnreadStudy)]
    if unread:
        raise StoreError(
            f"{store.path} notes a study that cannot be read: {unread[0].words}; until it can be read, nothing of it "
            f"is taken out"
        )
    return store.studies()


def _schedule_of(schedule: Schedule | str) -> Any:
    return read_arm(schedule) if isinstance(schedule, str) else schedule


def _fits(record: Record, wanted: dict[str, Any]) -> bool:
    trial = record.trial
    own = {"schedule": trial.arm, "peak": trial.peak, "seed": trial.seed}
    return all(own[name] == value for name, value in wanted.items())


def _all_records(store: Store) -> Iterator[Record]:
    return _records_at(store.record_keys(), store)


def _records_at(keys: Sequence[str], store: Store) -> Iterator[Record]:
    for start in range(0, len(keys), AT_ONCE):
        yield from store.get(keys[start : start + AT_ONCE]).values()


def _records_of(stored: StoredStudy, store: Store) -> Sequence[Record]:
    """The records of a study; of one that is not finished all that may be its own: which they are, its end decides."""
    study = stored.study
    if not progress_of(study, stored.data, store).missing:
        return stored_records(study, stored.data, store)
    alike = [each for each in _all_records(store) if (each.trial.task, each.trial.data) == (study.task, stored.data)]
    return [record for record in alike if _has_label(study, record)]


def _has_label(study: Study, record: Record) -> bool:
    try:
        study.label_of(record.trial)
    except StudyError:
        return False
    return True


def _only_run(store: Store, named: str) -> StoredStudy:
    """The run of a name or key. Raises StudyError where several have the name, UnknownName."""
    found, others = stored_run(store, named), _keys_named(store, named)
    if len(others) > 1:
        raise StudyError(f"{len(others)} runs are called {named}: {', '.join(others)}; name one by its key")
    return found


def _newest_run(store: Store, named: str) -> StoredStudy:
    """The run of a name or key; of several of one name the newest, which a LabWarning says. Raises UnknownName."""
    found, others = stored_run(store, named), _keys_named(store, named)
    if len(others) > 1:
        older = ", ".join(key for key in others if key != found.key)
        text = f"{len(others)} runs are called {named}; this is the newest, {found.key}; by their keys: {older}"
        warnings.warn(text, LabWarning, stacklevel=4)
    return found


def _keys_named(store: Store, name: str) -> list[str]:
    return [stored.key for stored in store.studies() if stored.study.name == name]


def _frames_of(store: Store, study: str | None) -> "tuple[polars.DataFrame, polars.DataFrame]":
    """Trials and epochs of a study, with phases where it is finished; of the whole store where none is named."""
    import polars

    own: dict[str, Any] = {}
    records: Iterator[Record] = _all_records(store)
    labels: dict[str, str] = {}
    if study is not None:
        stored = _newest_run(store, study)
        with suppress(StoreError):  # it is not finished
            findings = stored_results(stored, store)
            return trial_frame(findings, rivals=True), epoch_frame(findings, rivals=True)
        kept = _records_of(stored, store)
        labels = {record.trial.key: stored.study.label_of(record.trial) for record in kept}
        own, records = {"label": str}, iter(kept)
    trials: list[dict[str, Any]] = []
    epochs: list[dict[str, Any]] = []
    further: dict[str, Any] = {}
    for record in records:
        label = {"label": labels[record.trial.key]} if labels else {}
        trials.append(label | trial_row(record) | further_row(record))
        further |= further_columns([record])
        epochs += [label | row for row in epoch_rows([record])]
    columns = own | trial_columns() | further
    rows = [{name: trial.get(name) for name in columns} for trial in trials]
    return polars.DataFrame(rows, schema=columns), polars.DataFrame(epochs, schema=own | epoch_columns())

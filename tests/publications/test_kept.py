import io
import json
import random
import subprocess
import sys

import numpy as np
import polars
import pytest

from lrlab.engine import train, train_stack
from lrlab.errors import StoreError
from lrlab.publications import EnsembleScore, Publication
from lrlab.publications._kept import import_kept, read_kept, write_kept
from lrlab.spec import Evaluation, Record
from lrlab.stats import classification
from lrlab.store import Store
from support.results import example_results
from support.schedules import EXAMPLES, HORIZON, VARIANTS
from support.tasks import blobs, study, trial

RULE = "by_oscillation+step(gamma=0.5, every=1 epochs)"
FILES = ("records.json", "records.parquet", "epochs.parquet")
SCORES = tuple(
    EnsembleScore(label="both", part="small", seed=seed, accuracy=0.1 + seed, loss=1 / 3, members=(0.2, 0.7))
    for seed in (1000, 1001)
)


@pytest.fixture(scope="module")
def trained():
    """Both phases of two arms; under a rule that moved; one that diverged."""
    task = blobs()
    settings = [("cosine", 0.1, seed) for seed in (0, 1000, 1001)] + [(RULE, 1.0, 1000), ("constant", 1000.0, 1001)]
    return [
        train(trial(task, schedule=schedule, peak=peak, seed=seed, budget="6 epochs"), task)
        for schedule, peak, seed in settings
    ]


@pytest.fixture(scope="module")
def records(trained):
    return [one.record for one in trained]


@pytest.fixture(scope="module")
def rates(trained):
    return {one.record.trial.key: npy(one.arrays["rates"]) for one in trained}


@pytest.fixture(scope="module")
def data(records):
    return {"small": records[0].trial.data}


@pytest.fixture(scope="module")
def publication():
    plan = study("blobs", schedules=("cosine", RULE), budget="6 epochs")
    return Publication(name="small", title="t", source="s", about="a", scale="reduced", parts=(plan,))


@pytest.fixture
def keep(tmp_path, publication, data, records, rates):
    """Keeps the records in a folder, or others, and returns it."""

    def call(rows=records, ensembles=SCORES, folder="results/small/reduced", about=data, rates=rates):
        write_kept(tmp_path / folder, publication, about, rows, rates.__getitem__, ensembles)
        return tmp_path / folder

    return call


def npy(array):
    buffer = io.BytesIO()
    np.save(buffer, array)
    return buffer.getvalue()


def bytes_of(folder):
    return {name: (folder / name).read_bytes() for name in FILES}


def times(folder):
    return {name: (folder / name).stat().st_mtime_ns for name in FILES}


def test_what_is_kept_comes_back(keep, records, trained, publication, data):
    folder = keep()
    kept = read_kept(folder, publication)
    assert {record.trial.key: record for record in kept.records} == {record.trial.key: record for record in records}
    for one in trained:
        np.testing.assert_array_equal(kept.rates[one.record.trial.key], one.arrays["rates"], strict=True)
    assert (kept.ensembles, kept.data) == (SCORES, data)
    assert {record.outcome for record in kept.records} == {"finished", "diverged"}
    assert sorted(path.name for path in folder.iterdir()) == sorted(FILES)


def test_an_empty_folder_or_none_holds_nothing(tmp_path, publication):
    assert [read_kept(place, publication) for place in (tmp_path, tmp_path / "none")] == [None, None]


def test_no_record_at_all_can_be_kept(keep, publication, data):
    kept = read_kept(keep([], ()), publication)
    assert kept == ((), {}, (), data)


def test_other_metrics_no_classes_and_no_validation_data_are_kept(tmp_path, publication):
    found = example_results(classes=None)
    rows = [record.model_copy(update={"validation": None}) for record in (*found.tuned, *found.confirmed)]
    planned = {
        row.trial.key: npy(row.trial.schedule.bind(peak=row.trial.peak, horizon=horizon(row)).all()) for row in rows
    }
    part = publication.model_copy(update={"parts": (found.study,)})
    write_kept(tmp_path, part, {"example": "0" * 16}, rows, planned.__getitem__)
    kept = read_kept(tmp_path, part)
    assert set(map(Record.to_json, kept.records)) == set(map(Record.to_json, rows))
    table = polars.read_parquet(tmp_path / "records.parquet")
    assert table["test_f1"].null_count() == table["validation_score"].null_count() == len(rows)
    assert table["phase"].value_counts(sort=True).rows() == [("tune", 18), ("confirm", 12)]


def horizon(record):
    return record.trial.horizon(record.updates_per_epoch * record.trial.batch_size)


def test_the_same_records_give_the_same_bytes_in_any_order(keep, records, publication):
    first = bytes_of(keep())
    for seed in range(3):
        mixed = random.Random(seed).sample(records, len(records))
        assert bytes_of(keep(mixed, SCORES[::-1], "again")) == first
    kept = read_kept(keep(), publication)
    again = keep(
        kept.records, kept.ensembles, "again", kept.data, {key: npy(rate_T) for key, rate_T in kept.rates.items()}
    )
    assert bytes_of(again) == first


def test_a_record_that_changes_changes_one_line(keep, records):
    before = (keep() / "records.json").read_text().splitlines()
    changed = [records[0].model_copy(update={"train_seconds": 1 / 3}), *records[1:]]
    after = (keep(changed) / "records.json").read_text().splitlines()
    assert [old == new for old, new in zip(before, after, strict=True)].count(False) == 1
    assert len(before) == len(records) + len(SCORES) + 6


def test_rates_of_every_schedule_are_those_the_engine_recorded_bit_for_bit(tmp_path, publication):
    task = blobs()
    size = len(task.train.inputs) // HORIZON.updates_per_epoch
    plans = (EXAMPLES | VARIANTS).values()
    rows = [trial(task, schedule=plan, batch_size=size, budget=f"{HORIZON.updates} updates") for plan in plans]
    found = {one.record.trial.key: one for one in train_stack(rows, task, "grouped")}
    done = [one.record for one in found.values()]
    used = {key: npy(one.arrays["rates"]) for key, one in found.items()}
    write_kept(tmp_path, publication, {"small": task.fingerprint}, done, used.__getitem__)
    assert '"rates"' not in (tmp_path / "records.json").read_text()
    kept = read_kept(tmp_path, publication)
    assert {key: npy(rate_T) for key, rate_T in kept.rates.items()} == used


def test_rates_that_a_rule_moved_are_kept_where_they_change(keep, trained):
    lines = [json.loads(line.rstrip(",")) for line in (keep() / "records.json").read_text().splitlines()[3:8]]
    moved = {line["trial"]["schedule"]["name"]: line["rates"] for line in lines if "rates" in line}
    rate_T = next(one.arrays["rates"] for one in trained if str(one.record.trial.schedule) == RULE)
    assert [rate for _, rate in moved.pop("by_oscillation")] == list(dict.fromkeys(rate_T.tolist()))
    assert not moved
    assert len(set(rate_T.tolist())) > 1


def test_last_digits_of_another_processor_are_not_kept(keep, trained, rates, publication):
    before = bytes_of(keep())
    planned = [one for one in trained if str(one.record.trial.schedule) == "cosine"]
    other = {one.record.trial.key: npy(np.nextafter(one.arrays["rates"], 9)) for one in planned}
    assert len(other) == 3
    assert bytes_of(keep(rates=rates | other)) == before


def test_import_adds_what_the_store_lacks(tmp_path, keep, trained, rates, publication):
    kept = read_kept(keep(), publication)
    own = trained[0].record.model_copy(update={"train_seconds": 9.0})
    with Store(tmp_path / "records.db", write=True) as store:
        store.add(own, {"rates": b"own", "test": b"own"})
        assert import_kept(kept, store) == len(trained) - 1
        assert import_kept(kept, store) == 0
        stored = store.get(rates)
        assert stored == {one.record.trial.key: one.record for one in trained} | {own.trial.key: own}
        assert {key: store.array(key, "rates") for key in rates} == rates | {own.trial.key: b"own"}
        assert [key for key in rates if store.has_array(key, "test")] == [own.trial.key]


def test_two_halves_merge_to_the_whole(tmp_path, keep, records, publication):
    halves = [keep(records[:3], SCORES[:1], "one"), keep(records[2:], SCORES[1:], "two")]
    kept = [read_kept(half, publication) for half in halves]
    with Store(tmp_path / "records.db", write=True) as store:
        assert [import_kept(half, store) for half in kept] == [3, 2]
        every = store.get(record.trial.key for record in records)
        arrays = {key: store.array(key, "rates") for key in every}
    merged = keep(every.values(), kept[0].ensembles + kept[1].ensembles, "merged", rates=arrays)
    assert bytes_of(merged) == bytes_of(keep())


def edited(change):
    """An edit of the file's JSON."""

    def edit(text):
        found = json.loads(text)
        change(found)
        return json.dumps(found)

    return edit


def rule_rates(found):
    return next(row["rates"] for row in found["records"] if "rates" in row)


DAMAGED = {
    "cut off": lambda text: text[:-20],
    "empty": lambda text: "",
    "a conflict": lambda text: text.replace('"records"', '<<<<<<< HEAD\n"records"'),
    "not an object": lambda text: "[1]",
    "no format": edited(lambda found: found.pop("format")),
    "no ensembles": edited(lambda found: found.pop("ensembles")),
    "a record that is none": edited(lambda found: found["records"].append(3)),
    "an outcome that is none": edited(lambda found: found["records"][0].update(outcome="lost")),
    "a field of later": edited(lambda found: found["records"][0].update(colour="red")),
    "a record twice": edited(lambda found: found["records"].append(found["records"][0])),
    "a record of other data": edited(lambda found: found["records"][0]["trial"].update(data="f" * 16)),
    "a record of another protocol": edited(lambda found: found["records"][0]["trial"].update(protocol="0.9")),
    "rates from later on": edited(lambda found: rule_rates(found).pop(0)),
    "rates that go back": edited(lambda found: rule_rates(found).reverse()),
    "two rates of one update": edited(lambda found: rule_rates(found).insert(0, [0, 0.1])),
    "rates beyond the end": edited(lambda found: rule_rates(found).append([10**6, 0.1])),
    "no rate at all": edited(lambda found: rule_rates(found).clear()),
    "a span that does not fit": edited(lambda found: found["records"][0]["trial"].update(budget="0 epochs")),
}


@pytest.mark.parametrize("edit", DAMAGED.values(), ids=DAMAGED)
def test_a_damaged_file_is_refused(keep, publication, edit):
    file = keep() / "records.json"
    file.write_text(edit(file.read_text()))
    with pytest.raises(StoreError, match=r"records.json is damaged, .*: .+; take it back from version control"):
        read_kept(file.parent, publication)


def test_a_file_that_cannot_be_read_is_refused(tmp_path, publication):
    (tmp_path / "records.json").mkdir()
    with pytest.raises(StoreError, match=r"cannot be read: .+; give another --results"):
        read_kept(tmp_path, publication)


OTHERS = [
    ({"format": 2}, r"has format 2, this lrlab reads 1; take the lrlab that wrote it"),
    ({"protocol": "0.9"}, r"records of protocol 0.9, .* never holds both; give another --results"),
    ({"scale": "full"}, r"holds small at scale full, not small at scale reduced; give another --results"),
    ({"publication": "large"}, r"holds large at scale reduced, not small at scale reduced"),
]


@pytest.mark.parametrize(("change", "says"), OTHERS)
def test_results_of_another_kind_are_refused(keep, publication, change, says):
    file = keep() / "records.json"
    file.write_text(edited(lambda found: found.update(change))(file.read_text()))
    with pytest.raises(StoreError, match=says):
        read_kept(file.parent, publication)


def test_records_that_could_not_be_read_back_are_not_written(keep, records):
    before = bytes_of(folder := keep())
    old = records[0].model_copy(update={"trial": records[0].trial.model_copy(update={"protocol": "0.9"})})
    for rows, about, says in [
        ([old], {"small": old.trial.data}, "under protocol 0.9, others under 1.0"),
        ([records[0], records[0]], {"small": old.trial.data}, "stands there twice"),
        (records, {"small": "f" * 16}, "is of no part"),
    ]:
        with pytest.raises(StoreError, match=rf"{says}.*; keep those of one plan alone"):
            keep(rows, about=about)
    assert bytes_of(folder) == before


def test_without_polars_nothing_is_written(keep, records, monkeypatch):
    before = bytes_of(folder := keep())
    monkeypatch.setitem(sys.modules, "polars", None)
    with pytest.raises(StoreError, match=r'needs polars: pip install "lrlab\[data\]"'):
        keep(records[:1])
    assert bytes_of(folder) == before


def test_a_write_that_fails_leaves_what_was_there(keep, records, rates):
    folder = keep()
    (folder / "table.md").write_text("my table")
    before = bytes_of(folder)
    with pytest.raises(KeyError):
        keep(records, rates={})
    assert bytes_of(folder) == before
    (folder / "records.json.new").mkdir()
    with pytest.raises(StoreError, match=r"cannot be kept in .*; what was kept there stands; make room"):
        keep(records[:1])
    (folder / "records.json.new").rmdir()
    assert bytes_of(folder) == before
    assert sorted(path.name for path in folder.iterdir()) == sorted([*FILES, "table.md"])


@pytest.mark.parametrize("call", ["os.fsync", "pathlib.Path.replace"])
def test_a_write_that_is_killed_leaves_the_old_records_whole(keep, records, publication, call):
    """At the last of the three files, while it is written aside and just before it is put in place."""
    folder = keep()
    before, kept = (folder / "records.json").read_bytes(), read_kept(folder, publication)
    owner, _, name = call.rpartition(".")
    code = (
        "import os, pathlib, sys; from lrlab.publications import Publication; "
        "from lrlab.publications._kept import write_kept\n"
        f"count, real = 0, {owner}.{name}\n"
        "def kill(*args):\n"
        "    global count; count += 1\n"
        "    return os._exit(9) if count == 3 else real(*args)\n"
        f"{owner}.{name} = kill\n"
        f"write_kept({str(folder)!r}, Publication.from_json(sys.stdin.read()), {{}}, [], None)"
    )
    done = subprocess.run([sys.executable, "-c", code], input=publication.to_json(), text=True, check=False)
    assert done.returncode == 9
    assert (folder / "records.json").read_bytes() == before
    assert read_kept(folder, publication).records == kept.records
    keep(records)
    assert sorted(path.name for path in folder.iterdir()) == sorted(FILES)


def test_the_table_of_trials_says_what_the_records_say(keep, records, publication):
    table = polars.read_parquet(keep() / "records.parquet")
    rows = {row["key"]: row for row in table.iter_rows(named=True)}
    assert table["key"].to_list() == [record.trial.key for record in read_kept(keep(), publication).records]
    for record in records:
        row, one = rows[record.trial.key], record.trial
        assert record.provenance.to_dict().items() <= row.items()
        what = row["task"], row["schedule"], row["peak"], row["seed"]
        assert what == (one.task, str(one.schedule), one.peak, one.seed)
        assert (row["test_score"], row["test_loss"]) == (record.test.score, record.test.loss)
        assert (row["validation_score"], row["validation_loss"]) == (record.validation.score, record.validation.loss)
        macro = classification(np.array(record.test.confusion)).macro
        assert (row["test_precision"], row["test_recall"], row["test_f1"]) == macro
        assert (row["outcome"], row["diverged_at"]) == (record.outcome, record.diverged_at)
    places = {(row["seed"], row["schedule"]): (row["part"], row["phase"], row["arm"]) for row in rows.values()}
    assert places[(0, "cosine")] == ("small", "tune", "cosine")
    assert places[(1000, RULE)] == ("small", "confirm", RULE)
    assert places[(1001, "constant")] == (None, None, None)  # no arm of this study


def test_a_class_that_is_never_predicted_counts_as_nought(keep, records):
    confusion = ((3, 0, 1), (2, 0, 0), (0, 0, 0))
    test = Evaluation(loss=1.0, score=0.5, confusion=confusion)
    row = polars.read_parquet(keep([records[0].model_copy(update={"test": test})]) / "records.parquet").row(
        0, named=True
    )
    assert (row["test_precision"], row["test_recall"], row["test_f1"]) == classification(confusion).macro


def test_the_table_of_epochs_says_what_the_records_say(keep, records):
    table = polars.read_parquet(keep() / "epochs.parquet")
    for record in records:
        rows = table.filter(key=record.trial.key).drop("key").rows(named=True)
        assert rows == [{"epoch": number} | epoch.to_dict() for number, epoch in enumerate(record.epochs, start=1)]
    assert table.schema["test_f1"] == polars.Float64  # though nothing was watched


def test_what_is_kept_already_is_not_written_again(keep, records, monkeypatch):
    folder = keep()
    before, when = bytes_of(folder), times(folder)
    monkeypatch.setattr("lrlab.publications._kept.record_table", lambda *_: b"another polars writes other bytes")
    for rows in (records, list(reversed(records))):
        assert keep(rows) == folder
        assert (bytes_of(folder), times(folder)) == (before, when)


def test_records_written_by_an_earlier_version_stay_as_they_are(keep):
    folder = keep()
    file = folder / "records.json"
    text = file.read_text(encoding="utf-8")
    file.write_text(older := text.replace(',"left_at":null', ""), encoding="utf-8")  # a field that came later
    when = times(folder)
    keep()
    assert (file.read_text(encoding="utf-8"), times(folder)) == (older, when)
    assert older != text


@pytest.mark.parametrize("change", ["records", "ensembles", "rates", "data", "a file", "damage"])
def test_what_changed_is_written(keep, records, rates, data, change):
    folder = keep(records[:-1])
    when = times(folder)
    moved = next(one.trial.key for one in records if str(one.trial.schedule) == RULE)
    spoil = {"a file": (folder / "epochs.parquet").unlink, "damage": lambda: (folder / "records.json").write_text("{")}
    spoil.get(change, lambda: None)()
    changed = {
        "records": {"rows": records},
        "ensembles": {"ensembles": SCORES[:1]},
        "rates": {"rates": rates | {moved: npy(2 * np.load(io.BytesIO(rates[moved])))}},
        "data": {"about": data | {"other": "f" * 16}},
    }
    keep(**{"rows": records[:-1]} | changed.get(change, {}))
    assert all(now > then for now, then in zip(times(folder).values(), when.values(), strict=True))

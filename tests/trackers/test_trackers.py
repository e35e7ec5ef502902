"""What trackers wrote, read from their own files: kept ones, and fresh ones where the library is installed."""

import sqlite3
import struct
import sys
import zlib
from importlib.util import find_spec

import pytest

from lrlab.errors import RunsError, UnknownName
from lrlab.trackers import read_runs
from lrlab.trackers._protobuf import as_bytes, as_number, read_fields
from lrlab.trackers._tfrecord import checksums
from lrlab.trackers._wandb import _read_records
from support.trackers import EVENTS, EVENTS_OF_SETTINGS, MLFLOW, TRACKIO, WANDB_CONSTANT, WANDB_COSINE, unpack

NAN = float("nan")
ARMS = ("constant", "cosine")


def value(arm, seed, epoch):
    """What a run measures, as the kept files have it."""
    if (arm, seed, epoch) == ("constant", 1, 2):
        return NAN
    return round(0.5 + 0.1 * epoch + 0.05 * ARMS.index(arm) + 0.01 * seed, 4)


CURVES = {(arm, str(seed), epoch): value(arm, seed, epoch) for arm in ARMS for seed in (0, 1) for epoch in (1, 2)}


def curves(table):
    rows = table.frame.select("arm", "seed", "step", "value").iter_rows()
    return {(arm, seed, step): value for arm, seed, step, value in rows}


def same(found, expected):
    assert found.keys() == expected.keys()
    for key, number in expected.items():
        assert found[key] == pytest.approx(number, rel=1e-6, nan_ok=True), key


def put(path, packed):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(unpack(packed))
    return path


def test_mlflow(tmp_path):
    table = read_runs(put(tmp_path / "mlflow.db", MLFLOW))
    expected = CURVES | {("cosine", "2", None): NAN}  # it failed before
    same(curves(table), expected)
    assert table.metrics == ("val_acc",)
    assert table.seeded
    assert "arm is the column `params.schedule`" in table.guessed
    assert "broke off, and count as far as they came, or as without a value: cosine-2" in table.guessed
    assert set(table.frame["where"]) == {f"mlflow.db, run {arm}-{seed}" for arm in ARMS for seed in (0, 1)} | {
        "mlflow.db, run cosine-2"
    }
    losses = read_runs(tmp_path / "mlflow.db", metric="train_loss")
    assert curves(losses)["cosine", "2", 1] == 0.4
    with pytest.raises(UnknownName, match=r"unknown metric 'accuracy'; "):
        read_runs(tmp_path / "mlflow.db", metric="accuracy")


def test_a_database_that_is_being_written(tmp_path):
    path = put(tmp_path / "mlflow.db", MLFLOW)
    with sqlite3.connect(path) as writer:
        writer.execute("PRAGMA journal_mode = WAL")
        writer.execute("PRAGMA wal_autocheckpoint = 0")
        writer.execute("UPDATE metrics SET value = 0.99 WHERE key = 'val_acc' AND step = 2 AND is_nan = 0")
        writer.commit()
        writer.execute("UPDATE metrics SET value = 0.11 WHERE key = 'val_acc'")  # not committed: nobody sees it
        assert curves(read_runs(path))["cosine", "0", 2] == 0.99
        writer.rollback()
    writer.close()


def test_a_database_in_a_folder_that_may_not_be_written(tmp_path):
    path = put(tmp_path / "kept" / "mlflow.db", MLFLOW)
    with sqlite3.connect(path) as writer:
        writer.execute("PRAGMA journal_mode = WAL")
    writer.close()
    path.parent.chmod(0o500)
    try:
        same({key: number for key, number in curves(read_runs(path)).items() if key[2]}, CURVES)
        assert "mlflow.db" in {file.name for file in path.parent.iterdir()}
    finally:
        path.parent.chmod(0o700)


def test_databases_that_are_none(tmp_path):
    other = tmp_path / "other.db"
    with sqlite3.connect(other) as connection:
        connection.execute("CREATE TABLE metrics (a INTEGER)")
    connection.close()
    with pytest.raises(RunsError, match=r"neither MLflow's nor Trackio's; write its runs as CSV"):
        read_runs(other)
    broken = put(tmp_path / "mlflow.db", MLFLOW)
    broken.write_bytes(broken.read_bytes()[:5000])
    with pytest.raises(RunsError, match=r"mlflow\.db: .*check that it is whole"):
        read_runs(broken)
    empty = put(tmp_path / "empty.db", MLFLOW)
    with sqlite3.connect(empty) as connection:
        connection.execute("DELETE FROM metrics")
    connection.close()
    with pytest.raises(RunsError, match=r"holds no run that measured anything; check that it is the right one"):
        read_runs(empty)


def test_trackio(tmp_path):
    table = read_runs(put(tmp_path / "rates.db", TRACKIO))
    same(curves(table), CURVES)
    assert "arm is the column `config.schedule`" in table.guessed
    same(curves(read_runs(tmp_path)), CURVES)  # its folder


def test_wandb_offline(tmp_path):
    for name, packed in (("a", WANDB_CONSTANT), ("b", WANDB_COSINE)):
        put(tmp_path / f"offline-run-{name}" / f"run-{name}.wandb", packed)
        (tmp_path / f"offline-run-{name}" / "files").mkdir()
        (tmp_path / f"offline-run-{name}" / "files" / "output.txt").write_text("not a table")
    table = read_runs(tmp_path, metric="val/acc")
    same(
        curves(table),
        {key: number for key, number in CURVES.items() if key[:2] in {("constant", "1"), ("cosine", "0")}},
    )
    ends = read_runs(tmp_path)
    assert ends.metrics == ("test_acc",)
    same(curves(ends), {("constant", "1", None): NAN, ("cosine", "0", None): 0.76})


def test_wandb_files_that_are_broken_or_of_another_version(tmp_path):
    path = put(tmp_path / "run-a.wandb", WANDB_COSINE)
    whole = path.read_bytes()
    path.write_bytes(whole[:100] + b"!" + whole[101:])
    with pytest.raises(RunsError, match=r"run-a\.wandb: not read \(broken at byte \d+\); .*export the runs as CSV"):
        read_runs(path)
    path.write_bytes(whole[:6] + b"\x01" + whole[7:])
    with pytest.raises(RunsError, match=r"not read \(it has another version\); upload it with `wandb sync`"):
        read_runs(path)
    path.write_bytes(whole[:-30])  # cut off, as by a crash: what is there counts
    table = read_runs(path, metric="val/acc")
    assert curves(table)["cosine", "0", 1] == 0.65
    assert any("broke off" in said for said in table.guessed)


def test_event_files_of_torch(tmp_path):
    put(tmp_path / "constant_seed1" / "events.out.tfevents.1.host.1.0", EVENTS)
    put(tmp_path / "constant_seed1" / "1795931548.18539" / "events.out.tfevents.1.host.1.1", EVENTS_OF_SETTINGS)
    table = read_runs(tmp_path)
    assert table.metrics == ("val/acc",)
    same(curves(table), {("constant", "1", 1): 0.61, ("constant", "1", 2): NAN})
    assert "arm is the column `hparams.schedule`" in table.guessed
    same(curves(read_runs(tmp_path, metric="train/loss")), {("constant", "1", 1): 0.39, ("constant", "1", 2): NAN})
    same(curves(read_runs(tmp_path, metric="train/lr")), {("constant", "1", 1): 0.1, ("constant", "1", 2): 0.05})


def test_event_files_that_are_cut_off_or_broken(tmp_path):
    path = put(tmp_path / "constant_seed1" / "events.out.tfevents.1.host.1.0", EVENTS)
    whole = path.read_bytes()
    path.write_bytes(whole[:-9])
    table = read_runs(path, arm="run_name", metric="val/acc")
    assert table.frame.height == 2
    assert any("broke off" in said for said in table.guessed)
    path.write_bytes(whole[:130] + bytes([whole[130] ^ 1]) + whole[131:])
    with pytest.raises(RunsError, match=r"broken at byte \d+: a checksum does not hold; copy the file again"):
        read_runs(path, arm="run_name")


def test_a_checksum_by_its_published_value():
    assert checksums([b"123456789", b"", b"\0" * 32]).tolist() == [0xE3069283, 0, 0x8A9136AA]


def frame_record(data):
    """A record of an event file, by a twin that goes bit by bit."""

    def masked(part):
        crc = 0xFFFFFFFF
        for byte in part:
            crc ^= byte
            for _ in range(8):
                crc = (crc >> 1) ^ (0x82F63B78 if crc & 1 else 0)
        crc ^= 0xFFFFFFFF
        return struct.pack("<I", ((crc >> 15 | crc << 17) + 0xA282EAD8) & 0xFFFFFFFF)

    length = struct.pack("<Q", len(data))
    return length + masked(length) + data + masked(data)


def test_a_record_that_is_no_event(tmp_path):
    path = tmp_path / "events.out.tfevents.1"
    path.write_bytes(frame_record(b"\x2a\x10ab"))
    with pytest.raises(RunsError, match=r"no event file of TensorBoard \(.*\); take it out of the folder"):
        read_runs(path)


def test_a_table_beside_a_tracker_is_refused(tmp_path):
    (tmp_path / "a.csv").write_text("arm,seed,acc\na,1,0.5\n")
    with pytest.raises(RunsError, match=r"a\.csv is a table, rates\.db.* a tracker's; read one kind at a time"):
        read_runs([tmp_path / "a.csv", put(tmp_path / "rates.db", TRACKIO)])


def write_tensorboard_x(folder, suffix=""):
    from tensorboardX import SummaryWriter

    for arm in ARMS:
        for seed in (0, 1):
            with SummaryWriter(str(folder / arm / f"seed_{seed}"), filename_suffix=suffix) as writer:
                for epoch in (1, 2):
                    writer.add_scalar("val/acc", value(arm, seed, epoch), epoch)
                    writer.add_scalar("train/loss", 1 - value(arm, seed, epoch), epoch)


def test_tensorboard_x(tmp_path, library):
    library("tensorboardX")
    write_tensorboard_x(tmp_path)
    table = read_runs(tmp_path)
    same(curves(table), CURVES)
    assert table.seeded
    assert "arm is the name of the file: `constant` and `cosine`" in table.guessed
    write_tensorboard_x(tmp_path, ".again")  # a second file in each folder, as after a restart
    again = read_runs(tmp_path)
    same(curves(again), CURVES)
    assert "8 values were written again at their step; the last counts" in again.guessed


def test_torch_writes_what_is_kept(tmp_path):
    pytest.importorskip("tensorboard")
    from torch.utils.tensorboard import SummaryWriter

    for arm in ARMS:
        for seed in (0, 1):
            writer = SummaryWriter(str(tmp_path / f"run{ARMS.index(arm)}{seed}"))
            for epoch in (1, 2):
                writer.add_scalar("val/acc", value(arm, seed, epoch), epoch, new_style=True)
            writer.add_hparams({"schedule": arm, "seed": seed}, {"hparam/acc": value(arm, seed, 1)})
            writer.close()
    table = read_runs(tmp_path, metric="val/acc")
    same(curves(table), CURVES)
    assert "arm is the column `hparams.schedule`" in table.guessed


@pytest.mark.filterwarnings("ignore")  # mlflow uses what SQLAlchemy will drop
def test_mlflow_writes_what_is_kept(tmp_path, monkeypatch):
    pytest.importorskip("sqlalchemy")
    mlflow = pytest.importorskip("mlflow")
    monkeypatch.chdir(tmp_path)
    mlflow.set_tracking_uri(f"sqlite:///{tmp_path}/mlflow.db")
    for arm in ARMS:
        for seed in (0, 1):
            with mlflow.start_run():
                mlflow.log_params({"schedule": arm, "seed": seed})
                for epoch in (1, 2):
                    mlflow.log_metric("val_acc", value(arm, seed, epoch), step=epoch)
    same(curves(read_runs(tmp_path / "mlflow.db")), CURVES)
    mlflow.search_runs().to_csv(tmp_path / "search.csv")
    ends = read_runs(tmp_path / "search.csv")
    assert ends.metrics == ("metrics.val_acc",)
    same(curves(ends), {(arm, str(seed), None): value(arm, seed, 2) for arm in ARMS for seed in (0, 1)})


def test_trackio_writes_what_is_kept(tmp_path, monkeypatch):
    if find_spec("trackio") is None or "trackio" in sys.modules:
        pytest.skip("trackio is not installed, or has its folder already")
    monkeypatch.setenv("TRACKIO_DIR", str(tmp_path))
    trackio = pytest.importorskip("trackio")
    for arm in ARMS:
        for seed in (0, 1):
            trackio.init(project="rates", name=f"{arm}-{seed}", config={"schedule": arm, "seed": seed}, embed=False)
            for epoch in (1, 2):
                trackio.log({"val_acc": value(arm, seed, epoch)}, step=epoch)
            trackio.finish()
    same(curves(read_runs(tmp_path)), CURVES)


def test_wandb_writes_what_is_kept(tmp_path, monkeypatch):
    wandb = pytest.importorskip("wandb")
    monkeypatch.setenv("WANDB_SILENT", "true")
    for arm in ARMS:
        for seed in (0, 1):
            config = {"schedule": arm, "seed": seed}
            run = wandb.init(project="rates", config=config, dir=str(tmp_path), mode="offline")
            for epoch in (1, 2):
                run.log({"val/acc": value(arm, seed, epoch)}, step=epoch)
            run.finish()
    wandb.teardown()  # its service writes the last of it
    same(curves(read_runs(tmp_path)), CURVES)


def test_keras_folders_of_training_and_validation(tmp_path, library):
    writer = library("tensorboardX").SummaryWriter
    for arm in ARMS:
        for data in ("train", "validation"):
            with writer(str(tmp_path / f"{arm}_seed0" / data)) as log:
                log.add_scalar("epoch_accuracy", value(arm, 0, 1), 1)
                log.add_scalar("epoch_accuracy", value(arm, 0, 2) - 0.1 * (data == "train"), 2)
    table = read_runs(tmp_path)
    assert table.metrics == ("validation/epoch_accuracy",)
    same(curves(table), {key: number for key, number in CURVES.items() if key[1] == "0"})


def write_varint(number):
    """A whole number as protocol buffers have it."""
    return bytes([number & 127 | 128]) + write_varint(number >> 7) if number > 127 else bytes([number])


def write_field(number, data):
    return write_varint(number << 3 | 2) + write_varint(len(data)) + data


def test_settings_of_truth_and_scalars_left_out(tmp_path):
    """As TensorFlow's own writers have them: truths as such, and 0.0 left out of its message."""
    truth = write_field(1, write_field(1, b"nesterov") + write_field(2, b"\x20\x01"))
    plugin = write_field(1, write_field(2, write_field(3, truth + write_field(1, write_field(1, b"none")))))
    start = write_field(1, b"_hparams_/session_start_info") + write_field(9, plugin)
    zero = write_field(1, b"val_loss") + write_field(8, b"\x08\x01\x12\x00")
    matrix = write_field(1, b"image") + write_field(8, b"\x08\x01" + write_field(2, b"\x12\x02\x08\x03"))
    path = tmp_path / "events.out.tfevents.1"
    path.write_bytes(
        frame_record(
            b"\x10\x03" + write_field(5, write_field(1, start) + write_field(1, zero) + write_field(1, matrix))
        )
    )
    table = read_runs(path, arm="nesterov")
    assert curves(table) == {("true", "1", None): 0.0}
    assert table.metrics == ("val_loss",)


def frame_log(records, room):
    """Records as W&B frames them, by a twin: the first block has so much room less."""
    log, left = b":W&B\xe1\xbe\0", (1 << 15) - 7
    for record in [write_field(4, b"x" * room), *records]:
        rest, first = record, True
        while first or rest:
            if left < 7:
                log, left = log + b"\0" * left, 1 << 15
            part, rest = rest[: left - 7], rest[left - 7 :]
            kind = (1 if not rest else 2) if first else (4 if not rest else 3)
            log += struct.pack("<IHB", zlib.crc32(bytes([kind]) + part), len(part), kind) + part
            left, first = left - 7 - len(part), False
    return log


@pytest.mark.parametrize("room", [10, 32_730, 32_742, 32_744, 32_747, 32_750, 70_000])
def test_wandb_records_that_span_blocks(tmp_path, room):
    records = list(_read_records(unpack(WANDB_COSINE)))
    path = tmp_path / "run-a.wandb"
    path.write_bytes(frame_log(records, room))
    assert list(_read_records(path.read_bytes()))[1:] == records
    assert curves(read_runs(path, metric="val/acc"))["cosine", "0", 2] == 0.75


def test_wandb_values_of_a_kind_that_is_not_known(tmp_path):
    item = write_field(1, write_field(1, b"acc") + write_field(7, b"fine"))
    path = tmp_path / "run-a.wandb"
    path.write_bytes(frame_log([write_field(2, item)], 10))
    with pytest.raises(RunsError, match=r"not read \(a value of kind 7\); .*export the runs as CSV"):
        read_runs(path)


@pytest.mark.parametrize("message", [b"\x0b", b"\x80", b"\xff" * 12, b"\x0a\x05a", b"\x0d\x01"])
def test_messages_that_are_broken(message):
    with pytest.raises(ValueError, match=r"wire type 3|a number without an end|ends beyond its message"):
        list(read_fields(message))


def test_numbers_of_messages():
    assert as_number(2**64 - 3) == -3.0
    assert as_number(struct.pack("<f", 0.5)) == as_number(struct.pack("<d", 0.5)) == 0.5
    with pytest.raises(ValueError, match=r"a number of 3 bytes"):
        as_number(b"abc")
    with pytest.raises(ValueError, match=r"a number where bytes are due"):
        as_bytes(3)

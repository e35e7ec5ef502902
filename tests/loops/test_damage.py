"""Bits flipped in what is noted of a loop under way, and notes cut off: named, or harmless; never another number."""

import pytest

from lrlab.lab import as_array
from lrlab.loops._saved import NOTES, SIZE, load, share_saved
from lrlab.spec import Begun, Ended, Warned
from support.damages import damages

LONG_AGO = 0.0
FLIPS, CUTS = 50, 20  # of each of two files
OPTIONS = {"updates_per_epoch": 2, "settings": {"stops": 1}}


def counting(run):
    """Ten updates, two an epoch; keeps the next epoch in its folder."""
    file = run.folder / "epoch"
    start = int(file.read_text()) if file.exists() else 0
    for epoch in range(start, 5):
        for t in (2 * epoch, 2 * epoch + 1):
            run.rate(t)
        run.report(epoch=epoch, train_loss=0.3 / (epoch + 1), validation_loss=1.0 / (epoch + 1))
        file.write_text(str(epoch + 1))
        if run.should_stop and run.settings["stops"]:
            return
    run.finish(test_loss=0.125)


def content(end):
    assert isinstance(end, Ended)
    quiet = end.trained[0].record.model_copy(update={"train_seconds": 0.0})
    return quiet.to_json(), as_array(end.trained[0].arrays["rates"]).tolist()


def half_way(perform, folder, stops=3):
    for _ in range(stops):
        perform(counting, budget="10 updates", until=LONG_AGO, folder=folder, **OPTIONS)


@pytest.mark.parametrize("name", [NOTES, SIZE])
def test_whatever_becomes_of_the_notes_the_record_is_that_of_a_quiet_run(perform, tmp_path, name):
    quiet = content(perform(counting, budget="10 updates", folder="quiet", **OPTIONS)[-1])
    half_way(perform, "kept")
    kept = {file.relative_to(tmp_path / "kept"): file.read_bytes() for file in (tmp_path / "kept").rglob("*.*")}
    epoch = (tmp_path / "kept" / "checkpoints" / "epoch").read_bytes()
    whole = (tmp_path / "kept" / name).read_bytes()
    for number, damaged in enumerate(damages(whole, 13, FLIPS, CUTS)):
        folder = tmp_path / f"{number}"
        (folder / "checkpoints").mkdir(parents=True)
        (folder / "checkpoints" / "epoch").write_bytes(epoch)
        for other, bits in kept.items():
            (folder / other).write_bytes(damaged if other.name == name else bits)
        assert 0 <= share_saved(folder) <= 1
        events = perform(counting, budget="10 updates", folder=folder.name, **OPTIONS)
        assert content(events[-1]) == quiet
        told = [event.text for event in events if isinstance(event, Warned)]
        assert all("is damaged: it is not what was written; the trial starts over" in text for text in told)
        assert bool(told) == (events[0] == Begun(job="one", share=0.0))
        assert told or damaged == whole.removesuffix(b"\n")  # the end of its line alone is no loss


def test_a_line_that_a_kill_cut_off_costs_nothing_and_spoils_nothing(perform, tmp_path):
    """It is noted once more; the next line is one of its own."""
    quiet = content(perform(counting, budget="10 updates", folder="quiet", **OPTIONS)[-1])
    half_way(perform, "a", stops=2)
    with (tmp_path / "a" / NOTES).open("ab") as file:
        file.write(b"0123456789abcdef [[3, nul")
    half_way(perform, "a", stops=1)
    assert [note.row.number for note in load(tmp_path / "a") if note.row is not None] == [1, 2, 3]
    events = perform(counting, budget="10 updates", folder="a", **OPTIONS)
    assert not any(isinstance(event, Warned) for event in events)
    assert content(events[-1]) == quiet

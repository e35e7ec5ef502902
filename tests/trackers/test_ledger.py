"""Which trials a tracker was given: a trial that is forgotten may be written again, one that is merged may not."""

from lrlab.trackers import Ledger


def test_a_trial_is_noted_once_and_found_by_another_reader(tmp_path):
    first = Ledger(tmp_path / "r.db")
    assert not first.has("wandb", "demo", "a" * 16)
    first.add("wandb", "demo", "a" * 16)
    again = Ledger(tmp_path / "r.db")
    assert again.has("wandb", "demo", "a" * 16)
    assert not again.has("mlflow", "demo", "a" * 16)
    assert not again.has("wandb", "other", "a" * 16)


def test_a_forgotten_trial_is_written_anew_and_its_neighbours_are_not(tmp_path):
    ledger = Ledger(tmp_path / "r.db")
    for key in ("a" * 16, "b" * 16):
        ledger.add("wandb", "demo", key)
    assert ledger.has("wandb", "demo", "a" * 16)
    ledger.forget({"a" * 16})
    assert not ledger.has("wandb", "demo", "a" * 16)
    assert ledger.has("wandb", "demo", "b" * 16)
    assert [path.name for path in tmp_path.iterdir()] == ["r.db.tracked"]


def test_what_comes_from_another_store_is_not_written_again(tmp_path):
    ledger, other = Ledger(tmp_path / "r.db"), Ledger(tmp_path / "other.db")
    ledger.add("wandb", "demo", "a" * 16)
    other.add("wandb", "demo", "a" * 16)
    other.add("wandb", "demo", "b" * 16)
    ledger.take(other)
    assert ledger.has("wandb", "demo", "b" * 16)
    lines = (tmp_path / "r.db.tracked").read_text().splitlines()
    assert len(lines) == len(set(lines)) == 2


def test_without_a_file_there_is_nothing_to_forget_or_take(tmp_path):
    ledger = Ledger(tmp_path / "r.db")
    ledger.forget({"a" * 16})
    ledger.take(Ledger(tmp_path / "none.db"))
    assert list(tmp_path.iterdir()) == []

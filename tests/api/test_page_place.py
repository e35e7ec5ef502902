"""A report lies beside its store."""

from pathlib import Path

import lrlab
from support.tasks import blobs


def test_a_page_lies_beside_the_store_whatever_the_current_folder_is_now(tmp_path, monkeypatch):
    store = tmp_path / "there" / "records.db"
    monkeypatch.chdir(tmp_path)
    small = {"epochs": 1, "peaks": [0.1], "seeds": 2, "tuning_seeds": 1, "workers": 0, "progress": False}
    lrlab.compare(blobs(), ["constant"], store=store, **small)
    monkeypatch.chdir(store.parent)
    results, so_far = lrlab.load(store.name), lrlab.so_far(store.name)
    assert results.store == so_far.store == store
    assert results.page() == so_far.page() == Path(results.page().name)  # as it was named: in the current folder
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.chdir(tmp_path / "elsewhere")
    assert results.page().parent == so_far.page().parent == store.parent
    assert not list((tmp_path / "elsewhere").iterdir())

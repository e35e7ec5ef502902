"""The page that renews itself, as a reader sees it."""

import shutil
import warnings
from pathlib import Path

import pytest

import lrlab
from lrlab.api import _watch_server
from lrlab.api._store_view import StoreReader
from lrlab.api._watch_server import WatchServer
from lrlab.errors import LabWarning
from lrlab.store import Store
from support.tasks import BLOBS_FILE

HOW = {"workers": 0, "progress": False, "epochs": 3, "peaks": [0.03, 0.1], "tuning_seeds": 1, "seeds": 3}
WAIT = 30_000  # milliseconds


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    folder = tmp_path_factory.mktemp("watched")
    (folder / "mine.py").write_text(BLOBS_FILE)
    with warnings.catch_warnings(action="ignore", category=LabWarning):
        lrlab.compare(f"{folder}/mine.py:task", ["constant", "cosine"], store=folder / "records.db", **HOW)
    return folder / "records.db"


@pytest.fixture
def server(made, tmp_path, monkeypatch):
    """A server of a store of three records; the whole store lies beside it."""
    monkeypatch.setattr(_watch_server, "EVERY", 0.2)
    store = Path(shutil.copy(made, tmp_path / "records.db"))
    with Store(store, write=True) as opened:
        opened.remove(*opened.record_keys()[3:])
    with StoreReader(store) as reader:
        served = WatchServer(reader, 0)
        served.store = store
        yield served
        served.close()


def test_the_page_renews_itself_as_trials_land(browser, made, server):
    page = browser.new_page(viewport={"width": 400, "height": 800})
    problems = []
    page.on("pageerror", lambda error: problems.append(str(error)))
    page.on("console", lambda said: problems.append(said.text) if said.type in {"error", "warning"} else None)
    page.on("request", lambda asked: problems.append(asked.url) if not asked.url.startswith(server.address) else None)
    page.goto(server.address)
    page.wait_for_selector("text=In the middle: 3 of about", timeout=WAIT)
    assert page.locator("svg polyline").count() == 3
    shutil.copy(made, server.store.with_name("other.db"))
    lrlab.merge_stores(server.store, server.store.with_name("other.db"))
    page.wait_for_selector("text=Finished: ", timeout=WAIT)
    assert page.locator("progress").get_attribute("value") == "1.0000"
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert [text for text in problems if "favicon" not in text] == []
    page.click("text=here")
    page.wait_for_selector("h1", timeout=WAIT)
    assert page.url.endswith("/report")
    page.close()


def test_a_server_that_ends_is_said_and_the_last_state_stays(browser, server):
    page = browser.new_page()
    page.goto(server.address)
    page.wait_for_selector("text=In the middle: 3 of about", timeout=WAIT)
    server.server_close()
    server.shutdown()
    page.wait_for_selector("text=The server has ended; lrlab watch starts it again.", timeout=WAIT)
    assert page.locator("text=In the middle: 3 of about").count() == 1
    page.close()

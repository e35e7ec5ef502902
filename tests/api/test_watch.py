"""The page that renews itself: whom it answers, what it shows of a store that changes, when it stops."""

import http.client
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import threading
import warnings
from contextlib import contextmanager
from pathlib import Path
from time import monotonic, sleep

import pytest

import lrlab
from lrlab import events
from lrlab.api import _store_view, _watch
from lrlab.api._store_view import StoreReader
from lrlab.api._watch_server import WatchServer
from lrlab.errors import LabError, LabWarning, StoreError, StudyError
from lrlab.store import Store
from support.command import LRLAB
from support.tasks import BLOBS_FILE

HOW = {"workers": 0, "progress": False, "epochs": 1, "peaks": [0.03, 0.1], "tuning_seeds": 1, "seeds": 3}


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    folder = tmp_path_factory.mktemp("watched")
    (folder / "mine.py").write_text(BLOBS_FILE)
    with warnings.catch_warnings(action="ignore", category=LabWarning):
        results = lrlab.compare(f"{folder}/mine.py:task", ["constant", "cosine"], store=folder / "records.db", **HOW)
    return folder / "records.db", results


@pytest.fixture
def store(made, tmp_path):
    return Path(shutil.copy(made[0], tmp_path))


@contextmanager
def served(store, port=0):
    with StoreReader(store) as reader:
        server = WatchServer(reader, port)
        try:
            yield server
        finally:
            server.close()


@pytest.fixture(autouse=True)
def soon(monkeypatch):
    monkeypatch.setattr(_store_view, "EVERY", 0.05)
    monkeypatch.setattr(_store_view, "SPARING", 1.0)


def ask(server, path="/", method="GET", **headers):
    connection = http.client.HTTPConnection("127.0.0.1", server.server_port, timeout=120)
    connection.request(method, path, headers=headers)
    answer = connection.getresponse()
    text = answer.read().decode()
    connection.close()
    return answer, text


def part_of(port):
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=120)
    connection.request("GET", "/part")
    text = connection.getresponse().read().decode()
    connection.close()
    return text


def wait_for(server, words, seconds=20.0):
    """The middle of the page, once these words stand in it."""
    until = monotonic() + seconds
    while words not in (text := ask(server, "/part")[1]):
        assert monotonic() < until, text
        sleep(0.05)
    return text


def cut(store, count):
    with Store(store, write=True) as opened:
        opened.remove(*opened.record_keys()[count:])


def test_a_finished_run_is_shown_with_its_answer_and_its_whole_report(store, made):
    with served(store) as server:
        answer, text = ask(server)
        assert answer.status == 200
        assert "Finished: " in text
        assert made[1].answer.split("\n")[0].split(".")[0] in text
        report = ask(server, "/report")[1]
        assert report == made[1].page(store.parent / "page.html").read_text(encoding="utf-8")


def test_what_lands_in_the_store_is_shown(store, made):
    whole = shutil.copy(store, store.with_name("whole.db"))
    cut(store, 4)
    with served(store) as server, Store(whole) as source:
        text = wait_for(server, "In the middle: 4 of about")
        assert "No run is going on" in text
        assert ask(server, "/report")[0].status == 404
        with Store(store, write=True) as opened:
            wait_for(server, "Tuning")
            missing = [key for key in source.record_keys() if key not in opened.record_keys()]
            for key in missing:
                arrays = {name: source.array(key, name) for name in source.array_names(key)}
                opened.add(source.get([key])[key], arrays)
                if len(opened) == 6:
                    assert "No run goes on" not in wait_for(server, "In the middle: 6 of about")
        wait_for(server, "Finished: ")
        assert ask(server, "/report")[0].status == 200


def test_what_did_not_change_is_not_sent_again(store):
    with served(store) as server:
        answer, text = ask(server, "/part")
        again, nothing = ask(server, "/part", **{"If-None-Match": answer.headers["ETag"]})
        assert (again.status, nothing) == (304, "")
        assert ask(server, "/part", **{"If-None-Match": '"other"'})[1] == text


@pytest.mark.parametrize(
    "name", ["evil.example", "127.0.0.1.evil.example", "evil.example:80", "[::1]", "", "localhost:x"]
)
def test_a_strangers_name_for_this_machine_is_not_answered(store, name):
    with served(store) as server:
        for path in ("/", "/part", "/report"):
            answer, text = ask(server, path, Host=name)
            assert (answer.status, text) == (421, "this page is for 127.0.0.1 and localhost alone")


@pytest.mark.parametrize("name", ["127.0.0.1", "localhost:1234", "LOCALHOST"])
def test_this_machines_own_names_are_answered(store, name):
    with served(store) as server:
        assert ask(server, "/part", Host=name)[0].status == 200


@pytest.mark.parametrize(
    "path", ["/records.db", "/../records.db", "/%2e%2e/records.db", "//etc/passwd", "/part/../x", "*"]
)
def test_no_file_is_served(store, path):
    with served(store) as server:
        answer, text = ask(server, path)
        assert (answer.status, text) == (404, "there is only /")


def test_only_reading_is_answered_and_headers_keep_strangers_out(store):
    with served(store) as server:
        assert ask(server, method="POST")[0].status == 501
        head, text = ask(server, method="HEAD")
        assert (head.status, text) == (200, "")
        policy = head.headers["Content-Security-Policy"]
        assert re.search(r"default-src 'none'; script-src 'nonce-[\w-]{16,}'", policy)
        assert "frame-ancestors 'none'" in policy
        assert head.headers["Cross-Origin-Resource-Policy"] == "same-origin"
        assert "Access-Control-Allow-Origin" not in head.headers
        assert "Python" not in head.headers["Server"]


def test_it_listens_on_the_loopback_address_alone(store):
    with served(store) as server:
        assert server.socket.getsockname()[0] == "127.0.0.1"
        own = {each[4][0] for each in socket.getaddrinfo(socket.gethostname(), None, socket.AF_INET)}
        for address in own - {"127.0.0.1"}:
            with pytest.raises(OSError, match="refused"):
                socket.create_connection((address, server.server_port), timeout=5)


def test_a_port_in_use_is_refused_in_words(store):
    with served(store) as server, pytest.raises(LabError, match=r"cannot serve on port \d+ .*give another --port"):
        lrlab.watch(store, port=server.server_port)
    with pytest.raises(StudyError, match="a port is a number from 0 to 65535, but got 70000"):
        lrlab.watch(store, port=70000)


def test_a_store_that_is_missing_is_refused_and_one_that_goes_is_waited_for(store):
    with pytest.raises(StoreError, match="there is no store"):
        lrlab.watch(store.with_name("none.db"))
    with served(store) as server:
        wait_for(server, "Finished: ")
        away = store.rename(store.with_name("away.db"))
        wait_for(server, "there is no store at")
        assert ask(server, "/report")[0].status == 404
        away.rename(store)
        wait_for(server, "Finished: ")
        store.write_bytes(b"no store at all, but long enough to be taken for a file of another kind" * 20)
        assert "<b>" not in wait_for(server, "is not a store of lrlab")


def test_a_store_without_a_study_is_shown_as_such(tmp_path):
    Store(tmp_path / "empty.db", write=True).close()
    with served(tmp_path / "empty.db") as server:
        wait_for(server, "No study was run with this store yet.")
        with Store(tmp_path / "empty.db", write=True):
            wait_for(server, "A run is being prepared.")


def test_names_are_shown_as_text(store):
    hostile = '"><img src=x onerror=alert(1)><script>alert(1)</script>\u202e'
    with Store(store) as opened:
        stored = opened.studies()[-1]
    with Store(store, write=True) as opened:
        opened.add_study(stored._replace(study=stored.study.model_copy(update={"title": hostile, "task": "x"})))
    with served(store) as server:
        text = wait_for(server, "In the middle")
        assert "<img" not in text
        assert "<script" not in text
        page = ask(server)[1]
        assert page.count("<script") == 1


def test_it_stops_when_nobody_looks_and_nothing_runs(store):
    said = []
    lrlab.watch(store, idle=0.3, say=said.append)
    assert re.fullmatch(r"http://127\.0\.0\.1:\d+/", said[0])
    assert said[1:] == ["nobody looked and no run went on for 0 s: stopped"]


def test_it_goes_on_while_a_run_writes(store):
    note = {"host": "elsewhere", "process": 1, "command": "lrlab run", "since": "2026"}
    lock = Path(f"{store}.lock")
    lock.write_text(json.dumps(note))
    thread = threading.Thread(target=lrlab.watch, args=(store,), kwargs={"idle": 0.2, "say": lambda _: None})
    thread.start()
    thread.join(timeout=1.5)
    assert thread.is_alive()
    lock.write_text("")
    thread.join(timeout=10)
    assert not thread.is_alive()


@pytest.mark.slow
def test_a_run_is_watched_from_another_process_until_ctrl_c(tmp_path):
    signal.signal(signal.SIGINT, signal.default_int_handler)  # children of a background job ignore Ctrl-C else
    (tmp_path / "mine.py").write_text(BLOBS_FILE)
    words = [
        "compare",
        "mine.py:task",
        "constant",
        "cosine",
        "--epochs",
        "1200",
        "--peaks",
        "0.1",
        "--seeds",
        "8",
        "--workers",
        "1",
        "--engine",
        "reference",
    ]
    environment = os.environ | {"PYTHONUNBUFFERED": "1"}
    run = subprocess.Popen(
        [LRLAB, *words, "--store", "s.db"],
        cwd=tmp_path,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        while not (tmp_path / "s.db.live").exists():
            assert run.poll() is None
            sleep(0.1)
        watching = subprocess.Popen(
            [LRLAB, "watch", "s.db"], cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=environment
        )
        port = int(re.search(rb":(\d+)/", watching.stdout.readline())[1])
        text = ""
        while "under way" not in text or "<polyline" not in text:
            assert run.poll() is None, text
            text = part_of(port)
            sleep(0.2)
        assert re.search(r"about \d.* left", text)
        run.kill()  # its notes stay, and are not taken for a run
        run.wait()
        while "No run is going on" not in text:
            text = part_of(port)
        assert (tmp_path / "s.db.live").exists()
        assert "left" not in text
        watching.send_signal(signal.SIGINT)
        _, error = watching.communicate(timeout=120)
        assert watching.returncode == 130
        assert error.strip() == b"lrlab: stopped watching; a run that goes on is not touched"
    finally:
        run.kill()
        run.wait()


def test_a_run_serves_its_own_page_while_it_goes_on(tmp_path, monkeypatch):
    monkeypatch.setattr(_watch, "LINGER", 0.1)
    (tmp_path / "mine.py").write_text(BLOBS_FILE)
    ports, seen = [], []

    def listen(event):
        if isinstance(event, events.Said) and (found := re.search(r"watch it: http://127.0.0.1:(\d+)/$", event.text)):
            ports.append(int(found[1]))
        if isinstance(event, events.TrialsStored) and not any("under way" in text for text in seen):
            seen.append(part_of(*ports))

    task, how = f"{tmp_path}/mine.py:task", HOW | {"progress": listen, "watch": True, "store": tmp_path / "new.db"}
    with warnings.catch_warnings(action="ignore", category=LabWarning):
        results = lrlab.compare(task, ["constant", "cosine"], **how)
    assert any("In the middle: " in text and "under way" in text for text in seen)
    assert not any(results.answer in text for text in seen)
    with pytest.raises(ConnectionRefusedError):
        part_of(*ports)
    with pytest.raises(StudyError, match="watch is True or False"):
        lrlab.compare(task, ["constant"], **how | {"watch": 1})

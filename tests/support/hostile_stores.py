"""Stores, checkpoints and kept results that strangers, other programs and accidents leave."""

# ruff: noqa: E501 - tables of odd values

import json
import random
import re
import sqlite3
import tempfile
from functools import lru_cache
from pathlib import Path
from typing import Any

import lrlab
from support.hostile import TASK, Case, study_text

COMPARE = (
    *("compare", TASK, "constant", "cosine", "--epochs", "1", "--peaks", "0.1"),
    *("--tuning-seeds", "1", "--seeds", "2"),
)


TRAP = b"\x80\x04cbuiltins\nopen\n(S'ran'\nS'w'\ntR."
TEXTS = [
    "", "null", "[]", "{}", "x", "\0", "[" * 100_000, '{"a":' * 1000, "1e999", "NaN", "\x1b[31m", "<x-evil>", "{{7*7}}",
    "../../../canary", "'; drop table record; --", "x" * 3_000_000, "\u202e", "</script><x-evil>", "%", "_", "9" * 5000,
]  # fmt: skip
COLUMNS = [
    ("record", "record"), ("record", "key"), ("record", "added"), ("array", "npy"), ("array", "name"), ("plan", "study"),
    ("plan", "name"), ("plan", "data"), ("plan", "request"), ("plan", "added"), ("setup", "setup"), ("setup", "key"),
    ("stack", "plan"), ("stack", "key"), ("member", "trial"), ("member", "stack"), ("program", "parts"), ("program", "data"),
    ("failure", "message"), ("failure", "traceback"), ("standing", "standing"),
]  # fmt: skip
SCRIPTS = [
    "pragma user_version = 99",
    "pragma user_version = 0",
    "pragma user_version = -1",
    "pragma user_version = 3",
    "pragma application_id = 1",
    "drop table record",
    "drop table plan",
    "drop table stack",
    "delete from record",
    "delete from plan",
    "delete from array",
    "alter table record rename column record to other",
    "alter table record drop column digest",
    "alter table plan add column more",
    "alter table record rename to r; create view record as with recursive c(x) as (select 1 union all select x+1 from c)"
    " select x as key, x as record, x as added, x as digest from c",
    "alter table plan rename to p; create view plan as with recursive c(x) as (select 1 union all select x+1 from c)"
    " select x as id, x as name, x as study, x as data, x as request, x as added from c",
    "create trigger evil after insert on plan begin delete from record; end",
    "create trigger evil after insert on record begin insert into record select key||'x', record, added, digest from record; end",
    "create trigger evil before insert on plan begin select raise(abort, 'no'); end",
    "create table evil (x); insert into evil values (zeroblob(1000000))",
    "create index evil on record (hex(record))",
    "update record set digest = ''",
    "update array set npy = zeroblob(100000000)",
    "insert or replace into member select key, 'x' from record",
    "insert into failure select key, char(27)||'[31m<x-evil>', 'Traceback', '' from record; delete from record",
    "insert into stack values ('../../canary', '{}', ''); insert into member select key, '../../canary' from record; delete from record",
    "update plan set study = replace(study, 'constant', 'nothing')",
    'update plan set study = replace(study, \'"name":"\', \'"name":"../../\')',
    "update record set record = replace(record, '0.', '1e999')",
    "vacuum",
]
FIELDS = [
    "task",
    "name",
    "title",
    "data",
    "peak",
    "seed",
    "budget",
    "outcome",
    "engine",
    "machine",
    "class_names",
    "updates",
    "metric",
]


@lru_cache(maxsize=1)
def good_store() -> bytes:
    """A store of a small study, answered."""
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder) / "s.db"
        lrlab.compare(
            TASK, ["constant", "cosine"], epochs=1, peaks=[0.1], tuning_seeds=1, seeds=2, store=place, workers=0,
            engine="reference", progress=False,
        )  # fmt: skip
        with sqlite3.connect(place) as base:
            base.execute("pragma journal_mode = delete")
        base.close()
        return place.read_bytes()


def _changed(rng: random.Random) -> bytes:
    """That store, with values or tables changed by whoever knows SQL."""
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder) / "s.db"
        place.write_bytes(good_store())
        base = sqlite3.connect(place)
        base.set_progress_handler(lambda: 1, 5_000_000)  # views without end are for who reads them
        for _ in range(rng.randint(1, 3)):
            try:
                _change(rng, base)
            except sqlite3.Error:
                continue
        base.commit()
        base.close()
        return place.read_bytes()


def _change(rng: random.Random, base: sqlite3.Connection) -> None:
    if rng.random() < 0.4:
        base.executescript(rng.choice(SCRIPTS))
        return
    table, column = rng.choice(COLUMNS)
    value: Any = rng.choice([*TEXTS, None, 7, -1, 1.5, TRAP, b"\x93NUMPY\x01\x00", b""])
    if column in ("record", "study", "plan", "setup", "standing") and rng.random() < 0.8:
        base.create_function("edited", 1, lambda text: _edit_json(rng, text))
        base.execute(f"update {table} set {column} = edited({column})")
        if table == "record":  # with a digest that fits
            from lrlab.store._rows import digest

            base.create_function("digest_of", 2, digest)
            base.execute("update record set digest = digest_of(key, record)")
    else:
        base.execute(f"update or replace {table} set {column} = ?", (value,))


def _edit_json(rng: random.Random, text: str) -> str:
    """A text of JSON in which a value is another."""
    try:
        data = json.loads(text)
    except ValueError:
        return text
    place, key = data, rng.choice(list(data)) if isinstance(data, dict) and data else None
    while key is not None and isinstance(place[key], dict | list) and place[key] and rng.random() < 0.7:
        place = place[key]
        key = rng.choice(list(place)) if isinstance(place, dict) else rng.randrange(len(place))
    if key is not None:
        place[key] = rng.choice(
            [
                None,
                -1,
                0,
                10**30,
                1e308,
                "",
                "x",
                "../../x",
                "<x-evil>",
                "\x1b[31m",
                [],
                {},
                [[]],
                "\u202e",
                True,
                "</script><x-evil>",
            ]
        )
    return json.dumps(data)


def _broken(rng: random.Random, data: bytes) -> bytes:
    way = rng.choice(["cut", "bits", "bits", "head", "other"])
    if way == "cut":
        return data[: rng.randrange(len(data))]
    changed = bytearray(data)
    if way == "head":
        changed[rng.randrange(100)] = rng.randrange(256)
    elif way == "bits":
        for _ in range(rng.randint(1, 30)):
            changed[rng.randrange(len(changed))] ^= 1 << rng.randrange(8)
    else:
        return rng.choice(
            [b"", b"x", TRAP, b"SQLite format 3\0", b"SQLite format 3\0" + bytes(4000), bytes(100_000), b"PK\x03\x04"]
        )
    return bytes(changed)


def odd_store(rng: random.Random) -> Case:
    """A store that is read or gone on from."""
    kind = rng.choice(["changed"] * 6 + ["broken"] * 3 + ["thing"])
    what: Any = _changed(rng) if kind == "changed" else _broken(rng, good_store())
    if kind == "thing":
        what = rng.choice(
            [
                "fifo",
                "socket",
                "folder",
                "zero",
                "link:s.db",
                "link:..",
                "link:/dev/full",
                "closed:x",
                "link:../../canary",
            ]
        )
    files: dict[str, Any] = {"s.db": what, "s.yaml": study_text().encode()}
    if rng.random() < 0.15:
        files[rng.choice(["s.db-wal", "s.db-shm", "s.db-journal", "s.db.lock"])] = rng.choice(
            [b"", TRAP, bytes(5000), "folder", "fifo", "link:../../canary"]
        )
    verb = rng.choice(
        [
            ("report",),
            ("report", "--beyond"),
            ("report", "--json"),
            ("report", "digits-mlp"),
            ("run", "s.yaml"),
            ("report", "--page", "p.html"),
            COMPARE,
            ("report", "\x1b"),
            ("plan", "--arms", "2", "--difference", "1", "--from", "s.db"),
            ("judge", "s.db"),
        ]
    )
    words = verb if verb[0] in ("judge", "plan") else (*verb, "--store", "s.db")
    return Case(f"store, {kind}", words, files)


def odd_checkpoint(rng: random.Random) -> Case:
    """What lies where checkpoints of a study lie, of stacks that its store has under way."""
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder) / "s.db"
        place.write_bytes(good_store())
        base = sqlite3.connect(place)
        stacks = [key for (key,) in base.execute("select key from stack")]
        base.executescript("delete from array; delete from record")
        if rng.random() < 0.4:
            path = rng.choice(["../../../canary", "../../here/keep", "/etc/passwd", stacks[0], "x" * 400])
            base.create_function(
                "from_there", 1, lambda text: json.dumps(json.loads(text) | {"begin_from": [path], "rung": "1 epochs"})
            )
            base.execute("update stack set plan = from_there(plan)")
        base.commit()
        base.close()
        files: dict[str, Any] = {"s.db": place.read_bytes(), "keep.pt": b"keep", "keep.share": b"keep"}
    zipped = b"PK\x03\x04" + bytes(100)
    for key in stacks[:3]:
        what = rng.choice(
            [
                TRAP,
                b"",
                b"lrlab checkpoint 3\n",
                b"lrlab checkpoint 3\n" + b"0" * 64 + TRAP,
                zipped,
                "fifo",
                "folder",
                "zero",
                "link:../keep.pt",
                "link:../../canary",
                bytes(5000),
                _signed(TRAP),
                _signed(_torch_trap()),
            ]
        )
        files[f"s-checkpoints/{key}.pt"] = what
        files[f"s-checkpoints/{key}.share"] = rng.choice(
            [b"0.5", b"nan", b"1e999", b"-1", b"x", b"9" * 100_000, "folder", "fifo"]
        )
    if rng.random() < 0.2:
        files = {"s-checkpoints": rng.choice([b"x", "link:..", "link:nowhere", "fifo"]), "s.db": files["s.db"]}
    return Case("checkpoint", (*COMPARE, "--store", "s.db"), files)


def _signed(content: bytes) -> bytes:
    """A checkpoint whose digest is right, whatever it holds."""
    import hashlib

    return b"lrlab checkpoint 3\n" + hashlib.sha256(content).hexdigest().encode() + content


@lru_cache(maxsize=1)
def _torch_trap() -> bytes:
    """What torch.save makes of an object that opens a file when it is loaded."""
    import io

    import torch

    file = io.BytesIO()
    torch.save({"x": _Opens()}, file)
    return file.getvalue()


class _Opens:
    def __reduce__(self) -> Any:
        return open, ("ran", "w")


def kept_results(rng: random.Random) -> Case:
    """Results of a published study that were changed."""
    name = rng.choice(["initial-rate", "decay-rules", "decay-curves", "googlenet-schedules"])
    scale = rng.choice(["smoke", "reduced", "full"])
    source = Path(__file__).parents[2] / "results" / name
    scale = scale if (source / scale).is_dir() or rng.random() < 0.2 else next(place.name for place in source.iterdir())
    files: dict[str, Any] = {}
    for file in sorted((source / scale).rglob("*")) if (source / scale).is_dir() else ():
        if file.is_file() and file.suffix in (".json", ".parquet", ".npz", ".csv", ".md", ".yaml"):
            files[f"results/{name}/{scale}/{file.relative_to(source / scale)}"] = file.read_bytes()
    for place in rng.sample(sorted(files), min(len(files), rng.randint(1, 2))):
        data = files[place]
        way = rng.choice(["broken", "text", "json", "thing"])
        if way == "broken" and data:
            files[place] = _broken(rng, data)
        elif way == "text":
            files[place] = rng.choice(TEXTS).encode("utf-8", "replace")
        elif way == "json" and place.endswith(".json"):
            files[place] = _edit_json(rng, data.decode()).encode("utf-8", "replace")
        else:
            files[place] = rng.choice(["fifo", "folder", "link:..", "link:nowhere", "closed:x", "socket"])
    return Case("kept results", ("report", name, "--scale", scale, "--results", "results"), files)


def shown_names(rng: random.Random) -> Case:
    """Titles, labels and names that a page, a terminal or a query could take for something else."""
    odd = [
        "<x-evil>",
        "</script><x-evil>",
        "{{7*7}}",
        "<img src=x onerror=alert(1)>",
        "$x_{",
        "[red]x[/red]",
        "&lt;x-evil&gt;",
        "%",
        "_",
    ]
    odd += [
        "'; drop table record; --",
        "=1+1",
        "</title><x-evil>",
        "javascript:evil",
        '" onerror="x',
        "a\\u0000b",
        "\\x1b[31m",
        "\\u202e",
    ]
    label, other = rng.sample(odd, 2)
    name = rng.choice(["hostile", "hostile", "a..b", "con", "..", "a/b", "-x", "x" * 80, "x" * 81, ".x", "a%b", "a b"])
    arm = "  - label: {}\n    candidates: [{{schedule: constant, peak: {}}}]\n"
    arms = "\n" + arm.format(_quoted(label), 0.1) + arm.format(_quoted(other), 0.3).rstrip("\n")
    text = study_text(schedules=None, tune="{seeds: 1}", arms=arms, title=_quoted(rng.choice(odd)), name=_quoted(name))
    words = ("run", "s.yaml", "--store", "s.db", *rng.choice([(), (), ("--json",), ("--page", "p.html")]))
    return Case("names on a page", words, {"s.yaml": text.encode()})


def _quoted(text: str) -> str:
    return '"' + re.sub(r'(?<!\\)"', r"\"", text) + '"' if "\\" in text else "'" + text.replace("'", "''") + "'"


KINDS = [odd_store] * 5 + [odd_checkpoint] * 2 + [kept_results, shown_names]

"""Runs that others wrote, as `judge` is given them."""

# ruff: noqa: E501 - tables of odd values

import gzip
import io
import json
import random
import sqlite3
import struct
import tempfile
from collections.abc import Callable
from functools import lru_cache
from pathlib import Path
from typing import Any

from support import trackers as kept
from support.hostile import Case

ODD = [
    "", " ", "nan", "NaN", "inf", "-inf", "1e999", "-0", "1e-400", "1,5", "0x10", "½", "١", "true", "null", "None", "-", "—", "NA",
    "=1+1", "=cmd|' /C calc'!A0", "@SUM(1)", "<x-evil>", "</script><x-evil>", "{{7*7}}", "{% raw %}", "\x1b[31m", "\x00",
    "\u202e", "\ud800", "a\nb", '"', "'", "'; drop table runs; --", "%", "_", "\\", "x" * 5000, "9" * 400, "1_000", "[1,2]",
    '{"a":1}', "2024-01-01", "$(touch ran)", "`touch ran`", "../../x", "javascript:evil", "constant", "constant ", "CONSTANT",
    "<img src=x onerror=alert(1)>", "𝕏" * 50, "a\tb", "\ufeff", "٫", "1e2.5", "+1", "1e308", "1.7976931348623157e308",
]  # fmt: skip
NAMES = [
    "arm",
    "seed",
    "accuracy",
    "loss",
    "step",
    "epoch",
    "value",
    "metric",
    "",
    "arm",
    "<x-evil>",
    "\x1b",
    "Unnamed: 0",
]


def rows(rng: random.Random) -> list[dict[str, Any]]:
    """Two arms or more on some seeds, with a few cells changed."""
    arms = rng.sample(
        ["constant", "cosine", "<x-evil>", "a b", "{{7*7}}", "=1+1", "\u202ex", "linear"], rng.randint(1, 4)
    )
    luck = [rng.random() for _ in range(12)]
    table = [
        {"arm": arm, "seed": seed, "accuracy": round(0.8 + place / 50 + luck[seed] / 20, 4)}
        for place, arm in enumerate(arms)
        for seed in range(rng.choice([0, 1, 2, 6, 12]))
    ]
    for _ in range(rng.choice([0, 0, 1, 2, 5])):
        if table:
            rng.choice(table)[rng.choice(["arm", "seed", "accuracy", *NAMES])] = rng.choice(
                [*ODD, None, -1, 10**30, 1e308, [1], {"x": 2}]
            )
    return table


def csv(rng: random.Random) -> bytes:
    """A table of text, by a sign between its cells."""
    table, sign = rows(rng), rng.choice([",", ",", ",", ";", "\t", "|", " "])
    head = rng.choice(
        [["arm", "seed", "accuracy"]] * 4 + [rng.choices(NAMES, k=3), ["arm"], ["accuracy"] * 3, ["a"] * 2000]
    )
    quoted = rng.random() < 0.7
    write = (lambda cell: '"' + str(cell).replace('"', '""') + '"') if quoted else str
    lines = [sign.join(map(write, head))] + [
        sign.join(write(row.get(name, "")) for name in ("arm", "seed", "accuracy")) for row in table
    ]
    for _ in range(rng.choice([0, 0, 0, 1])):
        lines.insert(
            rng.randint(0, len(lines)), rng.choice(["", sign * 50, '"', "#", "x", '"open', sign, "\0", "=" * 100])
        )
    end = rng.choice(["\n", "\n", "\r\n", "\r", "\n\n"])
    text = end.join(lines) + rng.choice(["", end])
    coding = rng.choice(["utf-8", "utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-32", "latin-1", "cp1252", "utf-7"])
    data = text.encode(coding, "replace" if coding not in ("utf-8", "utf-8-sig") else "surrogatepass")
    return _broken(rng, data)


def as_json(rng: random.Random) -> bytes:
    """A table as JSON of one of its forms, or something deep or large."""
    table = rows(rng)
    forms: list[Callable[[], str]] = [
        lambda: json.dumps(table),
        lambda: "\n".join(map(json.dumps, table)),
        lambda: json.dumps({name: [row.get(name) for row in table] for name in ("arm", "seed", "accuracy")}),
        lambda: json.dumps({"log_history": table}),
        lambda: json.dumps({"x": {"y": table}}),
        lambda: "[" * 100_000,
        lambda: "[" * 900 + "]" * 900,
        lambda: '{"a":' * 900 + "1" + "}" * 900,
        lambda: '[{"arm": ' + '{"a":' * 500 + "1" + "}" * 500 + "}]",
        lambda: "[" + "9" * 5000 + "]",
        lambda: '[{"arm": 1, "seed": ' + "9" * 5000 + ', "accuracy": 1}]',
        lambda: '{"arm": NaN, "seed": Infinity}',
        lambda: '[{"arm": "a", "arm": "b"}]',
        lambda: '["a", 1, null]',
        lambda: "null",
        lambda: "{}",
        lambda: "[]",
        lambda: "[{}]",
        lambda: '{"\\ud800": 1}',
        lambda: json.dumps([{f"c{number}": number for number in range(20_000)}]),
    ]
    return _broken(rng, rng.choice([*forms[:5] * 3, *forms])().encode())


def parquet(rng: random.Random) -> bytes:
    """A table as parquet."""
    import polars

    table = [{name: row.get(name) for name in ("arm", "seed", "accuracy")} for row in rows(rng)]
    clean = [
        {name: str(cell).encode("utf-8", "replace").decode() if name == "arm" else cell for name, cell in row.items()}
        for row in table
    ]
    try:
        frame = polars.DataFrame(clean, strict=False)
    except Exception:  # what it cannot hold
        frame = polars.DataFrame({"arm": [[1], [2]], "seed": [b"x", b"y"], "accuracy": [{"a": 1}, {"a": 2}]})
    file = io.BytesIO()
    frame.write_parquet(file)
    return _broken(rng, file.getvalue())


@lru_cache(maxsize=1)
def tracked() -> dict[str, bytes]:
    """Files as trackers wrote them."""
    found = {}
    for name, value in vars(kept).items():
        if name.isupper() and isinstance(value, str):
            try:
                found[name] = kept.unpack(value)
            except Exception:
                continue
    return found


def events(rng: random.Random) -> bytes:
    """TensorBoard's events, lengths and checks as they may be."""
    parts = []
    for _ in range(rng.randint(1, 5)):
        body = rng.choice(
            [rng.randbytes(rng.randint(0, 60)), b"\x1a\rbrain.Event:2", b"\x2a" + b"\xff" * 9 + b"\x01", bytes(20)]
        )
        length = struct.pack("<Q", rng.choice([len(body), len(body), 2**63, 2**40, 0]))
        parts.append(length + rng.randbytes(4) + body + rng.randbytes(4))
    return b"".join(parts)


def database(rng: random.Random) -> bytes:
    """A database of a tracker, some of it changed; or one that only looks like it."""
    known = [data for data in tracked().values() if data.startswith(b"SQLite")]
    if known and rng.random() < 0.5:
        return _broken(rng, rng.choice(known))
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "x.db"
        base = sqlite3.connect(file)
        base.executescript(
            rng.choice(
                [
                    "create table runs (run_uuid, name); create table metrics (key, value, run_uuid); create table params (x);",
                    "create table metrics (id, timestamp, run_name, step, metrics); insert into metrics values (1, 2, '<x-evil>', 3, '{\"a\": NaN}');",
                    "create table metrics (id, timestamp, run_name, step, metrics); insert into metrics values (1, 2, x'00ff', 'x', '[[');",
                    "create view runs as with recursive c(x) as (select 1 union all select x+1 from c) select x as run_uuid from c;"
                    " create table metrics (key); create table params (key); create table experiments (key);",
                    'create table "a""b\'c;--" (x);',
                    "create table experiments (experiment_id, name, lifecycle_stage); create table runs (run_uuid, name, status, lifecycle_stage, experiment_id);"
                    "create table metrics (key, value, timestamp, run_uuid, step, is_nan); create table params (key, value, run_uuid);"
                    "create table tags (key, value, run_uuid); create table latest_metrics (key, value, timestamp, step, is_nan, run_uuid);"
                    "insert into runs values ('a', x'ff', 'FINISHED', 'active', 1); insert into metrics values ('acc', 'x', 1, 'a', 1, 0);",
                ]
            )
        )
        base.commit()
        base.close()
        return file.read_bytes()


def facts(rng: random.Random) -> dict[str, Any]:
    """Settings beside a log, as trainers leave them."""
    bomb = "a: &a [x, x]\n" + "".join(
        f"{new}: &{new} [{', '.join([f'*{old}'] * 9)}]\n" for old, new in zip("abcdefghi", "bcdefghij", strict=True)
    )
    maps = "a: &a {x: 1, y: 2}\n" + "".join(
        f"{new}: &{new} {{{', '.join(f'k{n}: *{old}' for n in range(9))}}}\n"
        for old, new in zip("abcdefghi", "bcdefghij", strict=True)
    )
    text = rng.choice(
        [
            bomb,
            maps,
            "a: &a {b: *a}\n",
            "x: " + "{a: " * 2000,
            "!!python/object/apply:os.system ['touch ran']\n",
            "lr: .nan\n",
            "lr: 0.1\nseed: 1\n<x-evil>: 1\n",
            "[" * 5000,
            "\x1b: \x1b",
            "x" * 2000000,
            "1: 2\n2024-01-01: 3\n? [a]\n: b\n",
            "~: 1\n",
            "a: !!binary aGk=\n",
            "a: !!set {x, y}\n",
            "? {a: 1}\n: 2\n",
        ]
    )
    return {rng.choice(["hparams.yaml", "config.yaml", ".hydra/overrides.yaml"]): text.encode("utf-8", "replace")}


MAKERS: list[tuple[str, Callable[[random.Random], bytes]]] = [
    ("csv", csv), ("csv", csv), ("csv", csv), ("tsv", csv), ("json", as_json), ("json", as_json), ("jsonl", as_json),
    ("parquet", parquet), ("db", database), ("db", database), ("txt", csv), ("csv", as_json), ("json", csv), ("csv", parquet),
]  # fmt: skip


def result_files(rng: random.Random) -> Case:
    """A file of runs, or several, or a folder of them."""
    files: dict[str, Any] = {}
    end, make = rng.choice(MAKERS)
    data = make(rng)
    if rng.random() < 0.08:
        data, end = gzip.compress(data if rng.random() < 0.5 else bytes(300_000_000)), f"{end}.gz"
    if rng.random() < 0.1:
        name, data = rng.choice(list(tracked().items()))
        data, end = (
            _broken(rng, data),
            "wandb" if data.startswith(b":W&B") else "db" if data.startswith(b"SQLite") else "x",
        )
        files["events.out.tfevents.1" if end == "x" else f"runs.{end}"] = data
    elif rng.random() < 0.1:
        files["log/events.out.tfevents.1"] = events(rng)
    else:
        files[f"runs.{end}"] = data
    if rng.random() < 0.2:
        files |= facts(rng)
    if rng.random() < 0.1:
        name = rng.choice(list(files))
        files[name] = rng.choice(["fifo", "zero", "folder", "socket", f"link:{name}", "link:..", "closed:x"])
    given = rng.choice([next(iter(files)), ".", next(iter(files))])
    options = rng.choice(
        [(), (), ("--pairs",), ("--page", "p.html"), ("--json",), ("--metric", "accuracy"), ("--arm", "arm")]
    )
    options += rng.choice(
        [
            (),
            (),
            (),
            ("--seed", "seed"),
            ("--at-step", "nan"),
            ("--margin", "1e999"),
            ("--baseline", rng.choice(ODD).replace("\0", "") or "x"),
        ]
    )
    if rng.random() < 0.1:
        options += (
            "--fail-unless",
            rng.choice(["better:a>b", "equal:a", "better:", "x", "better:cosine>constant", "better:\x1b>\x1b"]),
        )
    return Case(f"runs {end.split('.')[-1]}", ("judge", given, *options), files)


def plan_from(rng: random.Random) -> Case:
    """The same files as a source of spreads."""
    case = result_files(rng)
    return Case("plan --from", ("plan", "--arms", "3", "--difference", "1", "--from", case.words[1]), case.files)


def _broken(rng: random.Random, data: bytes) -> bytes:
    """As it is, or cut off, or with bytes changed."""
    way = rng.random()
    if way < 0.6 or not data:
        return data
    if way < 0.75:
        return data[: rng.randrange(len(data))]
    changed = bytearray(data)
    for _ in range(rng.randint(1, 10)):
        changed[rng.randrange(len(changed))] = rng.randrange(256)
    return bytes(changed)


KINDS = [result_files] * 7 + [plan_from]

"""A table written in any shape reads back to the same runs."""

import csv
import io
import json
import math

import polars
from hypothesis import given, settings
from hypothesis import strategies as st

from lrlab.trackers import read_runs
from lrlab.trackers._csv import FAST, read_csv
from lrlab.trackers._protobuf import read_fields
from lrlab.trackers._raw_table import RawFile

LETTERS = st.characters(categories=["Ll"], max_codepoint=0x17F)
NAMES = st.text(LETTERS, min_size=3, max_size=8).map(lambda name: f"arm{name}")
NUMBERS = st.floats(-1e6, 1e6, allow_nan=False).map(lambda number: round(number, 6) + 0.0) | st.just(math.nan)


@st.composite
def runs(draw):
    """Values by arm and seed, at least two arms, each seed in each arm."""
    arms = draw(st.lists(NAMES, min_size=2, max_size=4, unique_by=str.lower))
    seeds = draw(st.lists(st.integers(0, 10**6), min_size=2, max_size=5, unique=True))
    return {(arm, str(seed)): draw(NUMBERS) for arm in arms for seed in seeds}


def read_back(source, **asked):
    table = read_runs(source, **asked)
    assert table.seeded
    return {(arm, seed): value for arm, seed, value in table.frame.select("arm", "seed", "value").iter_rows()}


def same(found, expected):
    assert found.keys() == expected.keys()
    assert all(found[key] == value or (math.isnan(found[key]) and math.isnan(value)) for key, value in expected.items())


def write_csv(rows, **dialect):
    text = io.StringIO()
    csv.writer(text, **dialect).writerows(rows)
    return text.getvalue()


def as_table(text):
    return read_csv(text, RawFile("runs.csv")).frame


@settings(max_examples=25)
@given(
    runs(),
    st.sampled_from(",;\t|"),
    st.sampled_from([csv.QUOTE_MINIMAL, csv.QUOTE_ALL]),
    st.sampled_from(["\n", "\r\n"]),
)
def test_long(tmp_path_factory, table, delimiter, quoting, ending):
    rows = [("method", "seed", "quality"), *((arm, seed, value) for (arm, seed), value in table.items())]
    path = tmp_path_factory.mktemp("long") / "runs.csv"
    path.write_bytes(write_csv(rows, delimiter=delimiter, quoting=quoting, lineterminator=ending).encode())
    same(read_back(path), table)


@settings(max_examples=25)
@given(runs())
def test_long_with_decimal_commas(tmp_path_factory, table):
    cells = [(arm, seed, f"{value:.6f}".replace(".", ",")) for (arm, seed), value in table.items()]
    path = tmp_path_factory.mktemp("comma") / "runs.csv"
    path.write_text(write_csv([("arm", "seed", "val_loss"), *cells], delimiter=";"), encoding="utf-8")
    same(read_back(path), table)


@settings(max_examples=25)
@given(runs(), NUMBERS)
def test_long_with_names_of_metrics(table, extra):
    rows = [{"arm": arm, "seed": seed, "metric": "quality", "value": value} for (arm, seed), value in table.items()]
    rows += [{"arm": arm, "seed": seed, "metric": "train_loss", "value": extra} for arm, seed in table]
    same(read_back(rows), table)


@settings(max_examples=25)
@given(runs())
def test_a_column_for_each_seed(table):
    arms, seeds = dict.fromkeys(arm for arm, _ in table), dict.fromkeys(seed for _, seed in table)
    rows = [{"arm": arm} | {f"seed_{seed}": table[arm, seed] for seed in seeds} for arm in arms]
    same(read_back(rows), table)
    bare = [{"arm": arm} | {seed: table[arm, seed] for seed in seeds} for arm in arms]
    same(read_back(polars.DataFrame(bare)), table)


@settings(max_examples=25)
@given(runs())
def test_a_column_for_each_arm(table):
    arms, seeds = dict.fromkeys(arm for arm, _ in table), dict.fromkeys(seed for _, seed in table)
    same(read_back([{"seed": seed} | {arm: table[arm, seed] for arm in arms} for seed in seeds]), table)


@settings(max_examples=25)
@given(runs())
def test_json_lines_and_nested_settings(tmp_path_factory, table):
    rows = [
        {"config": {"schedule": arm, "seed": int(seed)}, "summary": {"val_loss": value}}
        for (arm, seed), value in table.items()
    ]
    folder = tmp_path_factory.mktemp("json")
    (folder / "runs.jsonl").write_text("\n".join(map(json.dumps, rows)), encoding="utf-8")
    (folder / "runs.json").write_text(json.dumps(rows, indent=1), encoding="utf-8")
    same(read_back(folder / "runs.jsonl"), table)
    same(read_back(folder / "runs.json"), table)


@settings(max_examples=25)
@given(runs())
def test_a_folder_for_each_run(tmp_path_factory, table):
    folder = tmp_path_factory.mktemp("runs")
    for (arm, seed), value in table.items():
        path = folder / arm / f"seed_{seed}" / "metrics.csv"
        path.parent.mkdir(parents=True)
        path.write_text(f"step,val_loss\n1,3.5\n2,{value}\n", encoding="utf-8")
    found = read_runs(folder).frame.filter(step=2)
    same({(arm, seed): value for arm, seed, value in found.select("arm", "seed", "value").iter_rows()}, table)


@settings(max_examples=10)
@given(st.lists(st.tuples(NAMES, st.integers(0, 99), NUMBERS), min_size=1, max_size=20), st.sampled_from(",;\t|"))
def test_the_fast_way_reads_as_the_careful_one(rows, delimiter):
    body = write_csv(rows, delimiter=delimiter, lineterminator="\n")
    text = f"arm{delimiter}seed{delimiter}acc\n" + body * (FAST // len(body) + 1)
    assert len(text) >= FAST
    fast, careful = as_table(text), as_table(f"# a comment keeps it from the fast way\n{text}")
    assert fast.drop("\0line").equals(careful.drop("\0line"))
    assert (careful["\0line"] - fast["\0line"]).unique().to_list() == [1]


@given(st.binary(max_size=60))
def test_any_bytes_are_a_message_or_a_value_error(message):
    try:
        fields = list(read_fields(message))
    except ValueError:
        return
    assert all(number >= 0 for number, _ in fields)

"""The page's text: complete, escaped, asking nothing of the network."""

import re
from html.parser import HTMLParser

import pytest

from lrlab.errors import LabError
from lrlab.report import answer, write_page
from lrlab.spec import Metric
from lrlab.testing.results import example_results

VOID = {"meta", "input", "br", "link", "img", "hr"}


class Reader(HTMLParser):
    """Checks that every tag is closed in order; keeps tags, attributes and text outside of scripts."""

    def __init__(self):
        super().__init__()
        self.open, self.tags, self.text = [], [], []

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        if not {"script", "style"} & set(self.open):
            self.text.append(data)


def read(results, tmp_path):
    write_page(results, tmp_path / "page.html")
    reader = Reader()
    reader.feed((tmp_path / "page.html").read_text(encoding="utf-8"))
    assert reader.open == []
    return reader


def words(reader):
    return " ".join("".join(reader.text).split())


def test_the_page_has_everything_in_order(tmp_path):
    results = example_results()
    text = words(read(results, tmp_path))
    order = [
        "An example",
        answer(results).replace(" %", "\N{NO-BREAK SPACE}%").split("\N{NO-BREAK SPACE}")[0],
        "Schedules, best first",
        "Learning rates",
        "Learning curves",
        "Validation score by peak",
        "Paired differences",
        "Precision, recall and F1 by class",
        "macro average",
        "Settings",
        "batch_size",
        "protocol",
        "Cost",
        "Versions and machine",
    ]
    places = [text.index(word) for word in order]
    assert places == sorted(places)
    assert all(row.label in text for row in results.rows)


def test_nothing_is_fetched(tmp_path):
    reader = read(example_results(), tmp_path)
    for tag, attributes in reader.tags:
        assert tag not in {"link", "iframe", "img", "object"}
        assert not {"src", "href"} & attributes.keys()


def test_names_are_escaped(tmp_path):
    reader = read(example_results(title="<b>a & b</b>", task="<script>x</script>"), tmp_path)
    assert "<b>a & b</b>" in words(reader)
    assert ("b", {}) not in reader.tags
    assert sum(tag == "script" for tag, _ in reader.tags) == 3


def test_the_same_results_give_the_same_bytes(tmp_path):
    for name in ("a.html", "b.html"):
        write_page(example_results(), tmp_path / name)
    assert (tmp_path / "a.html").read_bytes() == (tmp_path / "b.html").read_bytes()


@pytest.mark.parametrize(
    "changes",
    [
        {"schedules": ("cosine",)},
        {"classes": None, "metric": Metric(name="error", higher_is_better=False)},
        {"schedules": tuple(f"cosine(floor=0.{i})" for i in range(1, 10)), "confirm_seeds": 10},
    ],
    ids=["one schedule", "no classes", "many"],
)
def test_other_kinds_of_study_make_pages_too(tmp_path, changes):
    results = example_results(**changes)
    text = words(read(results, tmp_path))
    assert ("Paired differences" in text) == bool(results.claims)
    assert ("macro average" in text) == (results.rows[0].f1 is not None)


def test_a_page_that_cannot_be_written_leaves_the_old_one(tmp_path):
    with pytest.raises(LabError, match=r"cannot write .*no/page.html.*name a file in a folder that exists"):
        write_page(example_results(), tmp_path / "no" / "page.html")
    (tmp_path / "page.html").write_text("old")
    with pytest.raises(AttributeError):
        write_page(None, tmp_path / "page.html")
    assert (tmp_path / "page.html").read_text() == "old"
    assert [path.name for path in tmp_path.iterdir()] == ["page.html"]


def test_an_edge_is_explained_where_there_is_one(tmp_path):
    results = example_results()
    assert "a better one may lie beyond" in words(read(results, tmp_path))
    inside = results.model_copy(
        update={"rows": tuple(row.model_copy(update={"at_edge": False}) for row in results.rows)}
    )
    assert "a better one may lie beyond" not in words(read(inside, tmp_path))


def test_the_leader_is_marked(tmp_path):
    results = example_results()
    write_page(results, tmp_path / "page.html")
    marked = re.findall(r"</i>([^<]*) <small>leader</small>", (tmp_path / "page.html").read_text(encoding="utf-8"))
    assert marked == [results.leader]

"""Words that lrlab does not use, in its pages and in what its code says: docs/style.md has the reasons."""

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
NOT_SAID = {
    "held against": "compared with",
    "holds the stack against": "compares the stack with",
    "hold the others against": "compare the others with",
    "lies with the": "is in the",
    "lie with the": "are in the",
    "bring what they say": "report",
    "thus": "so",
    "hence": "so, or that is why",
    "whilst": "while",
    "amongst": "among",
    "upon": "on",
    "unto": "to",
    "shall": "will, or must",
    "albeit": "although",
    "lest": "so that ... not",
    "thereof": "of it",
    "therein": "in it",
    "herein": "here",
    "whereby": "by which",
    "wherein": "in which",
    ", be it": "whether it is",
    "but for the": "except for the",
    "of one's own": "of your own",
    "may be had": "you can get",
    "unless otherwise stated": "by default",
}
PATTERN = re.compile(rf"\b({'|'.join(sorted(map(re.escape, NOT_SAID), key=len, reverse=True))})\b", re.IGNORECASE)
PAGES = sorted(
    [*ROOT.glob("*.md"), *(ROOT / "docs").glob("*.md"), ROOT / "llms.txt", ROOT / "benchmarks" / "README.md"]
)
EXAMPLES = ROOT / "docs" / "style.md"  # shows them on purpose
FILES = sorted((ROOT / "src").rglob("*.py"))


def said(text):
    """What is not said in lrlab, with what to write in its place."""
    return [f"{found[0]!r}: write {NOT_SAID[found[1].lower()]!r}" for found in PATTERN.finditer(text)]


def test_what_is_not_said_is_found():
    assert said("Each arm is held against the baseline.") == ["'held against': write 'compared with'"]
    assert said("The shallow end.") == []


@pytest.mark.parametrize("page", [page for page in PAGES if page != EXAMPLES], ids=lambda page: page.stem)
def test_pages_use_plain_words(page):
    assert said(" ".join(page.read_text(encoding="utf-8").split())) == []


def test_messages_and_docstrings_use_plain_words():
    found = []
    for path in FILES:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                found += [
                    f"{path.relative_to(ROOT)}:{node.lineno}: {one}" for one in said(" ".join(node.value.split()))
                ]
    assert found == []


def test_templates_use_plain_words():
    pages = sorted((ROOT / "src").rglob("*.html"))
    assert len(pages) >= 2
    assert {path.name: said(path.read_text(encoding="utf-8")) for path in pages} == {path.name: [] for path in pages}


def test_the_style_page_has_ten_pairs():
    text = EXAMPLES.read_text(encoding="utf-8")
    assert len(re.findall(r"^\| .+ \| .+ \|$", text.partition("## Ten pairs")[2], re.MULTILINE)) == 10 + 2
    assert said(text) != []
    assert "docs/style.md" in (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")

"""The text of a page, tag by tag."""

import re
from html.parser import HTMLParser

VOID = {"meta", "input", "br", "link", "img", "hr", "wbr"}
CODE = {"script", "style", "pre", "code"}
NAMES = {"bdi"}  # of arms and runs: a user may call one None
SAID = ("title", "alt", "aria-label", "placeholder", "content")  # attributes that people read or hear
PROGRAM = re.compile(
    r"\bNone\b(?! of\b)|\b(?:nan|NaN|inf|Infinity|True|False|null|undefined)\b|\[object |<\w[\w.]* object"
    r"|\b[A-Z]\w*\.[A-Z][A-Z_]+\b|\b(?:array|tuple|dict|Path|datetime|Decimal|np\.float\d+)\(|[\[{(]'|\d\.\d{9}"
)


class Reader(HTMLParser):
    """Checks that every tag is closed in order; keeps tags, attributes and text outside of scripts."""

    def __init__(self):
        super().__init__()
        self.open, self.tags, self.text, self.said = [], [], [], []

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))
        self.said += [value for name, value in attrs if name in SAID and value]
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        if not {"script", "style"} & set(self.open):
            self.text.append(data)
        if not {*CODE, *NAMES, "button"} & set(self.open):
            self.said.append(data)


def read_page(path):
    """A page's text, tags and attributes. Every tag is closed in order, and nothing is as Python writes it."""
    return read_html(path.read_text(encoding="utf-8"))


def read_html(text):
    reader = Reader()
    reader.feed(text)
    assert reader.open == []
    assert program_words("\n".join(reader.said)) == []
    return reader


def program_words(text):
    """What only a program says, each with what stands around it.

    >>> program_words("None of 5 questions is answered."), program_words("clip None")
    ([], ['clip None'])
    """
    return [text[max(0, found.start() - 40) : found.end() + 40] for found in PROGRAM.finditer(text)]


def words(reader):
    return " ".join("".join(reader.text).split())

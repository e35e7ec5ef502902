"""YAML as people write it: fields, lists, text and decimal numbers; for whatever else YAML knows, the way out."""

import math
import re
import stat
from pathlib import Path
from typing import Any

import yaml
from yaml.reader import ReaderError

from ..errors import StudyError, visible

Place = tuple[str | int, ...]
BIGGEST = 1_000_000  # bytes of a file
DEEPEST = 40  # fields and lists inside one another
MOST = 50_000  # fields and members, with those that aliases repeat
LONGEST = 40  # characters of a number; Python writes any it has in fewer
PLAIN, QUOTED, COLLECTION = "plain", "quoted", "collection"
TOO_DEEP = f"fields and lists inside one another more than {DEEPEST} deep"
ALIASES = "write out what the aliases (*) stand for"
NOWHERE = yaml.Mark("", 0, 0, 0, None, 0)
NO_TEXT = re.compile("[\\0\ud800-\udfff]")
NUMBER = re.compile(r"[-+]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][-+]?[0-9]+)?")
GROUPED = re.compile(r"[-+]?[0-9]{1,3}(?:_[0-9]{3})+")
WORDS: dict[str, bool | None] = {"": None, "~": None, "null": None}
WORDS |= dict.fromkeys(("true", "yes", "on"), True) | dict.fromkeys(("false", "no", "off"), False)
# What one reader of YAML takes for text, and another for a number.
DOUBTFUL = {
    "octal in YAML": re.compile(r"[-+]?0[0-9]+"),
    "hexadecimal, octal or binary in YAML": re.compile(r"[-+]?0(?:[xX][0-9a-fA-F_]+|[oO][0-7_]+|[bB][01_]+)"),
    "counted in sixties in YAML": re.compile(r"[-+]?[0-9][0-9_]*(?::[0-5]?[0-9])+(?:\.[0-9_]*)?"),
    "read without its underscores by YAML": re.compile(r"[-+]?[0-9][0-9_]*_[0-9_]*\.?[0-9_]*(?:[eE][-+]?[0-9]+)?"),
    "not a finite number": re.compile(r"[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN)"),
}


class _TooLarge(yaml.MarkedYAMLError):
    """A file that would take for ever."""

    def __init__(self, text: str, mark: yaml.Mark) -> None:
        super().__init__(problem=text, problem_mark=mark)


class Reading:
    """A file as plain data. lines: of every place. written: what stands there, of scalars. mistakes: (line, text).

    spoilt: places whose value was refused here; None stands there.
    """

    def __init__(self) -> None:
        self.data: dict[str, Any] = {}
        self.lines: dict[Place, int] = {}
        self.written: dict[Place, str] = {}
        self.mistakes: list[tuple[int, str]] = []
        self.spoilt: set[Place] = set()
        self._count = 0

    def value(self, node: yaml.Node, place: Place) -> Any:
        """The node as plain data; notes each place's line, and what is not read."""
        self.lines.setdefault(place, node.start_mark.line + 1)
        self._count += 1
        if self._count > MOST:
            raise _TooLarge(f"more than {MOST} fields and members; {ALIASES}", node.start_mark)
        if len(place) > DEEPEST:
            raise _TooLarge(f"{TOO_DEEP}; {ALIASES}", node.start_mark)
        if node.tag not in (PLAIN, QUOTED, COLLECTION):
            return self._refuse_value(
                place, f"a tag, {node.tag}, is not read here; leave it out, and put text in quotes"
            )
        if isinstance(node, yaml.MappingNode):
            return self._read_fields(node, place)
        if isinstance(node, yaml.SequenceNode):
            return [self.value(child, (*place, index)) for index, child in enumerate(node.value)]
        if NO_TEXT.search(node.value):
            got = repr(_shorten(node.value))
            return self._refuse_value(place, f"zero and half characters are no text, but got {got}; leave them out")
        self.written[place] = node.value
        return node.value if node.tag == QUOTED else self._read_scalar(node.value, place)

    def _read_fields(self, node: yaml.MappingNode, place: Place) -> dict[str, Any]:
        """The fields of a mapping; notes those given twice, of which YAML keeps the last in silence."""
        data: dict[str, Any] = {}
        for key_node, value_node in node.value:
            line = key_node.start_mark.line + 1
            if key_node.tag not in (PLAIN, QUOTED) or NO_TEXT.search(key_node.value):
                self._note_mistake(line, place, "a field has a name, which is plain text; write `name: value`")
            elif key_node.value == "<<" and key_node.tag == PLAIN:
                self._note_mistake(line, place, "fields are not merged here by <<; write them out")
            else:
                here = (*place, key_node.value)
                if key_node.value in data:
                    self._note_mistake(line, here, "given twice; keep one")
                self.lines[here] = line
                data[key_node.value] = self.value(value_node, here)
        return data

    def _read_scalar(self, text: str, place: Place) -> Any:
        """What a scalar without quotes means."""
        if text == text.capitalize() or text in (text.lower(), text.upper()):
            word = text.lower()
            if word in WORDS:
                return WORDS[word]
        short = text if len(text) <= LONGEST else ""  # some of the forms take long over long texts
        doubt = next((why for why, form in DOUBTFUL.items() if form.fullmatch(short)), None)
        if GROUPED.fullmatch(text) and not text.lstrip("+-").startswith("0"):
            text, doubt = text.replace("_", ""), None
        if doubt is not None:
            return self._refuse_value(
                place, f"{_shorten(text)} is {doubt}; write a decimal number such as 17 or 0.01, or put text in quotes"
            )
        return self._read_number(text, place) if NUMBER.fullmatch(text) else text

    def _read_number(self, text: str, place: Place) -> int | float | None:
        if len(text) > LONGEST:
            return self._refuse_value(
                place, f"a number has at most {LONGEST} characters, but {_shorten(text)} has {len(text)}; round it"
            )
        number = float(text)
        digits = re.split("[eE]", text)[0].strip("+-.0")
        if math.isinf(number) or (number == 0 and digits):
            return self._refuse_value(
                place, f"{text} is too {'large' if number else 'small'} for a number; write another"
            )
        return int(text) if re.fullmatch(r"[-+]?[0-9]+", text) else number

    def _refuse_value(self, place: Place, text: str) -> None:
        self.spoilt.add(place)
        self._note_mistake(self.lines[place], place, text)

    def _note_mistake(self, line: int, place: Place, text: str) -> None:
        self.mistakes.append((line, f"{'.'.join(map(str, place)) or 'study'}: {text}"))


class _Loader(yaml.SafeLoader):
    """Makes nodes whose tag says how they are written, PLAIN, QUOTED or COLLECTION, unless the file has tags."""

    deep = count = 0

    def resolve(self, kind: type, value: Any, implicit: Any) -> str:  # noqa: ARG002
        return COLLECTION if kind is not yaml.ScalarNode else PLAIN if implicit[0] else QUOTED

    def compose_node(self, parent: yaml.Node | None, index: Any) -> yaml.Node | None:
        self.count += 1
        if self.count > MOST:
            raise _TooLarge(f"more than {MOST} fields and members; a study has tens", self.peek_event().start_mark)
        if self.deep > DEEPEST:
            raise _TooLarge(f"{TOO_DEEP}; a study needs 10", self.peek_event().start_mark)
        self.deep += 1
        node = super().compose_node(parent, index)
        self.deep -= 1
        return node


def reads_as_text(text: str) -> bool:
    """Whether it is text without quotes too."""
    reading = Reading()
    return isinstance(reading.value(yaml.ScalarNode(PLAIN, text, NOWHERE, NOWHERE), ()), str)


def read_yaml(path: Path) -> Reading:
    """What a file of fields says. Raises StudyError where it is no such file, or is beyond all measure."""
    text = _read_text(path)
    reading = Reading()
    try:
        loader = _Loader(text)
        try:
            root = loader.get_single_node()
        finally:
            loader.dispose()
        if not isinstance(root, yaml.MappingNode):
            raise StudyError(f"{path}:1: a study file is a mapping of fields such as name, task, schedules and budget")
        data = reading.value(root, ())
    except StudyError:
        raise
    except ReaderError as error:
        line = text.count("\n", 0, error.position) + 1
        raise StudyError(
            f"{path}:{line}: not YAML: the character {chr(error.character)!r} may not stand here; leave it out"
        ) from None
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        raise StudyError(f"{path}:{line}: {_problem_text(error)}") from None
    except (ValueError, OverflowError) as error:  # a number in a directive or an escape
        raise StudyError(f"{path}:1: not YAML: {error}; leave out what begins with % or \\U") from None
    reading.data = data if isinstance(data, dict) else {}
    return reading


def _read_text(path: Path) -> str:
    """The text of a plain file of a bearable size; a pipe or a device may never end."""
    try:
        mode = path.stat().st_mode
        if not stat.S_ISREG(mode):
            what = "a folder" if stat.S_ISDIR(mode) else "a pipe or a device"
            raise StudyError(f"cannot read the study file {path}: it is {what}; name a YAML file")
        with path.open("rb") as file:
            data = file.read(BIGGEST + 1)
        if len(data) > BIGGEST:
            raise StudyError(
                f"cannot read the study file {path}: it is larger than {BIGGEST} bytes; a study is a few hundred"
            )
        return data.decode("utf-8-sig")
    except StudyError:
        raise
    except UnicodeDecodeError as error:
        raise StudyError(f"cannot read the study file {path}: {error}; save it as UTF-8") from None
    except (OSError, ValueError) as error:  # a ValueError: a zero byte in the name
        raise StudyError(f"cannot read the study file {path}: {getattr(error, 'strerror', None) or error}") from None


def _problem_text(error: yaml.MarkedYAMLError) -> str:
    """What YAML's reader says, with the way out where there is one."""
    problem = error.problem or error.context or "it ends too soon"
    if isinstance(error, _TooLarge):
        return problem
    ways = {
        "found another document": "a file holds one study; leave out what follows the line ---",
        "'\\t'": "indent with spaces, not tabs",
        "undefined alias": "write out what the alias (*) stands for, or put text in quotes",
        "that cannot start any token": "put text in quotes",
        "mapping values are not allowed": "put text with a colon in quotes, or begin a new line",
    }
    way = next((f"; {way}" for words, way in ways.items() if words in problem), "")
    return f"not YAML: {visible(problem)}{way}"


def _shorten(text: str) -> str:
    return text if len(text) <= LONGEST else f"{text[:12]}...{text[-3:]}"

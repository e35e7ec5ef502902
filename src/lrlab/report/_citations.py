"""How to cite what was compared: BibTeX of exactly these schedules, from the sources that their docstrings name."""

import inspect
import re
from collections.abc import Iterable
from typing import NamedTuple

from ..schedules import CatalogueEntry, parts_of
from ..spec import OPTIMIZERS, StudyResults, each_once

NAMES = r"((?:[A-Z][\w'-]+(?:, | & ))*[A-Z][\w'-]+(?: et al\.)?), "
LINKED = re.compile(rf"(?:{NAMES})?`([^`<]+?) <(https?://[^>]+)>`_(?:, [a-z_]+)?(?:, (\d{{4}}))?")
PLAIN = re.compile(rf"{NAMES}([A-Z][\w' -]+), (\d{{4}})")


class Work(NamedTuple):
    """A work that a docstring names. authors, url, year: "" where it says none."""

    authors: str
    title: str
    url: str
    year: str

    @property
    def key(self) -> str:
        """What it is cited by: "loshchilov2017sgdr".

        >>> Work("Smith & Topin", "Super-Convergence", "", "2018").key
        'smith2018super'
        """
        first = re.split(r", | & | et ", self.authors)[0]
        title = re.sub(r"^(?:The|A|An) ", "", self.title)
        return (
            "".join(re.findall(r"[a-z0-9]+", f"{first.lower()} {self.year}"))
            + (re.findall(r"[a-z0-9]+", title.lower()) or ["work"])[0]
        )

    def bibtex(self) -> str:
        """The entry.

        >>> print(Work("Smith & Topin", "Super-Convergence", "https://arxiv.org/abs/1708.07120", "2018").bibtex())
        @misc{smith2018super,
          title = {{Super-Convergence}},
          author = {Smith and Topin},
          year = {2018},
          url = {https://arxiv.org/abs/1708.07120},
        }
        """
        authors = " and ".join(re.split(r", | & ", self.authors.replace(" et al.", " & others")))
        fields = (("title", f"{{{self.title}}}"), ("author", authors), ("year", self.year), ("url", self.url))
        lines = [f"  {name} = {{{value}}}," for name, value in fields if value.strip("{}")]
        return "\n".join([f"@misc{{{self.key},", *lines, "}"])


def sources_of(docstring: str) -> list[Work]:
    """The works that a docstring cites, in its order.

    >>> [(source.authors, source.year) for source in sources_of("Page, `How <https://a.b/c>`_, 2018.")]
    [('Page', '2018')]
    """
    text = " ".join(docstring.split())
    found = [(each.start(), Work(each[1] or "", each[2], each[3], each[4] or "")) for each in LINKED.finditer(text)]
    found += [(each.start(), Work(each[1], each[2], "", each[3])) for each in PLAIN.finditer(text)]
    return [source for _, source in sorted(found)]


def optimizer_work(name: str) -> Work:
    """The work that an optimizer comes from.

    >>> optimizer_work("lion").key, optimizer_work("lion").authors
    ('chen2023symbolic', 'Chen et al.')
    """
    kind = OPTIMIZERS[name]
    authors, _, rest = kind.work.partition(", ")
    title, _, year = rest.rpartition(", ")
    return Work(authors, title, kind.source, year)


def bibtex_of(schedules: Iterable[CatalogueEntry], version: str, optimizers: Iterable[str] = ()) -> str:
    """An entry for each work that schedules, averages and optimizers come from, and for lrlab, of this version."""
    works: dict[str, Work] = {}
    unknown: list[str] = []
    for part in {part.name: part for schedule in schedules for part in parts_of(schedule)}.values():
        sources = sources_of(inspect.getdoc(type(part)) or "")
        works |= {source.key: source for source in sources}
        unknown += [f"% {part.name}: its docstring names no source"] * (not sources)
    works |= {work.key: work for work in map(optimizer_work, optimizers)}
    own = Work("", "lrlab: which learning-rate schedule, at what peak rate, and how sure are we?", "", "").bibtex()
    own = own.replace("@misc{lrlab,", "@software{lrlab,").replace("\n}", f"\n  version = {{{version}}},\n}}")
    return "\n\n".join([*(source.bibtex() for source in works.values()), own, *unknown])


def results_bibtex(results: StudyResults) -> str:
    """BibTeX of the schedules, averages and optimizers that were confirmed; a loop of the user's own has its own."""
    trials = [record.trial for record in results.confirmed]
    optimizers = dict.fromkeys(each.trial.optimizer.name for each in results.confirmed if not each.own_loop)
    schedules, averages = each_once(trial.schedule for trial in trials), each_once(trial.average for trial in trials)
    by_text: dict[str, CatalogueEntry] = {str(schedule): schedule for schedule in schedules}
    by_text |= {str(average): average for average in averages if average is not None}
    versions = sorted({origin.lrlab for origin in each_once(record.provenance for record in results.confirmed)})
    return bibtex_of(by_text.values(), ", ".join(versions), optimizers)

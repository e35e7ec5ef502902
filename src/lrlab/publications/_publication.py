"""A published study as data: its plans, the numbers its document prints, the claims it makes."""

from collections.abc import Iterable, Iterator
from typing import Literal

from pydantic import Field, model_validator

from ..errors import LabError
from ..measures import measure
from ..spec import Noun, Study

PublicationScale = Literal["smoke", "reduced", "standard", "full"]


class PublishedRow(Noun):
    """What a document printed of one arm, by the table's measures; None where it printed nothing."""

    label: str
    values: tuple[float | None, ...]


class PublishedTable(Noun):
    """A table as printed, of one part. measures: names as `measures.measure` knows them, one for each column."""

    title: str
    part: str
    measures: tuple[str, ...]
    rows: tuple[PublishedRow, ...] = ()

    @model_validator(mode="after")
    def _check_columns(self) -> "PublishedTable":
        _check_measures(f"table {self.title}", self.measures)
        for row in self.rows:
            if len(row.values) != len(self.measures):
                raise ValueError(f"row {row.label} has {len(row.values)} values for {len(self.measures)} measures")
        return self


class ArmFamily(Noun):
    """Arms of which the best is asked. printed_best: the one a document's table has best, in words; "" for none."""

    name: str
    arms: tuple[str, ...] = Field(min_length=1)
    printed_best: str = ""


class PublishedBest(Noun):
    """The best arm of each family, chosen by validation accuracy, beside each benchmark."""

    title: str
    part: str
    families: tuple[ArmFamily, ...] = Field(min_length=1)
    benchmarks: tuple[str, ...] = Field(min_length=1)


class PublishedClaim(Noun):
    """What a document says of its settings: on this measure each arm of `better` is better than each of `worse`.

    id: stable, within the publication. text: the claim in our words. measure: a name as `measures.measure` knows it.
    equal: the claim is that they do not differ; it is contradicted where any pair is separated, and never "supported".
    best: the claim has `better` first of all; an arm of the part that it does not name, and that is ahead, is told.
    reason: why no measure can answer it; then measure, better and worse stay empty.
    note: what must be known to read the answer, such as where text and table differ.
    """

    id: str = Field(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$")
    text: str
    part: str = ""
    measure: str = ""
    better: tuple[str, ...] = ()
    worse: tuple[str, ...] = ()
    equal: bool = False
    best: bool = False
    reason: str = ""
    note: str = ""

    @model_validator(mode="after")
    def _check_question(self) -> "PublishedClaim":
        question = (self.part, self.measure, self.better, self.worse)
        if any(question) == bool(self.reason) or (any(question) and not all(question)):
            raise ValueError(f"claim {self.id} needs part, measure, better and worse, or else a reason")
        _check_measures(f"claim {self.id}", filter(None, [self.measure]))
        return self


class Ensemble(Noun):
    """The mean prediction of several members of one seed, on the test data.

    members: arms, or, with `snapshots`, the one arm whose snapshots are the members.
    """

    label: str
    part: str
    members: tuple[str, ...] = Field(min_length=1)
    snapshots: bool = False


class Decision(Noun):
    """Where a document is silent or contradicts itself: what it says, what was chosen, and why."""

    topic: str
    said: str
    chosen: str
    why: str


class Publication(Noun):
    """A published study at one scale. `parts` are its plans, one for each data set; names begin with the study's own.

    source: authors and year. about: what it asks, in a sentence or two. remarks: said beside every table, such as what
    the scale leaves out.
    """

    name: str
    title: str
    source: str
    about: str
    scale: PublicationScale
    parts: tuple[Study, ...] = Field(min_length=1)
    tables: tuple[PublishedTable, ...] = ()
    bests: tuple[PublishedBest, ...] = ()
    claims: tuple[PublishedClaim, ...] = ()
    ensembles: tuple[Ensemble, ...] = ()
    decisions: tuple[Decision, ...] = ()
    remarks: tuple[str, ...] = ()

    @model_validator(mode="after")
    def _check_names(self) -> "Publication":
        ids = [claim.id for claim in self.claims]
        if len(set(ids)) < len(ids):
            raise ValueError(f"claims need ids of their own, but got {ids}")
        labels = {part.name: set(part.labels) for part in self.parts}
        for what, part, arms in self._named_arms():
            unknown = [label for label in arms if label not in labels.get(part, set())]
            if part not in labels or unknown:
                raise ValueError(f"{what} names {unknown or part}, which is no arm or part of {self.name}")
        return self

    def _named_arms(self) -> Iterator[tuple[str, str, list[str]]]:
        """The arms that each table, claim and ensemble names, with what it is called and the part it is of."""
        for table in self.tables:
            yield f"table {table.title}", table.part, [row.label for row in table.rows]
        for claim in self.claims:
            if claim.part:
                yield f"claim {claim.id}", claim.part, [*claim.better, *claim.worse]
        for best in self.bests:
            of_families = [arm for family in best.families for arm in family.arms]
            yield f"table {best.title}", best.part, [*best.benchmarks, *of_families]
        for ensemble in self.ensembles:
            yield f"ensemble {ensemble.label}", ensemble.part, list(ensemble.members)


def _check_measures(what: str, names: Iterable[str]) -> None:
    """Raise ValueError, which pydantic gathers, where one of them is no measure."""
    for name in names:
        try:
            measure(name)
        except LabError as error:
            raise ValueError(f"{what}: {error}") from error

"""A published study as data: its plans, the numbers it printed, the claims it made; and what was measured of them."""

from typing import Literal

from pydantic import Field, model_validator

from ..spec import Choice, Claim, Noun, RateCurve, Record, Study

Scale = Literal["smoke", "reduced", "full"]
AnswerWord = Literal["supported", "contradicted", "not separated", "not testable"]


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
    def _even(self) -> "PublishedTable":
        for row in self.rows:
            if len(row.values) != len(self.measures):
                raise ValueError(f"row {row.label} has {len(row.values)} values for {len(self.measures)} measures")
        return self


class Family(Noun):
    """Arms of which the best is asked. printed_best: the one a document's table has best, in words; "" for none."""

    name: str
    arms: tuple[str, ...] = Field(min_length=1)
    printed_best: str = ""


class PublishedBest(Noun):
    """The best arm of each family, chosen by validation accuracy, beside each benchmark."""

    title: str
    part: str
    families: tuple[Family, ...] = Field(min_length=1)
    benchmarks: tuple[str, ...] = Field(min_length=1)


class PublishedClaim(Noun):
    """What a document says of its settings: on this measure each arm of `better` is better than each of `worse`.

    id: stable, within the publication. text: the claim in our words. measure: a name as `measures.measure` knows it.
    equal: the claim is that they do not differ; it is contradicted where any pair is separated, and never "supported".
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
    reason: str = ""
    note: str = ""

    @model_validator(mode="after")
    def _whole(self) -> "PublishedClaim":
        asked = (self.part, self.measure, self.better, self.worse)
        if any(asked) == bool(self.reason) or (any(asked) and not all(asked)):
            raise ValueError(f"claim {self.id} needs part, measure, better and worse, or else a reason")
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
    scale: Scale
    parts: tuple[Study, ...] = Field(min_length=1)
    tables: tuple[PublishedTable, ...] = ()
    bests: tuple[PublishedBest, ...] = ()
    claims: tuple[PublishedClaim, ...] = ()
    ensembles: tuple[Ensemble, ...] = ()
    decisions: tuple[Decision, ...] = ()
    remarks: tuple[str, ...] = ()

    @model_validator(mode="after")
    def _joined(self) -> "Publication":
        labels = {part.name: set(part.labels) for part in self.parts}
        ids = [claim.id for claim in self.claims]
        if len(set(ids)) < len(ids):
            raise ValueError(f"claims need ids of their own, but got {ids}")
        named = [(f"table {table.title}", table.part, [row.label for row in table.rows]) for table in self.tables]
        named += [
            (f"claim {claim.id}", claim.part, [*claim.better, *claim.worse]) for claim in self.claims if claim.part
        ]
        named += [
            (f"table {best.title}", best.part, [*best.benchmarks, *(arm for one in best.families for arm in one.arms)])
            for best in self.bests
        ]
        named += [(f"ensemble {ensemble.label}", ensemble.part, list(ensemble.members)) for ensemble in self.ensembles]
        for what, part, used in named:
            unknown = [label for label in used if label not in labels.get(part, set())]
            if part not in labels or unknown:
                raise ValueError(f"{what} names {unknown or part}, which is no arm or part of {self.name}")
        return self


class Cell(Noun):
    """One measure of one arm over the confirm seeds: mean, BCa interval of 95 %, seeds that have it.

    low and high are None with fewer than two seeds; mean too with none.
    """

    mean: float | None
    low: float | None
    high: float | None
    seeds: int


class MeasuredTable(Noun):
    """What was measured for a published table: cells[row][measure], a row for each arm of the part."""

    title: str
    part: str
    measures: tuple[str, ...]
    labels: tuple[str, ...]
    cells: tuple[tuple[Cell, ...], ...]


class BestRow(Noun):
    """The best of a family. chosen: by all seeds; times: by so many of them, each choosing without its own result.

    accuracy: on test data, each seed's of the arm that the other seeds choose. differences: the same minus that of each
    benchmark, seed by seed. Without two seeds there is no choice and no number.
    """

    family: str
    chosen: str = ""
    times: int = 0
    accuracy: Cell
    differences: tuple[Cell, ...]


class MeasuredBest(Noun):
    """What was measured for a published comparison of the best: a row for each family."""

    title: str
    part: str
    benchmarks: tuple[str, ...]
    rows: tuple[BestRow, ...]


class Answer(Noun):
    """The answer to a published claim. pairs: one comparison for each better and worse arm, on the claim's measure.

    supported: every pair is separated as claimed. contradicted: at least one is separated the other way. not separated:
    neither. not testable: no such measure, or with these seeds nothing could have been separated; `why` says which.
    """

    claim: PublishedClaim
    word: AnswerWord
    pairs: tuple[Claim, ...] = ()
    why: str = ""


class EnsembleScore(Noun):
    """An ensemble of one seed: its accuracy and loss (of the mean probabilities), and its members' accuracies."""

    label: str
    part: str
    seed: int
    accuracy: float
    loss: float
    members: tuple[float, ...]


class PartResults(Noun):
    """The records of one part. tuned and confirmed are those of the two phases; curves: rates of the first seed."""

    study: Study
    choices: tuple[Choice, ...]
    tuned: tuple[Record, ...]
    confirmed: tuple[Record, ...]
    curves: tuple[RateCurve, ...]


class PublicationResults(Noun):
    """All that a published study's page, tables and documents are drawn from."""

    publication: Publication
    parts: tuple[PartResults, ...]
    tables: tuple[MeasuredTable, ...]
    bests: tuple[MeasuredBest, ...]
    answers: tuple[Answer, ...]
    ensembles: tuple[EnsembleScore, ...]

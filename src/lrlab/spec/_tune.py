"""Tune: the first phase of a study."""

from typing import Annotated, Any, Literal

from pydantic import Field, SerializerFunctionWrapHandler, model_serializer, model_validator

from ._halving import Halving
from ._lists import FIRST_FINAL_SEED, Few, expand_seeds, require_at_least
from ._noun import AnyCase, AskedNoun, BudgetField, PeakField, Real, Whole, omit_defaults
from ._search import Search, gather_search
from ._trial import Seed


class Tune(AskedNoun):
    """Phase one: every schedule at every peak, or every candidate of an arm, on a few seeds, judged on validation data.

    choose: "score" (the task's metric, ties by loss), "loss", or "auto": by the loss where the metric is a share, whose
    steps are coarser. extend: how many peaks may be added, one after the other, where a schedule's best lies on the
    edge; each continues the grid by its outer ratio. refine: the largest ratio that may be left between the best peak
    and its neighbours; peaks are added halfway, by ratio, until it holds; None: the grid stays as it is.
    finalists: how many of the best peaks of each schedule are tried on `final_seeds` too, before one is chosen.
    budget: the length of a tuning trial; None: that of the study. halving: how settings that are behind stop early;
    None: all are trained to their end. search: settings are drawn from ranges, in place of the grid; peaks are choices
    then, unless they have a range.
    """

    peaks: Annotated[tuple[PeakField, ...], Few] = ()
    seeds: Annotated[tuple[Seed, ...], expand_seeds(0), require_at_least(1)] = (0, 1)
    choose: Annotated[Literal["score", "loss", "auto"], AnyCase] = "score"
    extend: Whole = Field(default=2, ge=0, le=10)
    refine: Annotated[Real, Field(gt=1)] | None = None
    finalists: Whole = Field(default=1, ge=1, le=10)
    final_seeds: Annotated[tuple[Seed, ...], expand_seeds(FIRST_FINAL_SEED)] = ()
    budget: BudgetField | None = None
    halving: Halving | None = None
    search: Search | None = None

    @model_validator(mode="before")
    @classmethod
    def _gather_fields(cls, data: Any) -> Any:
        return gather_search(data)

    @model_serializer(mode="wrap")
    def _omit_later(self, write: SerializerFunctionWrapHandler) -> dict[str, Any]:
        """The fields without later ones at their default, so that older studies stay the same text."""
        return omit_defaults(self, write(self), "refine", "finalists", "final_seeds", "halving", "search")

    @model_validator(mode="after")
    def _check_distinct(self) -> "Tune":
        for name, values in (("peaks", self.peaks), ("seeds", (*self.seeds, *self.final_seeds))):
            if len(set(values)) < len(values):
                raise ValueError(f"{name} must differ from each other, but got {list(values)}")
        if self.halving is not None and self.halving.pilot >= len(self.seeds):
            raise ValueError(
                f"halving runs {self.halving.pilot} of {len(self.seeds)} tuning seeds whole, which leaves none to "
                f"race; give {self.halving.pilot + 1} tuning seeds or more, or pilot: 0"
            )
        return self

"""Confirm: the second phase of a study."""

from typing import Annotated, Any, Literal

from pydantic import AfterValidator, Field, SerializerFunctionWrapHandler, model_serializer, model_validator

from ._lists import FIRST_CONFIRM_SEED, expand_seeds, require_at_least
from ._noun import AnyCase, AskedNoun, Real, Truth, Whole, omit_defaults
from ._trial import Seed


def _check_margin(margin: float) -> float:
    if margin <= 0:
        raise ValueError(
            f"must be above 0, but got {margin:g}: no two settings are equal to the last digit; give the largest "
            "difference that would not matter to you, in points where the metric is a share, as in 0.5, or leave it out"
        )
    return margin


class Confirm(AskedNoun):
    """Phase two: each schedule at its chosen peak, on fresh seeds shared by all schedules, judged on test data.

    questions: which pairs are compared. "leader" asks whether the tuning phase's best schedule beats each other
    one, and whether each one beats the baseline; "pairs" asks every pair. Where nothing was tuned, the baseline leads.
    looks: numbers of seeds at which questions may be decided, the last of them all seeds; only what is open goes on,
    and where `seeds` is left out, the last look says how many. A study may say "auto" for the usual ones. None: all
    seeds are run, and looked at once.
    margin: the largest difference of the metric that would not matter, for the verdict "within": in points where the
    metric is a share, such as accuracy, F1 or Dice, else in its unit; None: the usual one of the metric.
    rivals: peaks that tuning could not tell from the chosen one are confirmed too, so that a claim is about schedules,
    not about the peaks that happened to be chosen.
    """

    seeds: Annotated[tuple[Seed, ...], expand_seeds(FIRST_CONFIRM_SEED), require_at_least(2)] = tuple(
        range(FIRST_CONFIRM_SEED, FIRST_CONFIRM_SEED + 10)
    )
    questions: Annotated[Literal["leader", "pairs"], AnyCase] = "leader"
    looks: tuple[Annotated[Whole, Field(ge=2)], ...] | None = None
    margin: Annotated[Real, AfterValidator(_check_margin)] | None = None
    rivals: Truth = False

    @model_serializer(mode="wrap")
    def _omit_later(self, write: SerializerFunctionWrapHandler) -> dict[str, Any]:
        """The fields without later ones at their default, so that older studies stay the same text."""
        return omit_defaults(self, write(self), "looks", "margin", "rivals")

    @model_validator(mode="before")
    @classmethod
    def _count_looks(cls, fields: Any) -> Any:
        """The last look says how many seeds there are where nobody else does."""
        looks = fields.get("looks") if isinstance(fields, dict) else None
        if isinstance(looks, list | tuple) and looks and isinstance(looks[-1], int) and "seeds" not in fields:
            return {**fields, "seeds": looks[-1]}
        return fields

    @model_validator(mode="after")
    def _check_distinct(self) -> "Confirm":
        if len(set(self.seeds)) < len(self.seeds):
            raise ValueError(f"seeds must differ from each other, but got {list(self.seeds)}")
        if self.looks is not None and (not self.looks or self.looks[-1] != len(self.seeds)):
            raise ValueError(
                f"the last look must be at all {len(self.seeds)} seeds, but looks are {list(self.looks)}; "
                f"end them with {len(self.seeds)}, or leave out `seeds`"
            )
        return self

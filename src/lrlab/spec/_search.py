"""Search: what the tuning phase draws settings from, and how."""

from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, SerializerFunctionWrapHandler, model_serializer, model_validator

from ..errors import StudyError
from ..schedules import plain_name
from ._axis import read_axis
from ._noun import AnyCase, AskedNoun, Whole, omit_defaults
from ._trial import Seed

SamplerName = Literal["grid", "random", "sobol", "tpe", "cmaes"]
ScaleRate = Literal["none", "linear", "sqrt"]
LEARNING = ("tpe", "cmaes")  # samplers that look at the scores so far
SETTING = "settings."  # what the name of a loop's setting begins with


def _check_range(text: Any) -> str:
    """A range that can be read, as text."""
    if not isinstance(text, str):
        raise ValueError(f'a range is a text such as "0.01..0.3" or "sgd|adam", but got {text!r}; write one')
    try:
        return read_axis(text).text
    except StudyError as error:
        raise ValueError(str(error)) from None


def _plain_names(ranges: Any) -> Any:
    """Names as schedules have them: `-` and `_` are alike."""
    if not isinstance(ranges, dict):
        return ranges
    kept = {name: name for name in ranges if not isinstance(name, str) or name.startswith(SETTING)}
    return {kept.get(name) or plain_name(name): text for name, text in ranges.items()}


RangeField = Annotated[str, BeforeValidator(_check_range)]
Ranges = Annotated[dict[str, RangeField], BeforeValidator(_plain_names)]


class Search(AskedNoun):
    """Settings drawn from ranges in place of a grid of peaks: the same number of them for every schedule.

    sampler: "grid" (even steps), "random", "sobol" (spread evenly), "tpe" or "cmaes", which learn from the scores.
    space: ranges by name: `peak`, `momentum` and other fields of the optimizer, `optimizer` itself, `batch_size`,
    `warmup.span` and other fields of schedules and rules, `settings.width` of a loop of the user's own. A schedule is
    searched over those that it has. own: ranges of one schedule alone, by its label; they come before those of `space`.
    scale_rate: what the peak is multiplied by where a point has other batches than the study: "linear": their size over
    the study's (Goyal et al. 2017), "sqrt": the root of that (Krizhevsky 2014), "none". The range of the peak is then
    that of the study's batches.
    trials: how many settings of each schedule are tried, each on every tuning seed. ask: how many at a time, of
    samplers that learn; the others ask all at once. seed: of the draws.
    A study file may name the sampler alone (`search: tpe`), with `space` and `trials` beside it.
    """

    sampler: Annotated[SamplerName, AnyCase] = "tpe"
    space: Ranges = Field(default={})
    own: dict[str, Ranges] = Field(default={})
    scale_rate: Annotated[ScaleRate, AnyCase] = "none"
    trials: Whole = Field(default=30, ge=2, le=10_000)
    ask: Whole = Field(default=8, ge=1, le=1000)
    seed: Seed = 0

    @model_validator(mode="before")
    @classmethod
    def _by_name(cls, data: Any) -> Any:
        return {"sampler": data} if isinstance(data, str) else data

    @model_serializer(mode="wrap")
    def _omit_plain(self, write: SerializerFunctionWrapHandler) -> dict[str, Any]:
        return omit_defaults(self, write(self), "own", "ask", "seed", "scale_rate")

    def rate_factor(self, examples: int, usual: int) -> float:
        """What a peak is multiplied by for updates of so many examples, where the study's have the usual number."""
        return {"none": 1.0, "linear": examples / usual, "sqrt": (examples / usual) ** 0.5}[self.scale_rate]

    @property
    def learns(self) -> bool:
        """Whether what is asked next depends on the scores so far."""
        return self.sampler in LEARNING


def gather_search(tune: Any) -> Any:
    """The fields of a tuning phase, those of its search in one place: a file may write them beside its sampler."""
    if not isinstance(tune, dict) or not {"space", "trials", "scale_rate"} & tune.keys():
        return tune
    beside = {name: tune[name] for name in ("space", "trials", "scale_rate") if name in tune}
    search = tune.get("search", {})
    search = {"sampler": search} if isinstance(search, str) else search
    if not isinstance(search, dict):
        return tune
    return {name: value for name, value in tune.items() if name not in beside} | {"search": beside | search}

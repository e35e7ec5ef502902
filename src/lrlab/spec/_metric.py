"""Metric: a number that says how good a model is: its name, its unit, which way is better; and those of objectives."""

from typing import Any, Literal

from pydantic import SerializerFunctionWrapHandler, model_serializer

from ._noun import AskedNoun, Shown, omit_defaults

LATER = ("share", "unit", "scale", "heading")  # fields that are not written where they are at their default


class Metric(AskedNoun):
    """The name of the task's metric and which way is better.

    share: True for a share of 1, shown in per cent, its differences in points; False for a number shown as it is. None,
    which is not written: a share where lrlab's own accuracy was measured. A user's metric is False unless it says more.
    unit: what its values are in, as "nats" or "mg/dl"; "" for a plain number. A share has none of its own.
    scale: of an axis of its values: "log" for what is a ratio, such as a perplexity.
    heading: how columns and axes call it, without its unit; "" for its name.
    """

    name: Shown
    higher_is_better: bool = True
    share: bool | None = None
    unit: Shown = ""
    scale: Literal["linear", "log"] = "linear"
    heading: Shown = ""

    @model_serializer(mode="wrap")
    def _omit_later(self, write: SerializerFunctionWrapHandler) -> dict[str, Any]:
        """The fields without later ones at their default, so that records from before them keep their bytes."""
        return omit_defaults(self, write(self), *LATER)

    def __repr_args__(self) -> Any:
        """The fields as text: keys of tasks rest on it, so later ones stand in it only where they say something."""
        for name, value in super().__repr_args__():
            if name not in LATER[1:] or value != type(self).model_fields[name or ""].default:
                yield name, value

    @property
    def in_percent(self) -> bool:
        """Whether its values are shown times 100."""
        return self.name == "accuracy" if self.share is None else self.share

    @property
    def title(self) -> str:
        """How sentences, columns and axes call it."""
        return self.heading or self.name

    @property
    def shown_unit(self) -> str:
        """The unit behind a value; "" where it has none, or its title begins with it, as bits per character do."""
        return "%" if self.in_percent else "" if self.title.startswith(f"{self.unit} ") else self.unit

    @property
    def usual_part(self) -> float:
        """The share of a value within which two count as equal, where nothing else is asked for.

        Of what language models are measured by it is a hundredth: tenfold more training lowers such a loss by a few.
        """
        return 0.01 if self.name in PER_TOKEN else 0.05

    @property
    def of_differences(self) -> str:
        """What follows a difference.

        >>> rmse, loss = Metric(name="rmse", unit="mg/dl", heading="RMSE"), Metric(name="loss")
        >>> Metric(name="accuracy").of_differences, rmse.of_differences, loss.of_differences
        ('points of accuracy', 'mg/dl of RMSE', 'of loss')
        >>> KNOWN_METRICS["bits_per_character"].of_differences
        'bits per character'
        """
        if self.unit and not self.in_percent:
            return f"{self.unit} of {self.title}" if self.shown_unit else self.title
        return f"points of {self.title}" if self.in_percent else f"of {self.title}"


PER_TOKEN = ("loss_per_token", "perplexity", "bits_per_character")

KNOWN_METRICS: dict[str, Metric] = {
    metric.name: metric
    for metric in (
        Metric(name="accuracy"),
        Metric(name="loss", higher_is_better=False),
        Metric(name="macro_f1", share=True, heading="macro-F1"),
        Metric(name="micro_f1", share=True, heading="micro-F1"),
        Metric(name="subset_accuracy", share=True, heading="subset accuracy"),
        Metric(name="calibrated_log_loss", higher_is_better=False, unit="nats", heading="calibrated log loss"),
        Metric(name="rmse", higher_is_better=False, heading="RMSE"),
        Metric(name="mae", higher_is_better=False, heading="MAE"),
        Metric(name="r2", heading="R²"),
        Metric(name="loss_per_token", higher_is_better=False, unit="nats", heading="loss per token"),
        Metric(name="perplexity", higher_is_better=False, scale="log", heading="perplexity"),
        Metric(name="bits_per_character", higher_is_better=False, unit="bits", heading="bits per character"),
        Metric(name="mean_iou", share=True, heading="mean IoU"),
        Metric(name="pixel_accuracy", share=True, heading="pixel accuracy"),
    )
}

"""Specification limits: the lower and upper limit that an index measures against."""

from dataclasses import dataclass

from lots.statistics.samples import NotCalculated


@dataclass(frozen=True)
class SpecificationLimits:
    """A lower and an upper limit, in the unit of the values; None where there is none.

    Raises NotCalculated without any limit, ValueError where lower is not below upper.
    """

    lower: float | None = None
    upper: float | None = None

    def __post_init__(self) -> None:
        if self.lower is None and self.upper is None:
            raise NotCalculated(
                "no-limits",
                "A test without a lower or an upper limit has no capability.",
            )
        if (
            self.lower is not None
            and self.upper is not None
            and not self.lower < self.upper
        ):
            raise ValueError(f"{self.lower} is not below {self.upper}.")

"""The benchmarks: each module's `run()` yields figures; `-m tests.benchmarks` all."""

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Figure:
    """One line of the benchmark: the ratio has to be at most the goal."""

    name: str
    ratio: float
    goal: float

    @property
    def is_met(self) -> bool:
        return self.ratio <= self.goal

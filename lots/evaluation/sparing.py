"""Sparing: why a lot need not have a periodic test, or has to have it after all.

Plain values that `periodic_tests` finds and the lot status keeps; reads no rows.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum


class Ground(StrEnum):
    """What the lots before say of a periodic test of a lot (ICH Q6A 2.1)."""

    REVIEWED = "passed"  # an earlier lot passed it, and the result is reviewed
    AWAITED = "if_passed"  # an earlier lot passes it, if its result passes review
    STOPPED = "stopped"  # it failed on a lot, and QA has not reinstated it
    BETWEEN = "between"  # the lot came between its last pass and a fail
    NOTHING = "nothing"  # no earlier lot passes it


@dataclass(frozen=True)
class Sparing:
    """A periodic test of a lot and the earlier lot that decides whether it is done.

    `lot_id` and `number` name that lot; None and blank where there is none.
    """

    ground: Ground
    lot_id: int | None = None
    number: str = ""

    @property
    def is_required(self) -> bool:
        """Return whether the lot must have the test."""
        return not (self.is_passed or self.is_awaited)

    @property
    def is_passed(self) -> bool:
        """Return whether an earlier lot passed it for good."""
        return self.ground == Ground.REVIEWED

    @property
    def is_stopped(self) -> bool:
        """Return whether it is done on every lot since it failed on one."""
        return self.ground == Ground.STOPPED

    @property
    def is_between(self) -> bool:
        """Return whether the lot came between its last pass and a fail."""
        return self.ground == Ground.BETWEEN

    @property
    def is_awaited(self) -> bool:
        """Return whether a result that waits for its review decides."""
        return self.ground == Ground.AWAITED


# The sparing of each periodic test that an assessment did not ask when it was opened,
# by the keys of the assessment and the test.
BySpared = Mapping[tuple[int, int], Sparing]


def written(found: BySpared) -> str:
    """Return them as the text that the lot status keeps; blank where there are none."""
    if not found:
        return ""
    return json.dumps(
        [
            [*key, one.ground, one.lot_id, one.number]
            for key, one in sorted(found.items())
        ],
        ensure_ascii=False,
        separators=(",", ":"),
    )


def read(text: str | None) -> dict[tuple[int, int], Sparing]:
    """Return what `written` wrote; nothing where a status has none yet."""
    return {
        (assessment, test): Sparing(Ground(ground), lot_id, number)
        for assessment, test, ground, lot_id, number in json.loads(text or "[]")
    }

"""Kinds of consistency findings: what is noticed of a lot when results are submitted.

A finding informs and never decides: the reviewer reads each one and says so. One that
puts the integrity of the data in doubt is concluded by QA with evidence before anything
is released (PIC/S PI 041-1, 9.4; 21 CFR 211.192).
"""

from dataclasses import dataclass

from lots.rules.stored_codes import Coded, Tone
from lots.rules.stored_codes import gettext_noop as _


class FindingKind(Coded):
    """What kind of finding it is."""

    SIGNAL = "signal", _("Signal of a run rule")
    SLIPPED = "slipped", _("Decimal point may have slipped")
    ON_LIMIT = "on_limit", _("Exactly the limit")
    COPIED = "copied", _("Same results as another lot")

    @property
    def is_data_integrity(self) -> bool:
        """Say whether QA must conclude on it before a release."""
        return self is FindingKind.COPIED

    @property
    def asks_for_comment(self) -> bool:
        """Say whether the reviewer writes what it means, and does not only tick it."""
        return self is not FindingKind.ON_LIMIT

    @property
    def tone(self) -> Tone:
        """Return how it looks."""
        if self.is_data_integrity:
            return Tone.OOS
        return Tone.OOT if self.asks_for_comment else Tone.ALERT


@dataclass(frozen=True)
class Acknowledged:
    """What a reviewer says of a finding: that it was seen, and what it means."""

    is_seen: bool = False
    comment: str = ""


DATA_INTEGRITY = tuple(one.value for one in FindingKind if one.is_data_integrity)

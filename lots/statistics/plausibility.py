"""Plausibility of entries: what looks like a mistake of typing, or worse.

A finding informs; what was entered stays as it is. Everything is reckoned on decimals
with the standard library, so that the entry grid can ask without loading numpy. What is
asked of many lots at once stands in `digit_habits`.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from statistics import median

from lots.rules.refusal import Word
from lots.rules.stored_codes import Coded
from lots.rules.stored_codes import gettext_noop as _


class Doubt(Coded):
    """What a check doubts; `word` is its sentence, with named places."""

    PEAKS = (
        "peaks",
        _(
            "The named peaks add up to %(sum)s; the total is entered as %(total)s,"
            " which differs by more than rounding."
        ),
    )
    BALANCE = (
        "balance",
        _("The mass balance is %(sum)s %%, outside %(low)s to %(high)s %%."),
    )
    COPIED = (
        "copied",
        _(
            "%(equal)s of %(tests)s results are the same as those of lot %(lot)s, all"
            " that both lots have."
        ),
    )
    SLIPPED = (
        "slipped",
        _(
            "%(value)s is %(times)s times what earlier lots show (%(low)s to %(high)s);"
            " the decimal point may have slipped."
        ),
    )
    ON_LIMIT = ("on_limit", _("%(value)s is exactly the limit."))
    DATES = (
        "dates",
        _("%(later)s (%(later_on)s) is before %(earlier)s (%(earlier_on)s)."),
    )
    FUTURE = ("future", _("%(later)s (%(later_on)s) is in the future."))
    DRYING = (
        "drying",
        _(
            "Loss on drying is %(loss)s %%, less than the water by Karl Fischer,"
            " %(water)s %%; drying takes water away, too."
        ),
    )

    @property
    def is_data_integrity(self) -> bool:
        """Say whether QA must conclude on it with evidence (PIC/S PI 041)."""
        return self in (Doubt.COPIED, Doubt.DATES, Doubt.FUTURE)


@dataclass(frozen=True)
class Finding:
    """A doubt with the values that fill its sentence."""

    doubt: Doubt
    params: Mapping[str, str]

    def __str__(self) -> str:
        return self.doubt.word % self.params


# Of a lot's results at least this many, and this share of its tests (of seven, five).
COPIED_LEAST = 5
_COPIED_SHARE = Decimal(5) / 7
# Earlier lots that say what is usual.
_HISTORY_LEAST = 5


def sum_of_peaks(*, peaks: Sequence[Decimal], total: Decimal) -> Finding | None:
    """Return a finding where the peaks do not add up to the entered total.

    `peaks` are the named peaks that count for the total, in its unit, as entered. Each
    entry may be rounded by half of its last place; what differs by more is found. None
    without peaks. Source: domain.md 3.4.
    """
    if not peaks:
        return None
    added = sum(peaks, Decimal(0))
    slack = sum((_half_place(entry) for entry in (*peaks, total)), Decimal(0))
    if abs(added - total) <= slack:
        return None
    return Finding(Doubt.PEAKS, {"sum": f"{added:f}", "total": f"{total:f}"})


def mass_balance(
    parts: Sequence[Decimal],
    *,
    low: Decimal = Decimal("98.0"),
    high: Decimal = Decimal("102.0"),
) -> Finding | None:
    """Return a finding where the parts of a lot do not add up to about 100 %.

    Assay as is, water, solvents, residue on ignition and impurities, in percent; or the
    assay on the anhydrous basis and the rest without water. A sum on a limit is within.
    None for fewer than two parts. Source: domain.md 3.5, in-house.
    """
    added = sum(parts, Decimal(0))
    if len(parts) < 2 or low <= added <= high:
        return None
    return Finding(
        Doubt.BALANCE, {"sum": f"{added:f}", "low": f"{low:f}", "high": f"{high:f}"}
    )


def copied_results(
    results: Mapping[str, Decimal],
    others: Mapping[str, Mapping[str, Decimal]],
) -> tuple[Finding, ...]:
    """Return a finding for each other lot with the same vector of results.

    `results` are the lot's numbers by test, `others` those of each other lot. Left out
    of both: what is blank, in words, or below LOQ, as many lots share those. A lot is
    found where both have at least five tests, and at least five sevenths of the lot's
    panel, and all of those are equal as numbers (9.50 is 9.5). The panel is every test
    that either of them has. Source: the classic falsification, PIC/S PI 041-1 (2021).
    """
    found = []
    for name, other in others.items():
        both = results.keys() & other.keys()
        panel = len(results.keys() | other.keys())
        if (
            len(both) >= COPIED_LEAST
            and len(both) >= _COPIED_SHARE * panel
            and all(results[test] == other[test] for test in both)
        ):
            found.append(
                Finding(
                    Doubt.COPIED,
                    {"equal": str(len(both)), "tests": str(panel), "lot": name},
                )
            )
    return tuple(found)


def slipped_decimal(value: Decimal, history: Sequence[Decimal]) -> Finding | None:
    """Return a finding where the value fits its history only when moved by a factor.

    A factor of 10, 100 or 1,000, up or down. The value lies outside the range of the
    earlier lots, widened by half of its width to each side; multiplied it lies inside.
    None where the history has fewer than 5 lots, or spans a factor of 10 itself.
    """
    if len(history) < _HISTORY_LEAST or value <= 0 or min(history) <= 0:
        return None
    low, high = min(history), max(history)
    if high >= 10 * low:
        return None
    # Where all lots agree, one per cent of the median is their width.
    margin = max((high - low) / 2, median(history) / 100)
    if low - margin <= value <= high + margin:
        return None
    for places in (1, 2, 3):
        for times in (Decimal(10) ** places, Decimal(10) ** -places):
            if low - margin <= value / times <= high + margin:
                return Finding(
                    Doubt.SLIPPED,
                    {
                        "value": f"{value:f}",
                        "times": f"{times:f}",
                        "low": f"{low:f}",
                        "high": f"{high:f}",
                    },
                )
    return None


def on_limit(value: Decimal, limits: Sequence[Decimal]) -> Finding | None:
    """Return a finding where the value equals a limit, as a number."""
    if value not in limits:
        return None
    return Finding(Doubt.ON_LIMIT, {"value": f"{value:f}"})


def date_order(
    steps: Sequence[tuple[str, date | None]], *, today: date
) -> tuple[Finding, ...]:
    """Return a finding for each step that is before an earlier one, or in the future.

    `steps` are named, in the order in which they must happen: manufactured, sampled,
    received, tested, reviewed. A step without a date is passed over; the same day is in
    order. Each step is compared with the latest of those before it.
    """
    found = []
    latest: tuple[str, date] | None = None
    for name, on in steps:
        if on is None:
            continue
        if on > today:
            found.append(
                Finding(Doubt.FUTURE, {"later": Word(name), "later_on": f"{on}"})
            )
        if latest is not None and on < latest[1]:
            found.append(
                Finding(
                    Doubt.DATES,
                    {
                        "later": Word(name),
                        "later_on": f"{on}",
                        "earlier": Word(latest[0]),
                        "earlier_on": f"{latest[1]}",
                    },
                )
            )
        else:
            latest = name, on
    return tuple(found)


def loss_on_drying(
    *, loss: Decimal, water: Decimal, tolerance: Decimal = Decimal("0.2")
) -> Finding | None:
    """Return a finding where the loss on drying is less than the water.

    Both in percent. Drying takes away water and solvents, so the loss is at least the
    water by Karl Fischer, but for the tolerance of both methods (domain.md 4.6), or for
    water that is bound: pass a larger tolerance for such a material.
    """
    if loss >= water - tolerance:
        return None
    return Finding(Doubt.DRYING, {"loss": f"{loss:f}", "water": f"{water:f}"})


def _half_place(entry: Decimal) -> Decimal:
    """Return half of the last place of an entry: 0.005 for 0.12."""
    exponent = entry.as_tuple().exponent
    places = exponent if isinstance(exponent, int) else 0
    return Decimal(5).scaleb(places - 1)

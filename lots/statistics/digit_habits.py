"""Digit habits: entries of many lots that look made up rather than measured.

Digits too round, values too constant, last digits that favour some, results just inside
a limit too often. Each takes many lots; a finding asks for the raw data, and no more.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from scipy.special import bdtrc, chdtrc

from lots.rules.refusal import Word
from lots.rules.stored_codes import gettext_noop as _
from lots.statistics.moments import moments
from lots.statistics.samples import NotCalculated, check_count, check_share

# Ten digits, each expected five times (Cochran's rule for chi-squared).
LEAST_DIGITS = 50
_LEAST_BAND = 10
# The spread, in units of the last place, from which last digits are uniform within 1 %.
_LEAST_SPREAD = 5
# A habit is doubted below this probability; many tests of many lots are asked.
SIGNIFICANCE = 0.001


@dataclass(frozen=True)
class Habit:
    """How often something was, how often it is expected, and the p of so much."""

    n: int
    count: int
    expected: float
    p: float
    significance: float

    @property
    def is_doubtful(self) -> bool:
        """Say whether p is below the significance."""
        return self.p < self.significance


def last_digits(entries: Sequence[str], *, significance: float = SIGNIFICANCE) -> Habit:
    """Return whether the ten last digits are about equally frequent, by chi-squared.

    `count` is that of the most frequent digit. `entries` as typed, of one test, with
    their trailing zeros. Source: Mosimann, Wiseman and Edelman, Account. Res. 4 (1995);
    NIST/SEMATECH e-Handbook 1.3.5.15. At least 50 entries, all with the same number of
    decimals, whose standard deviation is at least 5 units of the last place: narrower
    results have last digits that are not uniform by nature. Raises TooFew and
    NotCalculated.
    """
    check_share(significance, name="significance")
    digits = _last_digits_of(entries, of=_("A test of last digits"))
    counts = Counter(digits)
    expected = len(digits) / 10
    statistic = sum((counts[digit] - expected) ** 2 for digit in range(10)) / expected
    return Habit(
        n=len(digits),
        count=max(counts.values()),
        expected=expected,
        p=float(chdtrc(9, statistic)),
        significance=significance,
    )


def round_digits(
    entries: Sequence[str], *, significance: float = SIGNIFICANCE
) -> Habit:
    """Return whether entries end in 0 or 5 too often; expected is one of five.

    Source: binomial tail; conditions and refusals as of `last_digits`.
    """
    check_share(significance, name="significance")
    digits = _last_digits_of(entries, of=_("A test of round digits"))
    count = sum(digit in (0, 5) for digit in digits)
    return Habit(
        n=len(digits),
        count=count,
        expected=len(digits) / 5,
        p=float(bdtrc(count - 1, len(digits), 0.2)) if count else 1.0,
        significance=significance,
    )


def constant_run(
    entries: Sequence[Decimal], *, significance: float = SIGNIFICANCE
) -> Habit:
    """Return whether the last lots in a row have the same value, too many for chance.

    `count` is the length of the run that ends with the last entry. Its p supposes that
    each lot takes a value as often as all lots before the run did (one more is added to
    both, so that no value is impossible), so results that always are 0.05 raise no
    doubt. `entries` in the order of manufacture, at least 10. Raises TooFew.
    """
    check_share(significance, name="significance")
    check_count(
        len(entries), of=_("A test of constant values"), least=10, unit=_("entries")
    )
    last = entries[-1]
    count = 1
    while count < len(entries) and entries[-1 - count] == last:
        count += 1
    before = entries[: len(entries) - count]
    share = (sum(entry == last for entry in before) + 1) / (len(before) + 1)
    return Habit(
        n=len(entries),
        count=count,
        expected=1.0,
        # The first of the run is what the others repeat.
        p=float(share ** (count - 1)),
        significance=significance,
    )


def just_inside(
    values: Sequence[Decimal],
    *,
    limit: Decimal,
    band: Decimal,
    is_upper: bool,
    significance: float = SIGNIFICANCE,
) -> Habit:
    """Return whether results lie just inside a limit more often than a bit further in.

    `count` results are within `band` of the limit (the limit included), and as many are
    expected at most as in the band of the same width next to it, since results become
    rarer towards a limit; p is the binomial tail at one half. The caliper test of
    Gerber and Malhotra (Q. J. Polit. Sci. 3, 2008), with both bands inside, as results
    outside are investigated and rare. At least 10 results in both bands together.
    Raises TooFew, and ValueError for a band that is not above 0.
    """
    check_share(significance, name="significance")
    if band <= 0:
        raise ValueError(f"A band of {band} holds no result.")
    inside = [limit - value if is_upper else value - limit for value in values]
    near = sum(0 <= away <= band for away in inside)
    next_to_it = sum(band < away <= 2 * band for away in inside)
    check_count(
        near + next_to_it,
        of=_("A test of results just inside a limit"),
        least=_LEAST_BAND,
        unit=_("results near the limit"),
    )
    return Habit(
        n=near + next_to_it,
        count=near,
        expected=(near + next_to_it) / 2,
        p=float(bdtrc(near - 1, near + next_to_it, 0.5)) if near else 1.0,
        significance=significance,
    )


def _last_digits_of(entries: Sequence[str], *, of: str) -> list[int]:
    check_count(len(entries), of=of, least=LEAST_DIGITS, unit=_("entries"))
    numbers = [Decimal(entry) for entry in entries]
    exponents = {number.as_tuple().exponent for number in numbers}
    if len(exponents) > 1:
        raise NotCalculated(
            "unequal-decimals",
            "%(of)s needs entries with the same number of decimals.",
            of=Word(of),
        )
    (exponent,) = exponents
    if not isinstance(exponent, int):
        raise NotCalculated(
            "not-finite",
            "%(of)s takes numbers only; one of the values is not a finite number.",
            of=Word(of),
        )
    units = [number.scaleb(-exponent) for number in numbers]
    if moments(units).sd < _LEAST_SPREAD:
        raise NotCalculated(
            "narrow-digits",
            "%(of)s needs results that spread over more than %(least)s units of their"
            " last decimal; these do not, and their digits favour some by nature.",
            of=Word(of),
            least=_LEAST_SPREAD,
        )
    return [int(abs(unit)) % 10 for unit in units]

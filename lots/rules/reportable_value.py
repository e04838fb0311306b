"""Reportable value: how it is calculated from what was measured.

Six ways: single, mean, anhydrous basis, dried basis, largest unspecified peak, total of
the peaks. Everything stays unrounded.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from fractions import Fraction

from lots.rules import amounts, reported_value
from lots.rules import peaks as peak_rules
from lots.rules.amounts import Amount, Unusable
from lots.rules.measurement import (
    BASES,
    OF_PEAKS,
    Calculation,
    Decimals,
    Determination,
    Measurement,
    NotAMeasurement,
    check,
    entered,
    read,
    stated,
)
from lots.rules.reported_value import Kind, Reported

__all__ = [
    "Calculation",
    "Decimals",
    "Determination",
    "Measurement",
    "NotAMeasurement",
    "Reportable",
    "check",
    "entered",
    "exact",
    "read",
    "reportable",
]

_FINEST = Decimal("1e-20")


class _NoBasisYet(Unusable):
    """The result that the value is corrected with is not there yet."""


@dataclass(frozen=True)
class Reportable:
    """The value that criteria judge, unrounded, with how it arose.

    `number` is exact as typed, or computed exactly and written with fifty digits; for
    a qualified value it is the bound, for ``ND`` the stated LOD or None. `text`
    prints it to `places`, the decimals that were typed. `each` holds what criteria
    judge one by one as well: preparations, unspecified peaks, words. `otherwise` is
    the same value with a qualified water at its other end; both verdicts must agree.
    Where `usable` is false nothing passes and `problem` says why; `waits` says that
    it is the result to correct it with which is not there yet. `fewest` is how many
    decimals the coarsest of its own numbers was typed with, None where that decides
    nothing; the digits of its water are asked for by the criterion of the water.
    """

    kind: Kind
    number: Decimal | None
    text: str
    working: tuple[str, ...]
    usable: bool = True
    problem: str = ""
    waits: bool = False
    each: tuple[Reported, ...] = ()
    places: int = 0
    lod: str = ""
    loq: str = ""
    portion: str = ""
    reported_from: str = ""
    fewest: int | None = None
    otherwise: "Reportable | None" = None

    @property
    def unrounded(self) -> str:
        """Print it as the working does: never rounded, cut where it is long.

        Beside the result of a criterion `text` would read as if that was rounded
        from it, and a value is rounded once (USP General Notices 7.20).
        """
        if self.kind is not Kind.NUMBER or self.number is None:
            return self.text
        short = self.number.quantize(
            Decimal(1).scaleb(-self.places), context=amounts.ARITHMETIC
        )
        return self.text if short == self.number else amounts.brief(self.number)


def reportable(
    measurement: Measurement,
    determinations: Sequence[Determination],
    *,
    water: Reportable | None = None,
    peaks: Sequence[Determination] | None = None,
    decimals: Decimals = Decimals.UNASKED,
) -> Reportable:
    """Return the reportable value of what was typed.

    `water` is the reportable water, or loss on drying, that a value on a basis is
    corrected with. `peaks` are those of the tests that a total adds up, beside its
    own `determinations`. `decimals` says whether those of the texts are as typed.
    Raises NotAReportedValue where a text is out of grammar;
    everything else that is wrong makes the value unusable, with a sentence.
    """
    recorded = (*determinations, *(peaks or ()))
    values = tuple(read(measurement, each.text) for each in recorded)
    working = _typed(recorded, values)
    try:
        if not values:
            raise Unusable("No value is recorded.")
        if measurement.has_words:
            found = _of_words(values, working=working)
        elif measurement.calculation in OF_PEAKS:
            found = _of_peaks(measurement, recorded, working=working)
        else:
            found = _of_preparations(measurement, recorded, water, working=working)
    except Unusable as reason:
        alone = _alone(measurement, recorded)
        found = replace(
            _unusable(str(reason), values, working=working, each=alone),
            waits=isinstance(reason, _NoBasisYet),
        )
    if decimals is Decimals.TYPED:
        found = _counting(found, _fewest(measurement, recorded, values))
    return _with_stated(measurement, found)


def _fewest(
    measurement: Measurement,
    recorded: Sequence[Determination],
    values: Sequence[Reported],
) -> int | None:
    """Return the decimals of the coarsest number; bounds and words have none.

    A specified peak is not a part of the largest unspecified one.
    """
    is_largest = measurement.calculation is Calculation.LARGEST_UNSPECIFIED
    return min(
        (
            value.places
            for one, value in zip(recorded, values, strict=True)
            if value.kind is Kind.NUMBER and not (is_largest and one.specified)
        ),
        default=None,
    )


def _counting(found: Reportable, fewest: int | None) -> Reportable:
    otherwise = found.otherwise and replace(found.otherwise, fewest=fewest)
    return replace(found, fewest=fewest, otherwise=otherwise)


def exact(value: Reportable) -> str:
    """Return a usable value as text that the grammar takes, for a total to add up.

    Unrounded where it was typed; a computed one has the 20 decimals of the grammar,
    and no fewer than were typed.
    """
    if value.kind is not Kind.NUMBER or value.number is None:
        return value.text
    cut = value.number.quantize(_FINEST, context=amounts.ARITHMETIC)
    number = value.number if cut == value.number else cut
    least = Decimal(1).scaleb(-value.places)
    padded = number.quantize(least, context=amounts.ARITHMETIC)
    exponent = number.as_tuple().exponent
    has_fewer = isinstance(exponent, int) and -exponent < value.places
    return f"{padded if has_fewer and padded == number else number:f}"


def _with_stated(measurement: Measurement, found: Reportable) -> Reportable:
    """Add what the method states; ``ND`` then means less than the LOD."""
    number = found.number
    if found.kind is Kind.NOT_DETECTED:
        number = stated(measurement.lod)
    return replace(
        found,
        number=number,
        lod=measurement.lod,
        loq=measurement.loq,
        portion=measurement.portion,
        reported_from=measurement.reported_from,
        otherwise=found.otherwise and _with_stated(measurement, found.otherwise),
    )


def _typed(
    determinations: Sequence[Determination], values: Sequence[Reported]
) -> tuple[str, ...]:
    named = [
        f"{each.component} {value.text}" if each.component else value.text
        for each, value in zip(determinations, values, strict=True)
    ]
    return (f"Typed {'; '.join(named)}.",) if named else ()


def _value(
    value: Amount, *, working: tuple[str, ...], each: Sequence[Amount] = ()
) -> Reportable:
    return Reportable(
        kind=value.kind,
        number=value.reported.number,
        text=value.text,
        working=working,
        each=tuple(one.reported for one in each),
        places=value.places,
    )


def _unusable(
    problem: str,
    values: Sequence[Reported],
    *,
    working: tuple[str, ...],
    each: Sequence[Amount] = (),
) -> Reportable:
    """Return what was typed as no value at all; `each` is judged all the same."""
    return Reportable(
        kind=Kind.NUMBER,
        number=None,
        text="; ".join(value.printed for value in values),
        working=(*working, problem),
        usable=False,
        problem=problem,
        each=tuple(one.reported for one in each),
    )


def _alone(
    measurement: Measurement, determinations: Sequence[Determination]
) -> list[Amount]:
    """Return what is judged by itself though no value arises: a fail stays a fail.

    Not words, injections, what waits for its basis, and the parts of a total.
    """
    if (
        measurement.has_words
        or measurement.injections > 1
        or measurement.calculation is Calculation.TOTAL
        or (measurement.calculation in BASES and not measurement.already_corrected)
    ):
        return []
    return [
        amounts.amount(reported_value.parse(each.text))
        for each in determinations
        if not each.specified
    ]


def _of_words(values: Sequence[Reported], *, working: tuple[str, ...]) -> Reportable:
    return Reportable(
        kind=Kind.WORD,
        number=None,
        text="; ".join(dict.fromkeys(value.printed for value in values)),
        working=working,
        each=tuple(values),
    )


# --- preparations and basis ---------------------------------------------------------


def _of_preparations(
    measurement: Measurement,
    determinations: Sequence[Determination],
    water: Reportable | None,
    *,
    working: tuple[str, ...],
) -> Reportable:
    each, averaged = _preparations(measurement, determinations)
    working = (*working, *averaged)
    basis = BASES.get(measurement.calculation)
    if basis is None:
        return _averaged(measurement, each, working=working)
    if measurement.already_corrected:
        line = f"The data system has corrected for {basis}; nothing is added."
        return _averaged(measurement, each, working=(*working, line))
    first, *other = (
        _averaged(measurement, each, working=working, basis=basis, percent=percent)
        for percent in _percents(water, basis)
    )
    return replace(first, otherwise=other[0] if other else None)


def _preparations(
    measurement: Measurement,
    determinations: Sequence[Determination],
) -> tuple[list[Amount], list[str]]:
    """Return one value per preparation, with the working.

    Injections of one preparation are one result: they are averaged, and none of them
    is out of specification by itself (FDA, Investigating OOS Results, 2022).
    """
    numbered = Counter((each.preparation, each.injection) for each in determinations)
    for (preparation, injection), count in numbered.items():
        if count > 1:
            raise Unusable(
                f"Preparation {preparation}, injection {injection} is recorded {count}"
                " times; number the determinations."
            )
    asked = measurement.injections
    for preparation, count in Counter(
        each.preparation for each in determinations
    ).items():
        if count != asked:
            plural = "s" if asked > 1 else ""
            raise Unusable(
                f"The method asks for {asked} injection{plural} of each preparation;"
                f" {count} recorded of preparation {preparation}."
            )
    values: list[Amount] = []
    working: list[str] = []
    for preparation in sorted({each.preparation for each in determinations}):
        injections = [
            amounts.amount(reported_value.parse(each.text))
            for each in determinations
            if each.preparation == preparation
        ]
        values.append(amounts.mean(injections))
        if len(injections) > 1:
            working.append(
                f"Preparation {preparation}, injections {amounts.listed(injections)}:"
                f" mean {values[-1].printed}."
            )
    return values, working


def _averaged(
    measurement: Measurement,
    each: Sequence[Amount],
    *,
    working: tuple[str, ...],
    basis: str = "",
    percent: Decimal = Decimal(0),
) -> Reportable:
    """Return the mean of the preparations on the basis, or say why there is none.

    Value x 100 / (100 - percent), domain.md 3.5; the range among the preparations is
    compared unrounded, before the correction. Each preparation stays to be judged:
    one out of specification is not averaged away (FDA 2022).
    """
    factor = 100 / (100 - Fraction(percent)) if basis else Fraction(1)
    corrected = [amounts.times(one, factor) for one in each]
    typed = [one.reported for one in each]
    count, asked = len(each), measurement.determinations
    if count != asked:
        plural = "s" if asked > 1 else ""
        problem = f"The method asks for {asked} preparation{plural}; {count} recorded."
        return _unusable(problem, typed, working=working, each=corrected)
    try:
        value = amounts.mean(each)
    except Unusable as reason:
        return _unusable(str(reason), typed, working=working, each=corrected)
    if count > 1:
        line = f"Preparations {amounts.listed(each)}: mean {value.printed}."
        working = (*working, line)
    limit = stated(measurement.spread_limit)
    if limit is not None and count > 1 and value.kind is Kind.NUMBER:
        exact = [one.exact for one in each if one.exact is not None]
        spread = max(exact) - min(exact)
        differ = f"differ by {amounts.brief(amounts.written(spread))}"
        allowed = f"the {measurement.spread_limit} that the method allows"
        if spread > limit:
            problem = f"The preparations {differ}, more than {allowed}."
            return _unusable(problem, typed, working=working, each=corrected)
        working = (*working, f"They {differ}, within {allowed}.")
    if basis:
        water = amounts.brief(percent)
        on_basis = amounts.times(value, factor)
        line = (
            f"Corrected for {basis} {water} %: {value.printed} x 100 / (100 - {water})"
            f" = {on_basis.printed}."
        )
        value, working = on_basis, (*working, line)
    return _value(value, working=working, each=corrected)


def _percents(water: Reportable | None, basis: str) -> tuple[Decimal, ...]:
    """Return the unrounded percentage to correct for; both ends of a qualified one."""
    if water is None:
        raise _NoBasisYet(f"The value needs the result of {basis}.")
    if not water.usable:
        raise Unusable(f"The result of {basis} cannot be used: {water.problem}")
    if water.number is None or water.kind is Kind.GREATER:
        raise Unusable(
            f"The result of {basis}, {water.text}, has no highest value to correct for."
        )
    if not 0 <= water.number < 100:
        raise Unusable(
            f"The result of {basis}, {water.text} %, is not from 0 to under 100 %."
        )
    return (water.number,) if water.kind is Kind.NUMBER else (Decimal(0), water.number)


# --- peaks --------------------------------------------------------------------------


def _of_peaks(
    measurement: Measurement,
    determinations: Sequence[Determination],
    *,
    working: tuple[str, ...],
) -> Reportable:
    threshold = stated(measurement.threshold)
    if threshold is None:
        raise Unusable("Peaks need a reporting threshold, and the test has none.")
    is_largest = measurement.calculation is Calculation.LARGEST_UNSPECIFIED
    named, averaged = peak_rules.recorded(determinations, threshold=threshold)
    over = [
        peak
        for peak in named
        if not (is_largest and peak.specified)
        and peak_rules.is_reported(peak, measurement=measurement, threshold=threshold)
    ]
    side = "At or above" if measurement.at_threshold_counts else "Above"
    names = ", ".join(f"{peak.name} {peak.amount.printed}" for peak in over)
    working = (
        *working,
        *averaged,
        f"{side} the reporting threshold {measurement.threshold}: {names or 'none'}.",
    )
    values = [peak.amount for peak in over]
    # The criterion on any unspecified peak is each one's own; that on a total is not.
    each = values if is_largest else []
    for value in values:
        if value.kind is not Kind.NUMBER:
            problem = (
                f"A peak of {value.printed} cannot be compared with others or added"
                " up; it needs a number, or a bound at the reporting threshold."
            )
            typed = [one.reported for one in values]
            return _unusable(problem, typed, working=working, each=each)
    if not values:
        none = reported_value.parse(f"<{measurement.threshold}")
        return _value(amounts.amount(none), working=working)
    if is_largest:
        found = amounts.largest(values)
        return _value(found, working=(*working, f"Largest: {found.text}."), each=each)
    found = amounts.total(values)
    return _value(found, working=(*working, f"Total: {found.printed}."))

"""Measurement: what the rules need of a test, its method and what was measured."""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

from lots.rules import reported_value
from lots.rules.refusal import Refusal
from lots.rules.reported_value import Kind, Reported
from lots.rules.stored_codes import Coded
from lots.rules.stored_codes import gettext_noop as _
from lots.rules.unknown import if_known


class Calculation(Coded):
    """The ways in which a reportable value is calculated."""

    SINGLE = "single", _("Single determination")
    MEAN = "mean", _("Mean of determinations")
    ANHYDROUS = "anhydrous", _("On the anhydrous basis")
    DRIED = "dried", _("On the dried basis")
    LARGEST_UNSPECIFIED = "largest_unspecified", _("Largest unspecified peak")
    TOTAL = "total", _("Total of the peaks")


class Decimals(Coded):
    """What is known of the decimals of a stored value.

    Nothing was asked of what was stored before version 0.7.0. A number that a workbook
    or a program wrote may have lost its trailing zeros.
    """

    UNASKED = "", _("Not asked")
    TYPED = "typed", _("As typed")
    LOST = "lost", _("Trailing zeros lost")


# What a value on a basis is corrected for.
BASES = {Calculation.ANHYDROUS: "water", Calculation.DRIED: "loss on drying"}
OF_PEAKS = (Calculation.LARGEST_UNSPECIFIED, Calculation.TOTAL)
# In the units of what has two directions: an angle, a temperature, a voltage.
# What a limit test says that is not read as a number (ICH Q7 11.42; Ph. Eur. 2.4).
COMPLIES, DOES_NOT_COMPLY = "Complies", "Does not comply"
_SIGNED = ("\N{DEGREE SIGN}", "deg", "mv")


@dataclass(frozen=True)
class Determination:
    """One value as typed, with its preparation, injection and peak.

    `component` is a peak's name or relative retention time, `specified` says that
    the peak has a criterion of its own. A text of ``ND`` without a component states
    that there was no peak. `written` is the word of an imported file that its map
    translated into the text; blank where the text stands there itself.
    """

    text: str
    preparation: int = 1
    injection: int = 1
    component: str = ""
    specified: bool = False
    written: str = ""


@dataclass(frozen=True)
class Measurement:
    """A test and its method as plain values.

    `determinations` is the number of preparations the method asks for, neither fewer
    nor more, `injections` that of each preparation; `spread_limit` the largest range
    among preparations; `threshold` the reporting
    threshold of peaks, exceeded by ``>`` unless `at_threshold_counts`
    (ICH Q3A(R2)); `already_corrected` says that the data system reports on the basis
    already. A test with a `portion` takes Absent or Present, another one with a
    `vocabulary` takes its words, and one that `is_text` any words. `uncertainty` is the
    expanded one of a result (k = 2). `reported_from` is the reporting threshold of the
    total that the value is added to.
    """

    calculation: Calculation = Calculation.SINGLE
    determinations: int = 1
    injections: int = 1
    spread_limit: str = ""
    threshold: str = ""
    at_threshold_counts: bool = False
    already_corrected: bool = False
    vocabulary: tuple[str, ...] = ()
    lod: str = ""
    loq: str = ""
    portion: str = ""
    unit: str = ""
    is_text: bool = False
    uncertainty: str = ""
    reported_from: str = ""

    @property
    def has_words(self) -> bool:
        """Say whether its results are no numbers."""
        return bool(self.vocabulary or self.portion or self.is_text)


class NotAMeasurement(Refusal):
    """The test cannot be measured as it is described."""


def read(measurement: Measurement, text: str) -> Reported:
    """Return what one typed text says in this test; raises NotAReportedValue."""
    with if_known:
        if measurement.portion:
            return reported_value.parse_absence(text)
    if measurement.vocabulary:
        return reported_value.parse_word(text, vocabulary=measurement.vocabulary)
    if measurement.is_text:
        return reported_value.parse_text(text)
    return reported_value.parse(text)


def entered(measurement: Measurement, text: str) -> Reported:
    """Return what a text says that is entered now; raises NotAReportedValue.

    Stricter than `read`, by which what was stored before stays what it was. An amount
    has no sign, and is not below zero: a sign typed by mistake would pass every upper
    limit.
    """
    value = reported_value.check_bound(read(measurement, text))
    if value.number is not None and "+" in value.text and is_amount(measurement):
        raise reported_value.with_a_plus(value)
    is_below = value.number is not None and value.number.is_signed()
    if is_below and is_amount(measurement):
        raise reported_value.NotAReportedValue(
            "negative",
            "%(text)s is below zero, but an amount cannot be. Check the sign; if the"
            " amount is too small to measure, type < and the quantitation limit.",
            text=value.text,
        )
    return value


def is_amount(measurement: Measurement) -> bool:
    """Say whether it has a quantitation limit, is of peaks, or has an amount's unit.

    A specific optical rotation, calculated on the anhydrous or dried basis too, is none
    (Ph. Eur. 2.2.7; USP <781>); it is in degrees, or printed without a unit.
    """
    unit = measurement.unit.casefold()
    return bool(
        measurement.lod
        or measurement.loq
        or measurement.calculation in OF_PEAKS
        or (unit and not any(signed in unit for signed in _SIGNED))
    )


def stated(text: str) -> Decimal | None:
    """Return a number that a test states; None where it states none."""
    if not text:
        return None
    value = reported_value.parse(text)
    return value.number if value.kind is Kind.NUMBER else None


def questioned(measurement: Measurement, texts: Iterable[str]) -> Refusal | None:
    """Return what is asked of a bound that is none of the method's, or None.

    ``<0.05`` beside a method that states an LOQ of 0.02 is a slip, or was measured by
    another method. The refusal refuses nothing. Where the method states no limit, or
    the test has words, nothing is asked.
    """
    if measurement.has_words:
        return None
    limits = {
        name: limit
        for name, limit in (
            ("LOQ", measurement.loq),
            ("LOD", measurement.lod),
            ("reporting threshold", measurement.threshold),
        )
        if limit
    }
    if not measurement.loq and not measurement.lod:
        return None
    known = {stated(limit) for limit in limits.values()}
    for text in texts:
        value = reported_value.parse(text)
        if value.kind is Kind.LESS and value.number not in known:
            return Refusal(
                "other-bound",
                "%(text)s is not a limit of the method, which states %(limits)s. Check"
                " it against the raw data, and correct it if it was mistyped.",
                text=value.printed,
                limits=", ".join(f"{name} {limit}" for name, limit in limits.items()),
            )
    return None


def check(measurement: Measurement) -> None:
    """Refuse, at the field, a measurement from which no value could ever arise."""
    for field in ("spread_limit", "threshold", "lod", "loq", "uncertainty"):
        with if_known:
            _check_number(getattr(measurement, field), field=field)
    if measurement.portion:
        with reported_value.at_field("portion"):
            reported_value.parse_portion(measurement.portion)
    with if_known:
        lod, loq = stated(measurement.lod), stated(measurement.loq)
        if lod is not None and loq is not None and lod > loq:
            raise NotAMeasurement(
                "lod",
                "The LOD %(lod)s is above the LOQ %(loq)s; exchange them.",
                field="lod",
                lod=measurement.lod,
                loq=measurement.loq,
            )
    with if_known:
        if measurement.calculation in OF_PEAKS and not measurement.threshold:
            raise NotAMeasurement(
                "threshold",
                "Peaks need a reporting threshold; type one such as 0.05.",
                field="threshold",
            )
    with if_known:
        averaged = (
            measurement.calculation is Calculation.MEAN
            or measurement.calculation in BASES
        )
        if measurement.determinations < 1 or (
            measurement.determinations > 1 and not averaged
        ):
            raise NotAMeasurement(
                "determinations",
                "%(count)s preparations are not possible here; only a mean, or a value"
                " on the anhydrous or dried basis, has more than one.",
                field="determinations",
                count=measurement.determinations,
            )
    with if_known:
        _check_injections(measurement)
    with if_known:
        _check_words(measurement)


def _check_number(text: str, *, field: str) -> None:
    if not text:
        return
    with reported_value.at_field(field):
        value = reported_value.parse(text)
    if (
        value.kind is not Kind.NUMBER
        or value.text != text
        or text.startswith(("+", "-"))
    ):
        raise NotAMeasurement(
            "number",
            "%(text)s is not a number without a sign; type one such as 0.05.",
            field=field,
            text=text,
        )


def _check_injections(measurement: Measurement) -> None:
    words = measurement.has_words
    if measurement.injections < 1 or (
        measurement.injections > 1 and (words or measurement.calculation in OF_PEAKS)
    ):
        raise NotAMeasurement(
            "injections",
            "%(count)s injections are not possible here, because peaks and results in"
            " words are not averaged over injections. Type a peak as the mean of its"
            " injections.",
            field="injections",
            count=measurement.injections,
        )


def _check_words(measurement: Measurement) -> None:
    words = [reported_value.folded(word) for word in measurement.vocabulary]
    if "" in words or len(set(words)) < len(words):
        raise NotAMeasurement(
            "vocabulary",
            "The results in words must differ in more than case and spaces, and none"
            " may be blank.",
            field="vocabulary",
        )
    if measurement.is_text and (words or measurement.portion):
        raise NotAMeasurement(
            "is-text",
            "Results in free text have no list of words and no portion; leave both"
            " blank, or clear “Results are free text”.",
            field="is_text",
        )
    if measurement.has_words and measurement.calculation is not Calculation.SINGLE:
        raise NotAMeasurement(
            "calculation",
            "Words cannot be averaged or added; choose a single determination for a"
            " test with results in words.",
            field="calculation",
        )

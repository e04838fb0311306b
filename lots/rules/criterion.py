"""Acceptance criteria: their kinds, what each needs, and their printed words."""

import re
from dataclasses import dataclass
from decimal import Decimal

from lots.rules import reported_value, scales
from lots.rules.refusal import Refusal
from lots.rules.reported_value import Kind
from lots.rules.rounding import Rule
from lots.rules.stored_codes import Coded
from lots.rules.stored_codes import gettext_noop as _

_DASH = "\N{EN DASH}"
_TENS = re.compile(r"10\^([1-9])")
_POWER = re.compile(r"(?<=[0-9])\^(-?[0-9]+)")
_RAISED = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")
_RAISED_DIGITS = re.compile("(?<=10)[⁻⁰¹²³⁴⁵⁶⁷⁸⁹]+")
_LOWERED = str.maketrans("⁻⁰¹²³⁴⁵⁶⁷⁸⁹", "-0123456789")
_WHOLE = re.compile(r"0|[1-9][0-9]{0,11}")


SIGNS = ("+", "-")
_LIMITS = ("low", "high")
ALERTS = ("alert_low", "alert_high")
_OF_NUMBERS = (*ALERTS, "rounding", "decimals", "wording")
# As many as a limit may have.
MOST_DECIMALS = 12


class CriterionKind(Coded):
    """What a criterion asks of a value.

    A member has its code, its word, the facts that it needs, and those that it may
    have. `compares` says that it holds a number against limits, `is_strict` that the
    limit itself is not good any more.
    """

    needs: tuple[str, ...]
    may_have: tuple[str, ...]

    def __init__(
        self,
        _code: str,
        _word: str,
        needs: tuple[str, ...],
        may_have: tuple[str, ...] = (),
    ) -> None:
        self.needs, self.may_have = needs, may_have

    RANGE = "range", _("Range"), _LIMITS, _OF_NUMBERS
    NLT = "nlt", _("Not less than"), ("low",), _OF_NUMBERS
    NMT = "nmt", _("Not more than"), ("high",), _OF_NUMBERS
    LESS = "less", _("Less than"), ("high",), _OF_NUMBERS
    MORE = "more", _("More than"), ("low",), _OF_NUMBERS
    LIMIT = (
        "limit",
        _("Limit test"),
        ("high",),
        ("rounding", "decimals", "wording"),
    )
    SCALE = "scale", _("Not more than, on a scale"), ("high",), ("wording",)
    CHOICE = "choice", _("Choice"), ("choices",), ("wording",)
    ABSENCE = "absence", _("Absence"), ("portion",), ("wording",)
    COUNT = "count", _("Microbial count"), ("high",), (*ALERTS, "wording")
    REPORT = "report", _("Report only"), (), _OF_NUMBERS

    @property
    def compares(self) -> bool:
        return "rounding" in self.may_have and bool(self.needs)

    @property
    def is_strict(self) -> bool:
        return self in (CriterionKind.LESS, CriterionKind.MORE)

    @property
    def limits(self) -> tuple[str, ...]:
        """Return which of its facts are limits in numbers."""
        if not self.compares and self is not CriterionKind.COUNT:
            return ()
        return tuple(field for field in self.needs if field in _LIMITS)


class Requirement(Coded):
    """On which lots a result is needed. A result that is there must pass anyway."""

    EVERY = "every", _("On every lot")
    PERIODIC = "periodic", _("Periodically")
    REQUEST = "request", _("On request")


@dataclass(frozen=True)
class Criterion:
    """An acceptance criterion; limits are text, for their decimals count.

    `high` of a count is ``10^3``, which accepts at most 2000, or a whole number that
    means itself; that of a scale is a grade such as BY6. `portion` is what an absence
    is shown in. `wording` is printed as it stands, instead of the words that this
    module gives the facts. `decimals` are those with which a certificate reports the
    result, None for those of the limit: they decide nothing.
    """

    kind: CriterionKind
    low: str = ""
    high: str = ""
    choices: tuple[str, ...] = ()
    wording: str = ""
    portion: str = ""
    rounding: Rule = Rule.HALF_UP
    alert_low: str = ""
    alert_high: str = ""
    unit: str = ""
    decimals: int | None = None


class NotACriterion(Refusal):
    """The criterion cannot be used; the sentence and the field say what to fix."""


def limit(criterion: Criterion, field: str) -> Decimal:
    """Return a limit as a number; refuses a text that is not exactly one."""
    text: str = getattr(criterion, field)
    if criterion.kind is CriterionKind.COUNT:
        number = _largest_count(text)
        if number is None:
            raise NotACriterion(
                "count",
                "%(text)s is not a limit of a count; type a whole number, or 10^1 to"
                " 10^9.",
                field=field,
                text=text,
            )
        return number
    with reported_value.at_field(field):
        value = reported_value.parse(text)
    if value.kind is not Kind.NUMBER or value.number is None or value.text != text:
        raise NotACriterion(
            "limit",
            "%(text)s is not a plain number; type one such as 98.0.",
            field=field,
            text=text,
        )
    return value.number


def _largest_count(text: str) -> Decimal | None:
    """Return the largest count that a limit accepts.

    ``10^n`` accepts up to twice as much: 10^3 is at most 2000 (Ph. Eur. 5.1.4,
    USP <1111>). A plain number means itself.
    """
    if tens := _TENS.fullmatch(text):
        return Decimal(2 * 10 ** int(tens[1]))
    return Decimal(text) if _WHOLE.fullmatch(text) else None


def words(criterion: Criterion) -> str:
    """Return the criterion as it is printed, limits exactly as approved.

    Wording of earlier versions that does not say the limits was never printed, and is
    not printed now.
    """
    if criterion.wording and all(
        says(criterion.wording, text) for text in judged_by(criterion)
    ):
        return criterion.wording
    unit = f" {criterion.unit}" if criterion.unit else ""
    match criterion.kind:
        case CriterionKind.RANGE if is_signed(criterion):
            return f"{criterion.low} to {criterion.high}{unit}"
        case CriterionKind.RANGE:
            return f"{criterion.low}{_DASH}{criterion.high}{unit}"
        case CriterionKind.NLT:
            return f"NLT {criterion.low}{unit}"
        case CriterionKind.NMT | CriterionKind.LIMIT:
            return f"NMT {criterion.high}{unit}"
        case CriterionKind.LESS:
            return f"Less than {criterion.high}{unit}"
        case CriterionKind.MORE:
            return f"More than {criterion.low}{unit}"
        case CriterionKind.SCALE:
            return scales.words(scales.grade(criterion.high))
        case CriterionKind.CHOICE:
            return " or ".join(criterion.choices)
        case CriterionKind.ABSENCE:
            return f"Absent in {criterion.portion}"
        case CriterionKind.COUNT if _TENS.fullmatch(criterion.high):
            most = limit(criterion, "high")
            return f"{criterion.high}{unit} (at most {most}{unit})"
        case CriterionKind.COUNT:
            return f"NMT {criterion.high}{unit}"
        case CriterionKind.REPORT:
            return "Report"


def is_signed(criterion: Criterion) -> bool:
    """Say whether a limit has a sign, such as +20.5: results are then printed with one.

    A dash between signs is misread, so that a range is printed with "to".
    """
    return criterion.low.startswith(SIGNS) or criterion.high.startswith(SIGNS)


def raised(text: str) -> str:
    """Return `10^3` as 10³, with characters, so that it is copied out as it is read."""
    if "^" not in text:
        return text
    return _POWER.sub(lambda power: power[1].translate(_RAISED), text)


def judged_by(criterion: Criterion) -> tuple[str, ...]:
    """Return the limits and the portion, as texts."""
    texts = (criterion.low, criterion.high, criterion.portion)
    return tuple(text for text in texts if text)


def says(wording: str, text: str) -> bool:
    """Say whether the wording has the text, and not as a part of another number."""
    return bool(re.search(rf"(?<![0-9.]){re.escape(text)}(?!\.?[0-9])", plain(wording)))


def plain(wording: str) -> str:
    """Return the wording with 10³ as `10^3`, and with single plain spaces."""
    lowered = _RAISED_DIGITS.sub(
        lambda power: "^" + power[0].translate(_LOWERED), wording
    )
    return " ".join(lowered.split())

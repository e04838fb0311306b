"""Findings: what one value is against one criterion, and those on words."""

from dataclasses import dataclass, replace
from decimal import Decimal
from enum import StrEnum

from lots.rules import reported_value, scales
from lots.rules.criterion import Criterion, CriterionKind, words
from lots.rules.measurement import COMPLIES, DOES_NOT_COMPLY
from lots.rules.reported_value import Kind, Reported


class Outcome(StrEnum):
    """What a value is against a criterion; one whose input is missing waits for it."""

    PASS = "pass"
    FAIL = "fail"
    UNDECIDED = "undecided"
    REPORTED = "reported"
    WAITS = "awaits"


WORST_FIRST = (
    Outcome.FAIL,
    Outcome.UNDECIDED,
    Outcome.WAITS,
    Outcome.REPORTED,
    Outcome.PASS,
)


@dataclass(frozen=True)
class Finding:
    """What one value is against one criterion."""

    outcome: Outcome
    working: tuple[str, ...] = ()
    reason: str = ""


def failed(reason: str) -> Finding:
    return Finding(Outcome.FAIL, (reason,), reason)


def undecided(reason: str) -> Finding:
    return Finding(Outcome.UNDECIDED, (reason,), reason)


@dataclass(frozen=True)
class Stated:
    """What is stated beside the value: LOD, LOQ, portion, reporting threshold.

    And the fewest decimals with which it was typed, None where they decide nothing.
    """

    lod: Decimal | None
    loq: Decimal | None
    portion: str
    threshold: str = ""
    fewest: int | None = None


def on_words(criterion: Criterion, value: Reported, stated: Stated) -> Finding | None:
    """Return what a value is against a criterion that compares no numbers, else None.

    A criterion of numbers is judged by its bounds.
    """
    match criterion.kind:
        case CriterionKind.REPORT:
            return Finding(Outcome.REPORTED)
        case CriterionKind.CHOICE:
            return of_choice(criterion, value)
        case CriterionKind.LIMIT if value.kind is Kind.WORD:
            return of_limit_test(criterion, value)
        case CriterionKind.SCALE:
            return of_scale(criterion, value)
        case CriterionKind.ABSENCE:
            return of_absence(criterion, value, stated)
    return None


def of_choice(criterion: Criterion, value: Reported) -> Finding:
    if value.kind is not Kind.WORD:
        return undecided(f"{value.printed} is not a word of the test.")
    if reported_value.folded(value.word) in map(
        reported_value.folded, criterion.choices
    ):
        return Finding(Outcome.PASS, (f"{value.word} is accepted.",))
    accepted = " or ".join(criterion.choices)
    return failed(f"{value.word} is not accepted; accepted is {accepted}.")


def of_limit_test(criterion: Criterion, value: Reported) -> Finding:
    """Return what the words of a limit test are: whoever tested compared it."""
    asked = words(replace(criterion, wording=""))
    if reported_value.folded(value.word) == reported_value.folded(COMPLIES):
        return Finding(Outcome.PASS, (f"Limit test on {asked}: complies.",))
    if reported_value.folded(value.word) == reported_value.folded(DOES_NOT_COMPLY):
        return failed(f"Limit test on {asked}: does not comply.")
    return undecided(f"{value.printed} says neither that it complies nor that not.")


def of_scale(criterion: Criterion, value: Reported) -> Finding:
    """Return what a grade is against a limit on its scale (Ph. Eur. 2.2.1, 2.2.2)."""
    if value.kind is not Kind.WORD:
        return undecided(f"{value.printed} is not a word of the test.")
    limit = scales.grade(criterion.high)
    try:
        is_within = scales.is_within(scales.grade(value.word), limit)
    except scales.NotAGrade:
        return undecided(f"{value.printed} is no grade of clarity or colour.")
    if is_within is None:
        return undecided(f"{value.word} cannot be compared with {limit.words}.")
    if is_within:
        return Finding(Outcome.PASS, (f"{value.word} is within {limit.words}.",))
    return failed(f"{value.word} is more than {limit.words}.")


def of_absence(criterion: Criterion, value: Reported, stated: Stated) -> Finding:
    """Absent in a portion says the same of every smaller one, present of a larger."""
    word = value.word.capitalize()
    tested = value.portion or stated.portion
    wanted, wanted_unit = reported_value.parse_portion(criterion.portion)
    if word not in (reported_value.ABSENT, reported_value.PRESENT):
        return undecided(f"{value.printed} says neither absent nor present.")
    if not tested:
        return undecided("The test states no portion.")
    amount, unit = reported_value.parse_portion(tested)
    said = f"{word} in {tested}"
    if unit == wanted_unit and word == reported_value.ABSENT and amount >= wanted:
        return Finding(Outcome.PASS, (f"{said}: absent in {criterion.portion}.",))
    if unit == wanted_unit and word == reported_value.PRESENT and amount <= wanted:
        return failed(f"{said}: not absent in {criterion.portion}.")
    return undecided(f"{said} leaves {criterion.portion} open.")

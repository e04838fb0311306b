"""Minimum: where a criterion is laxer than the widest that is acceptable for a use.

A specification by which a lot may be released alone asks at least what the minimum
specification asks (ICH Q7 11.1, ICH Q6A 2.9). Both are criteria of the same test, so
that unit, basis and calculation are those of the test.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal

from lots.rules import reported_value, scales
from lots.rules.amounts import brief
from lots.rules.bounds import Bound, bounds_of
from lots.rules.criterion import Criterion, CriterionKind, Requirement, words
from lots.rules.refusal import Refusal

_LIMITS = tuple(kind for kind in CriterionKind if kind.compares)


@dataclass(frozen=True)
class Asked:
    """A criterion, and on which lots it asks for its test."""

    criterion: Criterion
    requirement: Requirement = Requirement.EVERY
    every_lots: int | None = None
    every_months: int | None = None

    @property
    def often(self) -> str:
        """Return how often, in words."""
        if self.requirement is not Requirement.PERIODIC:
            return self.requirement.word.lower()
        return " or ".join(
            f"every {number} {unit}"
            for number, unit in (
                (self.every_lots, "lots"),
                (self.every_months, "months"),
            )
            if number
        )


def shortfalls(
    given: Asked | None, least: Asked, *, test: str, minimum: str
) -> Iterator[Refusal]:
    """Yield where what is asked of a test falls short of the minimum.

    `given` is None where the specification lacks the test; `test` and `minimum` are
    the names in the sentences.
    """
    told = {"test": test, "minimum": minimum, "least": words(least.criterion)}
    if given is None:
        yield Refusal(
            "minimum-missing",
            "%(test)s is missing: %(minimum)s requires %(least)s, %(often)s. Add the"
            " test.",
            often=least.often,
            **told,
        )
        return
    if _is_less_often(given, least):
        yield Refusal(
            "minimum-less-often",
            "%(test)s is required %(given)s, but %(minimum)s requires it %(often)s."
            " Change “Required”.",
            given=given.often,
            often=least.often,
            **told,
        )
    told["given"] = words(given.criterion)
    if not _is_comparable(given.criterion, least.criterion):
        yield Refusal(
            "minimum-kind",
            "%(test)s has the criterion %(given)s, which is of another kind or unit"
            " than %(least)s of %(minimum)s. Choose the same kind.",
            **told,
        )
        return
    accepted = wider(given.criterion, least.criterion)
    if accepted is not None:
        yield Refusal(
            "minimum-wider",
            "%(test)s: %(given)s accepts %(accepted)s, which %(least)s of %(minimum)s"
            " does not. Choose a criterion that is not wider.",
            accepted=accepted,
            **told,
        )


def _is_less_often(given: Asked, least: Asked) -> bool:
    """Say whether a lot may go without the test that the minimum asks of it."""
    if given.requirement is Requirement.EVERY:
        return False
    if given.requirement is Requirement.REQUEST:
        return least.requirement is not Requirement.REQUEST
    if least.requirement is not Requirement.PERIODIC:
        return least.requirement is Requirement.EVERY
    return any(
        most is not None and (often is None or often > most)
        for often, most in (
            (given.every_lots, least.every_lots),
            (given.every_months, least.every_months),
        )
    )


def _is_comparable(given: Criterion, least: Criterion) -> bool:
    if given.unit != least.unit:
        return False
    if least.kind is CriterionKind.REPORT:
        return True
    if least.kind in _LIMITS:
        return given.kind in _LIMITS
    return given.kind is least.kind


def is_wider(given: Criterion, least: Criterion) -> bool:
    """Say whether a criterion may accept what the other does not."""
    return not _is_comparable(given, least) or wider(given, least) is not None


def wider(given: Criterion, least: Criterion) -> str | None:
    """Return something that a criterion accepts and the minimum does not; else None.

    Both are of kinds that compare. Values are taken unrounded, as they are judged:
    NMT 2 accepts 2.49, which NMT 2.0 does not. A single limit that is beyond the other
    is wider however it rounds, because `<2.4` is compared with the limit itself.
    """
    if least.kind is CriterionKind.REPORT:
        return None
    if least.kind is CriterionKind.CHOICE:
        accepted = {reported_value.folded(choice) for choice in least.choices}
        return next(
            (
                choice
                for choice in given.choices
                if reported_value.folded(choice) not in accepted
            ),
            None,
        )
    if least.kind is CriterionKind.SCALE:
        is_within = scales.is_within(scales.grade(given.high), scales.grade(least.high))
        return None if is_within else given.high
    if least.kind is CriterionKind.ABSENCE:
        amount, unit = reported_value.parse_portion(given.portion)
        most, wanted = reported_value.parse_portion(least.portion)
        is_wider = unit != wanted or amount < most
        return f"Absent in {given.portion}" if is_wider else None
    bounds = bounds_of(given)
    for bound in bounds_of(least):
        accepted_value = _beyond(bounds, bound)
        if accepted_value is not None:
            return accepted_value
    return None


def _beyond(given: Sequence[Bound], least: Bound) -> str | None:
    """Return a value that all these limits let pass and the other does not; else None.

    A bound such as `<2.4` passes only where no limit is on its other side.
    """
    sides = {bound.is_upper: bound for bound in given}
    same = sides.get(least.is_upper)
    if same is not None and least.counts and same.number > least.number:
        return str(same.number)
    for value in _candidates(same, sides.get(not least.is_upper), least):
        if all(_accepts(bound, value) for bound in given) and not _accepts(
            least, value
        ):
            return brief(value)
    if same is not None and len(given) == 1 and not least.covers(same.number):
        return f"{'<' if same.is_upper else '>'}{same.text}"
    return None


def _candidates(
    same: Bound | None, opposite: Bound | None, least: Bound
) -> tuple[Decimal, ...]:
    """Return values of which one is beyond `least`, if anything between the two is.

    What the two accept beyond it lies between `start` and the edge of `same`.
    """
    edges = [_edge(least), *([_edge(opposite)] if opposite else [])]
    start = max(edges) if least.is_upper else min(edges)
    if same is None:
        return (start + (1 if least.is_upper else -1),)
    edge = _edge(same)
    return edge, _edge(least), (start + edge) / 2


def _edge(bound: Bound) -> Decimal:
    """Return where rounding stops to save a value: half a place beyond the limit.

    Of a strict limit half a place before it.
    """
    half = Decimal((0, (5,), -(bound.places + 1)))
    if bound.is_strict:
        half = -half
    return bound.number + half if bound.is_upper else bound.number - half


def _accepts(bound: Bound, value: Decimal) -> bool:
    return bound.is_met_by(bound.rounded(value))

"""Specification impact: what the last lots would have become under a draft.

Asked of the results of release testing as they stand, before anyone approves the draft:
a limit that the process does not keep, or that every lot keeps by far, is seen in time
(ICH Q6A 3.1.1: limits rest on the data of batches; ICH Q7 2.50). It decides nothing of
these lots. Reads, never writes.
"""

from dataclasses import dataclass
from decimal import Decimal

from lots.evaluation import evaluator, judgement
from lots.evaluation.outcome import AttemptsByTest, Line, LotEvaluation, gravest
from lots.models import Criterion, Lot, LotState, Occasion, Specification
from lots.rules.states import LineOutcome

# So many lots are looked at, by day of manufacture.
LAST = 50
# What a criterion says of a lot that has no value of its test, or none yet.
_NO_DATA = (LineOutcome.MISSING, LineOutcome.NOT_REQUIRED, LineOutcome.WAITS)


@dataclass(frozen=True)
class TestImpact:
    """A criterion of the draft: how many lots it would pass, fail or leave undecided.

    `closest` is the least distance to its limit, as a share; `closest_lot` has it.
    """

    criterion: Criterion
    words: str
    passed: int
    failed: int
    undecided: int
    reported: int
    no_data: int
    closest: Decimal | None
    closest_lot: Lot | None


@dataclass(frozen=True)
class LotImpact:
    """A lot that would fail or be undecided: by these lines of the draft.

    `today` is its outcome under the specifications that it was tested against.
    """

    lot: Lot
    today: LineOutcome
    outcome: LineOutcome
    lines: tuple[Line, ...]


@dataclass(frozen=True)
class Impact:
    """What a draft would have made of the last lots: by test, and lot by lot.

    `count` is how many lots were looked at, the first and last by day of manufacture.
    """

    count: int
    first: Lot | None
    last: Lot | None
    tests: tuple[TestImpact, ...]
    lots: tuple[LotImpact, ...]

    @property
    def failed(self) -> int:
        """Return how many lots would fail."""
        return sum(one.outcome == LineOutcome.FAIL for one in self.lots)

    @property
    def undecided(self) -> int:
        """Return how many lots would be undecided, and not fail."""
        return sum(one.outcome == LineOutcome.UNDECIDED for one in self.lots)


def impact(specification: Specification) -> Impact:
    """Return what the last lots made for the use would have become.

    The lots of its material and use that are not void, at most `LAST` of them, by their
    valid results of release testing. In a fixed number of queries.
    """
    found = (
        Lot.objects.filter(material=specification.material_id, use=specification.use)
        .exclude(state=LotState.VOID)
        .select_related("status")
        .order_by("-manufactured_on", "-pk")[:LAST]
    )
    loaded = evaluator.load_all(found)
    lines_of = {}
    for key, rows in loaded.items():
        rows.catalogue.load_criteria([specification.pk])
        attempts = _of_release(rows.evaluation())
        lines_of[key] = judgement.lines_under(rows, specification.pk, attempts)
    lots = [rows.lot for rows in loaded.values()]
    return Impact(
        count=len(lots),
        first=lots[-1] if lots else None,
        last=lots[0] if lots else None,
        tests=tuple(
            _test_impact(lots, own) for own in zip(*lines_of.values(), strict=True)
        ),
        lots=tuple(
            LotImpact(lot, LineOutcome.of(lot.status.outcome), outcome, wrong)
            for lot in lots
            if (outcome := gravest({line.outcome for line in lines_of[lot.pk]}))
            and (
                wrong := tuple(
                    line
                    for line in lines_of[lot.pk]
                    if line.outcome in (LineOutcome.FAIL, LineOutcome.UNDECIDED)
                )
            )
        ),
    )


def _of_release(evaluation: LotEvaluation) -> AttemptsByTest:
    """Return the attempts of the lot's release testing, by test.

    A retest, a stability point or a comparison says nothing of how it was made.
    """
    found: AttemptsByTest = {}
    for one in evaluation.test_orders:
        if one.test_order.occasion == Occasion.RELEASE:
            for test_id, attempts in one.attempts.items():
                found[test_id] = (*found.get(test_id, ()), *attempts)
    return found


def _test_impact(lots: list[Lot], lines: tuple[Line, ...]) -> TestImpact:
    outcomes = [line.outcome for line in lines]
    near = [
        (line.distance, -lot.pk, lot)
        for lot, line in zip(lots, lines, strict=True)
        if line.distance is not None and line.valid
    ]
    closest = min(near, default=None, key=lambda one: one[:2])
    return TestImpact(
        criterion=lines[0].criterion,
        words=lines[0].words,
        passed=outcomes.count(LineOutcome.PASS),
        failed=outcomes.count(LineOutcome.FAIL),
        undecided=outcomes.count(LineOutcome.UNDECIDED),
        reported=outcomes.count(LineOutcome.REPORTED),
        no_data=sum(one in _NO_DATA for one in outcomes),
        closest=closest[0] if closest else None,
        closest_lot=closest[2] if closest else None,
    )

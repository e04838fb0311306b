"""Values before: what the last lots of the process had for a test, with the outcome.

For whoever reviews a value. Who measures it sees none before it is stored: it would
lead (docs/decisions/0042).
"""

from dataclasses import dataclass

from lots.evaluation import attempts, earlier_lots
from lots.evaluation.outcome import Line
from lots.rules.verdicts import Outcome

LAST = 5
# What was calculated has more digits than anybody reads; it is shown as reported.
_CUT = "…"


@dataclass(frozen=True)
class ValueBefore:
    """A value of an earlier lot under today's limit."""

    lot_id: int
    number: str
    text: str
    outcome: Outcome

    @property
    def is_failing(self):
        return self.outcome is Outcome.FAIL


def of(evaluated, tests):
    """Return the last values of these tests before the lot, by key, oldest first.

    Of tests with numbers, in one query. Of several valid results of a lot the last.
    """
    lines: dict[int, Line] = {}
    for one in evaluated.assessments:
        for line in one.lines:
            lines.setdefault(line.test.pk, line)
    asked = {test for test in tests if test in lines}
    return {
        test: tuple(
            _value(one, lines[test]) for one in lots if one.lot_id != evaluated.lot.pk
        )[-LAST:]
        for test, lots in earlier_lots.of_process(evaluated, asked).items()
        if lines[test].rule.kind.limits
    }


def _value(of_lot, line):
    attempt = of_lot.attempts[-1]
    verdict = attempts.verdict(line.rule, attempt)
    text = attempt.reportable.unrounded
    return ValueBefore(
        of_lot.lot_id,
        of_lot.number,
        verdict.shown if _CUT in text else text,
        verdict.outcome,
    )

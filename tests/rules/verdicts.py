"""Short ways to say a criterion and a value, for the tests of the rules."""

from lots.rules.reportable_value import (
    Calculation,
    Determination,
    Measurement,
    reportable,
)
from lots.rules.verdicts import Criterion, CriterionKind, judge


def nmt(high, **others):
    return Criterion(CriterionKind.NMT, high=high, **others)


def nlt(low, **others):
    return Criterion(CriterionKind.NLT, low=low, **others)


def less(high, **others):
    return Criterion(CriterionKind.LESS, high=high, **others)


def more(low, **others):
    return Criterion(CriterionKind.MORE, low=low, **others)


def on_scale(high, **others):
    return Criterion(CriterionKind.SCALE, high=high, **others)


def between(low, high, **others):
    return Criterion(CriterionKind.RANGE, low=low, high=high, **others)


def single(text, **stated):
    """Return the reportable value of one typed text."""
    return reportable(Measurement(**stated), [Determination(text)])


def mean(*texts, **stated):
    """Return the reportable mean of preparations."""
    measurement = Measurement(Calculation.MEAN, determinations=len(texts), **stated)
    typed = [Determination(text, preparation=n) for n, text in enumerate(texts, 1)]
    return reportable(measurement, typed)


def anhydrous(text, *, water):
    return reportable(
        Measurement(Calculation.ANHYDROUS), [Determination(text)], water=water
    )


def outcome(criterion, text, **stated):
    """Return the outcome of one typed text, as a word."""
    return str(judge(criterion, single(text, **stated)).outcome)

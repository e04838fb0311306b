"""Frequency: how often a criterion asks for its test."""

from lots.rules.refusal import Refusal
from lots.rules.verdicts import Requirement

MOST_LOTS, MOST_MONTHS = 1000, 120


def check(criterion):
    """Refuse a criterion whose period is missing, too much or beyond all reason."""
    spans = (
        ("every_lots", criterion.every_lots, MOST_LOTS),
        ("every_months", criterion.every_months, MOST_MONTHS),
    )
    given = [span for span in spans if span[1] is not None]
    is_periodic = criterion.requirement == Requirement.PERIODIC
    if is_periodic and not given:
        raise Refusal(
            "period",
            "Say how often %(test)s is required: every so many lots, months or both.",
            field="every_lots",
            test=criterion.test.name,
        )
    if not is_periodic and given:
        raise Refusal(
            "period",
            "%(test)s is not required periodically; leave the period blank.",
            field="every_lots",
            test=criterion.test.name,
        )
    for field, often, most in given:
        if not 1 <= often <= most:
            raise Refusal(
                "period",
                "%(often)s is not a period of %(test)s; type a number of lots or"
                " months from 1 to %(most)s.",
                field=field,
                test=criterion.test.name,
                most=most,
                often=often,
            )

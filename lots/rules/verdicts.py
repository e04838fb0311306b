"""Verdict on a reportable value against an acceptance criterion, with its calculation.

Unknown is never a pass (architecture.md 6.2).
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

from lots.rules import reported_decimals, reported_value, rounding
from lots.rules.amounts import brief
from lots.rules.bounds import Bound, bound_of, bounds_of
from lots.rules.criterion import (
    Criterion,
    CriterionKind,
    NotACriterion,
    Requirement,
    is_signed,
    words,
)
from lots.rules.criterion_check import check
from lots.rules.findings import (
    WORST_FIRST,
    Finding,
    Outcome,
    Stated,
    failed,
    on_words,
    undecided,
)
from lots.rules.reportable_value import Reportable
from lots.rules.reported_value import Kind, Reported

__all__ = [
    "Criterion",
    "CriterionKind",
    "NotACriterion",
    "Outcome",
    "Requirement",
    "Verdict",
    "check",
    "judge",
    "words",
]


@dataclass(frozen=True)
class Verdict:
    """The outcome of a value against a criterion, with everything it rests on.

    `rounded` is the number that was compared, blank where there was none; `shown` is
    what a certificate prints; `reason` is blank where nothing is wrong with
    the value.
    """

    outcome: Outcome
    alert: bool
    rounded: str
    shown: str
    working: tuple[str, ...]
    reason: str


def judge(
    criterion: Criterion,
    reportable: Reportable,
    *,
    lod: str = "",
    loq: str = "",
    portion: str = "",
) -> Verdict:
    """Return the verdict on a reportable value, with its working.

    Rounded once to the decimals of each limit and compared inclusively (USP General
    Notices 7.20); qualified values by domain.md 3.3: a bound passes only if it is
    within the limit itself, fails only if every number it allows would fail, and is
    undecided else. `lod`, `loq` and `portion` are the method's; where they are
    blank, those that the reportable brings. Refuses a malformed criterion.
    """
    stated = Stated(
        lod=_stated_number(lod or reportable.lod),
        loq=_stated_number(loq or reportable.loq),
        portion=portion or reportable.portion,
        threshold=reportable.reported_from,
        fewest=reportable.fewest,
    )
    ends = [reportable]
    if reportable.otherwise is not None:
        ends.append(reportable.otherwise)
    verdicts = [_judge(criterion, end, stated) for end in ends]
    first, last = verdicts[0], verdicts[-1]
    working = (line for verdict in verdicts for line in verdict.working)
    outcome, reason = first.outcome, first.reason
    if first.outcome is not last.outcome:
        outcome = Outcome.UNDECIDED
        reason = (
            "It is corrected with a result that is only a bound: with its lowest value"
            f" the verdict is {first.outcome}, with its highest {last.outcome}."
        )
    return replace(
        first,
        outcome=outcome,
        reason=reason,
        alert=outcome in (Outcome.PASS, Outcome.REPORTED)
        and any(verdict.alert for verdict in verdicts),
        working=(*dict.fromkeys(working), f"Verdict: {outcome}."),
    )


def _stated_number(text: str) -> Decimal | None:
    return reported_value.parse(text).number if text else None


def _judge(criterion: Criterion, reportable: Reportable, stated: Stated) -> Verdict:
    bounds = bounds_of(criterion)
    findings: list[Finding] = []
    value, rounded = _value(criterion, reportable)
    if reportable.kind is Kind.WORD:
        words_said = reportable.each or (replace(value, word=reportable.text),)
        findings += [_finding(criterion, said, bounds, stated) for said in words_said]
    elif reportable.usable:
        findings.append(_finding(criterion, value, bounds, stated))
    if not reportable.usable:
        outcome = Outcome.WAITS if reportable.waits else Outcome.UNDECIDED
        findings.append(Finding(outcome, reason=reportable.problem))
    if reportable.kind is not Kind.WORD:
        findings += _by_themselves(criterion, reportable, bounds, stated)
    worst = min(findings, key=lambda finding: WORST_FIRST.index(finding.outcome))
    compared = _compared(criterion, value, bounds, places=reportable.places)
    if worst.outcome is Outcome.FAIL:
        printed = reported_decimals.failing(
            criterion,
            value,
            bounds,
            places=None if reportable.fewest is None else reportable.places,
            compared=compared,
        )
    else:
        printed = reported_decimals.reported(
            criterion, value, bounds, places=reportable.places, compared=compared
        )
    return Verdict(
        outcome=worst.outcome,
        alert=reportable.usable and _is_beyond_alert(criterion, value, stated),
        rounded=compared,
        shown=_shown(
            value,
            worst.outcome,
            stated,
            printed,
            has_signs=is_signed(criterion),
        ),
        working=(
            *reportable.working,
            *rounded,
            *(line for finding in findings for line in finding.working),
        ),
        reason=worst.reason,
    )


def _value(
    criterion: Criterion, reportable: Reportable
) -> tuple[Reported, tuple[str, ...]]:
    """Return what is judged, and the step to it: the mean of counts as a count.

    Plates are counted in whole numbers, which are judged by themselves too; their mean
    need not be one, and is rounded once, like any value, to the decimals of the limit.
    """
    value = Reported(reportable.text, reportable.kind, reportable.number)
    is_mean = value.kind is Kind.NUMBER and len(reportable.each) > 1
    if (
        criterion.kind is not CriterionKind.COUNT
        or not (reportable.usable and is_mean and _is_no_count(value))
        or value.number is None
    ):
        return value, ()
    number = rounding.rounded(value.number, places=0, rule=criterion.rounding)
    text = rounding.shown(number, 0)
    rule = criterion.rounding.said
    step = f"{brief(value.number)} rounded {rule} to a whole number: {text}."
    return replace(value, text=text, number=number), (step,)


def _by_themselves(
    criterion: Criterion,
    reportable: Reportable,
    bounds: Sequence[Bound],
    stated: Stated,
) -> list[Finding]:
    """Return what is wrong with single preparations and peaks.

    One determination out of specification is not averaged away, whatever the mean
    (FDA, Investigating OOS Results, 2022; domain.md 3.5).
    """
    if criterion.kind is CriterionKind.REPORT:
        return []
    if reportable.usable and len(reportable.each) < 2:
        return []
    findings = []
    for value in reportable.each:
        finding = _finding(criterion, value, bounds, stated)
        if finding.outcome is not Outcome.PASS:
            reason = f"{value.printed} by itself: {finding.reason}"
            findings.append(replace(finding, working=(reason,), reason=reason))
    return findings


def _finding(
    criterion: Criterion, value: Reported, bounds: Sequence[Bound], stated: Stated
) -> Finding:
    found = on_words(criterion, value, stated)
    if found is not None:
        return found
    if criterion.kind is CriterionKind.COUNT and _is_no_count(value):
        return undecided(
            f"{value.printed} is not a count, which is a whole number or <10."
        )
    findings = [_against(bound, value, stated) for bound in bounds]
    worst = min(findings, key=lambda finding: WORST_FIRST.index(finding.outcome))
    working = dict.fromkeys(line for finding in findings for line in finding.working)
    return replace(worst, working=tuple(working))


def _is_no_count(value: Reported) -> bool:
    """Say whether the value is no whole number; a bound such as <10 must be one too."""
    if value.kind is Kind.WORD:
        return True
    number = value.number
    return number is not None and (number < 0 or number != number.to_integral_value())


def _against(bound: Bound, value: Reported, stated: Stated) -> Finding:
    """Return what a number or a qualified value is against one bound."""
    if value.kind is Kind.WORD:
        return undecided(f"{value.printed} is not a number.")
    number = value.number
    if value.kind is Kind.NOT_DETECTED and stated.lod is not None:
        number = stated.lod
    if number is None:
        return undecided("Not detected says nothing without a stated LOD.")
    if value.kind is Kind.NUMBER:
        return _with_enough_decimals(bound, number, stated)
    said = value.printed
    if value.kind is Kind.NOT_DETECTED:
        said = f"ND (LOD {brief(number)})"
    # "Less" can only keep an upper limit and only break a lower one; "more" mirrored.
    if (value.kind is not Kind.GREATER) is bound.is_upper:
        if bound.covers(number):
            return Finding(Outcome.PASS, (f"{said} is within {bound.words}.",))
    elif not bound.is_met_by(bound.rounded(_nearest(bound, number))):
        return failed(f"{said} is outside {bound.words}, whatever the number is.")
    return undecided(f"{said} leaves open whether {bound.words} is met.")


def _with_enough_decimals(bound: Bound, number: Decimal, stated: Stated) -> Finding:
    """Return what a number is against one bound, undecided where digits are missing.

    A value has the decimals of its limit (USP General Notices 7.20): 2 beside NMT 2.0
    may be 1.5 to 2.5. It still fails where every one of these numbers fails.
    """
    finding = _quantified(bound, number, stated)
    fewest = stated.fewest
    if fewest is None or bound.counts or fewest >= bound.places:
        return finding
    half = Decimal((0, (5,), -(fewest + 1)))
    low, high = number - half, number + half
    if finding.outcome is Outcome.FAIL and not bound.is_met_by(
        bound.rounded(low if bound.is_upper else high)
    ):
        return finding
    has = f"{fewest} decimal{'' if fewest == 1 else 's'}" if fewest else "no decimals"
    return undecided(
        f"{brief(number)} was typed with {has}, but {bound.words} has {bound.places}:"
        f" it may be {brief(low)} to {brief(high)}. Correct it to the value with all"
        " its digits."
    )


def _quantified(bound: Bound, number: Decimal, stated: Stated) -> Finding:
    """Return what a number is against one bound, no better than what is printed of it.

    A certificate prints no number under the LOD or LOQ (domain.md 3.3), for the
    method does not measure there: it says "less than", and is judged so.
    """
    finding = _compare(bound, number)
    below = _below(number, stated)
    if below is None or finding.outcome is Outcome.FAIL:
        return finding
    name, least = below
    if bound.is_upper and bound.covers(least):
        return finding
    return undecided(
        f"{brief(number)} is below the {name} of {brief(least)}, which leaves open"
        f" whether {bound.words} is met."
    )


def _below(number: Decimal, stated: Stated) -> tuple[str, Decimal] | None:
    """Return the stated limit that a number is under, the LOD first."""
    if stated.lod is not None and number < stated.lod:
        return "LOD", stated.lod
    if stated.loq is not None and number < stated.loq:
        return "LOQ", stated.loq
    return None


def _nearest(bound: Bound, number: Decimal) -> Decimal:
    """Return the value nearest to the limit that a bound on its far side allows."""
    if bound.counts:
        return number + 1 if bound.is_upper else number - 1
    if bound.is_upper:
        return rounding.just_above(number)
    return rounding.just_below(number)


def _compare(bound: Bound, number: Decimal) -> Finding:
    rounded = bound.rounded(number)
    shown = rounding.shown(rounded, bound.places)
    step: tuple[str, ...] = ()
    if not bound.counts:
        decimals = f"{bound.places} decimal{'' if bound.places == 1 else 's'}"
        rule = bound.rule.said
        step = (f"{brief(number)} rounded {rule} to {decimals}: {shown}.",)
    if bound.is_met_by(rounded):
        return Finding(Outcome.PASS, (*step, f"{shown} is within {bound.words}."))
    how = "more" if bound.is_upper else "less"
    reason = f"{shown} is {how} than {bound.text}."
    if bound.is_strict:
        reason = f"{shown} is not {bound.words}."
    return Finding(Outcome.FAIL, (*step, reason), reason)


def _is_beyond_alert(criterion: Criterion, value: Reported, stated: Stated) -> bool:
    """Say whether an alert limit is not surely kept: what is open alerts as well.

    Not for missing digits, which the limit of the criterion asks for.
    """
    stated = replace(stated, fewest=None)
    return any(
        _against(bound_of(criterion, field), value, stated).outcome is not Outcome.PASS
        for field in ("alert_low", "alert_high")
        if getattr(criterion, field)
    )


def _compared(
    criterion: Criterion, value: Reported, bounds: Sequence[Bound], *, places: int
) -> str:
    """Return the number rounded to its limit; to the finer of two limits."""
    if value.kind is not Kind.NUMBER or value.number is None:
        return ""
    if criterion.kind is CriterionKind.COUNT and _is_no_count(value):
        return ""
    places = max((bound.places for bound in bounds), default=places)
    number = rounding.rounded(value.number, places=places, rule=criterion.rounding)
    return rounding.shown(number, places)


def _shown(
    value: Reported,
    outcome: Outcome,
    stated: Stated,
    printed: str,
    *,
    has_signs: bool,
) -> str:
    """Return what a certificate prints; no number under LOD or LOQ (domain.md 3.3).

    Nor under the reporting threshold: an impurity below it is not reported as a number
    (ICH Q3A(R2) 5.1; domain.md 3.4).

    What fails is shown as the number that failed. Nothing was detected where nought
    was found. Where the limits have signs, a number has one too, but nought has none.
    """
    if value.kind is Kind.NOT_DETECTED:
        return "Not detected"
    if printed and value.number is not None and outcome is not Outcome.FAIL:
        below = _below(value.number, stated)
        if below and value.number == 0 and stated.lod is None:
            return f"<{stated.loq}"
        if below:
            return {"LOD": "Not detected", "LOQ": "Detected, <LOQ"}[below[0]]
        if stated.threshold and value.number < Decimal(stated.threshold):
            return f"<{stated.threshold}"
    shown = printed or value.text
    if not has_signs or value.kind is not Kind.NUMBER or value.number is None:
        return shown
    return f"+{shown}" if value.number > 0 and Decimal(shown) else shown

"""Findings: what is noticed of a lot beside other lots, stored when it is submitted.

A statistic informs and decides nothing: the reviewer reads each finding and says so. A
lot whose results are those of another lot puts the data in doubt, and QA concludes on
that before anything is released (PIC/S PI 041-1, 9.4; 21 CFR 211.192). A finding is
stored as its sentence, with the numbers behind it; no later lot changes it.
"""

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal

from django.db.models import Count, Q

from lots.accounts import permissions
from lots.consistency import lots_before
from lots.evaluation import evaluator, lot_signature, test_series
from lots.evaluation.outcome import LotEvaluation
from lots.evaluation.test_series import LotValue, SeriesOfTests
from lots.evidence import audit
from lots.models import ConsistencyFinding, Lot, LotState, Occasion, Result
from lots.rules.bounds import bounds_of
from lots.rules.consistency import Acknowledged, FindingKind
from lots.rules.refusal import Refusal, Refusals
from lots.rules.reported_value import Kind
from lots.rules.step_table import STEPS
from lots.rules.text import plain_text
from lots.rules.unknown import as_far_as_known, if_known
from lots.statistics import plausibility
from lots.workflow import lot_status

# Fewer lots before make no control limits (domain.md 4.1), and numpy is not loaded.
_LEAST = 8
_MOST_DECIMALS = 3
# Among so many lots of the material copies are looked for.
_LAST = 500
# So many of them, those that share most, are compared number by number.
_CLOSEST = 20


@dataclass(frozen=True)
class Found:
    """A finding before it is stored: of a result, or beside another lot, by key."""

    kind: FindingKind
    text: str
    result_id: int | None = None
    other_id: int | None = None


def of_lot(evaluated: LotEvaluation, results: Collection[int]) -> list[Found]:
    """Return what is noticed of the lot and of these results, by key.

    Of the first lot of its material nothing is, and one query is asked.
    """
    lot, catalogue = evaluated.lot, evaluated.catalogue
    if not (
        Lot.objects.filter(material=lot.material_id)
        .exclude(pk=lot.pk)
        .exclude(state=LotState.VOID)
        .exists()
    ):
        return []
    series = lots_before.series_up_to(lot, catalogue)
    return [
        *_copied(evaluated),
        *_of_results(evaluated, series, frozenset(results)),
    ]


def _copied(evaluated: LotEvaluation) -> Iterator[Found]:
    """Yield the other lots of the material with the same numbers, for any use.

    As far as both have them. Of two lots that are alike one is noticed, that which is
    submitted first with the other there.
    """
    lot, catalogue = evaluated.lot, evaluated.catalogue
    alike = _alike(evaluated)
    if not alike:
        return
    series = test_series.of_lots(
        [lot, *alike], lot.material_id, lots_before.tests_with_numbers(catalogue)
    )
    numbers: defaultdict[int, dict[str, Decimal]] = defaultdict(dict)
    names = {one.pk: one.number for one in alike}
    for test_id, found in series.of_test.items():
        for one in found.values:
            if not one.is_censored:
                numbers[one.lot_id][str(test_id)] = one.value
    own = numbers.pop(lot.pk, {})
    others = {str(pk): found for pk, found in numbers.items()}
    for doubt in plausibility.copied_results(own, others):
        other = int(doubt.params["lot"])
        told = doubt.doubt.word % {**doubt.params, "lot": names[other]}
        yield Found(FindingKind.COPIED, told, other_id=other)


def _alike(evaluated: LotEvaluation) -> list[Lot]:
    """Return other lots of which several results were typed as those of this lot are.

    Half of its numbers at least, of the last lots of the material. Of these the rule
    compares the numbers; whoever copies types the same digits in most of them.
    """
    lot = evaluated.lot
    numbers = [
        attempt.result
        for one in evaluated.test_orders
        if one.test_order.occasion == Occasion.RELEASE
        for attempts in one.attempts.values()
        for attempt in attempts
        if attempt.is_valid and attempt.reportable.kind is Kind.NUMBER
    ]
    if len(numbers) < plausibility.COPIED_LEAST:
        return []
    typed = Q()
    for one in numbers:
        typed |= Q(test=one.test_id, determinations=one.determinations)
    last = (
        Lot.objects.filter(material=lot.material_id)
        .exclude(state=LotState.VOID)
        .exclude(pk=lot.pk)
        .order_by("-manufactured_on", "-pk")
    )
    known = ConsistencyFinding.objects.filter(kind=FindingKind.COPIED, other=lot)
    found = (
        Result.objects.filter(typed, test_order__lot__in=last.values("pk")[:_LAST])
        .exclude(test_order__lot__in=known.values("lot"))
        .values("test_order__lot")
        .annotate(n=Count("test", distinct=True))
        .filter(n__gte=len(numbers) // 2)
        .order_by("-n", "test_order__lot")
        .values_list("test_order__lot", flat=True)[:_CLOSEST]
    )
    return list(Lot.objects.filter(pk__in=list(found)).order_by("pk"))


def _of_results(
    evaluated: LotEvaluation, series: SeriesOfTests, results: frozenset[int]
) -> Iterator[Found]:
    rules = {
        line.test.pk: line.rule for one in evaluated.assessments for line in one.lines
    }
    own: dict[int, tuple[LotValue, list[LotValue]]] = {}
    for test_id, found in series.of_test.items():
        ending = lots_before.ending_with(found, evaluated.lot)
        if ending and ending.values[-1].attempt.result.pk in results:
            *before, last = ending.values
            own[test_id] = last, before
    for test_id, (value, before) in own.items():
        if value.is_censored:
            continue
        name = evaluated.catalogue.tests[test_id].name
        rule = rules.get(test_id)
        limits = [
            Decimal(text)
            for text in ((rule.low, rule.high) if rule else ())
            if text and rule and rule.kind.compares
        ]
        numbers = [one.value for one in before if not one.is_censored]
        for kind, doubt in (
            (FindingKind.SLIPPED, plausibility.slipped_decimal(value.value, numbers)),
            (FindingKind.ON_LIMIT, plausibility.on_limit(value.value, limits)),
        ):
            if doubt:
                result = value.attempt.result.pk
                yield Found(kind, f"{name}: {doubt}", result_id=result)
    if any(len(before) >= _LEAST for _value, before in own.values()):
        yield from _signals(evaluated, series, own)


def _signals(
    evaluated: LotEvaluation, series: SeriesOfTests, own: Mapping[int, object]
) -> Iterator[Found]:
    """Yield the results at which a run rule signals, with the numbers behind it."""
    from lots.consistency import lot_history
    from lots.statistics.control_charts import Individuals

    for one in lot_history.of_lot(evaluated, series).tests:
        point, chart = one.own, one.trend.chart
        if one.test.pk not in own or not point.rules:
            continue
        if not isinstance(chart, Individuals):
            continue
        digits = 2 + (
            max(bound.places for bound in bounds_of(one.line.rule))
            if one.line and bounds_of(one.line.rule)
            else min(_MOST_DECIMALS, _decimals(point.of_lot.value))
        )
        centre, low, high = (
            f"{number:.{digits}f}"
            for number in (
                chart.individuals.centre,
                chart.individuals.lower,
                chart.individuals.upper,
            )
        )
        said = "; ".join(f"{rule.printed_name}, {rule.word}" for rule in point.rules)
        # What was calculated has more digits than anybody reads.
        is_long = _decimals(point.of_lot.value) > digits
        shown = f"{point.of_lot.value:.{digits}f}" if is_long else point.of_lot.text
        value = f"{shown} {one.test.unit}".strip()
        yield Found(
            FindingKind.SIGNAL,
            f"{one.test.name} {value}: {said}. Of {chart.n} lots before it the mean is"
            f" {centre}, the control limits are {low} and {high}.",
            result_id=point.of_lot.attempt.result.pk,
        )


def _decimals(value: Decimal) -> int:
    exponent = value.as_tuple().exponent
    return max(0, -exponent) if isinstance(exponent, int) else 0


def store(act, rows, results):
    """Store inside an open act what is noticed when these results are submitted.

    What was noticed before of the same result, or of the same two lots, stays as it
    was. Returns what was stored.
    """
    found = of_lot(rows.evaluation(), results)
    if not found:
        return []
    known = {
        (one.kind, one.result_id, one.other_id)
        for one in ConsistencyFinding.objects.filter(lot=rows.lot)
    }
    new = [
        ConsistencyFinding(
            lot=rows.lot,
            result_id=one.result_id,
            other_id=one.other_id,
            kind=one.kind.value,
            text=_fitting(one.text),
            found_at=act.at,
        )
        for one in found
        if (one.kind.value, one.result_id, one.other_id) not in known
    ]
    rows.is_in_doubt |= any(one.is_open for one in new)
    return act.create_all(new, lots=[rows.lot] * len(new))


def _fitting(text):
    """Return the text as the column takes it: a long one never stops a submission."""
    longest = ConsistencyFinding.LONGEST
    return text if len(text) <= longest else f"{text[: longest - 1]}…"


def to_acknowledge(lot, results):
    """Return the findings that a review of these results acknowledges, in order.

    Those of the results, and those beside other lots that no review has yet.
    """
    listed = {one.pk for one in results}
    return [
        one
        for one in ConsistencyFinding.objects.filter(lot=lot, review=None).order_by(
            "pk"
        )
        if one.result_id is None or one.result_id in listed
    ]


def signed(found, said):
    """Return what the signature of a review says of each finding; None of none."""
    if not found:
        return None
    return {
        "findings": [
            {"finding": one.text, "comment": said[one.pk].comment} for one in found
        ]
    }


def of(lot):
    """Return the findings of a lot with who acknowledged and concluded, in order."""
    return (
        ConsistencyFinding.objects.filter(lot=lot)
        .select_related("review", "signature", "other")
        .order_by("pk")
    )


def acknowledge(act, found, said, signature):
    """Keep inside an open act that the reviewer read each finding, with the comment."""
    for one in found:
        act.change(one, lot=one.lot, review=signature, comment=said[one.pk].comment)


def check_acknowledged(found, said):
    """Refuse a review that leaves a finding unread, or says nothing of one that asks.

    `said` has what was said of each finding, by key.
    """
    wrong = list(
        as_far_as_known(
            refusal for one in found for refusal in _unacknowledged(one, said)
        )
    )
    if wrong:
        raise wrong[0] if len(wrong) == 1 else Refusals(wrong)


def _unacknowledged(finding, said):
    of_it = said.get(finding.pk, Acknowledged())
    with if_known:
        if not of_it.is_seen:
            yield Refusal(
                "finding-not-seen",
                "Nothing was signed: a finding was not acknowledged. Read it, then"
                " tick “I have seen this” beneath it.",
                field=f"seen_{finding.pk}",
            )
    with if_known:
        if (
            of_it.is_seen
            and finding.kind_of.asks_for_comment
            and not (of_it.comment.strip())
        ):
            yield Refusal(
                "finding-comment",
                "Write what you make of the finding: what you compared, and why it is"
                " so.",
                field=f"comment_{finding.pk}",
            )


def check_comments(said):
    """Refuse a comment that cannot be kept or printed as it is."""
    for key, one in said.items():
        with if_known:
            plain_text(
                one.comment, field=f"comment_{key}", longest=None, name="comment"
            )


def conclude(*, finding, by, at, confirmation, shown, reason, evidence):
    """Sign what QA found about doubtful data, with the evidence; return the finding.

    Raises Refusal where it is concluded already, or is no matter of data integrity.
    """
    with audit.act(by=by, at=at, action="conclude_finding", reason=reason) as act:
        with if_known:
            plain_text(evidence, field="evidence", longest=400)
        lot = act.lock(finding.lot)
        step = STEPS["conclude_finding"]
        permissions.check(act, step, lot=lot)
        finding = ConsistencyFinding.objects.get(pk=finding.pk)
        if closed := to_conclude(finding):
            raise closed
        signature = lot_signature.sign(
            act,
            step,
            lot=lot,
            confirmation=confirmation,
            shown=shown,
            statements={"finding": finding.text, "evidence": evidence},
        )
        act.change(
            finding,
            lot=lot,
            conclusion=act.reason,
            evidence=evidence,
            signature=signature,
        )
        lot_status.settle(act, evaluator.load(lot))
        return finding


def to_conclude(finding):
    """Return why there is nothing to conclude; None where there is."""
    if finding.is_open:
        return None
    return Refusal(
        "finding-concluded",
        "QA concluded on this finding, or it asks for no conclusion. Open the lot to"
        " see what is left to do.",
    )

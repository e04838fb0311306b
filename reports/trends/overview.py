"""Overview: the tests of a material as small multiples, what needs attention first."""

from collections.abc import Callable
from dataclasses import dataclass

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from lots.consistency import analysis
from lots.consistency.analysis import Limits, Trend
from lots.evaluation.test_series import SeriesOfTests
from lots.models import Specification, Test
from lots.rules.stored_codes import Tone
from lots.setup.catalogue import Catalogue
from lots.statistics.capability import Index
from lots.statistics.samples import NotCalculated
from lots.wording import sentence
from reports.charts import svg
from reports.trends import drawings

# A signal of the last so many lots is recent.
RECENT = 10


@dataclass(frozen=True)
class Multiple:
    """A test: its picture, what it says, and the address of its trend.

    `tone` is that of the mark; `beside` are further figures, the index among them.
    """

    test: Test
    url: str
    tone: Tone
    words: str
    beside: str
    picture: str


def multiples(
    series: SeriesOfTests,
    catalogue: Catalogue,
    specification: Specification | None,
    *,
    address: Callable[[Test], str],
) -> tuple[Multiple, ...]:
    """Return the tests that have a result, what needs attention first.

    First those with a recent signal, then those with a recent OOS, then by Ppk, the
    smallest first; those without an index follow in the order of the specification.
    """
    limits_of: dict[int, Limits] = {}
    order: dict[int, int] = {}
    if specification is not None:
        catalogue.load_criteria([specification.pk])
        for place, row in enumerate(catalogue.criteria(specification.pk)):
            order[row.test_id] = place
            limits_of[row.test_id] = analysis.limits_of(catalogue.rule(row))
    found = []
    for test_id, own in series.of_test.items():
        if not own.values:
            continue
        limits = limits_of.get(test_id)
        trend = analysis.trend(own, limits=limits, with_alarms=False)
        key = (*_attention(trend), order.get(test_id, len(order)), test_id)
        found.append((key, catalogue.tests[test_id], trend, limits))
    return tuple(
        _multiple(test, trend, limits, url=address(test))
        for _key, test, trend, limits in sorted(found, key=lambda one: one[0])
    )


def _attention(trend: Trend) -> tuple[int, float]:
    """Return how urgent a trend is; less is more."""
    recent = trend.points[-RECENT:]
    if any(point.rules for point in recent):
        return 0, trend.newest_signal or 0
    if any(point.is_oos for point in recent):
        return 1, 0
    if isinstance(trend.overall, Index):
        return 2, trend.overall.nearest.estimate
    return 3, 0


def _multiple(test: Test, trend: Trend, limits: Limits | None, *, url: str) -> Multiple:
    tone, words = _said(trend)
    picture = drawings.small(trend, limits, test=test.name)
    return Multiple(
        test=test,
        url=url,
        tone=tone,
        words=words,
        beside=_beside(trend),
        picture=svg.drawn(picture, name=f"t{test.pk}") if picture else "",
    )


def _said(trend: Trend) -> tuple[Tone, str]:
    """Return how loud the test is, and what it says of its last lots."""
    recent = trend.points[-RECENT:]
    said = []
    tone = Tone.PASS
    if signalled := [point for point in recent if point.rules]:
        tone = Tone.OOT
        said.append(
            _("%(rule)s at %(lot)s")
            % {
                "rule": signalled[-1].rules[0].printed_name,
                "lot": signalled[-1].of_lot.number,
            }
        )
    if failed := [point for point in recent if point.is_oos]:
        tone = Tone.OOS
        said.insert(0, _("OOS at %(lot)s") % {"lot": failed[-1].of_lot.number})
    if said:
        return tone, ", ".join(said)
    for refusal in (trend.chart, trend.signals):
        if isinstance(refusal, NotCalculated):
            return Tone.MISSING, sentence(refusal)
    return tone, _("No recent signal")


def _beside(trend: Trend) -> str:
    lots = ngettext("%(n)s lot", "%(n)s lots", len(trend.points)) % {
        "n": len(trend.points)
    }
    if isinstance(trend.overall, Index):
        return f"{lots} · Ppk {trend.overall.nearest.estimate:.2f}"
    return lots

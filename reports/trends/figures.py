"""Figures: the numbers of a trend as texts, and why there is none, in words.

A figure is rounded by the spread of what it describes: two digits of sigma.
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from lots.consistency.analysis import Signal, Trend
from lots.statistics.capability import Index, Interval
from lots.statistics.control_charts import FULL, Individuals
from lots.statistics.moments import Moments
from lots.statistics.samples import NotCalculated
from lots.statistics.skewed_values import Observed, Transformed
from lots.wording import sentence
from reports.charts.scale import printed

# Tests of a usual specification, for which a rate of false alarms is said too.
_TESTS = 30


@dataclass(frozen=True)
class Row:
    """A figure: what it is, its text, and what is said beside it."""

    name: str
    text: str
    beside: str = ""


def places(spread: float) -> int:
    """Return the decimals that a figure is said with, from the spread of the values."""
    if not spread > 0:
        return 2
    return min(8, max(0, 1 - math.floor(math.log10(spread))))


def decimals(trend: Trend) -> int:
    """Return the decimals of the figures of a trend."""
    if isinstance(trend.chart, Individuals):
        return places(trend.chart.sigma)
    if isinstance(trend.numbers, Moments):
        return places(trend.numbers.sd)
    return 2


def numbers(trend: Trend, *, unit: str) -> list[Row]:
    """Return the figures of the chart: lots, mean, sigma, control limits."""
    found = [Row(_("Lots with a result"), str(len(trend.points)))]
    if trend.censored:
        found.append(
            Row(_("Below LOQ"), str(trend.censored), _("drawn at the LOQ, hollow"))
        )
    if trend.rejected:
        found.append(
            Row(
                _("Of rejected lots"),
                str(trend.rejected),
                _("in Pp and Ppk, not in the control limits"),
            )
        )
    digits = decimals(trend)
    if isinstance(trend.numbers, Moments):
        found.append(
            Row(_("Mean"), f"{printed(trend.numbers.mean, digits)} {unit}".strip())
        )
        found.append(
            Row(_("s overall"), printed(trend.numbers.sd, digits + 1), _("of all lots"))
        )
    chart = trend.chart
    if isinstance(chart, Individuals):
        found.append(
            Row(
                _("σ within"),
                printed(chart.sigma, digits + 1),
                _("mean moving range / 1.128"),
            )
        )
        lower = printed(chart.individuals.lower, digits)
        upper = printed(chart.individuals.upper, digits)
        found.append(
            Row(
                _("Control limits"),
                f"{lower} \N{EN DASH} {upper}",
                _("from %(n)s lots, provisional below %(full)s")
                % {"n": chart.n, "full": FULL}
                if chart.is_provisional
                else _("from %(n)s lots") % {"n": chart.n},
            )
        )
    return found


def indices(trend: Trend) -> tuple[list[Row], list[str]]:
    """Return the indices with their intervals, and the sentences on what there is not.

    A refusal that both kinds share is said once.
    """
    rows: list[Row] = []
    said: list[str] = []
    for index, spread, nearest in (
        (trend.within, "Cp", "Cpk"),
        (trend.overall, "Pp", "Ppk"),
    ):
        if isinstance(index, NotCalculated):
            said.append(sentence(index))
            continue
        if index.spread is not None:
            rows.append(_interval(spread, index.spread))
        rows.append(_interval(nearest, index.nearest))
    rows += _of_transformed(trend.transformed)
    said += _doubts(trend)
    return rows, list(dict.fromkeys(said))


def _interval(name: str, found: Interval) -> Row:
    return Row(
        name,
        f"{found.estimate:.2f}",
        _("95 %%: %(low)s to %(high)s")
        % {"low": printed(found.lower, 2), "high": printed(found.upper, 2)},
    )


def _of_transformed(found: Transformed | NotCalculated | None) -> Iterator[Row]:
    if isinstance(found, Transformed):
        yield _interval(_("Ppk, Box–Cox"), found.index.nearest)


def _doubts(trend: Trend) -> Iterator[str]:
    """Say that an index supposes what the values are not, and what stands for it."""
    for index in (trend.overall, trend.within):
        if isinstance(index, Index) and index.normality and index.normality.is_doubtful:
            yield _(
                "The results are hardly normal (Anderson–Darling, p = %(p)s); the"
                " indices suppose that they are."
            ) % {"p": f"{index.normality.p:.2g}"}
            break
    if isinstance(trend.transformed, Transformed):
        yield _(
            "Ppk, Box–Cox, is of the results to the power %(power)s, which are nearer"
            " to normal."
        ) % {"power": printed(trend.transformed.power, 2)}
    elif isinstance(trend.transformed, NotCalculated):
        yield sentence(trend.transformed)
    if isinstance(trend.observed, Observed):
        digits = decimals(trend)
        yield _(
            "Without a distribution: 90 %% of lots lie between %(low)s and %(high)s;"
            " with 95 %% confidence fewer than %(most)s %% are beyond a limit."
        ) % {
            "low": printed(trend.observed.low, digits),
            "high": printed(trend.observed.high, digits),
            "most": f"{100 * trend.observed.most_beyond:.2g}",
        }


def signal_words(signal: Signal) -> str:
    """Return what the rule of a signal sees, and how long it went on."""
    rule = f"{signal.rule.printed_name}: {_(signal.rule.word)}"
    if signal.lots == 1:
        return rule
    return ngettext(
        "%(rule)s (at %(n)s lot)", "%(rule)s (at %(n)s lots in a row)", signal.lots
    ) % {"rule": rule, "n": signal.lots}


def alarm_words(trend: Trend) -> str:
    """Return how often the rules alarm where nothing changed; blank without limits."""
    if trend.alarms is None:
        return ""
    share = trend.alarms.lots_with_a_finding
    return _(
        "Where nothing changes, these rules signal at %(share)s %% of lots: once in"
        " %(lots)s lots for one test, and at %(of_many)s %% of lots in at least one of"
        " %(tests)s tests. Simulated for limits from %(n)s lots and these decimals."
    ) % {
        "share": f"{100 * share:.1f}",
        "lots": round(trend.alarms.lots_between),
        "of_many": round(100 * trend.alarms.lots_with_a_finding_of(tests=_TESTS)),
        "tests": _TESTS,
        "n": trend.baseline,
    }


def refusals(trend: Trend) -> list[str]:
    """Return why there are no control limits, or no rules; nothing where there are."""
    found = [
        sentence(one)
        for one in (trend.chart, trend.signals)
        if isinstance(one, NotCalculated)
    ]
    return list(dict.fromkeys(found))

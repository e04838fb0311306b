"""Drawings: a trend as pictures, with their words in the reader's language."""

from collections.abc import Iterator

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from lots.consistency.analysis import Limits, Signal, Trend, TrendPoint
from lots.statistics.capability import Index
from lots.statistics.control_charts import Individuals
from reports.charts import control_chart, histogram, small_multiple
from reports.charts.control_chart import ChartWords, ControlChart, Labelled, Level
from reports.charts.histogram import Histogram
from reports.charts.picture import Picture
from reports.charts.scale import printed
from reports.charts.small_multiple import SmallMultiple, SmallPoint
from reports.trends.figures import decimals


def chart(
    trend: Trend, limits: Limits | None, *, test: str, unit: str
) -> Picture | None:
    """Return the individuals and moving range chart; None without points."""
    if not trend.points:
        return None
    digits = decimals(trend)
    levels: tuple[Level, ...] = ()
    labels: tuple[Labelled, ...] = ()
    range_labels: tuple[Labelled, ...] = ()
    if isinstance(trend.chart, Individuals):
        of_values, of_ranges = trend.chart.individuals, trend.chart.moving_range
        levels = (
            Level(
                0,
                ngettext(
                    "Limits from the first %(n)s lot",
                    "Limits from the first %(n)s lots",
                    trend.chart.n,
                )
                % {"n": trend.chart.n}
                if trend.chart.n < sum(not one.is_hollow for one in trend.points)
                else "",
                of_values.centre,
                of_values.lower,
                of_values.upper,
                of_ranges.centre,
                of_ranges.upper,
            ),
        )
        labels = tuple(
            Labelled(value, f"{name} {printed(value, digits)}")
            for name, value in (
                (_("UCL"), of_values.upper),
                (_("CL"), of_values.centre),
                (_("LCL"), of_values.lower),
            )
        )
        range_labels = tuple(
            Labelled(value, f"{name} {printed(value, digits)}")
            for name, value in (
                (_("UCL"), of_ranges.upper),
                (_("CL"), of_ranges.centre),
            )
        )
    first, last = trend.points[0].of_lot, trend.points[-1].of_lot
    words = ChartWords(
        title=_("Individuals and moving range chart: %(test)s, %(n)s lots")
        % {"test": test, "n": len(trend.points)},
        description=_("%(signals)s The table of points below holds the same values.")
        % {"signals": said_signals(trend)},
        values=_("Individual value, %(unit)s") % {"unit": unit}
        if unit
        else _("Individual value"),
        ranges=_("Moving range"),
        foot=_("lots in order of manufacture, %(first)s to %(last)s")
        % {"first": first.number, "last": last.number},
    )
    lower = upper = None
    alerts: list[Labelled] = []
    if limits is not None:
        if limits.lower is not None:
            lower = Labelled(
                limits.lower, _("LSL %(limit)s") % {"limit": limits.rule.low}
            )
        if limits.upper is not None:
            upper = Labelled(
                limits.upper, _("USL %(limit)s") % {"limit": limits.rule.high}
            )
        for value, text in (
            (limits.alert_lower, limits.rule.alert_low),
            (limits.alert_upper, limits.rule.alert_high),
        ):
            if value is not None:
                alerts.append(Labelled(value, _("alert %(limit)s") % {"limit": text}))
    return control_chart.picture(
        ControlChart(
            words=words,
            points=tuple(_plotted(one, unit) for one in trend.points),
            levels=levels,
            labels=labels,
            range_labels=range_labels,
            lower=lower,
            upper=upper,
            alerts=tuple(alerts),
            times=tuple(_quarters(trend)),
        )
    )


def said_signals(trend: Trend) -> str:
    """Return in a sentence how many signals there are, and where the last is."""
    found = trend.signals
    if not isinstance(found, tuple):
        return _("No run rules are applied.")
    if not found:
        return _("No signal.")
    newest: Signal = found[0]
    return ngettext(
        "%(n)s signal, at %(lot)s.", "%(n)s signals, the last at %(lot)s.", len(found)
    ) % {"n": len(found), "lot": newest.last.of_lot.number}


def _plotted(point: TrendPoint, unit: str) -> control_chart.Plotted:
    of_lot = point.of_lot
    said = [f"{of_lot.number}: {of_lot.text} {unit}".strip()]
    if point.is_oos:
        said.append(_("OOS"))
    if of_lot.of_rejected_lot:
        said.append(_("rejected lot"))
    if of_lot.is_censored:
        said.append(_("below LOQ"))
    said += [f"{rule.printed_name}: {_(rule.word)}" for rule in point.rules]
    return control_chart.Plotted(
        name=", ".join(said),
        value=float(of_lot.value),
        moving_range=point.moving_range,
        is_range_beyond=point.is_range_beyond,
        is_hollow=point.is_hollow,
        is_oos=point.is_oos,
        # The number of the rule in its set, as the table of signals has it.
        rules=tuple(rule.printed_name.rpartition(" ")[2] for rule in point.rules),
    )


def _quarters(trend: Trend) -> Iterator[tuple[int, str]]:
    before = ""
    for place, point in enumerate(trend.points):
        day = point.of_lot.manufactured_on
        quarter = f"{day.year} Q{(day.month - 1) // 3 + 1}"
        if quarter != before:
            yield place, quarter
        before = quarter


def frequencies(
    trend: Trend, limits: Limits | None, *, test: str, unit: str
) -> Picture | None:
    """Return the histogram of the numbers; None where they have no index.

    The normal curve is drawn where the results may come from it.
    """
    index = trend.overall
    if not isinstance(index, Index):
        return None
    values = tuple(
        float(one.of_lot.value) for one in trend.points if not one.of_lot.is_censored
    )
    is_normal = index.normality is not None and not index.normality.is_doubtful
    rule = limits.rule if limits else None
    return histogram.picture(
        Histogram(
            title=_("Histogram of %(n)s lots: %(test)s")
            % {"n": len(values), "test": test},
            foot=_("%(unit)s, %(n)s lots") % {"unit": unit, "n": len(values)}
            if unit
            else _("%(n)s lots") % {"n": len(values)},
            class_words=_("%(low)s to %(high)s: %(n)s"),
            values=values,
            lower=limits.lower if limits else None,
            upper=limits.upper if limits else None,
            lower_text=rule.low if rule else "",
            upper_text=rule.high if rule else "",
            mean=index.mean if is_normal else None,
            sigma=index.sigma if is_normal else None,
        )
    )


def small(
    trend: Trend, limits: Limits | None, *, test: str, is_of_last: bool = False
) -> Picture | None:
    """Return the trend as a small multiple; None without points.

    `is_of_last`: it is about the last lot, which is marked.
    """
    if not trend.points:
        return None
    of_values = (
        trend.chart.individuals if isinstance(trend.chart, Individuals) else None
    )
    return small_multiple.picture(
        SmallMultiple(
            title=_("%(test)s, last %(n)s lots")
            % {"test": test, "n": len(trend.points)},
            description=said_signals(trend),
            points=tuple(
                SmallPoint(
                    float(one.of_lot.value),
                    is_hollow=one.is_hollow,
                    is_oos=one.is_oos,
                    is_signal=bool(one.rules),
                    is_own=is_of_last and one is trend.points[-1],
                )
                for one in trend.points
            ),
            lower=limits.lower if limits else None,
            upper=limits.upper if limits else None,
            control_lower=of_values.lower if of_values else None,
            control_upper=of_values.upper if of_values else None,
            centre=of_values.centre if of_values else None,
        )
    )

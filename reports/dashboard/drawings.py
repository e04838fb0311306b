"""Drawings: figures of the dashboard as pictures, with their words and addresses."""

import datetime
from collections import Counter
from decimal import Decimal

from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from lots.models import Stage
from lots.rules.uses import USES
from lots.wording import in_per_cent
from reports.charts import (
    age_bars,
    distance_dots,
    month_strip,
    quarter_chart,
    release_chart,
)
from reports.charts.picture import AGES, Area, Look, Picture
from reports.dashboard import figures
from reports.dashboard.addresses import Addresses


def releases(weeks, period):
    """Return the lots released by week over their lead times, as a picture."""
    n = sum(week.lots for week in weeks)
    last = next((one.median for one in reversed(weeks) if one.median is not None), None)
    return release_chart.picture(
        release_chart.ReleaseChart(
            title=ngettext(
                "%(n)s lot released, by week, with its days from manufacture",
                "%(n)s lots released, by week, with their days from manufacture",
                n,
            )
            % {"n": n},
            description=_("The table “By month” below has the same lots."),
            bars=_("Lots released by week"),
            dots=_("Days from manufacture to release"),
            dot=_("%(week)s: %(n)s × %(days)s days"),
            last=""
            if last is None
            else _("line: median of the last %(n)s lots, now %(days)s days")
            % {"n": figures.LAST_LOTS, "days": plain(last)},
            weeks=tuple(
                release_chart.Week(
                    name=_("week of %(monday)s") % {"monday": week.monday.isoformat()},
                    lots=week.lots,
                    days=week.days,
                    median=None if week.median is None else float(week.median),
                )
                for week in weeks
            ),
            months=tuple(_months(weeks[0].monday, period.last)),
        )
    )


def _months(monday, last):
    """Yield the beginnings of months in weeks after the Monday, with their names."""
    first = monday.replace(day=1)
    while first <= last:
        if first >= monday:
            yield (first - monday).days / 7, _month(first, with_year=first.month == 1)
        first = (first + datetime.timedelta(days=31)).replace(day=1)


def _month(day, *, with_year):
    return date_format(day, "M Y" if with_year else "M")


def open_lots(rows, ages):
    """Return the open lots by state and age as bars."""
    return age_bars.picture(
        tuple(
            age_bars.Row(
                row["name"],
                row["n"],
                row["url"],
                tuple(
                    age_bars.Step(
                        cell["n"],
                        _("%(state)s, %(age)s: %(n)s")
                        % {"state": row["name"], "age": age, "n": cell["n"]},
                        cell["url"],
                    )
                    for cell, age in zip(row["cells"], ages, strict=True)
                ),
            )
            for row in rows
            if row["n"]
        ),
        title=_("Open lots by state, each split by days in that state"),
        description="",
    )


def quarters(periods, tallies, addresses: Addresses):
    """Return the quality by quarter, with the intervals of its shares."""
    shares = [figures.quality(tally) for tally in tallies]
    parts = []
    for place, quick, heading in (
        (0, "first_time", _("Right first time, % of lots")),
        (1, "oos", _("With an OOS result, % of lots")),
    ):
        found: list[quarter_chart.Share | None] = []
        for period, both in zip(periods, shares, strict=True):
            share = both[place]
            if not share.of:
                found.append(None)
                continue
            low, high = share.interval
            found.append(
                quarter_chart.Share(
                    share.n,
                    share.of,
                    low,
                    high,
                    _("%(heading)s, %(quarter)s: %(n)s/%(of)s, %(low)s to %(high)s %%")
                    % {
                        "heading": heading,
                        "quarter": quarter(period),
                        "n": share.n,
                        "of": share.of,
                        "low": f"{100 * low:.0f}",
                        "high": f"{100 * high:.0f}",
                    },
                    addresses.lots(quick=quick, **period.query("submitted")),
                )
            )
        parts.append(quarter_chart.Part(heading, tuple(found)))
    return quarter_chart.picture(
        quarter_chart.QuarterChart(
            title=_("Right first time and lots with an OOS result, by quarter"),
            description=_("The lines are 95 % intervals."),
            quarters=tuple(
                (
                    _("Q%(quarter)s") % {"quarter": number},
                    str(one.first.year) if number == 1 or not place else "",
                )
                for place, one in enumerate(periods)
                for number in [(one.first.month + 2) // 3]
            ),
            parts=tuple(parts),
        )
    )


def quarter(period):
    """Return the name of a quarter: 2026 Q1."""
    return _("%(year)s Q%(quarter)s") % {
        "year": period.first.year,
        "quarter": (period.first.month + 2) // 3,
    }


def distances(rows, period, addresses: Addresses):
    """Return the tests closest to their limit as dots; None without any."""
    if not rows:
        return None
    return distance_dots.picture(
        distance_dots.DistanceDots(
            title=_("Distance to the limit of the closest test of each released lot"),
            description=_(
                "A dot is a lot, in whole per cent; of a test with more than %(n)s"
                " lots, a bar is those of a per cent. The line is the median."
            )
            % {"n": distance_dots.MANY_LOTS},
            limit=_("limit"),
            closest=_("closest"),
            foot=_("distance, % of the limit or of the width between two"),
            dot=_("%(n)s × %(per_cent)s %%"),
            rows=tuple(
                distance_dots.Row(
                    row.test,
                    ngettext(
                        "%(test)s: closest to its limit in %(n)s lot",
                        "%(test)s: closest to its limit in %(n)s lots",
                        row.lots,
                    )
                    % {"test": row.test, "n": row.lots},
                    closest_address(row.test, period, addresses),
                    row.distances,
                    float(row.median),
                    in_per_cent(row.least),
                )
                for row in rows
            ),
        )
    )


def closest_address(test, period, addresses: Addresses):
    """Return where the lots are whose closest test is this one, the closest first."""
    return addresses.lots(
        closest_test=test, sort="closest_distance", **period.query("released")
    )


def retest_dates(counted, today, addresses: Addresses):
    """Return released lots by month of their date, a row for each use; None of none."""
    uses = [use for use in USES if any(of_month[use] for of_month in counted.values())]
    if not uses:
        return None
    months = list(counted)
    return month_strip.picture(
        month_strip.MonthStrip(
            title=_("Released lots by the month of their retest or expiry date"),
            description="",
            months=tuple(
                _month(one.first, with_year=one.first.month == 1 or place < 3)
                if one.first.month in (1, 4, 7, 10)
                else ""
                for place, one in enumerate(months)
            ),
            rows=tuple(
                (
                    _(USES[use].name),
                    tuple(
                        month_strip.Cell(
                            counted[month][use],
                            ngettext(
                                "%(use)s, %(month)s: %(n)s lot",
                                "%(use)s, %(month)s: %(n)s lots",
                                counted[month][use],
                            )
                            % {
                                "use": _(USES[use].name),
                                "month": f"{month.first:%Y-%m}",
                                "n": counted[month][use],
                            },
                            addresses.lots(
                                **{
                                    "use": use,
                                    "stage": Stage.RELEASED.value,
                                    "sort": "date_on",
                                    **month.query("retest"),
                                }
                            ),
                        )
                        for month in months
                    ),
                )
                for use in uses
            ),
            today=next(place for place, one in enumerate(months) if one.last >= today),
            today_text=_("today"),
        )
    )


def trail(values, *, width=62.0, height=24.0):
    """Return the values as bars, the last one marked; None where there are none."""
    known = [one for one in values if one is not None]
    if not known:
        return None
    most = max(known) or 1
    step = width / len(values)
    marks = []
    for place, value in enumerate(values):
        if value is None:
            continue
        tall = max(1.5, float(value) / float(most) * height)
        look = Look.NOW if place == len(values) - 1 else Look.AGE_1
        marks.append(Area(look, place * step + 1, height - tall, step - 2, tall))
    return Picture(width, height, "", "", tuple(marks))


def ages(rows, *, width=62.0, height=24.0):
    """Return all open lots by age as one bar; None where there are none."""
    by_age: Counter[int] = Counter()
    for row in rows:
        for step, cell in enumerate(row["cells"], start=1):
            by_age[step] += cell["n"]
    n = sum(by_age.values())
    if not n:
        return None
    marks, x = [], 0.0
    for step, lots in sorted(by_age.items()):
        if lots:
            across = lots * width / n
            marks.append(Area(AGES[step], x, 6, max(across - 1, 1), 12))
            x += across
    return Picture(width, height, "", "", tuple(marks))


def plain(number):
    """Return a median of days as it is said: 7, or 7.5."""
    whole = Decimal(number).quantize(Decimal("0.1"))
    return str(
        whole.to_integral_value() if whole == whole.to_integral_value() else whole
    )

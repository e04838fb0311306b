"""Board: all that the dashboard shows of a period, for its page and for its PDF.

Each figure has the address of its rows; the counts are those of the lists, of My work
and of the register.
"""

from django.utils.translation import gettext as _

from lots import calendar
from lots.models import Stage
from lots.rules.uses import USES
from lots.wording import in_per_cent
from reports.dashboard import attention, drawings, figures, tallies
from reports.dashboard.addresses import Addresses
from reports.dashboard.tiles import Counted, tiles
from reports.models import Kind
from reports.status.certificate_status import CertificateStatus


def board(*, months, scope, at):
    """Return what the dashboard shows, by name."""
    today = calendar.today(at)
    addresses = Addresses(scope)
    now, before = figures.periods(months=months, at=at)
    quarters = figures.quarters(at)
    months = list(now.by_month)
    tally, earlier, *parts = tallies.over(now, before, *quarters, *months, scope=scope)
    by_quarter, by_month = parts[: len(quarters)], parts[len(quarters) :]
    counted = Counted(now, before, tally, earlier, tuple(by_quarter))
    open_lots, oldest = figures.open_since(at, scope)
    open_rows = _open_lots(open_lots, at, addresses)
    weeks = figures.weeks(tally, now)
    closest = figures.closest_to_limit(tally)
    due = figures.retest_calendar(at, scope)
    past, first_past, following = figures.released_past(at, scope)
    yesterday = today - figures.DAY
    processes, more_processes, looked_at = attention.processes(at, scope)
    return {
        "now": now,
        "before": before,
        "tiles": tiles(counted, open_rows, oldest, at=at, addresses=addresses),
        "open_lots": open_rows,
        "open_n": sum(row["n"] for row in open_rows),
        "open_url": addresses.lots(quick="open"),
        "ages": _ages(),
        "open_picture": drawings.open_lots(open_rows, _ages())
        if any(row["n"] for row in open_rows)
        else None,
        "released_n": tally.released,
        "released_url": addresses.lots(**now.query("released")),
        "releases_picture": drawings.releases(weeks, now) if tally.released else None,
        "by_month": _by_month(months, by_month, addresses),
        "medians": _medians(counted, addresses),
        "processes": processes,
        "more_processes": more_processes,
        "looked_at": looked_at,
        "decided": _decided(counted, addresses),
        "quarters": _quarters(quarters, by_quarter, addresses),
        "quarters_n": sum(one.submitted for one in by_quarter),
        "quarters_url": addresses.lots(
            submitted_from=quarters[0].first, submitted_to=quarters[-1].last
        ),
        "quarters_picture": drawings.quarters(quarters, by_quarter, addresses)
        if any(one.submitted for one in by_quarter)
        else None,
        "closest": _closest(closest, now, addresses),
        "closest_n": sum(row.lots for row in closest),
        "closest_picture": drawings.distances(closest, now, addresses),
        "certificates": _certificates(counted, addresses),
        "numbered": sum(tally.certificates[kind] for kind in Kind.values),
        "register": addresses.register(**now.query("issued")),
        "worth": _worth(counted, addresses, today=today),
        "calendar": _calendar(due, today, addresses),
        "calendar_n": sum(sum(of_month.values()) for of_month in due.values()),
        "calendar_url": _in_calendar(due, addresses),
        "calendar_picture": drawings.retest_dates(due, today, addresses),
        "past": past,
        "first_past": first_past,
        "following": following,
        "past_url": addresses.lots(
            stage=Stage.RELEASED.value, sort="date_on", retest_to=yesterday
        ),
    }


def _ages():
    return [
        _("up to %(days)s days") % {"days": oldest}
        if not youngest
        else _("%(from)s to %(to)s days") % {"from": youngest, "to": oldest}
        if oldest
        else _("over %(days)s days") % {"days": youngest - 1}
        for youngest, oldest in figures.AGES
    ]


def _open_lots(open_lots, at, addresses):
    """Return a row per open stage: its name, and n with its link for each age."""
    bands = figures.age_bands(calendar.today(at))
    return [
        {
            "name": _(stage.word),
            "n": sum(counted),
            "url": addresses.lots(stage=stage.value),
            "cells": [
                {
                    "n": n,
                    "url": addresses.lots(stage=stage.value, **band.query("since")),
                }
                for n, band in zip(counted, bands, strict=True)
            ],
        }
        for stage, counted in open_lots.items()
    ]


def _by_month(months, by_month, addresses):
    """Return the lots released in each month of the period, the newest first."""
    rows = []
    for month, tally in zip(months, by_month, strict=True):
        lead_time = figures.medians(tally)["days_made_to_released"]
        rows.append(
            {
                "name": f"{month.first:%Y-%m}",
                "n": tally.released,
                "url": addresses.lots(**month.query("released")),
                "days": None
                if lead_time.days is None
                else drawings.plain(lead_time.days),
            }
        )
    return rows[::-1]


def _medians(counted, addresses):
    now, before = figures.medians(counted.tally), figures.medians(counted.earlier)
    return [
        {
            "name": name,
            "definition": definition,
            "median": now[column],
            "before": before[column],
            "url": addresses.lots(**counted.now.query("released")),
            "before_url": addresses.lots(**counted.before.query("released")),
        }
        for column, name, definition in figures.STEPS
    ]


def _decided(counted, addresses):
    before = figures.decided(counted.earlier)

    def rows_of(period, stage):
        if stage == Stage.RELEASED:
            return addresses.lots(**period.query("released"))
        return addresses.lots(stage=stage, **period.query("since"))

    return [
        {
            "name": _(Stage.of(stage).word),
            "n": n,
            "before": before[stage],
            "url": rows_of(counted.now, stage),
            "before_url": rows_of(counted.before, stage),
        }
        for stage, n in figures.decided(counted.tally).items()
    ]


def _quarters(periods, by_quarter, addresses):
    """Return the shares of each quarter with their intervals, the newest first."""
    rows = []
    for period, tally in zip(periods, by_quarter, strict=True):
        submitted = period.query("submitted")
        rows.append(
            {
                "name": drawings.quarter(period),
                "of": tally.submitted,
                "of_url": addresses.lots(**submitted),
                "shares": [
                    {
                        "share": share,
                        "interval": None
                        if share.interval is None
                        else [f"{100 * end:.0f}" for end in share.interval],
                        "url": addresses.lots(quick=quick, **submitted),
                    }
                    for share, quick in zip(
                        figures.quality(tally), ("first_time", "oos"), strict=True
                    )
                ],
            }
        )
    return rows[::-1]


def _closest(rows, period, addresses):
    return [
        {
            "test": row.test,
            "lots": row.lots,
            "least": in_per_cent(row.least),
            "median": drawings.plain(row.median),
            "url": drawings.closest_address(row.test, period, addresses),
        }
        for row in rows
    ]


def _certificates(counted, addresses):
    """Return the certificates numbered in the period: by kind, and those ended."""
    names = dict(Kind.choices) | {
        status.value: _(status.word) for status in tallies.ENDED
    }
    return [
        _certificate_row(
            counted,
            addresses,
            names[code],
            n,
            counted.earlier.certificates[code],
            **{"kind" if code in Kind.values else "status": code},
        )
        for code, n in counted.tally.certificates.items()
    ]


def _worth(counted, addresses, *, today):
    """Return the certificates that nobody may use as they are, by their status."""
    elsewhere = tallies.reviewed_elsewhere(addresses.scope)
    now, before = (
        tallies.worth(tally, period, elsewhere, today=today)
        for tally, period in (
            (counted.tally, counted.now),
            (counted.earlier, counted.before),
        )
    )
    return [
        _certificate_row(
            counted,
            addresses,
            _(CertificateStatus.of(code).word),
            n,
            before[code],
            status=code,
        )
        for code, n in now.items()
    ]


def _certificate_row(counted, addresses, name, n, before, **query):
    return {
        "name": name,
        "n": n,
        "before": before,
        "url": addresses.register(**query, **counted.now.query("issued")),
        "before_url": addresses.register(**query, **counted.before.query("issued")),
    }


def _calendar(due, today, addresses):
    """Return the months in which released lots have their date, with each use."""
    return [
        {
            "month": f"{month.first:%Y-%m}",
            "n": sum(of_month.values()),
            "uses": ", ".join(
                f"{_(USES[use].name)} {n}" if use in USES else f"{use} {n}"
                for use, n in sorted(of_month.items())
            ),
            "url": addresses.lots(
                stage=Stage.RELEASED.value, sort="date_on", **month.query("retest")
            ),
            "is_past": month.last < today,
        }
        for month, of_month in due.items()
        if sum(of_month.values())
    ]


def _in_calendar(due, addresses):
    months = list(due)
    return addresses.lots(
        stage=Stage.RELEASED.value,
        sort="date_on",
        retest_from=months[0].first,
        retest_to=months[-1].last,
    )

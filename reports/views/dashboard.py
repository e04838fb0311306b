"""Dashboard: figures of a period beside the period before, each with its rows."""

from urllib.parse import urlencode

from django.shortcuts import render
from django.urls import path, reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from lots import calendar
from lots.accounts.roles import readable
from lots.models import Stage
from reports.dashboard import figures, tallies
from reports.models import Kind
from reports.status.certificate_status import CertificateStatus

DEFAULT_MONTHS = 12


@require_safe
@readable
def dashboard(request):
    """Figures of the last 3, 6, 12 or 24 months; each leads to its rows."""
    at = timezone.now()
    asked = request.GET.get("months", str(DEFAULT_MONTHS))
    known = asked in map(str, figures.PERIODS)
    months = int(asked) if known else DEFAULT_MONTHS
    now, before = figures.periods(months=months, at=at)
    tally, earlier = tallies.over(now, before)
    return render(
        request,
        "reports/dashboard.html",
        {
            "months": months,
            "trouble": ""
            if known
            else _(
                "There is no period of %(months)s months; this page shows 12 months."
            )
            % {"months": asked[:40]},
            "choices": figures.PERIODS,
            "now": now,
            "before": before,
            "open_lots": _open_lots(at),
            "ages": [
                _("up to %(days)s days") % {"days": oldest}
                if not youngest
                else _("%(from)s to %(to)s days") % {"from": youngest, "to": oldest}
                if oldest
                else _("over %(days)s days") % {"days": youngest - 1}
                for youngest, oldest in figures.AGES
            ],
            "decided": _decided(now, before, tally, earlier),
            "shares": _shares(now, before, tally, earlier),
            "medians": _medians(now, before, tally, earlier),
            "closest": _closest(now, tally),
            "calendar": _calendar(at),
            "certificates": _certificates(now, before, tally, earlier),
            "worth": _worth(now, before, tally, earlier, calendar.today(at)),
        },
    )


def _lots(**query):
    return f"{reverse('lots:lot_list')}?{urlencode(query)}"


def _open_lots(at):
    """Return a row per open stage: its name, and n with its link for each age."""
    bands = figures.age_bands(calendar.today(at))
    rows = []
    for stage, counted in figures.open_lots(at).items():
        cells = [
            {"n": n, "url": _lots(stage=stage.value, **band.query("since"))}
            for n, band in zip(counted, bands, strict=True)
        ]
        rows.append(
            {
                "name": _(stage.word),
                "n": sum(counted),
                "url": _lots(stage=stage.value),
                "cells": cells,
            }
        )
    return rows


def _decided(now, before, tally, earlier):
    counted = figures.decided(earlier)
    return [
        {
            "name": _(Stage.of(stage).word),
            "n": n,
            "before": counted[stage],
            "url": _decided_in(now, stage),
            "before_url": _decided_in(before, stage),
        }
        for stage, n in figures.decided(tally).items()
    ]


def _decided_in(period, stage):
    if stage == Stage.RELEASED:
        return _lots(**period.query("released"))
    return _lots(stage=stage, **period.query("since"))


def _shares(now, before, tally, earlier):
    (first, oos), (first_before, oos_before) = map(figures.quality, (tally, earlier))
    return [
        {
            "name": _("Right first time"),
            "definition": _(
                "Lots whose results were first submitted in the period, and of which"
                " no result has failed, was corrected or was returned so far."
            ),
            "share": first,
            "before": first_before,
            "url": _lots(quick="first_time", **now.query("submitted")),
            "of_url": _lots(**now.query("submitted")),
            "before_url": _lots(quick="first_time", **before.query("submitted")),
            "before_of_url": _lots(**before.query("submitted")),
        },
        {
            "name": _("Lots with an OOS result"),
            "definition": _(
                "Lots whose results were first submitted in the period, and of which"
                " at least one result failed. Invalidated results count too."
            ),
            "share": oos,
            "before": oos_before,
            "url": _lots(quick="oos", **now.query("submitted")),
            "of_url": _lots(**now.query("submitted")),
            "before_url": _lots(quick="oos", **before.query("submitted")),
            "before_of_url": _lots(**before.query("submitted")),
        },
    ]


def _medians(now, before, tally, earlier):
    found, counted = figures.medians(tally), figures.medians(earlier)
    return [
        {
            "name": name,
            "definition": definition,
            "median": found[column],
            "before": counted[column],
            "url": _lots(**now.query("released")),
            "before_url": _lots(**before.query("released")),
        }
        for column, name, definition in figures.STEPS
    ]


def _closest(now, tally):
    return [
        {
            "test": test,
            "lots": lots,
            "least": figures.thousandths(least),
            "url": _lots(
                closest_test=test, sort="closest_distance", **now.query("released")
            ),
        }
        for test, lots, least in figures.closest_to_limit(tally)
    ]


def _calendar(at):
    today = calendar.today(at)
    counted = figures.retest_calendar(at)
    # A bar of few lots is short, however few the others have.
    most = max(10, *counted.values())
    return [
        {
            "month": f"{month.first:%Y-%m}",
            "n": n,
            "url": _lots(
                stage=Stage.RELEASED.value, sort="date_on", **month.query("retest")
            ),
            "is_past": month.last < today,
            "most": most,
        }
        for month, n in counted.items()
    ]


def _certificates(now, before, tally, earlier):
    register = reverse("reports:certificate_list")
    names = dict(Kind.choices) | {
        status.value: _(status.word) for status in tallies.ENDED
    }
    rows = []
    for code, n in tally.certificates.items():
        name = "kind" if code in Kind.values else "status"
        query, past = (
            urlencode({name: code, **period.query("issued")})
            for period in (now, before)
        )
        rows.append(
            {
                "name": names[code],
                "n": n,
                "before": earlier.certificates[code],
                "url": f"{register}?{query}",
                "before_url": f"{register}?{past}",
            }
        )
    return rows


def _worth(now, before, tally, earlier, today):
    """Return the certificates that nobody may use as they are, by their status."""
    register = reverse("reports:certificate_list")
    elsewhere = tallies.reviewed_elsewhere()
    counted = tallies.worth(earlier, before, elsewhere, today=today)
    rows = []
    for code, n in tallies.worth(tally, now, elsewhere, today=today).items():
        query, past = (
            urlencode({"status": code, **period.query("issued")})
            for period in (now, before)
        )
        rows.append(
            {
                "name": _(CertificateStatus.of(code).word),
                "n": n,
                "before": counted[code],
                "url": f"{register}?{query}",
                "before_url": f"{register}?{past}",
            }
        )
    return rows


urls = [path("dashboard/", dashboard, name="dashboard")]

"""Tiles: the five headline figures, each beside that of the period before."""

from dataclasses import dataclass
from decimal import Decimal

from django.utils.html import format_html, format_html_join, strip_tags
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from lots import calendar
from lots.models import Stage
from lots.rules.stored_codes import Tone
from lots.wording import choices
from reports.charts import svg
from reports.dashboard import drawings, figures
from reports.dashboard.addresses import Addresses

_MINUS = "\N{MINUS SIGN}"


@dataclass(frozen=True)
class Tile:
    """A figure: `number` with its unit and its rows, what is said below, a picture.

    `change` says how it differs from the period before, `tone` whether that is better;
    both are blank where nothing is to be said. `beneath` has links.
    """

    name: str
    number: str
    unit: str
    url: str
    beneath: str
    definition: str
    change: str = ""
    tone: Tone | None = None
    picture: str = ""

    @property
    def plain(self):
        """What is said below, as text."""
        return strip_tags(self.beneath)


@dataclass(frozen=True)
class Counted:
    """What was counted of a period and the one before, and of each quarter."""

    now: object
    before: object
    tally: object
    earlier: object
    quarters: tuple


def tiles(counted: Counted, open_rows, oldest, *, at, addresses: Addresses):
    """Return the five headline figures."""
    first, oos = (
        [figures.quality(one)[place] for one in counted.quarters] for place in (0, 1)
    )
    return (
        _share(
            counted, addresses, 0, "first_time", first, name=_("Right first time"),
            better=1,
            definition=_(
                "Lots whose results were first submitted in the period, and of which"
                " no result has failed, was corrected or was returned so far."
            ),
        ),
        _share(
            counted, addresses, 1, "oos", oos, name=_("Lots with an OOS result"),
            better=-1,
            definition=_(
                "Lots whose results were first submitted in the period, and of which"
                " at least one result failed. Invalidated results count too."
            ),
        ),
        _lead_time(counted, addresses),
        _released(counted, addresses),
        _open(open_rows, oldest, at, addresses),
    )  # fmt: skip


def linked(number, url):
    """Return the number as a link to its rows."""
    return format_html('<a href="{}">{}</a>', url, number)


def _picture(values):
    found = drawings.trail(values)
    return svg.small(found) if found else ""


def _share(counted, addresses, place, quick, quarters, *, name, better, definition):
    share, past = (
        figures.quality(one)[place] for one in (counted.tally, counted.earlier)
    )
    of = addresses.lots(**counted.now.query("submitted"))
    of_before = addresses.lots(**counted.before.query("submitted"))
    url = addresses.lots(quick=quick, **counted.now.query("submitted"))
    before_url = addresses.lots(quick=quick, **counted.before.query("submitted"))
    said = format_html(
        ngettext("{n} of {of} lot", "{n} of {of} lots", share.of),
        n=linked(share.n, url),
        of=linked(share.of, of),
    )
    if past.per_cent is None:
        before = format_html(
            _("before: too few lots ({of})"), of=linked(past.of, of_before)
        )
    else:
        before = format_html(
            _("before {share} % ({n} of {of})"),
            share=past.per_cent,
            n=linked(past.n, before_url),
            of=linked(past.of, of_before),
        )
    change, tone = "", None
    if share.per_cent is not None and past.per_cent is not None:
        points = share.per_cent - past.per_cent
        change, tone = _change(points, better)
        if points:
            change = _("%(points)s points") % {"points": _signed(points)}
    return Tile(
        name=name,
        number=_("too few lots") if share.per_cent is None else str(share.per_cent),
        unit="" if share.per_cent is None else "%",
        url="" if share.per_cent is None else url,
        beneath=format_html("{} · {}", said, before),
        definition=definition,
        change=change,
        tone=tone,
        picture=_picture([one.per_cent for one in quarters]),
    )


def _change(difference, better):
    """Return the words where nothing changed, and whether it is better or worse."""
    if not difference:
        return _("as before"), None
    return "", Tone.PASS if difference * better > 0 else Tone.ALERT


def _signed(number):
    return f"+{number}" if number > 0 else f"{_MINUS}{-number}"


def _lead_time(counted, addresses):
    step = "days_made_to_released"
    now, before = (
        figures.medians(one)[step] for one in (counted.tally, counted.earlier)
    )
    lots = format_html(
        ngettext("{n} lot", "{n} lots", now.n),
        n=linked(now.n, addresses.lots(**counted.now.query("released"))),
    )
    n_before = linked(before.n, addresses.lots(**counted.before.query("released")))
    if before.days is None:
        past = format_html(_("before: too few lots ({n})"), n=n_before)
    else:
        past = format_html(
            _("before {days} days ({n})"),
            days=drawings.plain(before.days),
            n=n_before,
        )
    change, tone = "", None
    if now.days is not None and before.days is not None:
        difference = now.days - before.days
        change, tone = _change(difference, -1)
        if difference:
            days = drawings.plain(abs(difference))
            said = (
                ngettext("%(days)s day faster", "%(days)s days faster", _count(days))
                if difference < 0
                else ngettext(
                    "%(days)s day slower", "%(days)s days slower", _count(days)
                )
            )
            change = said % {"days": days}
    return Tile(
        name=_("Manufacture to release"),
        number=_("too few lots") if now.days is None else drawings.plain(now.days),
        unit="" if now.days is None else _("days, median"),
        url="" if now.days is None else addresses.lots(**counted.now.query("released")),
        beneath=format_html("{} · {}", lots, past),
        definition=_(
            "Days of the calendar from the date of manufacture to the first release"
            " that was not withdrawn; lots so released in the period."
        ),
        change=change,
        tone=tone,
        picture=_picture([figures.medians(one)[step].days for one in counted.quarters]),
    )


def _count(days):
    """Return the whole number by which a language chooses its plural; 1.5 has one."""
    return 1 if days == "1" else 2


def _released(counted, addresses):
    now, before = figures.decided(counted.tally), figures.decided(counted.earlier)
    names = dict(choices(Stage))
    released = Stage.RELEASED.value
    others = format_html_join(
        " · ",
        "{} {}",
        [
            (
                linked(n, addresses.lots(stage=stage, **counted.now.query("since"))),
                str(names[stage]).lower(),
            )
            for stage, n in now.items()
            if stage != released and n
        ],
    )
    days = (counted.now.last - counted.now.first).days + 1
    a_month = (Decimal(now[released]) * 365 / 12 / days).quantize(Decimal("0.1"))
    return Tile(
        name=_("Lots released"),
        number=str(now[released]),
        unit="",
        url=addresses.lots(**counted.now.query("released")),
        beneath=format_html(
            "{} · {}" if others else "{}{}",
            format_html(
                _("before {n}"),
                n=linked(
                    before[released], addresses.lots(**counted.before.query("released"))
                ),
            ),
            others,
        ),
        definition=_(
            "Lots first released in the period, unless that release was withdrawn;"
            " and lots that came into another end state in it and are still in it."
        ),
        change=_("about %(n)s a month") % {"n": drawings.plain(a_month)},
        picture=_picture([one.released for one in counted.quarters]),
    )


def _open(rows, oldest, at, addresses):
    by_age = [sum(cells) for cells in zip(*(_ns(row) for row in rows), strict=True)]
    n = sum(by_age)
    said = [
        ngettext("{n} up to {days} days", "{n} up to {days} days", by_age[0]).format(
            n=by_age[0], days=figures.AGES[0][1]
        )
    ]
    if oldest:
        age = (calendar.today(at) - oldest).days
        said.append(ngettext("oldest %(n)s day", "oldest %(n)s days", age) % {"n": age})
    late = sum(
        n
        for n, (youngest, _oldest) in zip(by_age, figures.AGES, strict=True)
        if youngest > figures.LATE
    )
    found = drawings.ages(rows)
    return Tile(
        name=_("Open lots"),
        number=str(n),
        unit="",
        url=addresses.lots(quick="open"),
        beneath=" · ".join(said),
        definition=_(
            "Lots in which somebody still has something to do, today, by the days in"
            " their present state."
        ),
        change=ngettext("%(n)s over %(days)s days", "%(n)s over %(days)s days", late)
        % {"n": late, "days": figures.LATE}
        if late
        else "",
        tone=Tone.ALERT if late else None,
        picture=svg.small(found) if found else "",
    )


def _ns(row):
    return [cell["n"] for cell in row["cells"]]

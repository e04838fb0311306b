"""Tallies: monthly counts behind the dashboard, counted once and remembered.

Every change of a lot has an audit entry, and nothing counted of a lot happened before
it was logged. So counts of the days before the earliest lot that new entries name still
hold; only later days are counted again.
"""

import datetime
import zlib
from collections import Counter
from dataclasses import dataclass, field, fields

from django.core.cache import cache
from django.db.models import Count, Min, Q, Value
from django.utils import timezone

from lots import calendar
from lots.models import DAYS, AuditEntry, Lot, LotStatus, Stage
from lots.tables.filters import AMISS
from lots.workflow import lot_stage
from reports.dashboard.scope import ALL
from reports.models import Certificate, Kind
from reports.status import certificate_status

ENDED = (
    certificate_status.CertificateStatus.SUPERSEDED,
    certificate_status.CertificateStatus.WITHDRAWN,
)
REVIEWED = certificate_status.CertificateStatus.UNDER_REVIEW.value
_DECIDED = (Stage.REJECTED, Stage.RECALLED, Stage.VOID)
# Where more was done since, it is as quick to count everything again.
_MOST_ENTRIES = 20_000
# What is counted of a material, a site or a use is kept while people look at it.
_SOME_DAYS = 3 * 24 * 60 * 60


@dataclass(frozen=True)
class Period:
    """Whole days of the company's calendar, first and last included."""

    first: datetime.date
    last: datetime.date

    @property
    def moments(self):
        """The first and the last moment of the period, for a `range` lookup."""
        zone = timezone.get_default_timezone()
        return tuple(
            timezone.make_aware(datetime.datetime.combine(day, edge), zone)
            for day, edge in (
                (self.first, datetime.time.min),
                (self.last, datetime.time.max),
            )
        )

    @property
    def by_month(self):
        """The period in parts of which none reaches into two months, in order."""
        first = self.first
        while first <= self.last:
            last = min(self.last, _last_of(first))
            yield Period(first, last)
            first = last + datetime.timedelta(days=1)

    @property
    def is_month(self):
        """Whether it is a whole month."""
        return self.first.day == 1 and self.last == _last_of(self.first)

    def query(self, name):
        """Return the filters of a list that leave exactly this period."""
        return {f"{name}_from": self.first, f"{name}_to": self.last}


def _last_of(day):
    """Return the last day of the day's month."""
    following = calendar.months_after(day.replace(day=1), 1)
    return following - datetime.timedelta(days=1)


@dataclass
class Tally:
    """What was counted in a period; two of them add up.

    Of the lots whose results were first `submitted` in it: in how many something was
    `amiss` or a result `failed`. Of those whose first release that was not withdrawn
    fell in it (`released`): `days` has per step {days: lots}; `closest` has per test
    [lots, distance in thousandths of the limit], each lot with its closest test, and
    `distances` {whole per cent of the limit, rounded down: lots}; `weeks` has per
    Monday {days from manufacture to release: lots}.
    `decided` has the lots that came to a stage in it and are in it today;
    `certificates` those numbered in it, by kind, and how many are ENDED today; `ends`
    those of them that what happened to their lot has under review (REVIEWED), and the
    others that are issued by what becomes of them after which last day.
    """

    submitted: int = 0
    amiss: int = 0
    failed: int = 0
    released: int = 0
    days: dict[str, Counter] = field(
        default_factory=lambda: {step: Counter() for step in DAYS}
    )
    closest: dict[str, tuple[int, int]] = field(default_factory=dict)
    distances: dict[str, Counter] = field(default_factory=dict)
    weeks: dict[str, Counter] = field(default_factory=dict)
    decided: Counter = field(default_factory=Counter)
    certificates: Counter = field(default_factory=Counter)
    ends: Counter = field(default_factory=Counter)

    def plain(self):
        """Return what was counted in values that every program can read again."""
        return {
            **{one.name: getattr(self, one.name) for one in fields(self)},
            "days": {step: dict(taken) for step, taken in self.days.items()},
            "distances": {test: dict(found) for test, found in self.distances.items()},
            "weeks": {monday: dict(taken) for monday, taken in self.weeks.items()},
            "decided": {str(stage): n for stage, n in self.decided.items()},
            "certificates": {str(kind): n for kind, n in self.certificates.items()},
            "ends": dict(self.ends),
        }

    def add(self, other):
        """Add what another period counted."""
        self.submitted += other.submitted
        self.amiss += other.amiss
        self.failed += other.failed
        self.released += other.released
        for step in DAYS:
            _add(self.days[step], other.days[step])
        for test, (lots, least) in other.closest.items():
            self._come_close(test, lots, least)
        for name in ("distances", "weeks"):
            own = getattr(self, name)
            for one, counted in getattr(other, name).items():
                _add(own.setdefault(one, Counter()), counted)
        _add(self.decided, other.decided)
        _add(self.certificates, other.certificates)
        _add(self.ends, other.ends)

    def _come_close(self, test, lots, least):
        found = self.closest.get(test, (0, least))
        self.closest[test] = (found[0] + lots, min(found[1], least))

    def release(self, released_at, days, test, distance):
        """Count a released lot."""
        self.released += 1
        day = calendar.today(released_at)
        monday = (day - datetime.timedelta(days=day.weekday())).isoformat()
        made_to_released = days[DAYS.index("days_made_to_released")]
        self.weeks.setdefault(monday, Counter())[made_to_released] += 1
        for step, taken in zip(DAYS, days, strict=True):
            if taken is not None:
                self.days[step][taken] += 1
        if test:
            self._come_close(test, 1, distance)
            self.distances.setdefault(test, Counter())[distance // 10] += 1


def _add(counter, counted):
    """Add what was counted; what was counted as 0 is named too."""
    for one, n in counted.items():
        counter[one] += n


def over(*periods, scope=ALL):
    """Return the tally of each period, of the lots and certificates of the scope."""
    parts = {part for period in periods for part in period.by_month}
    counted = _remembered("tallies", parts, _tallied, scope, since="logged_at")
    found = []
    for period in periods:
        found.append(Tally())
        for part in period.by_month:
            found[-1].add(counted[part])
    return found


def due(months, *, on, scope=ALL):
    """Return by use how many released lots have their retest or expiry date in a month.

    As {month: {use: lots}}.

    Those that are released on the day beside what was complete are few, and are
    counted each time: no act is needed for them.
    """
    counted = _remembered("due", months, _due, scope, since="date_on")
    found = {month: Counter(counted[month]) for month in months}
    of_day = {(month.first.year, month.first.month): month for month in months}
    for day, use in LotStatus.objects.filter(
        lot_stage.released_beside(on),
        date_on__range=(months[0].first, months[-1].last),
        **scope.query,
    ).values_list("date_on", "use"):
        found[of_day[day.year, day.month]][use] += 1
    return found


def passed(on, *, scope=ALL):
    """Return how many released lots have a retest or expiry date before the day.

    Those of earlier months are remembered: there are more of them each year.
    """
    month = on.replace(day=1)
    earlier = Period(datetime.date.min, month - datetime.timedelta(days=1))
    counted = _remembered("passed", [earlier], _passed, scope, since="date_on")
    of_month = LotStatus.objects.filter(
        stage=Stage.RELEASED, date_on__gte=month, date_on__lt=on, **scope.query
    )
    return counted[earlier]["n"] + of_month.count()


def _remembered(name, parts, count, scope, *, since):
    """Return what was counted of each part, counting anew what may have changed.

    `since` is the column of a lot that says from which day on it is counted at all.
    The last entry of the trail is read first: what is counted is at least as new.
    """
    entries = AuditEntry.objects.order_by("-sequence").values_list("sequence", "digest")
    head = entries.first() or (0, "")
    seen, known = _read(name, scope)
    if seen != head:
        known = _still_true(known, entries, seen, head, since=since)
    missing = sorted(set(parts) - known.keys(), key=lambda part: part.first)
    if missing:
        known |= zip(missing, count(missing, scope), strict=True)
    if missing or seen != head:
        # A part of a month is asked for on one day and not on the next.
        kept = {one: n for one, n in known.items() if one in parts or one.is_month}
        _keep(name, scope, head, kept)
    return known


def key(name, scope=ALL):
    """Return the cache's key for what is remembered, by the shape of a tally.

    The cache outlives the program: another one, with other names, looks elsewhere.
    """
    shape = (*(one.name for one in fields(Tally)), *DAYS)
    shaped = f"reports.tallies.{name}.{zlib.crc32(repr(shape).encode()):08x}"
    return f"{shaped}.{scope.code}" if scope.code else shaped


def _read(name, scope):
    """Return the entry that was the last when it was counted, and what was counted."""
    seen, kept = cache.get(key(name, scope), (None, {}))
    return seen, {
        Period(*days): Tally(**counted) if name == "tallies" else counted
        for days, counted in kept.items()
    }


def _keep(name, scope, head, known):
    """Keep what was counted, as plain values: no class of this program is in them."""
    kept = {
        (part.first, part.last): counted.plain()
        if isinstance(counted, Tally)
        else counted
        for part, counted in known.items()
    }
    cache.set(
        key(name, scope), (head, kept), timeout=_SOME_DAYS if scope.code else None
    )


def _still_true(known, entries, seen, head, *, since):
    """Return of what was counted at an entry what still holds at the last one."""
    # Another trail, as after a restore, says nothing of what was counted here.
    if (
        seen is None
        or not 0 < head[0] - seen[0] <= _MOST_ENTRIES
        or not entries.filter(sequence=seen[0], digest=seen[1]).exists()
    ):
        return {}
    named = AuditEntry.objects.filter(sequence__gt=seen[0], lot__isnull=False)
    first = Lot.objects.filter(pk__in=named.values("lot")).aggregate(first=Min(since))[
        "first"
    ]
    if first is None:
        return known
    day = calendar.today(first) if since == "logged_at" else first
    return {part: counted for part, counted in known.items() if part.last < day}


def _due(months, scope):
    """Return by use how many released lots have their date in each of these months."""
    by_day = (
        LotStatus.objects.filter(
            stage=Stage.RELEASED,
            date_on__range=(months[0].first, months[-1].last),
            **scope.query,
        )
        .order_by("date_on", "use")
        .values_list("date_on", "use")
        .annotate(lots=Count("date_on"))
    )
    counted: dict[tuple[int, int], dict[str, int]] = {}
    for day, use, lots in by_day:
        of_month = counted.setdefault((day.year, day.month), {})
        of_month[use] = of_month.get(use, 0) + lots
    return [counted.get((one.first.year, one.first.month), {}) for one in months]


def _passed(parts, scope):
    """Return how many released lots have their date in each of these periods."""
    released = LotStatus.objects.filter(stage=Stage.RELEASED, **scope.query)
    return [
        {"n": released.filter(date_on__range=(part.first, part.last)).count()}
        for part in parts
    ]


def _tallied(parts, scope):
    """Return the tally of each of these periods, in as many queries as for one."""
    tallies = [Tally() for _part in parts]
    lots = LotStatus.objects.filter(**scope.query)
    certificates = Certificate.objects.filter(**scope.of_certificates)
    for place, n, amiss, failed in _union(
        lots,
        parts,
        "submitted_at",
        n=Count("submitted_at"),
        amiss=Count("submitted_at", filter=AMISS),
        failed=Count("submitted_at", filter=Q(failures__gt=0)),
    ):
        tallies[place].submitted = n
        tallies[place].amiss = amiss
        tallies[place].failed = failed
    for place, released_at, *days, test, distance in _union(
        lots,
        parts,
        "released_at",
        "released_at",
        *DAYS,
        "closest_test",
        "closest_distance",
    ):
        tallies[place].release(released_at, days, test, distance)
    for name, rows, column, wanted in (
        ("decided", lots, "stage_at", {one: Q(stage=one) for one in _DECIDED}),
        (
            "certificates",
            certificates,
            "issued_at",
            {kind.value: Q(kind=kind) for kind in Kind}
            | {code.value: certificate_status.where(code) for code in ENDED},
        ),
    ):
        for place, *found in _union(
            rows,
            parts,
            column,
            **{
                f"n_{code}": Count(column, filter=condition)
                for code, condition in wanted.items()
            },
        ):
            counted = getattr(tallies[place], name)
            _add(counted, dict(zip(wanted, found, strict=True)))
    moments = [part.moments for part in parts]
    for issued_at, ending in _endings(min(moments)[0], max(moments)[1], scope):
        for tally, (first, last) in zip(tallies, moments, strict=True):
            if first <= issued_at <= last:
                tally.ends[ending] += 1
    return tallies


def _endings(first, last, scope):
    """Yield of each certificate issued between two moments when, and how it ends.

    All in one: the condition that puts one under review is long, and PostgreSQL plans
    a query that has it once for each of 24 months for more than a second.
    """
    columns = certificate_status.ENDS
    issued = certificate_status.issued().filter(
        issued_at__range=(first, last), **scope.of_certificates
    )
    for issued_at, is_reviewed, *days in issued.values_list(
        "issued_at", "is_reviewed", *columns.values()
    ):
        last_day, past = certificate_status.end(**dict(zip(columns, days, strict=True)))
        yield (
            issued_at,
            REVIEWED if is_reviewed else f"{past.value} {last_day.isoformat()}",
        )


def reviewed_elsewhere(scope=ALL):
    """Return the certificates that only something else than their lot has reviewed.

    For `worth`, which asks of several periods: the moment of issue and the columns of
    `certificate_status.end` of each.
    """
    columns = certificate_status.ENDS
    return [
        (issued_at, dict(zip(columns, days, strict=True)))
        for issued_at, *days in certificate_status.reviewed_elsewhere()
        .filter(**scope.of_certificates)
        .values_list("issued_at", *columns.values())
    ]


def worth(tally, period, elsewhere, *, today):
    """Return how many certificates numbered in the period are under review or past.

    As the register says it: what is remembered of their own lots, and what something
    else has under review today (`reviewed_elsewhere`).
    """
    found = Counter({REVIEWED: tally.ends[REVIEWED]})
    for ending, n in tally.ends.items():
        code, _space, day = ending.partition(" ")
        if day and day < today.isoformat():
            found[code] += n
    first, last = period.moments
    for issued_at, days in elsewhere:
        if not first <= issued_at <= last:
            continue
        found[REVIEWED] += 1
        last_day, past = certificate_status.end(**days)
        if last_day < today:
            found[past.value] -= 1
    codes = (REVIEWED, *(code.value for code in certificate_status.PAST))
    return {code: found[code] for code in codes}


def _union(rows, parts, column, *columns, **counts):
    """Yield the place of a part and its columns or counts, for all parts in one query.

    Columns of each row whose moment is in the part, or one row of counts for it.
    """
    asked = []
    for place, part in enumerate(parts):
        found = rows.filter(**{f"{column}__range": part.moments})
        found = found.annotate(place=Value(place))
        if counts:
            found = found.values("place").annotate(**counts)
        asked.append(found.values_list("place", *columns, *counts))
    return asked[0].union(*asked[1:], all=True) if asked[1:] else asked[0]

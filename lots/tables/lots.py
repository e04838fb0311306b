"""The lot list: its columns, and how it reads 25 of 100,000 rows.

It reads keys from the index first, then the rows of those keys; counts stop at 10,000
(architecture.md 6.13).
"""

import datetime
from collections.abc import Callable
from operator import attrgetter

import django_tables2 as tables
from django.db import models
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext
from django_tables2.data import TableQuerysetData

from lots import calendar
from lots.models import LotStatus, Stage
from lots.models.lot_status import EXPORTED, LISTED, SORTS
from lots.rules.states import LineOutcome
from lots.tables import lot_search
from lots.wording import in_per_cent
from lots.workflow import lot_stage, spared_lots

PER_PAGE = 25
SHOWN = ("lot", "material", "site__organisation")


class LotStatusRows(TableQuerysetData):
    """The standings that a filter found, in the order of the table, as of a day."""

    def __init__(self, found, *, on):
        super().__init__(found)
        self.on = on
        self.order = "-logged_at"
        self._length = None
        self._total = None
        self._found = None
        self._is_walked = False

    def __len__(self):
        if self._length is None:
            self._total = self._count()
            self.is_long = self._total > lot_search.COUNTED
            self._length = min(self._total, lot_search.COUNTED)
        return self._length

    def _count(self):
        """Return how many rows were found; of more than are counted, any number."""
        wanted = lot_search.COUNTED + 1
        if not lot_search.is_searched(self.data):
            counted = lot_search.narrowed(self.data.order_by())[:wanted].count()
            self._is_walked = counted > lot_search.COUNTED
            return counted
        self._is_walked = lot_search.is_common(self.data)
        known = lot_search.known(self.data)
        if known is not None:
            return known
        # To count them takes what finds them.
        found = self._ordered(self.order).values_list("pk", flat=True)
        self._found = self._read(found[:wanted])
        return len(self._found)

    def order_by(self, aliases):
        """Take the order of the first column asked for."""
        for alias in aliases[:1]:
            column = self.table.columns[alias.lstrip("-")]
            # `column.order_by` follows what the table is ordered by at present.
            is_same = alias[0] == column.order_by_alias[0]
            self.order = (column.order_by if is_same else column.order_by.opposite)[0]

    def __getitem__(self, wanted):
        """Return the rows of a slice: their keys by the index, then the rows."""
        if not isinstance(wanted, slice):
            # Templates try every attribute as a key first.
            raise TypeError("Rows are read by slices.")
        keys = self._keys(*wanted.indices(len(self))[:2])
        rows = self._shown(LotStatus.objects).in_bulk(keys)
        return [rows[key] for key in keys if key in rows]

    def _keys(self, start, stop):
        if self._found is not None:
            return self._found[start:stop]
        if self._is_walked or start < self._total - stop:
            return self._read(
                self._ordered(self.order).values_list("pk", flat=True)[start:stop]
            )
        # Nearer to the end, which is known: read from there.
        order = (
            self.order.removeprefix("-") if self.order[0] == "-" else f"-{self.order}"
        )
        last = self._ordered(order).values_list("pk", flat=True)
        return list(last[self._total - stop : self._total - start])[::-1]

    def _read(self, keys):
        if self._is_walked:
            lot_search.map_file()
        return list(keys)

    def __iter__(self):
        """Yield every row, beyond what is counted too: for the export."""
        len(self)
        rows = self._shown(self._ordered(self.order))
        return rows.iterator(chunk_size=1000)

    def _shown(self, rows):
        return lot_stage.on_day(rows.select_related(*SHOWN), self.on)

    def _ordered(self, order):
        return lot_search.in_order(self.data, order, is_walked=self._is_walked)


def distance(status):
    """Return the distance to the nearest limit, as a share of it in per cent."""
    if status.closest_distance is None:
        return ""
    return in_per_cent(status.closest_distance)


def tally(status):
    """Return the outcome in numbers: 14/16 · 1 alert · 1 missing."""
    parts = [f"{status.passed}/{status.required}"]
    if status.alerts:
        parts.append(
            ngettext("%(n)s alert", "%(n)s alerts", status.alerts)
            % {"n": status.alerts}
        )
    if status.missing:
        parts.append(
            ngettext("%(n)s missing", "%(n)s missing", status.missing)
            % {"n": status.missing}
        )
    return " · ".join(parts)


def _stage(record):
    return {
        "tone": lot_stage.of(record).tone,
        "word": _(lot_stage.of(record).word),
        "earlier": spared_lots.awaited(record),
    }


def _outcome(record):
    return {
        "is_alert": record.outcome == LineOutcome.PASS and record.alerts > 0,
        "tally": tally(record),
    }


def _cell(name, label, extra_context=None, **options):
    return tables.TemplateColumn(
        template_name=f"lots/{name}.html",
        verbose_name=label,
        extra_context=extra_context,
        **options,
    )


_NUMBER = {"td": {"class": "number"}, "th": {"class": "number"}}
_DAY = {"td": {"class": "day"}}
_WORDS = {"td": {"class": "words"}}


class StoredColumn(tables.Column):
    """A column of the lot status as it is stored, or the days since then."""

    def __init__(self, name):
        field, listed = LotStatus._meta.get_field(name), LISTED[name]
        self._counts_days = listed.counts_days
        if self._counts_days or isinstance(field, models.IntegerField):
            attrs = _NUMBER
        else:
            attrs = _DAY if isinstance(field, models.DateField) else _WORDS
        super().__init__(
            verbose_name=listed.heading,
            orderable=None if name in SORTS else False,
            order_by=f"-{name}" if self._counts_days else None,
            attrs=attrs,
        )

    def render(self, value, table):
        if isinstance(value, datetime.datetime):
            value = calendar.today(value)
        if self._counts_days:
            return str((table.today - value).days)
        return value.isoformat() if isinstance(value, datetime.date) else value


class LotTable(tables.Table):
    """A lot in a row. Takes `today`, up to which days are counted.

    After the columns that have a look of their own come those of `LISTED`.
    """

    number = _cell("list/_lot_cell", _("Lot"), attrs={"td": {"class": "lot-number"}})
    material = tables.Column(orderable=False, verbose_name=_("Material"), attrs=_WORDS)
    use = _cell("list/_use_cell", _("Intended use"), orderable=False)
    site = _cell(
        "list/_manufacturer_cell", _("Manufacturer"), orderable=False, attrs=_WORDS
    )
    stage = _cell("list/_stage_cell", _("State"), _stage, orderable=False)
    outcome = _cell("list/_outcome_cell", _("Outcome"), _outcome, orderable=False)
    closest_distance = _cell(
        "list/_distance_cell",
        _("Closest to limit"),
        lambda record: {"distance": distance(record)},
        attrs=_NUMBER,
    )

    class Meta:
        order_by = "-logged_at"
        order_by_field = "sort"
        empty_text = _("No matches. Change the filter.")

    def __init__(self, *args, today, **options):
        stored = [(name, StoredColumn(name)) for name in LISTED]
        super().__init__(*args, extra_columns=stored, **options)
        self.today = today

    def render_stage_at(self, record):
        """Show the days in the stage of the day, which may be none that is stored."""
        return str((self.today - lot_stage.since(record)).days)


SORTABLE = (
    *(name for name, one in LotTable.base_columns.items() if one.orderable is None),
    *(name for name in LISTED if name in SORTS),
)


def _since(status):
    """Return since when the lot has its state: an act, or the day after its date."""
    stage = lot_stage.of(status)
    if stage == Stage.DATE_PASSED:
        return lot_stage.since(status).isoformat()
    is_beside = stage == Stage.RELEASED != status.stage
    return calendar.stamp(status.released_at if is_beside else status.stage_at)


# A column of the export is its head and what it says of a status.
_EXPORTED: tuple[tuple[str | Promise, Callable], ...] = (
    (_("Lot"), lambda row: row.number),
    (_("Manufacturer's lot"), lambda row: row.lot.original_number),
    (_("Material"), lambda row: row.material),
    (_("Intended use"), lambda row: row.use),
    (_("Manufacturer"), lambda row: row.site),
    (_("State"), lambda row: lot_stage.of(row).value),
    (_("Outcome"), lambda row: row.outcome),
    *((heading, attrgetter(name)) for name, heading in EXPORTED.items()),
    (_("Distance to limit"), distance),
    (_("Released for"), lambda row: " ".join(row.released_uses.split())),
    (_("Manufactured"), lambda row: row.manufactured_on),
    (_("Retest or expiry"), lambda row: row.date_on),
    (_("Logged"), lambda row: calendar.stamp(row.logged_at)),
    (_("In this state since"), lambda row: _since(row)),
    (
        _("Released"),
        lambda row: calendar.stamp(row.released_at) if row.released_at else "",
    ),
    (_("Certificates"), lambda row: " ".join(row.certificates.split())),
)


def csv_header():
    """Return the heads of the export."""
    return [head for head, _value in _EXPORTED]


def csv_row(record):
    """Return a lot status as a row of the export."""
    return [value(record) for _head, value in _EXPORTED]

"""The table of the audit trail: one row for each act."""

import django_tables2 as tables
from django.utils.translation import gettext_lazy as _
from django_tables2.data import TableQuerysetData

from lots.history import history, recorded_acts

# So many acts are counted and paged through: each costs a look at the entry before
# it. A filter reaches those beyond.
COUNTED = 2_000


class Acts(TableQuerysetData):
    """The acts of the entries found, by their first entry that was found.

    A slice is the acts with their sentences; counting stops, for the trail grows for
    ever.
    """

    def __init__(self, found):
        super().__init__(recorded_acts.heads(found))
        counted = self.data.order_by()[: COUNTED + 1].count()
        self.is_long = counted > COUNTED
        self._counted = min(counted, COUNTED)

    def __len__(self):
        return self._counted

    def __getitem__(self, key):
        if isinstance(key, slice):
            return history.around(list(self.data[key]))
        return history.around([self.data[key]])[0]


class TrailTable(tables.Table):
    sequence = tables.TemplateColumn(
        template_name="lots/evidence/_numbers.html",
        verbose_name=_("No."),
        attrs={"td": {"class": "num"}},
    )
    at = tables.TemplateColumn(
        template_name="lots/evidence/_at.html",
        verbose_name=_("When"),
        order_by="sequence",
    )
    what = tables.TemplateColumn(
        template_name="lots/evidence/_act.html",
        verbose_name=_("What happened"),
        orderable=False,
        attrs={"td": {"class": "act-cell"}},
    )
    lot = tables.Column(
        attrs={"td": {"class": "lot-number"}},
        verbose_name=_("Lot"),
        orderable=False,
        linkify=("lots:lot_detail", {"pk": tables.A("lot__pk")}),
    )

    class Meta:
        attrs = {"class": "table table-sm list-table trail-acts"}
        order_by = "-sequence"
        empty_text = _("No matches. Change the filter.")

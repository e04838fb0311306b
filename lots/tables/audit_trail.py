"""The table of the audit trail. Imported by its view."""

import django_tables2 as tables
from django.utils.translation import gettext_lazy as _
from django_tables2.data import TableQuerysetData

from lots.models import AuditEntry
from lots.tables import lot_search
from lots.wording import action_words


class Entries(TableQuerysetData):
    """The entries found; counting stops, for the trail grows for ever."""

    def __init__(self, found):
        super().__init__(found)
        counted = found.order_by()[: lot_search.COUNTED + 1].count()
        self.is_long = counted > lot_search.COUNTED
        self._counted = min(counted, lot_search.COUNTED)

    def __len__(self):
        return self._counted


class TrailTable(tables.Table):
    sequence = tables.Column(verbose_name=_("No."), attrs={"td": {"class": "num"}})
    at = tables.TemplateColumn(
        template_name="lots/evidence/_at.html", verbose_name=_("When")
    )
    by_name = tables.Column(
        accessor="who",
        verbose_name=_("Who"),
        orderable=False,
        attrs={"td": {"class": "words"}},
    )
    action = tables.Column(verbose_name=_("Action"), orderable=False)
    table = tables.TemplateColumn(
        template_name="lots/evidence/_record.html",
        verbose_name=_("Record"),
        orderable=False,
    )
    lot = tables.Column(
        attrs={"td": {"class": "lot-number"}},
        verbose_name=_("Lot"),
        orderable=False,
        linkify=("lots:lot_detail", {"pk": tables.A("lot_id")}),
    )
    changes = tables.TemplateColumn(
        template_name="lots/evidence/_changes.html",
        verbose_name=_("Old → new"),
        orderable=False,
        attrs={"td": {"class": "change-cell"}},
    )
    reason = tables.Column(
        verbose_name=_("Reason"), orderable=False, attrs={"td": {"class": "words"}}
    )

    def render_action(self, value):
        return action_words(value)

    class Meta:
        model = AuditEntry
        fields = (
            "sequence",
            "at",
            "by_name",
            "action",
            "table",
            "lot",
            "changes",
            "reason",
        )
        order_by = "-sequence"
        empty_text = _("No matches. Change the filter.")

"""The certificate register as a table, on the page and as CSV."""

import django_tables2 as tables
from django.utils.translation import gettext_lazy as _

from lots.calendar import stamp, today
from lots.rules.uses import USES

_WORDS = {"td": {"class": "words"}}


def _status(record, table):
    return {"code": table.codes[record.pk]}


def _day(record):
    return today(record.issued_at).isoformat()


def _cell(name, label, extra_context=None, **options):
    return tables.TemplateColumn(
        template_name=f"reports/certificates/{name}.html",
        verbose_name=label,
        extra_context=extra_context,
        **options,
    )


class CertificateTable(tables.Table):
    """A certificate in a row; needs lot, assessment, customer and issuer loaded.

    `codes` has what is said of the status of each certificate shown, by key.
    """

    codes: dict[int, str]

    number = _cell("_number", _("Certificate"), order_by=("number", "revision"))
    lot = _cell("_lot", _("Lot"), order_by="lot__number", attrs=_WORDS)
    material = tables.Column(
        accessor="lot__material__name", verbose_name=_("Material"), attrs=_WORDS
    )
    use = _cell("_use", _("Use"), order_by="assessment__use")
    specification = tables.Column(
        accessor="assessment__specification",
        order_by=(
            "assessment__specification__code",
            "assessment__specification__version",
        ),
        verbose_name=_("Specification"),
    )
    customer = tables.Column(
        order_by="customer__name", verbose_name=_("Customer"), attrs=_WORDS
    )
    status = _cell("_status", _("Status"), _status, orderable=False)
    issued_at = _cell("_issued", _("Issued"), lambda record: {"day": _day(record)})
    issued_by = tables.Column(
        order_by="issued_by__printed_name", verbose_name=_("Issued by"), attrs=_WORDS
    )

    class Meta:
        order_by = "-issued_at"
        order_by_field = "sort"
        empty_text = _("No matches. Change the filter.")


SORTABLE = tuple(
    name
    for name, column in CertificateTable.base_columns.items()
    if column.orderable is None
)


# The export is evidence of a day: English words and codes, whatever the page speaks.
_COLUMNS = (
    ("number", lambda row: row.number),
    ("revision", lambda row: row.revision),
    ("kind", lambda row: row.kind),
    ("lot", lambda row: row.lot.number),
    ("original_lot", lambda row: row.lot.original_number),
    ("material", lambda row: row.lot.material.name),
    ("use", lambda row: USES[row.assessment.use].name),
    ("specification", lambda row: str(row.assessment.specification)),
    ("customer", lambda row: row.customer.name if row.customer else ""),
    ("order", lambda row: row.order),
    ("status", None),
    ("issued_at", lambda row: stamp(row.issued_at)),
    ("issued_by", lambda row: row.issued_by.printed_name),
    ("content_digest", lambda row: row.digest),
    ("file_sha256", lambda row: row.pdf_sha256),
)


def csv_header():
    return [name for name, _value in _COLUMNS]


def csv_row(certificate, code):
    """Return a row of the export, with the code of the status of the day."""
    return [value(certificate) if value else code for _name, value in _COLUMNS]

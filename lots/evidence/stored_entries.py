"""Stored entries of the audit trail, as the chain sees them, and back."""

from collections.abc import Iterator
from typing import Any

from django.db import models

from lots.models import AuditEntry
from lots.rules import chain

# The columns of an entry by their names in `chain.Entry`, whose last one is the digest
# of the entry before.
_OF_LINK = {
    name: {"by": "by_id", "lot": "lot_id"}.get(name, name)
    for name in chain.Read._fields
    if name != "previous"
}


def stored(link: chain.Entry, digest: str) -> AuditEntry:
    """Return an entry of the chain as it is stored, with its digest."""
    return AuditEntry(
        sequence=link.sequence,
        at=link.at,
        by_id=link.by,
        by_name=link.by_name,
        account=link.account,
        action=link.action,
        table=link.table,
        record=link.record,
        lot_id=link.lot,
        changes=link.changes,
        reason=link.reason,
        row=link.row,
        digest=digest,
    )


def entries_of_chain() -> Iterator[tuple[chain.Entry, str]]:
    """Yield every stored entry as the chain sees it, with its stored digest."""
    previous = chain.START
    for told, digest in unlinked(AuditEntry.objects.order_by("sequence")):
        yield chain.Entry(**told, previous=previous), digest
        previous = digest


def unlinked(
    entries: "models.QuerySet[AuditEntry]",
) -> Iterator[tuple[dict[str, Any], str]]:
    """Yield what `chain.Entry` has of stored entries, each with its stored digest.

    But for the digest of the entry before: that stands there.
    """
    rows = entries.values_list(*_OF_LINK.values(), "digest").iterator(chunk_size=2000)
    for *told, digest in rows:
        yield dict(zip(_OF_LINK, told, strict=True)), digest

"""Acts as the audit trail holds them: the entries that one call of a verb wrote.

The entries of an act follow each other in the chain and agree in who, when, what and
why. Reads entries; decides nothing.
"""

import itertools
from dataclasses import dataclass

from django.db.models import Exists, OuterRef, Q

from lots.evidence import creations
from lots.models import AuditEntry

# What the entries of one act have in common.
SHARED = ("at", "by_name", "account", "action", "reason")
# So many entries of one act are read. Only the import of a file writes more, and its
# first entries say what it was.
LONGEST = 400
# Acts that each make one record of a table: where the clock stood still between two of
# them, as in the demo, the second record begins the next act.
_ONE_RECORD = {
    "add_account": "lots_user",
    "add_material": "lots_material",
    "add_organisation": "lots_organisation",
    "add_procedure": "lots_procedure",
    "add_site": "lots_site",
    "add_statement": "lots_statement",
    "add_test": "lots_test",
    "attach": "lots_attachment",
    "draft_qualification": "lots_qualification",
    "draft_specification": "lots_specification",
    "draft_stand_in": "lots_standin",
    "log": "lots_lot",
    "sample": "lots_sample",
}


class NotTold(Exception):
    """The entries at hand do not hold the record that the sentence is about."""


@dataclass(frozen=True)
class RecordedAct:
    """One call of a verb: its entries in the order of the chain, at least one.

    A history of one record or one lot holds those entries of the act that speak of it.
    An entry that tells of several new records stands there once for each.
    """

    entries: tuple[AuditEntry, ...]

    @property
    def head(self):
        """Return the first entry: who, when, what and why are those of each."""
        return self.entries[0]

    @property
    def sequences(self):
        """Return the number of the first and of the last entry."""
        return self.entries[0].sequence, self.entries[-1].sequence

    def of(self, table):
        """Return the entries about records of the table."""
        return [entry for entry in self.entries if entry.table == table]

    def created(self, table):
        """Return the entries that created a record of the table."""
        return [entry for entry in self.of(table) if is_creation(entry)]

    def changed(self, table):
        """Return the entries that changed a record of the table."""
        return [entry for entry in self.of(table) if "id" not in entry.changes]

    def the(self, table):
        """Return the first entry about the table; raise NotTold if there is none."""
        for entry in self.of(table):
            return entry
        raise NotTold(table)


def is_creation(entry):
    """Say whether the entry created its record."""
    return new(entry, "id") is not None


def old(entry, column):
    """Return what the column held before; None where the entry does not say."""
    return entry.changes.get(column, (None, None))[0]


def new(entry, column):
    """Return what the column held after; None where the entry does not say."""
    return entry.changes.get(column, (None, None))[1]


def grouped(entries):
    """Return the acts of these entries, which come in the order of the chain."""
    return [
        RecordedAct(tuple(itertools.chain.from_iterable(map(creations.apart, part))))
        for __, group in itertools.groupby(entries, key=_shared)
        for part in _parts(list(group))
    ]


def _shared(entry):
    return tuple(getattr(entry, name) for name in SHARED)


def _parts(entries):
    table = _ONE_RECORD.get(entries[0].action)
    part: list[AuditEntry] = []
    has_one = False
    for entry in entries:
        is_one = entry.table == table and is_creation(entry)
        if is_one and has_one:
            yield part
            part = []
        has_one = has_one or is_one
        part.append(entry)
    yield part


def heads(found):
    """Return of the entries found those that no entry of the same act precedes."""
    shared = {name: OuterRef(name) for name in SHARED}
    before = found.order_by().filter(sequence=OuterRef("sequence") - 1, **shared)
    return found.filter(~Exists(before))


def whole(some):
    """Return for each entry the act that it belongs to, whole, by its number.

    In one query. Of an act that wrote more than LONGEST entries those near the entry
    are read; of an entry that was altered, it alone.
    """
    around, asked = Q(), None
    for entry in some:
        if (
            asked
            and _shared(asked) == _shared(entry)
            and abs(asked.sequence - entry.sequence) < LONGEST // 2
        ):
            continue
        asked = entry
        around |= Q(
            sequence__gt=entry.sequence - LONGEST,
            sequence__lt=entry.sequence + LONGEST,
            **{name: getattr(entry, name) for name in SHARED},
        )
    if asked is None:
        return {}
    found = AuditEntry.objects.filter(around).select_related("lot")
    acts = grouped(found.order_by("sequence"))
    by_sequence = {entry.sequence: act for act in acts for entry in act.entries}
    return {
        entry.sequence: by_sequence.get(entry.sequence) or RecordedAct((entry,))
        for entry in some
    }

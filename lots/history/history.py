"""A history as people read it: a sentence for each act, the stored detail below it.

The audit trail, the page of a lot, its printed record and the histories of the set-up
show it. One query looks up the names of all records of a history.
"""

import itertools
from dataclasses import dataclass

from lots.evidence import chained_names
from lots.history import changes, recorded_acts
from lots.history.record_names import Names, names
from lots.history.recorded_acts import RecordedAct
from lots.history.sentences import act as act_sentence
from lots.models import AuditEntry
from lots.wording import record_words

# So many records of an act are detailed in a list of acts; its own page has them all.
DETAILED = 8


@dataclass(frozen=True)
class Detail:
    """An audit entry: its record by name, and each field with its old and new value."""

    entry: AuditEntry
    kind: str
    name: str
    fields: tuple[tuple[str, str, str], ...]


@dataclass(frozen=True)
class Alike:
    """Entries of an act that follow each other and made records of one kind.

    `shared` are the fields of which each of them says the same; `rows` pairs each
    entry with the fields that are its own. An entry that stands alone shares nothing.
    """

    kind: str
    is_new: bool
    shared: tuple[tuple[str, str, str], ...]
    rows: tuple[tuple[Detail, tuple[tuple[str, str, str], ...]], ...]

    @property
    def numbers(self):
        """Return the number of the first and of the last entry."""
        return self.rows[0][0].entry.sequence, self.rows[-1][0].entry.sequence


@dataclass(frozen=True, repr=False)
class ToldAct:
    """An act with its sentence and with the detail that the trail stores."""

    act: RecordedAct
    sentence: str
    known: Names

    @property
    def head(self):
        """Return the first entry of the act."""
        return self.act.head

    @property
    def lot(self):
        """Return the lot that the act is about; None if it is about none or several."""
        lots = {entry.lot_id: entry for entry in self.act.entries if entry.lot_id}
        return next(iter(lots.values())).lot if len(lots) == 1 else None

    @property
    def details(self):
        """Return the detail of the entries, of a long act that of the first ones."""
        return [self._detail(entry) for entry in self.act.entries[:DETAILED]]

    @property
    def every_detail(self):
        """Return the detail of every entry that was read."""
        return [self._detail(entry) for entry in self.act.entries]

    @property
    def alike(self):
        """Return every detail, what several entries in a row say alike said once."""
        return [
            _alike(list(group))
            for _key, group in itertools.groupby(
                self.every_detail,
                key=lambda one: (
                    one.entry.table,
                    recorded_acts.is_creation(one.entry),
                ),
            )
        ]

    @property
    def more(self):
        """Return of how many entries `details` leaves the detail out."""
        return max(0, len(self.act.entries) - DETAILED)

    def _detail(self, entry):
        return Detail(
            entry=entry,
            kind=record_words(entry.table),
            name=self.known.of(entry) if entry.table else "",
            fields=changes.in_words(entry, self.known),
        )


def _alike(details):
    shared = ()
    if len(details) > 1:
        others = [set(one.fields) for one in details[1:]]
        shared = tuple(
            field
            for field in details[0].fields
            if all(field in other for other in others)
        )
    return Alike(
        kind=details[0].kind,
        is_new=recorded_acts.is_creation(details[0].entry),
        shared=shared,
        rows=tuple(
            (one, tuple(field for field in one.fields if field not in shared))
            for one in details
        ),
    )


def told(acts):
    """Return each of the acts with its sentence, in the same order."""
    acts = list(acts)
    known = names(entry for act in acts for entry in act.entries)
    return [ToldAct(act, act_sentence.said(act, known), known) for act in acts]


def of(entries):
    """Return the history that these entries make, in the order of the chain."""
    return told(recorded_acts.grouped(entries))


def of_record(record, *, latest=None):
    """Return the acts that created or changed the record, oldest first.

    `latest` is how many entries are read at most.
    """
    entries = AuditEntry.objects.filter(
        table=chained_names.table(type(record)), record=str(record.pk)
    )
    return around(list(entries.order_by("-sequence")[:latest])[::-1])


def around(entries):
    """Return the acts, each whole and once, that these entries belong to."""
    acts = recorded_acts.whole(entries).values()
    return told({act.sequences: act for act in acts}.values())


def sentences_of(entries):
    """Return the sentence of the act that each entry belongs to, by its number."""
    acts = recorded_acts.whole(entries)
    said = {
        one.act.sequences: one.sentence
        for one in told({act.sequences: act for act in acts.values()}.values())
    }
    return {number: said[act.sequences] for number, act in acts.items()}

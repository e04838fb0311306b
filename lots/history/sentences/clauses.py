"""Clauses that the sentences of every subject share: who, which lot, signed."""

from django.utils.translation import gettext as _

from lots.history import changes
from lots.history.recorded_acts import NotTold, is_creation, new

# So many results, values or people are named; more are counted.
NAMED = 3
# So many characters of a long text are said; the detail has the whole.
SAID = 120


def who(act):
    """Return who acted: the printed name of the day, or the account at the server."""
    name = act.head.by_name
    if name:
        return name.rpartition(" (")[0] or name
    if act.head.account:
        return _("Server account %(account)s") % {"account": act.head.account}
    return _("The server")


def listed(items):
    """Return the items as a sentence lists them: A, B and C."""
    items = [str(item) for item in items]
    if len(items) < 2:
        return "".join(items)
    return _("%(items)s and %(last)s") % {
        "items": ", ".join(items[:-1]),
        "last": items[-1],
    }


def joined(main, *more):
    return "; ".join([main, *(clause for clause in more if clause)])


def signed(act, main):
    """Return the clause, and that it was signed where the act holds a signature."""
    is_signed = act.created("lots_signature") or any(
        new(entry, "signature_id") for entry in act.entries
    )
    return _("%(said)s, signed") % {"said": main} if is_signed else main


def short(text):
    text = " ".join(str(text).split())
    return text if len(text) <= SAID else f"{text[:SAID].rstrip()}…"


def lot_number(act, known):
    """Return the number of the lot that the act is about."""
    for entry in act.entries:
        if entry.lot_id:
            created = [one for one in act.of("lots_lot") if is_creation(one)]
            return (
                known.of(created[0])
                if created
                else known.name("lots_lot", entry.lot_id)
            )
    raise NotTold("lots_lot")


def new_name(known, entry, table, column):
    """Return the name of the record that the column points at; blank if at none."""
    key = new(entry, column)
    return known.name(table, key) if key else ""


def superseded(act, known, table):
    """Return the clause of what the act put another record in place of."""
    numbers = [
        known.of(entry)
        for entry in act.of(table)
        if new(entry, "state") == "superseded"
    ]
    return numbers and _("%(numbers)s superseded") % {"numbers": listed(numbers)}


def changed_fields(entry, known):
    """Return the fields that the entry changed: address from A to B and so on."""
    said = []
    for name, before, after in changes.in_words(entry, known, has_keys=False):
        told = {"field": lower_case(name), "old": short(before), "new": short(after)}
        if before == changes.ABSENT or not before:
            said.append(_("%(field)s set to %(new)s") % told)
        elif after == changes.ABSENT or not after:
            said.append(_("%(field)s %(old)s removed") % told)
        else:
            said.append(_("%(field)s from %(old)s to %(new)s") % told)
    return listed(said)


def lower_case(name):
    """Return the name of a field inside a sentence; abbreviations keep their case."""
    return name if name[1:2].isupper() else name[:1].lower() + name[1:]

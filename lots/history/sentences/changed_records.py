"""Sentences about fields that were changed, and about printed identities."""

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from lots.evidence import chained_names
from lots.history import changes
from lots.history.recorded_acts import NotTold, new
from lots.history.sentences import clauses

_CHANGED = {
    "change_account": "lots_user",
    "change_material": "lots_material",
    "change_organisation": "lots_organisation",
    "change_site": "lots_site",
    "change_test": "lots_test",
}


def _change(act, known):
    """A record of the set-up with each field that was changed, old and new."""
    table = _CHANGED[act.head.action]
    entry = act.the(table)
    what = known.of(entry)
    if table == "lots_user":
        what = _("the account of %(name)s") % {"name": what}
    told = {"who": clauses.who(act), "what": what}
    fields = changes.in_words(entry, known, has_keys=False)
    drafted = act.created("lots_printedidentity")
    if drafted and not fields:
        told |= {
            "version": new(drafted[0], "version"),
            "texts": _texts(drafted[0], chained_names.recorded_model(table)),
        }
        return (
            _(
                "%(who)s drafted version %(version)s of the printed identity of"
                " %(what)s: %(texts)s"
            )
            % told
        )
    if not fields:
        return _("%(who)s saved %(what)s without a change") % told
    if len(fields) > 1:
        told["changes"] = clauses.changed_fields(entry, known)
        return _("%(who)s changed %(what)s: %(changes)s") % told
    [(name, before, after)] = fields
    told |= {
        "field": clauses.lower_case(name),
        "old": clauses.short(before),
        "new": clauses.short(after),
    }
    if any(isinstance(pair[1], bool) for pair in entry.changes.values()):
        return (
            _("%(who)s changed “%(field)s” of %(what)s from %(old)s to %(new)s") % told
        )
    if before == changes.ABSENT or not before:
        return _("%(who)s set the %(field)s of %(what)s to %(new)s") % told
    if after == changes.ABSENT or not after:
        return _("%(who)s removed the %(field)s of %(what)s, %(old)s") % told
    return _("%(who)s changed the %(field)s of %(what)s from %(old)s to %(new)s") % told


def _texts(entry, model):
    """Return what a drafted identity prints: name Plant 1, address and so on."""
    texts = new(entry, "texts") or {}
    return ", ".join(
        f"{clauses.lower_case(str(field.verbose_name))}"
        f" {clauses.short(texts[field.name])}"
        for field in model._meta.concrete_fields
        if texts.get(field.name)
    )


def _identities(act, known):
    """Printed identities: drafted as they are, approved together, a text let go."""
    told = {"who": clauses.who(act)}
    if act.head.action == "retire_statement":
        retired = act.of("lots_statement")
        if retired:
            told["what"] = known.of(retired[0])
            return _("%(who)s retired the statement %(what)s") % told
        drafted = act.the("lots_printedidentity")
        told["what"] = clauses.new_name(
            known, drafted, "lots_statement", "statement_id"
        )
        return (
            _("%(who)s drafted that certificates leave out the statement %(what)s")
            % told
        )
    is_draft = act.head.action == "draft_identities"
    rows = [
        entry
        for entry in act.of("lots_printedidentity")
        if is_draft or new(entry, "signature_id")
    ]
    if not rows:
        raise NotTold("lots_printedidentity")
    told |= {"n": len(rows), "what": clauses.short(clauses.listed(map(known.of, rows)))}
    if is_draft:
        return (
            ngettext(
                "%(who)s drafted %(n)s printed identity as it is: %(what)s",
                "%(who)s drafted %(n)s printed identities as they are: %(what)s",
                len(rows),
            )
            % told
        )
    main = ngettext(
        "%(who)s approved %(n)s printed identity: %(what)s",
        "%(who)s approved %(n)s printed identities: %(what)s",
        len(rows),
    )
    return clauses.signed(act, main % told)


SENTENCES = {
    **dict.fromkeys(_CHANGED, _change),
    **dict.fromkeys(
        ("approve_identities", "draft_identities", "retire_statement"), _identities
    ),
}

"""Sentences about the set-up: materials, qualifications, specifications."""

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazily
from django.utils.translation import ngettext

from lots.history.record_names import use_name
from lots.history.recorded_acts import NotTold, new, old
from lots.history.sentences import clauses
from lots.models import Approval

_SET_UP = {
    "add_material": ("lots_material", lazily("%(who)s added the material %(what)s")),
    "add_organisation": (
        "lots_organisation",
        lazily("%(who)s added the organisation %(what)s"),
    ),
    "add_site": ("lots_site", lazily("%(who)s added the site %(what)s")),
    "approve_letterhead": (
        "lots_letterhead",
        lazily("%(who)s approved %(what)s of the certificate header"),
    ),
    "approve_qualification": (
        "lots_qualification",
        lazily("%(who)s approved the qualification of %(what)s"),
    ),
    "approve_stand_in": (
        "lots_standin",
        lazily("%(who)s approved the alternative use of %(what)s"),
    ),
    "draft_letterhead": (
        "lots_letterhead",
        lazily("%(who)s drafted %(what)s of the certificate header"),
    ),
    "draft_qualification": (
        "lots_qualification",
        lazily("%(who)s drafted the qualification of %(what)s"),
    ),
    "draft_stand_in": (
        "lots_standin",
        lazily("%(who)s drafted the alternative use of %(what)s"),
    ),
    "resume_qualification": (
        "lots_qualification",
        lazily("%(who)s resumed the qualification of %(what)s"),
    ),
    "suspend_qualification": (
        "lots_qualification",
        lazily("%(who)s suspended the qualification of %(what)s"),
    ),
    "withdraw_draft": (
        "lots_specification",
        lazily("%(who)s withdrew the draft of specification %(what)s"),
    ),
    "withdraw_identity": (
        "lots_printedidentity",
        lazily("%(who)s withdrew the draft of the printed identity %(what)s"),
    ),
    "withdraw_letterhead": (
        "lots_letterhead",
        lazily("%(who)s withdrew the draft of %(what)s of the certificate header"),
    ),
    "withdraw_qualification": (
        "lots_qualification",
        lazily("%(who)s withdrew the qualification of %(what)s"),
    ),
    "withdraw_specification": (
        "lots_specification",
        lazily("%(who)s retired specification %(what)s"),
    ),
    "withdraw_stand_in": (
        "lots_standin",
        lazily("%(who)s withdrew the alternative use of %(what)s"),
    ),
}


def _set_up(act, known):
    """What a site keeps before its first lot, drafted, approved and withdrawn."""
    table, sentence = _SET_UP[act.head.action]
    told = {"who": clauses.who(act), "what": known.of(_decided(act, table))}
    return clauses.joined(
        clauses.signed(act, sentence % told), clauses.superseded(act, known, table)
    )


def _decided(act, table):
    """Return the entry about the record itself, not about the one that it replaces."""
    for entry in act.of(table):
        if new(entry, "state") != "superseded":
            return entry
    return act.the(table)


def _of_material(act, known):
    """Statements, tests and methods of a material, and specifications."""
    match act.head.action:
        case "add_statement":
            created = act.created("lots_statement") or [act.the("lots_statement")]
            return _("%(who)s added a statement for %(material)s: %(what)s") % {
                "who": clauses.who(act),
                "what": known.of(created[0]),
                "material": clauses.new_name(
                    known, created[0], "lots_material", "material_id"
                ),
            }
        case "add_test":
            entry = act.the("lots_test")
            return _("%(who)s added a test of %(material)s: %(what)s") % {
                "who": clauses.who(act),
                "what": known.of(entry),
                "material": clauses.new_name(
                    known, entry, "lots_material", "material_id"
                ),
            }
        case _:
            created = act.created("lots_procedure") or [act.the("lots_procedure")]
            told = {
                "who": clauses.who(act),
                "what": known.of(created[0]),
                "test": clauses.new_name(known, created[0], "lots_test", "test_id"),
            }
            if new(created[0], "state") == Approval.DRAFT:
                return _("%(who)s drafted a method for %(test)s: %(what)s") % told
            # Of before methods were approved: it was in use at once.
            return _("%(who)s added a method for %(test)s: %(what)s") % told


def _methods(act, known):
    """Methods: those in use drafted as they are, approved together, a draft let go."""
    told = {"who": clauses.who(act)}
    action = act.head.action
    if action == "withdraw_method":
        told["what"] = known.of(act.the("lots_procedure"))
        return _("%(who)s withdrew the draft of the method %(what)s") % told
    rows = [
        entry
        for entry in act.of("lots_procedure")
        if action == "draft_methods" or new(entry, "signature_id")
    ]
    if not rows:
        raise NotTold("lots_procedure")
    told |= {"n": len(rows), "what": clauses.short(clauses.listed(map(known.of, rows)))}
    if action == "draft_methods":
        return (
            ngettext(
                "%(who)s drafted %(n)s method as it is in use: %(what)s",
                "%(who)s drafted %(n)s methods as they are in use: %(what)s",
                len(rows),
            )
            % told
        )
    main = ngettext(
        "%(who)s approved %(n)s method: %(what)s",
        "%(who)s approved %(n)s methods: %(what)s",
        len(rows),
    )
    return clauses.signed(act, main % told)


def _specification(act, known):
    """Specifications: drafted, changed, approved."""
    if act.head.action == "change_draft":
        return _draft_changed(act, known)
    entry = _decided(act, "lots_specification")
    told = {"who": clauses.who(act), "what": known.of(entry)}
    use = new(entry, "use") or known.row(entry.table, entry.record).get("use", "")
    told["use"] = use_name(use)
    if act.head.action == "approve_specification":
        main = _("%(who)s approved specification %(what)s for %(use)s use") % told
        return clauses.joined(
            clauses.signed(act, main),
            clauses.superseded(act, known, "lots_specification"),
        )
    told["n"] = len(act.created("lots_criterion"))
    return (
        ngettext(
            "%(who)s drafted specification %(what)s for %(use)s use with %(n)s"
            " criterion",
            "%(who)s drafted specification %(what)s for %(use)s use with %(n)s"
            " criteria",
            told["n"],
        )
        % told
    )


def _draft_changed(act, known):
    entries = act.of("lots_specification")
    rows = act.of("lots_criterion")
    if entries:
        what = known.of(entries[0])
    elif rows:
        key = new(rows[0], "specification_id") or old(rows[0], "specification_id")
        key = key or known.row("lots_criterion", rows[0].record).get("specification_id")
        what = known.name("lots_specification", key) if key else ""
    else:
        raise NotTold("lots_specification")
    main = _("%(who)s changed the draft of specification %(what)s") % {
        "who": clauses.who(act),
        "what": what,
    }
    tests = clauses.listed(dict.fromkeys(_criterion_test(known, row) for row in rows))
    return clauses.joined(
        main,
        *(clauses.changed_fields(entry, known) for entry in entries),
        tests and _("criteria changed: %(tests)s") % {"tests": tests},
    )


def _criterion_test(known, entry):
    key = new(entry, "test_id") or old(entry, "test_id")
    if key:
        return known.name("lots_test", key)
    return known.row("lots_criterion", entry.record).get("test__name") or known.of(
        entry
    )


SENTENCES = {
    **dict.fromkeys(_SET_UP, _set_up),
    **dict.fromkeys(("add_procedure", "add_statement", "add_test"), _of_material),
    **dict.fromkeys(("approve_methods", "draft_methods", "withdraw_method"), _methods),
    **dict.fromkeys(
        ("approve_specification", "change_draft", "draft_specification"),
        _specification,
    ),
}

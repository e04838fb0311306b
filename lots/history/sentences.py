"""What happened, as one sentence for each act of the audit trail.

"Lin Yue entered Water 1.8 % (fails NMT 1.0 %); OOS-2026-00005 opened." Sentences are
made from what the entries hold, never from what is true today; only names of records
that an entry points at are looked up. One function makes the sentences of a family of
actions. A sentence is translated whole, with named places.
"""

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazily
from django.utils.translation import ngettext

from lots.evidence import chained_names
from lots.history import changes
from lots.history.record_names import testing, use_name
from lots.history.recorded_acts import NotTold, is_creation, new, old
from lots.models import Role
from lots.rules.criterion import raised
from lots.rules.laboratory_error import Answer, Check, RunFinding, WhyInvalid
from lots.rules.states import AssessmentState
from lots.rules.step_table import DECISIONS, STEPS
from lots.wording import ACTIONS

# So many results, values or people are named; more are counted.
NAMED = 3
# So many characters of a long text are said; the detail has the whole.
SAID = 120


def said(act, known):
    """Return the sentence of the act. `known` are the names of its records.

    Where the entries at hand do not hold what the sentence is about, it says who took
    which step.
    """
    make = _FAMILIES.get(act.head.action)
    try:
        if make is None:
            raise NotTold(act.head.action)
        main = make(act, known)
    except NotTold:
        main = _("%(who)s took the step: %(action)s") % {
            "who": _who(act),
            "action": ACTIONS.get(act.head.action, act.head.action),
        }
    return _with_reason(act, main)


def _with_reason(act, main):
    reason = act.head.reason.strip().rstrip(".")
    if not reason:
        # A name that ends in a full stop ends the sentence too.
        return _("%(said)s.") % {"said": main.removesuffix(".")}
    words = {
        "release": _("%(said)s; justification: %(reason)s."),
        "plan": _("%(said)s; hypothesis: %(reason)s."),
        "conclude": _("%(said)s; cause: %(reason)s."),
    }.get(act.head.action, _("%(said)s; reason: %(reason)s."))
    return words % {"said": main, "reason": reason}


# --- words that every family uses ---------------------------------------------------


def _who(act):
    """Return who acted: the printed name of the day, or the account at the server."""
    name = act.head.by_name
    if name:
        return name.rpartition(" (")[0] or name
    if act.head.account:
        return _("Server account %(account)s") % {"account": act.head.account}
    return _("The server")


def _listed(items):
    """Return the items as a sentence lists them: A, B and C."""
    items = [str(item) for item in items]
    if len(items) < 2:
        return "".join(items)
    return _("%(items)s and %(last)s") % {
        "items": ", ".join(items[:-1]),
        "last": items[-1],
    }


def _clauses(main, *more):
    return "; ".join([main, *(clause for clause in more if clause)])


def _signed(act, main):
    """Return the clause, and that it was signed where the act holds a signature."""
    is_signed = act.created("lots_signature") or any(
        new(entry, "signature_id") for entry in act.entries
    )
    return _("%(said)s, signed") % {"said": main} if is_signed else main


def _short(text):
    text = " ".join(str(text).split())
    return text if len(text) <= SAID else f"{text[:SAID].rstrip()}…"


def _lot(act, known):
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


def _new_name(known, entry, table, column):
    """Return the name of the record that the column points at; blank if at none."""
    key = new(entry, column)
    return known.name(table, key) if key else ""


# --- people and the installation ----------------------------------------------------

_PEOPLE = {
    "change_own_password": lazily("%(who)s changed their own password"),
    "deactivate": lazily("%(who)s deactivated the account of %(what)s"),
    "reactivate": lazily(
        "%(who)s reactivated the account of %(what)s with a one-time password"
    ),
    "set_password": lazily("%(who)s set a one-time password for %(what)s"),
    "signature_refused": lazily(
        "%(who)s gave a wrong password for a signature; nothing was signed"
    ),
}


def _people(act, known):
    """Accounts: roles, passwords, and who may sign in."""
    entry = act.the("lots_user")
    if act.head.action == "tell_passwords":
        n = len(act.of("lots_user"))
        return ngettext(
            "%(who)s recorded the checksum of the password of %(n)s account",
            "%(who)s recorded the checksums of the passwords of %(n)s accounts",
            n,
        ) % {"who": _who(act), "n": n}
    told = {"who": _who(act), "what": known.of(entry)}
    if act.head.action == "add_account":
        told["roles"] = _roles(new(entry, "roles"))
        return _clauses(
            _("%(who)s added an account for %(what)s as %(roles)s") % told,
            _counts_as_one(act, known),
        )
    if act.head.action == "set_roles":
        told |= {"old": _roles(old(entry, "roles")), "new": _roles(new(entry, "roles"))}
        return _("%(who)s changed the roles of %(what)s from %(old)s to %(new)s") % told
    return _PEOPLE[act.head.action] % told


_CONFIRMED = {
    "await_confirmation": lazily(
        "%(who)s lets QA confirm who has a one-time password: %(what)s"
    ),
    "confirm_at_server": lazily(
        "%(who)s confirmed at the server who has the account of %(what)s"
    ),
    "confirm_person": lazily("%(who)s confirmed who has the account of %(what)s"),
}


def _identity(act, known):
    """Who has a password that somebody else set."""
    entries = act.of("lots_user")
    told = {"who": _who(act), "what": _listed(map(known.of, entries))}
    return _signed(act, _CONFIRMED[act.head.action] % told)


def _namesakes(act, known):
    """Which accounts count as one person, and who told them apart."""
    entries = act.of("lots_user")
    if act.head.action == "tell_apart":
        act.the("lots_user")
        person = entries[-1]
        others = [one for one in entries if one.record != person.record]
        return _signed(
            act,
            _("%(who)s told %(what)s apart from %(others)s")
            % {
                "who": _who(act),
                "what": known.of(person),
                "others": _listed(map(known.of, others)),
            },
        )
    if act.head.action == "count_people":
        names = sorted({known.of(one) for one in entries})
        return _(
            "%(who)s found accounts that read alike, which count as one person until"
            " they are told apart: %(accounts)s"
        ) % {"who": _who(act), "accounts": _listed(names)}
    entry = act.the("lots_user")
    told = {
        "who": _who(act),
        "what": known.of(entry),
        "old": old(entry, "employee_number"),
        "new": new(entry, "employee_number"),
    }
    return _clauses(
        _("%(who)s changed the employee number of %(what)s from %(old)s to %(new)s")
        % told
        if told["old"]
        else _("%(who)s entered the employee number of %(what)s: %(new)s") % told,
        _counts_as_one(act, known),
    )


def _counts_as_one(act, known):
    """Return the clause on the accounts that count as the same person since this act.

    Each of them has an entry of its own beside that of the account.
    """
    person, *more = act.of("lots_user")
    others = [
        known.of(one)
        for one in more
        if one.record != person.record and "one_with" in one.changes
    ]
    if not others:
        return ""
    return _("it counts as one person with %(others)s") % {"others": _listed(others)}


def _roles(codes):
    labels = {role.value: _(role.word) for role in Role}
    return _listed(labels.get(code, code) for code in codes or ()) or _("no role")


def _restore(act):
    """A backup put in place, of an empty database or of one that was in use."""
    facts = act.of("")[-1] if act.of("") else act.head
    person = (new(facts, "person") or "").rpartition(" (")[0]
    told = {
        "who": person or _who(act),
        "made_at": changes.moment(new(facts, "made_at") or ""),
        "entries": new(facts, "entries"),
        "before": new(facts, "replaced_entries"),
    }
    if told["before"]:
        return (
            _(
                "%(who)s restored the backup of %(made_at)s, which holds %(entries)s"
                " audit entries, in the place of a database with %(before)s; every"
                " password is one-time"
            )
            % told
        )
    return (
        _(
            "%(who)s restored the backup of %(made_at)s, which holds %(entries)s audit"
            " entries"
        )
        % told
    )


def _installation(act, known):
    """The start of a site, its return from a backup, and its clock."""
    if act.head.action == "accept_clock":
        return _(
            "%(who)s and %(second)s accepted the clock of the server, after an entry"
            " of %(latest)s"
        ) % {
            "who": _who(act),
            "second": (new(act.head, "second") or "").rpartition(" (")[0],
            "latest": changes.moment(new(act.head, "latest_before") or ""),
        }
    if act.head.action == "restore":
        return _restore(act)
    people = act.created("lots_user")
    told = {"who": _who(act), "n": len(people)}
    told["people"] = _listed(map(known.of, people))
    if act.head.action == "start_training":
        return (
            ngettext(
                "%(who)s started the training site with %(n)s account: %(people)s",
                "%(who)s started the training site with %(n)s accounts: %(people)s",
                len(people),
            )
            % told
        )
    return (
        ngettext(
            "%(who)s started the site with %(n)s account: %(people)s",
            "%(who)s started the site with %(n)s accounts: %(people)s",
            len(people),
        )
        % told
    )


# --- set-up -------------------------------------------------------------------------

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
_CHANGED = {
    "change_account": "lots_user",
    "change_material": "lots_material",
    "change_organisation": "lots_organisation",
    "change_site": "lots_site",
    "change_test": "lots_test",
}


def _set_up(act, known):
    """What a site keeps before its first lot, drafted, approved and withdrawn."""
    table, sentence = _SET_UP[act.head.action]
    told = {"who": _who(act), "what": known.of(_decided(act, table))}
    return _clauses(_signed(act, sentence % told), _superseded(act, known, table))


def _decided(act, table):
    """Return the entry about the record itself, not about the one that it replaces."""
    for entry in act.of(table):
        if new(entry, "state") != "superseded":
            return entry
    return act.the(table)


def _superseded(act, known, table):
    """Return the clause of what the act put another record in place of."""
    numbers = [
        known.of(entry)
        for entry in act.of(table)
        if new(entry, "state") == "superseded"
    ]
    return numbers and _("%(numbers)s superseded") % {"numbers": _listed(numbers)}


def _of_material(act, known):
    """Statements, tests and methods of a material, and specifications."""
    match act.head.action:
        case "add_statement":
            created = act.created("lots_statement") or [act.the("lots_statement")]
            return _("%(who)s added a statement for %(material)s: %(what)s") % {
                "who": _who(act),
                "what": known.of(created[0]),
                "material": _new_name(
                    known, created[0], "lots_material", "material_id"
                ),
            }
        case "add_test":
            entry = act.the("lots_test")
            return _("%(who)s added a test of %(material)s: %(what)s") % {
                "who": _who(act),
                "what": known.of(entry),
                "material": _new_name(known, entry, "lots_material", "material_id"),
            }
        case _:
            created = act.created("lots_procedure") or [act.the("lots_procedure")]
            return _("%(who)s added a method for %(test)s: %(what)s") % {
                "who": _who(act),
                "what": known.of(created[0]),
                "test": _new_name(known, created[0], "lots_test", "test_id"),
            }


def _specification(act, known):
    """Specifications: drafted, changed, approved."""
    if act.head.action == "change_draft":
        return _draft_changed(act, known)
    entry = _decided(act, "lots_specification")
    told = {"who": _who(act), "what": known.of(entry)}
    use = new(entry, "use") or known.row(entry.table, entry.record).get("use", "")
    told["use"] = use_name(use)
    if act.head.action == "approve_specification":
        main = _("%(who)s approved specification %(what)s for %(use)s use") % told
        return _clauses(
            _signed(act, main), _superseded(act, known, "lots_specification")
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
        "who": _who(act),
        "what": what,
    }
    tests = _listed(dict.fromkeys(_criterion_test(known, row) for row in rows))
    return _clauses(
        main,
        *(_values(entry, known) for entry in entries),
        tests and _("criteria changed: %(tests)s") % {"tests": tests},
    )


def _criterion_test(known, entry):
    key = new(entry, "test_id") or old(entry, "test_id")
    if key:
        return known.name("lots_test", key)
    return known.row("lots_criterion", entry.record).get("test__name") or known.of(
        entry
    )


def _change(act, known):
    """A record of the set-up with each field that was changed, old and new."""
    table = _CHANGED[act.head.action]
    entry = act.the(table)
    what = known.of(entry)
    if table == "lots_user":
        what = _("the account of %(name)s") % {"name": what}
    told = {"who": _who(act), "what": what}
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
        told["changes"] = _values(entry, known)
        return _("%(who)s changed %(what)s: %(changes)s") % told
    [(name, before, after)] = fields
    told |= {"field": _lower(name), "old": _short(before), "new": _short(after)}
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
        f"{_lower(str(field.verbose_name))} {_short(texts[field.name])}"
        for field in model._meta.concrete_fields
        if texts.get(field.name)
    )


def _identities(act, known):
    """Printed identities: drafted as they are, approved together, a text let go."""
    told = {"who": _who(act)}
    if act.head.action == "retire_statement":
        retired = act.of("lots_statement")
        if retired:
            told["what"] = known.of(retired[0])
            return _("%(who)s retired the statement %(what)s") % told
        drafted = act.the("lots_printedidentity")
        told["what"] = _new_name(known, drafted, "lots_statement", "statement_id")
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
    told |= {"n": len(rows), "what": _short(_listed(map(known.of, rows)))}
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
    return _signed(act, main % told)


def _values(entry, known):
    """Return the fields that the entry changed: address from A to B and so on."""
    said = []
    for name, before, after in changes.in_words(entry, known, has_keys=False):
        told = {"field": _lower(name), "old": _short(before), "new": _short(after)}
        if before == changes.ABSENT or not before:
            said.append(_("%(field)s set to %(new)s") % told)
        elif after == changes.ABSENT or not after:
            said.append(_("%(field)s %(old)s removed") % told)
        else:
            said.append(_("%(field)s from %(old)s to %(new)s") % told)
    return _listed(said)


def _lower(name):
    """Return the name of a field inside a sentence; abbreviations keep their case."""
    return name if name[1:2].isupper() else name[:1].lower() + name[1:]


# --- lots ---------------------------------------------------------------------------


def _logging(act, known):
    """A lot that came, its samples and its documents."""
    told = {"who": _who(act), "lot": _lot(act, known)}
    match act.head.action:
        case "log":
            told["use"] = use_name(new(act.the("lots_lot"), "use"))
            parents = [
                _new_name(known, entry, "lots_lot", "parent_id")
                for entry in act.created("lots_parentage")
            ]
            if parents:
                told["parents"] = _listed(parents)
                return (
                    _(
                        "%(who)s logged lot %(lot)s for %(use)s use, made from"
                        " %(parents)s"
                    )
                    % told
                )
            return _("%(who)s logged lot %(lot)s for %(use)s use") % told
        case "sample":
            entry = act.the("lots_sample")
            told |= {
                "sample": known.of(entry),
                "quantity": new(entry, "quantity"),
                "taker": new(entry, "taken_by"),
                "day": new(entry, "taken_on"),
                "purpose": new(entry, "purpose"),
            }
            return (
                _(
                    "%(who)s recorded sample %(sample)s of lot %(lot)s: %(quantity)s,"
                    " taken by %(taker)s on %(day)s; purpose: %(purpose)s"
                )
                % told
            )
        case "attach":
            entry = act.the("lots_attachment")
            told |= {
                "title": known.of(entry),
                "file": _new_name(known, entry, "lots_document", "document_id"),
                "result": _new_name(known, entry, "lots_result", "result_id"),
            }
            if told["result"]:
                return (
                    _(
                        "%(who)s attached %(title)s (%(file)s) to %(result)s of lot"
                        " %(lot)s"
                    )
                    % told
                )
            return _("%(who)s attached %(title)s (%(file)s) to lot %(lot)s") % told
        case _:
            told["file"] = _new_name(
                known, act.the("lots_lot"), "lots_document", "original_certificate_id"
            )
            return (
                _(
                    "%(who)s attached the manufacturer's certificate (%(file)s) to lot"
                    " %(lot)s"
                )
                % told
            )


def _test_order(act, known):
    """A further occasion of testing, or a further specification for one."""
    assessments = act.created("lots_assessment")
    told = {"who": _who(act), "lot": _lot(act, known)}
    told["specifications"] = _listed(
        _new_name(known, entry, "lots_specification", "specification_id")
        for entry in assessments
    )
    if act.head.action == "assess":
        told["testing"] = testing(
            known.row("lots_assessment", act.the("lots_assessment").record).get(
                "test_order__occasion", ""
            )
        )
        main = (
            _(
                "%(who)s added an assessment of lot %(lot)s against"
                " %(specifications)s to %(testing)s"
            )
            % told
        )
        return _clauses(main, *_verdicts(act, known), _opened(act))
    told["testing"] = testing(new(act.the("lots_examination"), "occasion"))
    return (
        _(
            "%(who)s opened a test order of lot %(lot)s for %(testing)s, against"
            " %(specifications)s"
        )
        % told
    )


def _import(act, known):
    """A file of lots that was checked or imported, and a map that was approved."""
    if act.head.action == "approve_map":
        main = _("%(who)s approved %(map)s") % {
            "who": _who(act),
            "map": known.of(act.the("lots_columnmap")),
        }
        return _signed(act, main)
    if act.head.action == "check_import":
        note = next((one for one in act.entries if new(one, "file")), None)
        if note is None:
            raise NotTold("file")
        told = {"who": _who(act), "file": new(note, "file"), "new": new(note, "new")}
        told["n"] = int(new(note, "rows"))
        main = (
            ngettext(
                "%(who)s checked %(file)s for import: %(n)s row, %(new)s of new lots",
                "%(who)s checked %(file)s for import: %(n)s rows, %(new)s of new lots",
                told["n"],
            )
            % told
        )
        proposed = act.created("lots_columnmap")
        if not proposed:
            return main
        return _clauses(
            main,
            _("proposed %(map)s for approval") % {"map": known.of(proposed[0])},
        )
    files = act.created("lots_importedfile")
    if files:
        told = {"who": _who(act), "n": int(new(files[0], "rows"))}
        told["file"] = _new_name(known, files[0], "lots_document", "document_id")
        return (
            ngettext(
                "%(who)s imported %(n)s lot from %(file)s",
                "%(who)s imported %(n)s lots from %(file)s",
                told["n"],
            )
            % told
        )
    entry = act.the("lots_lot")
    results = act.created("lots_result")
    told = {"who": _who(act), "lot": known.of(entry), "n": len(results)}
    told["use"] = use_name(new(entry, "use"))
    told["file"] = _new_name(known, entry, "lots_importedfile", "imported_id")
    if len(act.created("lots_lot")) > 1:
        return _("%(who)s imported lots from %(file)s") % told
    main = (
        ngettext(
            "%(who)s imported lot %(lot)s for %(use)s use with %(n)s result from"
            " %(file)s",
            "%(who)s imported lot %(lot)s for %(use)s use with %(n)s results from"
            " %(file)s",
            len(results),
        )
        % told
    )
    return _clauses(main, *_verdicts(act, known), _opened(act))


# --- results ------------------------------------------------------------------------


def _value(known, entry):
    """Return the test and what was typed, nothing of what was computed: Water 1.8 %."""
    row = known.row("lots_result", entry.record)
    test = known.name("lots_test", new(entry, "test_id"))
    typed = _typed(new(entry, "determinations"), row.get("test__unit", ""))
    return f"{test} {typed}".strip()


def _stored(known, key):
    """Return the test and what was typed of a stored result, which never changes."""
    row = known.row("lots_result", key)
    if not row:
        return known.name("lots_result", key)
    typed = _typed(row["determinations"], row["test__unit"])
    return f"{row['test__name']} {typed}".strip()


def _typed_of(known, key):
    row = known.row("lots_result", key)
    return _typed(row.get("determinations"), row.get("test__unit", ""))


def _typed(determinations, unit):
    if not isinstance(determinations, list):
        return ""
    texts = [
        f"{one.get('component', '')} {one.get('text', '')}".strip()
        for one in determinations
        if isinstance(one, dict)
    ]
    said = " / ".join(texts[:NAMED])
    if len(texts) > NAMED:
        more = len(texts) - NAMED
        said = ngettext("%(said)s and %(n)s more", "%(said)s and %(n)s more", more) % {
            "said": said,
            "n": more,
        }
    elif unit and said[-1:].isdigit():
        return f"{said} {unit}"
    return said


def _limits(act, known):
    """Return by result the criterion that it fails, as its investigation says it."""
    found = {}
    for entry in act.created("lots_investigation"):
        key = str(new(entry, "result_id"))
        test = known.row("lots_result", key).get("test__name", "")
        trigger = str(new(entry, "trigger"))
        __, against, words = trigger.removeprefix(f"{test}: ").partition(" against ")
        found[key] = raised(words) if against else raised(trigger)
    return found


def _failing(known, entry, limits):
    """Return the value with the criterion that it fails, if it fails one."""
    value = _value(known, entry)
    if entry.record not in limits:
        return value
    return _("%(value)s (fails %(criterion)s)") % {
        "value": value,
        "criterion": limits[entry.record],
    }


def _verdicts(act, known, but=()):
    """Yield for each investigation that the act opened which value fails what."""
    for key, criterion in _limits(act, known).items():
        if key not in but:
            yield _("%(value)s fails %(criterion)s") % {
                "value": _stored(known, key),
                "criterion": criterion,
            }


def _opened(act):
    """Return the clause of the investigations that the act opened."""
    numbers = _listed(new(one, "number") for one in act.created("lots_investigation"))
    return numbers and _("%(numbers)s opened") % {"numbers": numbers}


def _progress(act, known):
    """Yield what became of the assessments by the way."""
    for entry in act.changed("lots_assessment"):
        told = {"specification": known.of(entry)}
        match old(entry, "state"), new(entry, "state"):
            case AssessmentState.OPEN, AssessmentState.COMPLETE:
                yield _("testing against %(specification)s is complete") % told
            case AssessmentState.COMPLETE, AssessmentState.OPEN:
                yield _("testing against %(specification)s is open again") % told


def _computed(act, known):
    """Return the clause of what the program worked out by the way."""
    results = act.created("lots_result")
    computed = [one for one in results if new(one, "source") == "computed"]
    if not computed or len(computed) == len(results):
        return ""
    tests = (known.name("lots_test", new(one, "test_id")) for one in computed)
    return _("%(tests)s calculated") % {"tests": _listed(dict.fromkeys(tests))}


def _entering(act, known):
    """Results: first, corrected, measured again, retested, from a new sample."""
    limits = _limits(act, known)
    results = act.created("lots_result")
    typed = [one for one in results if new(one, "source") != "computed"] or results
    if not typed:
        raise NotTold("lots_result")
    named = typed[:NAMED] if len(typed) <= NAMED else ()
    told = {"who": _who(act), "n": len(typed)}
    told["results"] = _listed(_failing(known, one, limits) for one in named)
    told["testing"] = testing(
        known.row("lots_result", typed[0].record).get("test_order__occasion", "")
    )
    after = ()
    if not named:
        main = (
            ngettext(
                "%(who)s entered %(n)s result of %(testing)s",
                "%(who)s entered %(n)s results of %(testing)s",
                len(typed),
            )
            % told
        )
    else:
        main, after = _further(act, known, typed[0], told)
    return _clauses(
        main,
        _computed(act, known),
        *_verdicts(act, known, but={one.record for one in named}),
        _opened(act),
        *_progress(act, known),
        *after,
    )


def _further(act, known, entry, told):
    """Return the main clause by the kind of the result, and what must follow."""
    told |= {
        "test": known.name("lots_test", new(entry, "test_id")),
        "before": _typed_of(known, new(entry, "replaces_id")),
        "after": _typed(
            new(entry, "determinations"),
            known.row("lots_result", entry.record).get("test__unit", ""),
        ),
    }
    told["investigation"] = _new_name(
        known, entry, "lots_investigation", "investigation_id"
    )
    after: tuple[str, ...] = ()
    match act.head.action:
        case "transcription":
            if new(entry, "needs_confirmation"):
                after = (_("a second person must confirm the correction"),)
            main = _(
                "%(who)s corrected the transcription of %(test)s from %(before)s to"
                " %(after)s"
            )
        case "reprocessing":
            after = (_("a second person must confirm the correction"),)
            main = _(
                "%(who)s reprocessed the data of %(test)s from %(before)s to %(after)s"
            )
        case "retest":
            main = _("%(who)s entered %(results)s as a retest under %(investigation)s")
        case "resample":
            main = _(
                "%(who)s entered %(results)s from a resample under %(investigation)s"
            )
        case "remeasurement" if not told["investigation"]:
            main = _("%(who)s entered %(results)s as a re-measurement")
        case "remeasurement":
            main = _(
                "%(who)s entered %(results)s as a re-measurement under"
                " %(investigation)s"
            )
        case "recalculation":
            main = _("%(who)s had %(results)s calculated again")
        case _:
            main = _("%(who)s entered %(results)s")
    return main % told, after


def _reviewing(act, known):
    """Results on their way to review: submitted, reviewed, sent back, confirmed."""
    marks = act.created("lots_mark")
    if not marks:
        raise NotTold("lots_mark")
    n = len(marks)
    told = {"who": _who(act), "n": n}
    told["results"] = _listed(_stored(known, new(one, "result_id")) for one in marks)
    row = known.row("lots_result", new(marks[0], "result_id"))
    told["testing"] = testing(row.get("test_order__occasion", ""))
    is_named = n <= NAMED
    match act.head.action:
        case "submit":
            named = _("%(who)s submitted %(results)s for review")
            counted = ngettext(
                "%(who)s submitted %(n)s result of %(testing)s for review",
                "%(who)s submitted %(n)s results of %(testing)s for review",
                n,
            )
        case "review":
            named = _("%(who)s reviewed %(results)s")
            counted = ngettext(
                "%(who)s reviewed %(n)s result of %(testing)s",
                "%(who)s reviewed %(n)s results of %(testing)s",
                n,
            )
        case "send_back":
            named = _("%(who)s returned %(results)s to the analyst")
            counted = ngettext(
                "%(who)s returned %(n)s result of %(testing)s to the analyst",
                "%(who)s returned %(n)s results of %(testing)s to the analyst",
                n,
            )
        case _:
            named = _("%(who)s confirmed the correction to %(results)s")
            counted = ngettext(
                "%(who)s confirmed the correction of %(n)s result of %(testing)s",
                "%(who)s confirmed the correction of %(n)s results of %(testing)s",
                n,
            )
    main = (named if is_named else counted) % told
    if act.head.action in ("review", "confirm_correction"):
        main = _("%(said)s and signed") % {"said": main}
    return _clauses(
        main,
        _computed(act, known),
        _closed(act, known),
        *_verdicts(act, known),
        _opened(act),
        *_progress(act, known),
    )


# --- investigations -----------------------------------------------------------------


def _closed(act, known):
    """Return the clause of the investigations that the act closed."""
    closed = [
        known.of(entry)
        for entry in act.changed("lots_investigation")
        if new(entry, "closed_at")
    ]
    return closed and _("%(numbers)s closed") % {"numbers": _listed(closed)}


def _phase_one(act, known):
    """Phase I of an investigation: what is not in order, in words."""
    entry = act.the("lots_phaseone")
    told = {
        "who": _who(act),
        "result": _stored(known, new(entry, "result_id")),
        "checks": _listed(
            _(Check.of(one["check"]).word)
            for one in new(entry, "checks")
            if one["answer"] == Answer.NO
        ),
    }
    main = (
        _("%(who)s signed phase I of %(result)s: not in order: %(checks)s")
        if told["checks"]
        else _("%(who)s signed phase I of %(result)s: everything is in order")
    )
    return main % told


def _invalid_run(act, known):
    """A run that gave no value."""
    entries = act.created("lots_invalidrun")
    if not entries:
        raise NotTold("lots_invalidrun")
    lots = [known.name("lots_lot", new(one, "lot_id")) for one in entries]
    return _("%(who)s recorded run %(run)s of %(lots)s as invalid: %(why)s") % {
        "who": _who(act),
        "run": new(entries[0], "run"),
        "lots": _listed(lots),
        "why": _(WhyInvalid.of(new(entries[0], "why")).word),
    }


def _of_run(act, known):
    """Yield what was decided of the other results of the run."""
    for entry in act.created("lots_rundecision"):
        told = {"result": _stored(known, new(entry, "result_id"))}
        if new(entry, "finding") == RunFinding.STANDS:
            yield _("%(result)s of the same run stays valid") % told
        else:
            yield _("%(result)s of the same run is also invalid") % told


def _investigation(act, known):
    """Investigations of results that fail or cannot be decided."""
    entry = (act.changed("lots_investigation") or [act.the("lots_investigation")])[0]
    told = {"who": _who(act), "number": known.of(entry)}
    match act.head.action:
        case "open_investigation":
            told["result"] = _stored(known, new(entry, "result_id"))
            told["criterion"] = (
                _limits(act, known)
                .get(str(new(entry, "result_id")), "")
                .removesuffix(", undecided")
            )
            main = _(
                "%(who)s opened investigation %(number)s: %(result)s is undecided"
                " against %(criterion)s"
            )
            return _clauses(main % told, *_progress(act, known))
        case "plan":
            told["n"] = int(new(entry, "planned_retests"))
            return (
                ngettext(
                    "%(who)s planned %(n)s retest for investigation %(number)s",
                    "%(who)s planned %(n)s retests for investigation %(number)s",
                    told["n"],
                )
                % told
            )
    main = _("%(who)s concluded investigation %(number)s")
    finding = (
        _("laboratory error proven")
        if new(entry, "conclusion") == "proven"
        else _("no laboratory error proven, the result stays valid")
    )
    invalid = _listed(
        _stored(known, new(one, "result_id")) for one in act.created("lots_mark")
    )
    return _clauses(
        _signed(act, main % told),
        finding,
        invalid and _("%(results)s invalidated") % {"results": invalid},
        *_of_run(act, known),
        *_verdicts(
            act,
            known,
            but={str(new(one, "result_id")) for one in act.created("lots_rundecision")},
        ),
        _opened(act),
        *_progress(act, known),
    )


# --- decisions on a lot -------------------------------------------------------------

_DECISIONS = {
    **{code: lazily(STEPS[code].told) for code in DECISIONS},
    "refuse": lazily(
        "%(who)s refused to release lot %(lot)s for %(use)s use (%(what)s)"
    ),
    "release": lazily("%(who)s released lot %(lot)s for %(use)s use (%(what)s)"),
    "keep_release": lazily(
        "%(who)s kept the release of lot %(lot)s for %(use)s use under %(what)s"
    ),
    "reinstate": lazily(
        "%(who)s reinstated the periodic testing after the failure of %(what)s"
    ),
    "unaffected": lazily("%(who)s signed that lot %(lot)s is not affected by %(what)s"),
}


def _decision(act, known):
    """What becomes of a lot, signed by QA; anybody may put one on hold."""
    action = act.head.action
    told = {"who": _who(act), "lot": _lot(act, known)}
    if action in ("release", "refuse"):
        entry = act.the("lots_assessment")
        told["what"] = known.of(entry)
        told["use"] = use_name(known.row(entry.table, entry.record).get("use", ""))
    if action == "keep_release":
        entry = act.the("lots_releasekept")
        told["what"] = _new_name(known, entry, "lots_specification", "minimum_id")
        told["use"] = use_name(new(entry, "use") or "")
    if action == "reinstate":
        told["what"] = known.of(act.the("lots_periodicfailure"))
    if action == "unaffected":
        entry = act.the("lots_unaffected")
        held = _new_name(known, entry, "lots_lot", "held_id")
        qualified = _new_name(known, entry, "lots_qualification", "qualification_id")
        failure = _new_name(known, entry, "lots_periodicfailure", "failure_id")
        told["what"] = (
            _("the failure of %(what)s") % {"what": failure}
            if failure
            else _("the hold of lot %(held)s") % {"held": held}
            if held
            else _("what is said of the qualification of %(what)s")
            % {"what": qualified}
        )
    if action == "reopen":
        told["deviation"] = _deviation(act)
    withdrawn = [
        known.of(entry)
        for entry in act.changed("lots_assessment")
        if new(entry, "state") == AssessmentState.RELEASE_WITHDRAWN
    ]
    return _clauses(
        _signed(act, _DECISIONS[action] % told),
        withdrawn
        and _("release against %(what)s withdrawn") % {"what": _listed(withdrawn)},
    )


def _deviation(act):
    """Return the deviation number, which stands before the reason in the lot's row."""
    for entry in act.changed("lots_lot"):
        text = new(entry, "state_reason")
        if text:
            return text.removesuffix(act.head.reason).rstrip().removesuffix(":")
    raise NotTold("deviation")


# --- certificates -------------------------------------------------------------------


def _certificate(act, known):
    """Certificates: numbered, printed and stored, revised, withdrawn."""
    created = act.created("reports_certificate")
    entry = (created or [act.the("reports_certificate")])[0]
    told = {"who": _who(act), "number": known.of(entry)}
    if act.head.action == "store_certificate":
        return _certificate_stored(act, known, told)
    if act.head.action == "withdraw":
        return _("%(who)s withdrew certificate %(number)s") % told
    told |= {
        "lot": _new_name(known, entry, "lots_lot", "lot_id"),
        "what": _new_name(known, entry, "lots_assessment", "assessment_id"),
        "customer": _new_name(known, entry, "lots_organisation", "customer_id"),
        "earlier": _new_name(known, entry, "reports_certificate", "supersedes_id"),
        "first": _new_name(known, entry, "reports_certificate", "duplicate_of_id"),
    }
    match act.head.action, bool(told["customer"]):
        case "revise", _any:
            main = _(
                "%(who)s revised certificate %(earlier)s of lot %(lot)s (%(what)s) as"
                " %(number)s"
            )
        case "duplicate", True:
            main = _(
                "%(who)s issued certificate %(number)s to %(customer)s as a duplicate"
                " of %(first)s"
            )
        case "duplicate", False:
            main = _(
                "%(who)s issued certificate %(number)s as a duplicate of %(first)s"
            )
        case _any, True:
            main = _(
                "%(who)s issued certificate %(number)s of lot %(lot)s (%(what)s) to"
                " %(customer)s"
            )
        case _:
            main = _("%(who)s issued certificate %(number)s of lot %(lot)s (%(what)s)")
    return main % told


def _certificate_stored(act, known, told):
    entries = act.changed("reports_certificate")
    made = next((one for one in entries if new(one, "pdf_sha256")), None)
    if made is None:
        told["number"] = known.of(entries[0])
        told["trouble"] = str(new(entries[0], "state_reason") or "").rstrip(".")
        return (
            _(
                "%(who)s could not print certificate %(number)s, which is withdrawn:"
                " %(trouble)s"
            )
            % told
        )
    told["number"] = known.of(made)
    return _clauses(
        _("%(who)s stored the file of certificate %(number)s") % told,
        _superseded(act, known, "reports_certificate"),
    )


_FAMILIES = {
    **dict.fromkeys((*_PEOPLE, "add_account", "set_roles", "tell_passwords"), _people),
    **dict.fromkeys(_CONFIRMED, _identity),
    **dict.fromkeys(
        ("change_employee_number", "count_people", "tell_apart"), _namesakes
    ),
    **dict.fromkeys(
        ("accept_clock", "restore", "start_site", "start_training"), _installation
    ),
    **dict.fromkeys(_SET_UP, _set_up),
    **dict.fromkeys(("add_procedure", "add_statement", "add_test"), _of_material),
    **dict.fromkeys(
        ("approve_specification", "change_draft", "draft_specification"),
        _specification,
    ),
    **dict.fromkeys(_CHANGED, _change),
    **dict.fromkeys(
        ("approve_identities", "draft_identities", "retire_statement"), _identities
    ),
    **dict.fromkeys(("attach", "attach_original", "log", "sample"), _logging),
    **dict.fromkeys(("assess", "examine"), _test_order),
    **dict.fromkeys(("approve_map", "check_import", "import"), _import),
    **dict.fromkeys(
        (
            "enter",
            "recalculation",
            "remeasurement",
            "reprocessing",
            "resample",
            "retest",
            "transcription",
        ),
        _entering,
    ),
    **dict.fromkeys(
        ("confirm_correction", "review", "send_back", "submit"), _reviewing
    ),
    **dict.fromkeys(("conclude", "open_investigation", "plan"), _investigation),
    "invalid_run": _invalid_run,
    "phase_one": _phase_one,
    **dict.fromkeys(_DECISIONS, _decision),
    **dict.fromkeys(
        ("duplicate", "issue", "revise", "store_certificate", "withdraw"), _certificate
    ),
}

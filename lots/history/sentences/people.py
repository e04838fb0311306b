"""Sentences about accounts: roles, passwords, and who is whom."""

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazily
from django.utils.translation import ngettext

from lots.history.recorded_acts import new, old
from lots.history.sentences import clauses
from lots.models import Role

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
        ) % {"who": clauses.who(act), "n": n}
    told = {"who": clauses.who(act), "what": known.of(entry)}
    if act.head.action == "add_account":
        told["roles"] = _roles(new(entry, "roles"))
        return clauses.joined(
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
    told = {"who": clauses.who(act), "what": clauses.listed(map(known.of, entries))}
    return clauses.signed(act, _CONFIRMED[act.head.action] % told)


def _namesakes(act, known):
    """Which accounts count as one person, and who told them apart."""
    entries = act.of("lots_user")
    if act.head.action == "tell_apart":
        act.the("lots_user")
        person = entries[-1]
        others = [one for one in entries if one.record != person.record]
        return clauses.signed(
            act,
            _("%(who)s told %(what)s apart from %(others)s")
            % {
                "who": clauses.who(act),
                "what": known.of(person),
                "others": clauses.listed(map(known.of, others)),
            },
        )
    if act.head.action == "count_people":
        names = sorted({known.of(one) for one in entries})
        return _(
            "%(who)s found accounts that read alike, which count as one person until"
            " they are told apart: %(accounts)s"
        ) % {"who": clauses.who(act), "accounts": clauses.listed(names)}
    entry = act.the("lots_user")
    told = {
        "who": clauses.who(act),
        "what": known.of(entry),
        "old": old(entry, "employee_number"),
        "new": new(entry, "employee_number"),
    }
    return clauses.joined(
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
    return _("it counts as one person with %(others)s") % {
        "others": clauses.listed(others)
    }


def _roles(codes):
    labels = {role.value: _(role.word) for role in Role}
    return clauses.listed(labels.get(code, code) for code in codes or ()) or _(
        "no role"
    )


SENTENCES = {
    **dict.fromkeys((*_PEOPLE, "add_account", "set_roles", "tell_passwords"), _people),
    **dict.fromkeys(_CONFIRMED, _identity),
    **dict.fromkeys(
        ("change_employee_number", "count_people", "tell_apart"), _namesakes
    ),
}

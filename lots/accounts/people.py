"""People: which accounts are one person, and how two accounts are told apart.

A person is an employee number and has one active account (21 CFR 11.100). Accounts that
share an employee number, or a printed name that reads the same, count as one person for
every rule that asks for two, also after a change of the name or the end of an account.
Somebody else confirms that they are two people, who then differ in print.
"""

import datetime
from collections import defaultdict
from dataclasses import dataclass

from django.db.models import CharField, OuterRef, Subquery
from django.db.models.functions import Cast

from lots.accounts import permissions
from lots.evidence import audit, chained_names, signatures
from lots.models import AuditEntry, User
from lots.rules import chain
from lots.rules.formats import Format
from lots.rules.people import name_read, number_read
from lots.rules.refusal import Refusal
from lots.rules.step_table import STEPS, NotAllowed
from lots.rules.text import look

TABLE = chained_names.table(User)
ACCOUNT = Format("account", number=1)
# How the trail's columns that name a person are read.
_READ = {"printed_name": name_read, "employee_number": number_read}
# The acts that give an account its name and its number, or other ones.
_NAMING = ("add_account", "change_account", "change_employee_number")


@ACCOUNT.reads(1)
def _with_the_fields_of_today(stored):
    return stored


def locked(act):
    """Return all accounts by key; none is added or changed until the act ends."""
    list(User.objects.select_for_update(no_key=True).order_by("pk"))
    act.take_turn()
    return {one.pk: one for one in User.objects.order_by("pk")}


def count_as_one(act, person, among, *columns):
    """Let the account count as one person with all that could be the same person's.

    `columns` are those that are new: the printed name, the employee number. Compared
    is what each of the others ever had there. `among` are all accounts, by key.
    """
    mine = {
        (column, read)
        for column in columns
        if (read := _READ[column](getattr(person, column)))
    }
    ever = _ever(among)
    found = {key for key in among if ever[key] & mine}
    for one in among.values():
        if person.employee_key and one.employee_key == person.employee_key:
            found |= one.accounts
    numbers = {among[key].employee_key for key in found} - {""}
    found |= {one.pk for one in among.values() if one.employee_key in numbers}
    _join(act, person, found - person.accounts, among)


def _join(act, person, new, among):
    if not new:
        return
    act.change(person, one_with=sorted({*person.one_with, *new}))
    for key in sorted(new):
        other = among[key]
        act.change(other, one_with=sorted({*other.one_with, person.pk}))


def _ever(among):
    """Return by account the names and numbers that it ever had, as they are read."""
    ever = defaultdict(set)
    for key, one in among.items():
        for column, read in _READ.items():
            ever[key].add((column, read(getattr(one, column))))
    renamed = AuditEntry.objects.filter(table=TABLE, action__in=(*_NAMING, "restore"))
    for record, changes in renamed.values_list("record", "changes"):
        for column, read in _READ.items():
            for value in changes.get(column, ()):
                ever[int(record)].add((column, read(value or "")))
    return ever


def count_people(*, at):
    """Find accounts without an employee number that read as others do; return them.

    Those of a version that did not ask for the number. Nobody is merged for good and
    nobody is split: the accounts count as one until they are told apart.
    """
    among = {one.pk: one for one in User.objects.order_by("pk")}
    ever = _ever(among)
    blank = {(column, "") for column in _READ}
    found = {}
    for key, one in among.items():
        if not one.employee_key:
            alike = {other for other in among if (ever[other] & ever[key]) - blank}
            if new := alike - one.accounts:
                found[key] = new
    if found:
        with audit.act(by=None, at=at, action="count_people") as act:
            for key, new in found.items():
                _join(act, among[key], new - among[key].accounts, among)
    return [among[key] for key in found]


def doubtful(person):
    """Return the accounts that count as this person and could be somebody else's.

    Not those with the same employee number: they are this person's for ever.
    """
    others = User.objects.filter(pk__in=person.one_with).order_by("pk")
    return [
        one
        for one in others
        if not person.employee_key or one.employee_key != person.employee_key
    ]


@dataclass(frozen=True)
class Waiting:
    """An account that waits for a word on whose it is.

    Since when, and why the reader does not give it; None where they may.
    """

    person: User
    since: datetime.datetime
    closed: Refusal | None


def waiting_for(*, by):
    """Return the accounts that wait to be told apart, each pair by its later one."""
    told = User.objects.exclude(one_with=[]).annotate(since=since_changed("one_with"))
    joined = {one.pk: one for one in told.order_by("pk")}
    found = [
        one
        for key, one in joined.items()
        if any(
            other < key
            and (one.is_active or joined[other].is_active)
            and (not one.employee_key or joined[other].employee_key != one.employee_key)
            for other in one.one_with
        )
    ]
    return [Waiting(one, one.since, to_tell_apart(one, by=by)) for one in found]


def since_changed(column):
    """Return the expression of since when the column of an account is as it is."""
    entries = AuditEntry.objects.filter(
        table=TABLE,
        record=Cast(OuterRef("pk"), CharField()),
        changes__has_key=column,
    )
    return Subquery(entries.order_by("-sequence").values("at")[:1])


def tell_apart(*, person, by, at, reason, confirmation, shown):
    """Sign that the account is somebody else's than those it counts as one with.

    By QA or an administrator who made neither account. `reason` is how it is known.
    Raises NotAllowed, NoReason, and Refusal where nobody could tell them apart in
    print.
    """
    step = STEPS["tell_apart"]
    with audit.act(by=by, at=at, action="tell_apart", reason=reason) as act:
        permissions.check(act, step, subject=person.printed_name)
        among = locked(act)
        person = among[person.pk]
        if closed := to_tell_apart(person, by=act.by):
            raise closed
        others = [among[one.pk] for one in doubtful(person)]
        signatures.sign_step(
            act,
            step,
            confirmation=confirmation,
            shown=shown,
            text=account_text(person),
        )
        apart = {one.pk for one in others}
        for other in others:
            act.change(
                other,
                one_with=[key for key in other.one_with if key != person.pk],
            )
        return act.change(
            person, one_with=[key for key in person.one_with if key not in apart]
        )


def to_tell_apart(person, *, by):
    """Return why this person does not tell the account apart; None if they may."""
    others = doubtful(person)
    if not others:
        return Refusal(
            "one-person",
            "%(name)s counts as one person with nobody else, so there is nothing to"
            " tell apart.",
            name=person.printed_name,
        )
    concerned = [person, *others]
    if by.accounts & {one.pk for one in concerned}:
        return NotAllowed(
            "own-account",
            "One of these accounts is yours or counts as yours; ask another person of"
            " QA, or an administrator, to tell them apart.",
        )
    made_by = AuditEntry.objects.filter(
        table=TABLE, record__in=[one.pk for one in concerned], action__in=_NAMING
    ).values_list("by_id", flat=True)
    if by.accounts & set(made_by):
        return NotAllowed(
            "own-word",
            "You added or changed one of these accounts, so a second person tells them"
            " apart; ask QA or another administrator.",
        )
    for one in concerned:
        if closed := without_number(one):
            return closed
    return _same_in_print(person, others)


def _same_in_print(person, others):
    for other in others:
        if signs_like(person, other):
            return Refusal(
                "signs-alike",
                "%(name)s (%(one)s and %(other)s) would sign with the same name and"
                " title, so nobody could tell the two apart in print; have an"
                " administrator change the title or the name of one first.",
                name=person.printed_name,
                one=person.username,
                other=other.username,
            )
    return None


def signs_like(one, other):
    """Say whether two accounts print a name and a title that read the same."""
    return name_read(one.printed_name) == name_read(other.printed_name) and (
        look(one.title) == look(other.title)
    )


def without_number(person):
    """Return why nothing is done with an account that has no employee number."""
    if person.employee_key:
        return None
    return Refusal(
        "no-employee-number",
        "%(name)s (%(username)s) has no employee number yet; an administrator enters it"
        " first, with “Change employee number” on the page of the account.",
        name=person.printed_name,
        username=person.username,
    )


def one_active(person, among):
    """Refuse an account beside another active one of the same employee number."""
    for other in among.values():
        if (
            other.pk != person.pk
            and other.is_active
            and other.employee_key == person.employee_key
        ):
            raise Refusal(
                "one-account",
                "%(name)s (%(username)s) has an active account with the employee number"
                " %(number)s, and a person has one active account; change the roles of"
                " that account, or deactivate it first.",
                field="employee_number",
                name=other.printed_name,
                username=other.username,
                number=other.employee_number,
            )


def account_text(person):
    """Return the canonical text of an account as who confirms it signs it."""
    return chain.canonical(
        {
            "format": ACCOUNT.number,
            "record": ACCOUNT.record,
            "account": _told(person),
            "one_with": [_told(one) for one in doubtful(person)],
        }
    )


def _told(person):
    return {
        "username": person.username,
        "printed_name": person.printed_name,
        "title": person.title,
        "employee_number": person.employee_number,
        "roles": person.roles,
        "is_active": person.is_active,
    }

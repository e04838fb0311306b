"""Unstaffed work: what waits and no person of the role can take, with the way on.

Whoever could take it left, waits for QA's word on who they are, or did part of the work
already. QA and administrators see it: they name another person. Reads, never writes.
"""

import datetime
from dataclasses import dataclass
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from lots.accounts import identity, people
from lots.models import User
from lots.rules.refusal import Refusal, Words
from lots.rules.roles import Role
from lots.rules.step_table import STEPS
from lots.workflow import drafts
from lots.workflow.tasks import TASKS

# So many lots of a task are shown, the oldest.
SHOWN = 8
# Why somebody does not give their word on an account, whoever has it.
_OF_THE_READER = {"own-account", "own-word", "own-identity", "own-password"}


@dataclass(frozen=True)
class Waits:
    """A thing that waits with nobody: a lot, a draft or an account, since when.

    `kind` is "lot", "person" or the code of a kind of draft.
    """

    kind: str
    record: Any
    since: datetime.datetime


@dataclass(frozen=True)
class Stuck:
    """Work of one name that nobody can take: what it waits in, why, and the way on."""

    name: str | Promise
    n: int
    why: Refusal
    oldest: tuple[Waits, ...]


def found(*, at: datetime.datetime, waiting: list[drafts.Draft]) -> list[Stuck]:
    """Return all work that nobody can take; of drafts, among those that wait."""
    everybody = list(User.objects.filter(is_active=True).order_by("printed_name", "pk"))
    return [
        *_of_lots(everybody, at=at),
        *_of_drafts(everybody, waiting),
        *_of_people(everybody),
    ]


def _of_lots(everybody, *, at):
    for task in TASKS.values():
        people_of_role = _able(everybody, task.roles)
        if people_of_role and not task.apart_from:
            continue
        rows = task.open_to_nobody(task.lots(at=at), people_of_role)
        oldest = rows.select_related("material").order_by(task.since, "pk")[:SHOWN]
        waits = tuple(Waits("lot", row, getattr(row, task.since)) for row in oldest)
        if waits:
            n = len(waits) if len(waits) < SHOWN else rows.count()
            yield Stuck(task.name, n, _why(everybody, task.roles), waits)


def _of_drafts(everybody, waiting):
    closed = [one for one in waiting if not any(map(one.is_open_to, everybody))]
    for kind in drafts.KINDS.values():
        waits = tuple(
            Waits(kind.code, draft.record, draft.since)
            for draft in closed
            if draft.kind is kind
        )
        if waits:
            why = _why(everybody, kind.roles)
            yield Stuck(kind.name, len(waits), why, waits[:SHOWN])


def _of_people(everybody):
    steps = (
        ("tell_apart", people, _("Tell two people apart")),
        ("confirm_person", identity, _("Confirm who it is")),
    )
    for code, module, name in steps:
        roles = STEPS[code].roles
        able = _able(everybody, roles)
        if able:
            waiting = _closed_to_all(module, able)
            why = Refusal(
                "nobody-else",
                "%(names)s set the password, or made or share one of the accounts, and"
                " somebody else must do this. An administrator makes another person"
                " %(roles)s.",
                names=_names(able),
                roles=_said(roles),
            )
        else:
            # Nobody of QA can sign: an administrator confirms at the server.
            waiting = module.waiting_for(by=everybody[0]) if everybody else []
            why = _why(everybody, roles)
        if waiting:
            waits = tuple(Waits("person", one.person, one.since) for one in waiting)
            yield Stuck(name, len(waits), why, waits[:SHOWN])


def _closed_to_all(module, able):
    """Return the accounts on which none of these people may give their word."""
    waiting = module.waiting_for(by=able[0])
    for person in able[1:]:
        if not any(map(_is_closed, waiting)):
            return []
        keys = {one.person.pk for one in waiting if _is_closed(one)}
        told = module.waiting_for(by=person)
        waiting = [one for one in told if one.person.pk in keys]
    return [one for one in waiting if _is_closed(one)]


def _is_closed(one):
    """Say whether the reader may not give their word, whoever the account is of."""
    return one.closed is not None and one.closed.code in _OF_THE_READER


def _able(everybody, roles):
    return [person for person in everybody if person.takes(*roles)]


def _why(everybody, roles):
    """Return why none of the people takes it, and what an administrator or QA does."""
    able = _able(everybody, roles)
    if able:
        return Refusal(
            "nobody-independent",
            "%(names)s did part of the work, and a second person must do this. An"
            " administrator makes another person %(roles)s.",
            names=_names(able),
            roles=_said(roles),
        )
    waiting = [person for person in everybody if person.is_a(*roles)]
    if not waiting:
        return Refusal(
            "nobody-holds",
            "No active account is %(roles)s. An administrator adds a person, or gives"
            " somebody the role.",
            roles=_said(roles),
        )
    if Role.QA in roles:
        return Refusal(
            "nobody-of-qa",
            "%(names)s cannot sign: somebody else set the password. Each chooses a new"
            " password; then somebody else of QA confirms who it is, or an"
            " administrator at the server with manage.py confirm_person.",
            names=_names(waiting),
        )
    return Refusal(
        "nobody-confirmed",
        "%(names)s cannot sign: somebody else set the password. Each chooses a new"
        " password; then QA confirms who it is, under “People to confirm” in My work.",
        names=_names(waiting),
    )


def _names(persons):
    return "; ".join(person.printed_name for person in persons)


def _said(roles):
    return Words((Role.of(role).said for role in roles), between="or")

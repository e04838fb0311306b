"""What a database held that a backup takes the place of, as far as it lives on.

A restore goes back in time: numbers given since, accounts ended since and roles taken
since are not undone by it.
"""

import datetime
from dataclasses import dataclass
from typing import Any

from django.db import DatabaseError, connection, transaction
from django.db.migrations.executor import MigrationExecutor

from lots.evidence import number_series
from lots.evidence.audit import Act
from lots.models import AuditEntry, Installation, Role, User
from lots.rules import chain
from lots.rules.refusal import Refusal


@dataclass(frozen=True)
class Account:
    """A person's account in a database that is replaced, or in a backup."""

    username: str
    printed_name: str
    password: str
    is_active: bool
    roles: tuple[str, ...]
    employee_number: str = ""
    employee_key: str = ""
    one_with: frozenset[str] = frozenset()

    @property
    def key(self) -> str:
        return self.username.casefold()

    @property
    def is_administrator(self) -> bool:
        return self.is_active and Role.ADMINISTRATOR in self.roles


@dataclass(frozen=True)
class Replaced:
    """The end of the trail, the last numbers and the accounts of what is replaced.

    `site` tells one installation from every other: whether it is for training, and the
    moment at which it was started.
    """

    site: tuple[bool, datetime.datetime] | None
    entries: int
    head: str
    numbers: dict[str, int]
    accounts: dict[str, Account]


def look() -> Replaced | None:
    """Return what the database holds; None where it cannot be read as today's."""
    try:
        with transaction.atomic():
            executor = MigrationExecutor(connection)
            if executor.migration_plan(executor.loader.graph.leaf_nodes()):
                return None
            last = AuditEntry.objects.order_by("-sequence").first()
            site = Installation.objects.first()
            return Replaced(
                site=(site.is_training, site.started_at) if site else None,
                entries=last.sequence if last else 0,
                head=last.digest if last else chain.START,
                numbers=number_series.last_numbers(),
                accounts=_accounts(),
            )
    except DatabaseError:
        return None


def _accounts() -> dict[str, Account]:
    people = list(User.objects.order_by("pk"))
    keys = {person.pk: person.username_key for person in people}
    return {person.username_key: _account(person, keys) for person in people}


def _account(person: User, keys: dict[int, str]) -> Account:
    return Account(
        username=person.username,
        printed_name=person.printed_name,
        password=person.password,
        is_active=person.is_active,
        roles=tuple(person.roles),
        employee_number=person.employee_number,
        employee_key=person.employee_key,
        one_with=frozenset(keys[key] for key in person.one_with),
    )


def refuse_without_administrator(was: Replaced, backed_up: dict[str, Account]) -> None:
    """Refuse a restore after which nobody could keep accounts."""
    if any(
        one.is_administrator and _kept(one, was.accounts.get(key))
        for key, one in backed_up.items()
    ):
        return
    names = ", ".join(
        one.username for one in backed_up.values() if Role.ADMINISTRATOR in one.roles
    )
    raise Refusal(
        "no-administrator",
        "Nothing was restored: no administrator of the backup (%(names)s) is an active"
        " administrator of this database, so nobody could keep accounts afterwards."
        " Reactivate one of them first, or restore a later backup.",
        names=names or "–",
    )


def _kept(backed_up: Account, was: Account | None) -> tuple[str, ...]:
    """Return the roles that an account of the backup has after the restore."""
    if was is None:
        return backed_up.roles
    if not was.is_active:
        return ()
    return tuple(role for role in backed_up.roles if role in was.roles)


def carry_over(act: Act, was: Replaced | None) -> dict[str, Any]:
    """Let what was replaced live on in what was restored; return what was changed.

    Each password is good for one sign-in, at which its owner chooses another: it is
    that of the day of the backup, and may have been changed because somebody knew it.
    Accounts that counted as one person still do: who tells them apart signs it anew.
    """
    ended, fewer = [], []
    here = _accounts()
    for person in User.objects.order_by("pk"):
        values: dict[str, Any] = {
            "must_change_password": True,
            "awaits_confirmation": True,
        }
        before = was.accounts.get(person.username_key) if was else None
        kept = _kept(here[person.username_key], before)
        if person.is_active and not kept:
            values["is_active"] = False
            ended.append(person.username)
        elif person.is_active and kept != tuple(person.roles):
            values["roles"] = list(kept)
            fewer.append(person.username)
        act.change(person, **values)
    if was is None:
        return {"replaced_database": "unreadable"}
    _carry_people(act, was)
    return {
        "replaced_entries": str(was.entries),
        "replaced_head": was.head,
        "replaced_numbers": {name: str(last) for name, last in was.numbers.items()},
        "numbers_lifted": sorted(number_series.lift(act, was.numbers)),
        "kept_deactivated": ended,
        "roles_taken": fewer,
        "accounts_lost": sorted(
            one.username for key, one in was.accounts.items() if key not in here
        ),
    }


def _carry_people(act: Act, was: Replaced) -> None:
    """Give accounts the employee numbers, and whom they count as one with, of before.

    A number that another active account of the backup has stays with that account.
    """
    people = {one.username_key: one for one in User.objects.order_by("pk")}
    for key, person in people.items():
        before = was.accounts.get(key)
        if before is None:
            continue
        values: dict[str, Any] = {}
        is_free = not any(
            other.is_active and other.employee_key == before.employee_key
            for other in people.values()
            if other.pk != person.pk
        )
        if before.employee_key and is_free:
            values["employee_number"] = before.employee_number
            values["employee_key"] = before.employee_key
        one_with = {people[one].pk for one in before.one_with if one in people}
        values["one_with"] = sorted({*person.one_with, *one_with})
        if any(getattr(person, name) != value for name, value in values.items()):
            act.change(person, **values)

"""People whom an administrator adds, and who chose a password of their own."""

from lots.accounts import identity, people, users
from lots.demo.people import PASSWORD
from lots.evidence import signatures
from lots.models import User

ONE_TIME = "given once by the administrator"


def added(world, at, username, name, *roles, title="", number="E-201", by=None):
    """Add an account with a one-time password; return it."""
    return users.add_account(
        by=by or world.cast.admin,
        at=at,
        username=username,
        printed_name=name,
        title=title or f"Title of {username}",
        employee_number=number,
        roles=roles,
        password=ONE_TIME,
        reason="Passport and contract seen",
    )


def chosen(person, at):
    """Let the owner choose a password after the one-time one; return the account."""
    return users.change_own_password(by=person, at=at, current=ONE_TIME, new=PASSWORD)


def member(world, at, *facts, **more):
    """Add an account whose owner chose a password, confirmed by Chen; return it.

    By Olga where it counts as Chen's.
    """
    person = User.objects.get(pk=chosen(added(world, at, *facts, **more), at).pk)
    by = world.cast.olga if world.cast.chen.pk in person.one_with else world.cast.chen
    return confirmed(world, at, person, by=by)


def confirmed(world, at, person, *, by=None):
    """Let somebody of QA confirm who has the account; return it."""
    by = by or world.cast.chen
    return identity.confirm_person(
        person=person,
        by=by,
        at=at,
        reason="Staff card seen at the sign-in",
        confirmation=signatures.confirm(by=by, at=at, password=PASSWORD),
        shown=signatures.shown(people.account_text(User.objects.get(pk=person.pk))),
    )

"""People whom an administrator adds, and who chose a password of their own."""

from lots.accounts import users
from lots.demo.people import PASSWORD

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


def member(world, at, *facts, **more):
    """Add an account whose owner chose the password; return it."""
    person = added(world, at, *facts, **more)
    return users.change_own_password(by=person, at=at, current=ONE_TIME, new=PASSWORD)

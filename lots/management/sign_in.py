"""Sign-in of commands that write: who acts, with which password.

The password is typed or comes through a file descriptor. It is never an argument, which
others on the machine could read.
"""

import getpass
import os

from django.core.management.base import CommandError
from django.utils import timezone

from lots.evidence import acting_person, signatures
from lots.management import database_check
from lots.models import User
from lots.rules.refusal import Refusal


def add_arguments(parser):
    """Add --by and --password-fd to a command that writes."""
    parser.add_argument("--by", required=True, metavar="USER", help="your username")
    add_password_fd(parser)


def add_password_fd(parser):
    """Add --password-fd alone, to a command that makes an account."""
    parser.add_argument(
        "--password-fd",
        type=int,
        metavar="N",
        help="read the password from this file descriptor, not from the terminal",
    )


def person(*, username, password_fd=None, may_wait=False):
    """Return the person who proved to be it by the password; raise CommandError.

    The sign-in's counters serve here too, and a wrong password is recorded. `may_wait`
    lets somebody in of whom QA has not confirmed yet who they are.
    """
    found, _confirmation = signer(
        username=username, password_fd=password_fd, may_wait=may_wait
    )
    return found


def signer(*, username, password_fd=None, may_wait=False):
    """Return the person, as `person` does, with the confirmation of a signature."""
    database_check.refuse_unprepared()
    found = User.objects.filter(
        username_key=username.casefold(), is_active=True
    ).first()
    if found is None:
        raise CommandError(
            f"{username} is not the username of an active account; check it."
        )
    given = password(username, password_fd)
    try:
        confirmation = signatures.confirm(by=found, at=timezone.now(), password=given)
    except signatures.NotConfirmed:
        raise CommandError(
            f"The password of {username} was not confirmed, so nothing was stored; run"
            " the command again, or wait if it was wrong several times."
        ) from None
    except Refusal as refusal:
        raise CommandError(f"{username}: {refusal}") from None
    if found.must_change_password:
        raise CommandError(
            f"{username} has a one-time password; sign in on the site and change it"
            " first."
        )
    if found.awaits_confirmation and not may_wait:
        raise CommandError(f"{username}: {acting_person.password_of_another(found)}")
    return found, confirmation


def new_password(username, password_fd=None):
    """Return a password for an account that is made; typed twice at the terminal."""
    given = password(username, password_fd)
    if password_fd is None and getpass.getpass("Password again: ") != given:
        raise CommandError(
            "The two passwords are not the same, so nothing was created; run the"
            " command again."
        )
    return given


def operating_account():
    """Return the operating-system account, which the trail names beside the person."""
    return getpass.getuser()


def password(username, password_fd=None):
    """Return the password as it is typed, or as the file descriptor holds it."""
    if password_fd is None:
        return getpass.getpass(f"Password of {username}: ")
    try:
        with os.fdopen(password_fd, encoding="utf-8", closefd=False) as file:
            return file.readline().rstrip("\r\n")
    except (OSError, UnicodeDecodeError):
        raise CommandError(
            f"File descriptor {password_fd} cannot be read; open one that holds the"
            " password."
        ) from None

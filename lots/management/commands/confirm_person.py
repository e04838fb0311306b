"""`manage.py confirm_person USERNAME --by USER --reason TEXT [--with USER]`."""

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from lots.accounts import identity
from lots.evidence import audit
from lots.management import sign_in
from lots.models import User
from lots.rules.refusal import Refusal


class Command(BaseCommand):
    help = (
        "Confirm as an administrator who has an account whose password somebody else"
        " set, until a person of QA can sign: on a new site, and after a restore."
    )

    def add_arguments(self, parser):
        parser.add_argument("username", help="username of the account")
        sign_in.add_arguments(parser)
        parser.add_argument(
            "--reason",
            required=True,
            help="how you know who it is, such as the staff card that you saw",
        )
        parser.add_argument(
            "--with",
            dest="second",
            metavar="USER",
            help="username of a second person who can sign, where you set the password",
        )
        parser.add_argument(
            "--second-password-fd",
            type=int,
            metavar="N",
            help="read the second person's password from this file descriptor",
        )

    def handle(
        self,
        *,
        username,
        by,
        password_fd,
        reason,
        second=None,
        second_password_fd=None,
        **options,
    ):
        administrator = sign_in.person(
            username=by, password_fd=password_fd, may_wait=True
        )
        other = None
        if second:
            other = sign_in.person(username=second, password_fd=second_password_fd)
        found = User.objects.filter(username_key=username.casefold()).first()
        if found is None:
            raise CommandError(
                f"{username} is not the username of an account; check it."
            )
        with audit.as_account(sign_in.operating_account()):
            try:
                identity.confirm_at_server(
                    person=found,
                    by=administrator,
                    at=timezone.now(),
                    reason=reason,
                    second=other,
                )
            except Refusal as refusal:
                raise CommandError(str(refusal)) from None
        self.stdout.write(
            f"{found.printed_name} ({found.username}) is confirmed and can act now."
        )

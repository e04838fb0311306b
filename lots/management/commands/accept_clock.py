"""`manage.py accept_clock --by USER --with USER --reason TEXT`: the clock is right."""

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from lots import calendar
from lots.accounts import clock
from lots.evidence import audit
from lots.management import sign_in
from lots.rules.refusal import Refusal


class Command(BaseCommand):
    help = (
        "Say as two people that the clock of the server is right, where acts are"
        " refused because the audit trail has later entries. Compare the clock first."
    )

    def add_arguments(self, parser):
        sign_in.add_arguments(parser)
        parser.add_argument(
            "--with",
            dest="second",
            required=True,
            metavar="USER",
            help="username of the second person: QA or an administrator",
        )
        parser.add_argument(
            "--second-password-fd",
            type=int,
            metavar="N",
            help="read the second person's password from this file descriptor",
        )
        parser.add_argument(
            "--reason", required=True, help="what was wrong, and how it was found"
        )

    def handle(self, *, by, password_fd, second, second_password_fd, reason, **options):
        at = timezone.now()
        self.stdout.write(f"The clock of the server says {calendar.stamp(at)}.")
        with audit.as_account(sign_in.operating_account()):
            first = sign_in.person(username=by, password_fd=password_fd)
            other = sign_in.person(username=second, password_fd=second_password_fd)
            try:
                entry = clock.accept_clock(
                    by=first, second=other, at=timezone.now(), reason=reason
                )
            except Refusal as refusal:
                raise CommandError(str(refusal)) from None
        self.stdout.write(
            f"Accepted and recorded as entry {entry.sequence} of the audit trail; work"
            " can go on."
        )

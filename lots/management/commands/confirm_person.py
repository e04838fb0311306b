"""`manage.py confirm_person USERNAME --by ADMINISTRATOR --reason TEXT`."""

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from lots.accounts import identity
from lots.evidence import audit
from lots.management import asking
from lots.models import User
from lots.rules.refusal import Refusal


class Command(BaseCommand):
    help = (
        "Confirm as an administrator who has an account whose password somebody else"
        " set, until a person of QA can sign: on a new site, and after a restore."
    )

    def add_arguments(self, parser):
        parser.add_argument("username", help="username of the account")
        asking.add_arguments(parser)
        parser.add_argument(
            "--reason",
            required=True,
            help="how you know who it is, such as the staff card that you saw",
        )

    def handle(self, *, username, by, password_fd, reason, **options):
        administrator = asking.person(
            username=by, password_fd=password_fd, may_wait=True
        )
        found = User.objects.filter(username_key=username.casefold()).first()
        if found is None:
            raise CommandError(
                f"{username} is not the username of an account; check it."
            )
        with audit.as_account(asking.operating_account()):
            try:
                identity.confirm_at_server(
                    person=found, by=administrator, at=timezone.now(), reason=reason
                )
            except Refusal as refusal:
                raise CommandError(str(refusal)) from None
        self.stdout.write(
            f"{found.printed_name} ({found.username}) is confirmed and can act now."
        )

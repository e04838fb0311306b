"""`manage.py start_site USERNAME`: an empty real site and its first administrator."""

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from lots.accounts import users
from lots.evidence import audit
from lots.management import database_check, sign_in
from lots.rules.refusal import Refusal


class Command(BaseCommand):
    help = (
        "Make this empty database a real site, which never becomes a training site."
        " Add its first administrator, who then adds the other accounts."
    )

    def add_arguments(self, parser):
        parser.add_argument("username", help="username of the first administrator")
        parser.add_argument("--name", required=True, help="name as signatures print it")
        parser.add_argument(
            "--title",
            default="Administrator",
            help="title as signatures print it (default: %(default)s)",
        )
        parser.add_argument(
            "--employee-number",
            required=True,
            metavar="NUMBER",
            help="the number that the company gives to this person alone",
        )
        sign_in.add_password_fd(parser)

    def handle(self, *, username, name, title, employee_number, password_fd, **options):
        database_check.refuse_unprepared()
        password = sign_in.new_password(username, password_fd)
        try:
            with audit.as_account(sign_in.operating_account()):
                users.start_site(
                    at=timezone.now(),
                    username=username,
                    printed_name=name,
                    title=title,
                    employee_number=employee_number,
                    password=password,
                )
        except Refusal as refusal:
            raise CommandError(str(refusal)) from None
        self.stdout.write(
            f"This is a real site now. Sign in as {username} and add the other"
            " accounts. Until a person of QA can sign, confirm who has them with"
            " manage.py confirm_person."
        )

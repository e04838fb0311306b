"""`manage.py restore FILE [--replace --by USER --reason TEXT]`: put a backup back."""

from pathlib import Path

from django.contrib.auth.hashers import check_password
from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from lots.evidence import audit, replaced_database, restore
from lots.management import sign_in
from lots.models import Role
from lots.rules.refusal import Refusal

# Who may replace a database that is in use.
ROLES = (Role.QA, Role.ADMINISTRATOR)


class Command(BaseCommand):
    help = "Restore a backup into an empty database, and verify what was restored."

    def add_arguments(self, parser):
        parser.add_argument("file", type=Path, help="the backup file")
        parser.add_argument(
            "--replace",
            action="store_true",
            help=(
                "replace a database that is not empty; it is backed up beside FILE"
                " first. Needs --by and --reason"
            ),
        )
        parser.add_argument(
            "--by", metavar="USER", help="your username: QA or an administrator"
        )
        parser.add_argument("--reason", default="", help="why it is replaced")
        sign_in.add_password_fd(parser)

    def handle(self, *, file, replace, by, reason, password_fd, **options):
        with audit.as_account(sign_in.operating_account()):
            try:
                person = self._person(file, by, reason, password_fd) if replace else ""
                restored = restore.restore(
                    path=file,
                    at=timezone.now(),
                    replace=replace,
                    person=person,
                    reason=reason,
                )
            except Refusal as refusal:
                raise CommandError(str(refusal)) from None
        if restored.kept is not None:
            self.stdout.write(f"What was there before is kept in {restored.kept}.")
        manifest = restored.manifest
        self.stdout.write(
            f"Restored the backup of {manifest.made_at}: {manifest.entries} audit"
            f" entries; trail and records were verified."
        )
        if replace:
            self._tell(restored.carried)

    def _person(self, file, by, reason, password_fd):
        """Return who restores, as the trail says it: checked where that can be done."""
        if not by or not reason.strip():
            raise CommandError(
                "--replace needs a person and a reason; name them with --by and"
                " --reason."
            )
        was = replaced_database.look()
        if was is not None and was.accounts:
            found = sign_in.person(username=by, password_fd=password_fd)
        else:
            found = restore.people(path=file).get(by.casefold())
            password = sign_in.password(by, password_fd)
            if found is None or not found.is_active:
                raise CommandError(
                    f"{by} is not the username of an active account of the backup;"
                    " check it."
                )
            if not check_password(password, found.password):
                raise CommandError(
                    f"Not restored: the password of {found.printed_name} in the backup"
                    " is another one; type it again."
                )
        if set(ROLES).isdisjoint(found.roles):
            raise CommandError(
                f"{found.printed_name} is neither QA nor an administrator; somebody of"
                " either restores a backup."
            )
        return f"{found.printed_name} ({found.username})"

    def _tell(self, carried):
        self.stdout.write(
            "Each password is good for one sign-in, at which its owner chooses another."
            " Then an administrator confirms a person of QA with manage.py"
            " confirm_person, and QA confirms everybody else."
        )
        for fact, words in (
            ("kept_deactivated", "Stay deactivated"),
            ("roles_taken", "Stay without roles that were taken"),
            ("accounts_lost", "Added since the backup, and to be added again"),
            ("numbers_lifted", "Go on after the last number that was given"),
        ):
            if carried.get(fact):
                self.stdout.write(f"{words}: {', '.join(carried[fact])}.")
        if "replaced_entries" not in carried:
            self.stdout.write(
                "What was replaced could not be read: compare the list of certificates"
                " and the accounts with what you know before you go on."
            )

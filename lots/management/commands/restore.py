"""`manage.py restore FILE [--replace]`: put a backup in the place of the database."""

from pathlib import Path

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from lots.evidence import audit, backup
from lots.management import asking
from lots.rules.refusal import Refusal


class Command(BaseCommand):
    help = "Restore a backup into an empty database, and verify what was restored."

    def add_arguments(self, parser):
        parser.add_argument("file", type=Path, help="the backup file")
        parser.add_argument(
            "--replace",
            action="store_true",
            help=(
                "replace a database that is not empty; it is backed up beside FILE"
                " first"
            ),
        )

    def handle(self, *, file, replace, **options):
        with audit.as_account(asking.operating_account()):
            try:
                manifest, kept = backup.restore(
                    path=file, at=timezone.now(), replace=replace
                )
            except Refusal as refusal:
                raise CommandError(str(refusal)) from None
        if kept is not None:
            self.stdout.write(f"What was there before is kept in {kept}.")
        self.stdout.write(
            f"Restored the backup of {manifest.made_at}: {manifest.entries} audit"
            f" entries; trail and records were verified."
        )

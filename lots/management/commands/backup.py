"""`manage.py backup FILE`: the whole database in one file, while others work."""

from pathlib import Path

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from lots.evidence import backup
from lots.management import database_check
from lots.rules.refusal import Refusal


class Command(BaseCommand):
    help = "Write a backup of everything into one new file. The site can go on running."

    def add_arguments(self, parser):
        parser.add_argument("file", type=Path, help="a new file")

    def handle(self, *, file, **options):
        database_check.refuse_without_tables()
        try:
            manifest = backup.write(path=file, at=timezone.now())
        except Refusal as refusal:
            raise CommandError(str(refusal)) from None
        self.stdout.write(
            f"{file}: {manifest.entries} audit entries, the last with checksum"
            f" {manifest.head}; {sum(manifest.rows.values())} records; SHA-256 of the"
            f" database {manifest.sha256}. Keep a copy elsewhere."
        )

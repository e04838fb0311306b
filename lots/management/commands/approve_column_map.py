"""`manage.py approve_column_map MAP.toml --by USER`."""

from pathlib import Path

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from lots.evidence import audit, signatures
from lots.imports import column_map, map_approval
from lots.management import map_file, sign_in
from lots.rules.refusal import Refusal


class Command(BaseCommand):
    help = "Approve the translations of a column map, as a second person."

    def add_arguments(self, parser):
        parser.add_argument("map", type=Path, help="the TOML file that was checked")
        sign_in.add_arguments(parser)

    def handle(self, *, map, by, password_fd, **options):
        column = map_approval.found(map_file.text(map))
        if column is None:
            raise CommandError(
                f"{map} was not proposed: check a file with it first (import_lots"
                " --dry-run), and it must have a [translate] table."
            )
        for result, written, text in column_map.read(column.text).translations():
            self.stdout.write(f"{result.column} ({result.test}): {written} = {text}")
        shown = signatures.shown(map_approval.map_text(column))
        self.stdout.write("You sign: Column map approved. Your password is asked now.")
        person, confirmation = sign_in.signer(username=by, password_fd=password_fd)
        with audit.as_account(sign_in.operating_account()):
            try:
                map_approval.approve_map(
                    column=column,
                    by=person,
                    at=timezone.now(),
                    confirmation=confirmation,
                    shown=shown,
                )
            except Refusal as refusal:
                raise CommandError(str(refusal)) from None
        self.stdout.write(f"{map}, SHA-256 {column.sha256}: approved.")

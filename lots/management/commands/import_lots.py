"""`manage.py import_lots FILE --map MAP.toml [--dry-run] --by USER`."""

from pathlib import Path

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from lots.evidence import audit, documents
from lots.evidence.documents import Upload
from lots.imports import lot_import, omissions
from lots.imports.row_report import shown_columns
from lots.imports.table_file import FORMATS
from lots.management import map_file, sign_in
from lots.rules.refusal import Refusal, Refusals


class Command(BaseCommand):
    help = "Import lots with their results from a table file: all or nothing."

    def add_arguments(self, parser):
        parser.add_argument("file", type=Path, help=", or ".join(FORMATS))
        parser.add_argument(
            "--map",
            type=Path,
            required=True,
            help="a TOML file that says what each column is (docs/importing.md)",
        )
        parser.add_argument(
            "--dry-run",
            action="store_true",
            help="check every row and store no lot",
        )
        sign_in.add_arguments(parser)

    def handle(self, *, file, map, dry_run, by, password_fd, **options):
        upload = Upload(file.name, _content(file))
        map_text = map_file.text(map)
        person = sign_in.person(username=by, password_fd=password_fd)
        do = self._check if dry_run else self._import
        with audit.as_account(sign_in.operating_account()):
            try:
                do(person, upload, map_text)
            except Refusals as refusals:
                raise _refused(file, refusals.refusals) from None
            except Refusal as refusal:
                raise _refused(file, [refusal]) from None

    def _check(self, person, upload, map_text):
        checked = lot_import.check_file(
            by=person, at=timezone.now(), upload=upload, map_text=map_text
        )
        for form in checked.forms:
            self.stdout.write(
                f"row {form.row}\t{form.number}\t{form.state}"
                f"\t{_n(len(form.entries), 'result')}"
            )
            for wrong in form.wrong:
                self.stdout.write(f"\t{wrong}")
        self._tell((form.row, form.left_out) for form in checked.forms)
        for column in shown_columns(checked.forms):
            for cell in column.cells:
                self.stdout.write(
                    f"shown otherwise\t{cell.column}\t{cell.taken} is taken,"
                    f" {cell.shown} is shown"
                )
        for result, written, text in checked.map.translations():
            self.stdout.write(
                f"translated\t{result.column}\t{written} = {text} ({result.test})"
            )
        self.stdout.write(
            f"{upload.name}, SHA-256 {checked.document.sha256}:"
            f" {_n(len(checked.forms), 'row')}, {checked.count('new')} new,"
            f" {checked.count('stored')} stored already,"
            f" {checked.count('wrong')} wrong. Nothing was imported."
        )
        if not checked.is_well_formed:
            raise CommandError(
                "The file cannot be imported as it is; correct what is named above."
            )
        if checked.closed:
            raise CommandError(str(checked.closed))

    def _import(self, person, upload, map_text):
        imported = lot_import.import_lots(
            by=person, at=timezone.now(), upload=upload, map_text=map_text
        )
        self.stdout.write(
            f"{upload.name}, SHA-256 {imported.sha256}: {_n(imported.rows, 'lot')}"
            " imported."
        )
        self._tell(
            (number, omissions.of_lot(stored))
            for number, stored in imported.lots.order_by("pk").values_list(
                "number", "left_out"
            )
        )

    def _tell(self, found):
        """Write each cell that was left out and each column that is not read."""
        for one in omissions.omissions(found):
            if one.is_column:
                self.stdout.write(f"column ignored\t{one.column}\t{one.word}")
            else:
                self.stdout.write(
                    f"left out\t{one.column}\t{one.text or '(blank)'}\t{one.word}"
                    f"\t{', '.join(map(str, one.places))}"
                )


def _n(count, noun):
    """Return the count with its noun: 1 row, 2 rows."""
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"


def _content(path):
    try:
        with path.open("rb") as file:
            # One byte more than is kept, so that the verb refuses it by its size.
            return file.read(documents.LARGEST + 1)
    except OSError as error:
        raise CommandError(f"{path} cannot be read: {error.strerror}.") from None


def _refused(file, refusals):
    listed = "\n".join(str(refusal) for refusal in refusals)
    return CommandError(f"{file} was not imported; nothing was stored.\n{listed}")

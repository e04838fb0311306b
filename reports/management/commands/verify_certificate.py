"""Say, as separate facts, what a file is: exit 0 only if issued here and current."""

import hashlib
import json
from pathlib import Path

from django.core.management.base import BaseCommand, CommandError

from lots.management import database_check
from reports.status import verification


class Command(BaseCommand):
    help = (
        "Check whether a file is a certificate that was issued here. Exit 0 only if"
        " the file is byte for byte the one issued and the certificate is current;"
        " otherwise 1."
    )

    def add_arguments(self, parser):
        parser.add_argument("file", type=Path, metavar="FILE", help="the PDF to check")
        parser.add_argument(
            "--json", action="store_true", help="answer as one JSON object"
        )

    def handle(self, *, file, **options):
        try:
            with file.open("rb") as opened:
                sha256 = hashlib.file_digest(opened, "sha256").hexdigest()
        except OSError as error:
            raise CommandError(f"{file} cannot be read: {error.strerror}.") from error
        database_check.refuse_unprepared()
        found = verification.of_digest(sha256)
        facts = _facts(found)
        self.stdout.write(_as_json(facts) if options["json"] else _as_lines(facts))
        if not found.holds:
            raise SystemExit(1)


def _facts(found):
    facts = {
        "sha256": found.sha256,
        "known": found.known,
        "file_intact": found.file_intact,
        "content_intact": found.content_intact,
        "as_recorded": found.as_recorded,
    }
    if found.known:
        certificate = found.certificate
        facts |= {
            "number": certificate.number,
            "revision": certificate.revision,
            "lot": certificate.lot.original_number,
            "use": certificate.assessment.use,
            "specification": str(certificate.assessment.specification),
            "content_digest": certificate.digest,
            "status": found.status.code,
            "sentence": str(found.status),
        }
    return facts | {"holds": found.holds}


def _as_json(facts):
    return json.dumps(facts, indent=2, ensure_ascii=False)


def _as_lines(facts):
    return "\n".join(
        f"{name.replace('_', ' ')}: {_word(value)}" for name, value in facts.items()
    )


def _word(value):
    return ("no", "yes")[value] if isinstance(value, bool) else value

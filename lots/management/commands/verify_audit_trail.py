"""`manage.py verify_audit_trail [--json]`: exit 0 if chain and records hold, else 1."""

import dataclasses
import itertools
import json
import sys

from django.core.management.base import BaseCommand

from lots.evidence import verification
from lots.management import database_check
from lots.workflow import lot_status_rebuild

# So many lots are named; whether there are more does not change the answer.
NAMED = 20


class Command(BaseCommand):
    help = (
        "Check the chain of the audit trail, every record against it, and the status"
        " of every lot against its records."
    )

    def add_arguments(self, parser):
        parser.add_argument("--json", action="store_true", help="answer in JSON")
        parser.add_argument(
            "--skip-lot-status",
            action="store_true",
            help="leave out the status of lots, which takes longest on a large site",
        )

    def handle(self, *, json, skip_lot_status, **options):
        database_check.refuse_unprepared()
        with verification.snapshot():
            verdict = verification.verify()
            differing = None
            # Only records that hold can say what a status should be.
            if verdict.holds and not skip_lot_status:
                found = lot_status_rebuild.differences()
                differing = tuple(itertools.islice(found, NAMED))
        self.stdout.write((_as_json if json else _in_words)(verdict, differing))
        if not verdict.holds or differing:
            sys.exit(1)


def _as_json(verdict, differing):
    facts = dataclasses.asdict(verdict)
    facts["lot_status_faults"] = (
        None if differing is None else [str(one) for one in differing]
    )
    return json.dumps({"holds": verdict.holds and not differing, **facts}, indent=2)


def _in_words(verdict, differing):
    if verdict.chain_break:
        return (
            f"The audit trail is broken at entry {verdict.chain_break.sequence}:"
            f" {verdict.chain_break.fault}."
        )
    if verdict.record_fault:
        return (
            "The audit trail is intact, but a record differs from it:"
            f" {verdict.record_fault}."
        )
    if verdict.set_back:
        return (
            f"The audit trail is intact, but entry {verdict.set_back} is earlier than"
            " an entry before it: the clock of the server was set back. Compare the"
            " clock, and read what was done since. When it is right and you know why,"
            " two people accept it with manage.py accept_clock."
        )
    if verdict.unprotected:
        return (
            "The audit trail is intact, but the database no longer protects it: the"
            f" triggers {', '.join(verdict.unprotected)} are missing or altered. Find"
            " out who removed them; manage.py migrate --skip-checks makes them again."
        )
    intact = (
        f"The audit trail is intact: {verdict.entries} entries, the last with checksum"
        f" {verdict.head}; {verdict.records} records match it."
    )
    if differing is None:
        return f"{intact} The status of lots was not checked."
    if differing:
        named = ", ".join(map(str, differing))
        return (
            f"{intact} But the status that lists read differs from the records of"
            f" {named}. Run manage.py rebuild_lot_status, and find out who or what"
            " changed it."
        )
    return f"{intact} The status of every lot is what its records say."

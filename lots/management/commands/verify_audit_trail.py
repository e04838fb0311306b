"""`manage.py verify_audit_trail [--json]`: exit 0 if chain and records hold, else 1."""

import dataclasses
import json
import sys

from django.core.management.base import BaseCommand

from lots.evidence import verification
from lots.management import prepared


class Command(BaseCommand):
    help = "Check the chain of the audit trail and every record against it."

    def add_arguments(self, parser):
        parser.add_argument("--json", action="store_true", help="answer in JSON")

    def handle(self, *, json, **options):
        prepared.refuse_unprepared()
        verdict = verification.verify()
        self.stdout.write(_as_json(verdict) if json else _in_words(verdict))
        if not verdict.holds:
            sys.exit(1)


def _as_json(verdict):
    return json.dumps({"holds": verdict.holds, **dataclasses.asdict(verdict)}, indent=2)


def _in_words(verdict):
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
    return (
        f"The audit trail is intact: {verdict.entries} entries, the last with checksum"
        f" {verdict.head}; {verdict.records} records match it."
    )

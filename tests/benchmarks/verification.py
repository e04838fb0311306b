"""Verification of a trail of 1,000,000 entries, as CPU time against the goal.

A tenth of them is made, by acts, and measured; the time grows with their number. Most
entries of a real trail tell of results and their marks, so these do too. The status of
lots is apart: it takes so long for each lot, however long the trail is.
"""

import os
import tempfile
import time
from pathlib import Path

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.settings")
django.setup()

# ruff: noqa: E402 - models can be imported only after the set-up above.
from django.core.management import call_command
from django.db import connection
from django.utils import timezone

from lots.demo import bench
from lots.evidence import audit, verification
from lots.models import AuditEntry, Mark, Result
from tests import world
from tests.benchmarks import Figure

MADE, MEANT = 100_000, 1_000_000
# For 1,000,000 entries, chain and records.
GOAL_SECONDS = 120
IN_ONE_ACT = 3_000


def run() -> list[Figure]:
    """Return the figure: CPU seconds for MEANT entries, as a part of the goal."""
    before = connection.settings_dict["NAME"]
    with tempfile.TemporaryDirectory() as folder:
        connection.close()
        connection.settings_dict["NAME"] = str(Path(folder) / "trail.sqlite3")
        try:
            seconds = _measured()
        finally:
            connection.close()
            connection.settings_dict["NAME"] = before
    return [
        Figure(
            name=f"verification of {MEANT:,} entries, CPU / {GOAL_SECONDS} s",
            ratio=seconds / GOAL_SECONDS,
            goal=1.0,
        )
    ]


def _measured() -> float:
    call_command("migrate", verbosity=0)
    with audit.replaying():
        cast, baclofen = world.make()
        at = timezone.now()
        lot = bench.log(cast, baclofen, at=at, number="BENCH-1")
        bench.enter(lot, baclofen, bench.ORAL_RESULTS, by=cast.lin, at=at)
        _fill(cast.lin, at)
    began = time.process_time()
    verdict = verification.verify()
    seconds = time.process_time() - began
    assert verdict.holds, verdict
    return seconds * MEANT / verdict.entries


def _fill(by, at) -> None:
    """Add attempts of the results that are there, each with two marks."""
    results = list(Result.objects.order_by("pk"))
    mark = Mark.objects.order_by("pk").first()
    made = AuditEntry.objects.count()
    attempt = 2
    while made < MADE:
        copies, marks = [], []
        while len(copies) < IN_ONE_ACT // 3:
            for one in results:
                copies.append(_copy(one, attempt=attempt))
            attempt += 1
        with audit.act(by=by, at=at, action="enter") as act:
            for one in copies:
                act.create(one)
                marks += [_copy(mark, result=one), _copy(mark, result=one)]
            for one in marks:
                act.create(one)
        made += len(copies) + len(marks)


def _copy(record, **other):
    values = {
        field.attname: getattr(record, field.attname)
        for field in record._meta.concrete_fields
        if not field.primary_key
    }
    copy = type(record)(**values)
    for name, value in other.items():
        setattr(copy, name, value)
    return copy

"""A thousand certificates issued in one go: memory after the last beside after 100.

Released lots of the oral specification are made by the verbs on a SQLite file; then a
process of its own issues each to many customers, from the preflight to the stored file,
and a figure is its highest memory by then. `python -m tests.benchmarks.issuing` prints
the figure alone.
"""

import json
import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from tests.benchmarks import Figure

ROOT: Final = Path(__file__).resolve().parents[2]
LOTS, FEW, MANY = 25, 100, 1_000
FLAT: Final = 1.05


def run() -> Iterator[Figure]:
    """Yield the figure: peak memory after many certificates over that after few."""
    with tempfile.TemporaryDirectory() as folder:
        _child("prepare", folder)
        after = json.loads(_child("issue", folder))
    assert after["issued"] == MANY, after
    yield Figure(
        name=f"issuing: peak memory, {MANY} certificates in one go to {FEW}",
        ratio=after["many"] / after["few"],
        goal=FLAT,
    )


def _child(what: str, folder: str) -> str:
    """Run a step in a process of its own and return the last line that it says."""
    done = subprocess.run(
        [sys.executable, "-m", "tests.benchmarks.issuing", what],
        cwd=ROOT,
        env=os.environ
        | {
            "DATABASE_URL": f"sqlite:///{folder}/bench.sqlite3",
            "DJANGO_SETTINGS_MODULE": "tests.settings",
        },
        stdout=subprocess.PIPE,
        check=True,
        text=True,
    )
    return done.stdout.splitlines()[-1]


def prepare() -> None:
    """Log, enter, review and release the lots, and add the customers."""
    from django.core.management import call_command
    from django.utils import timezone

    from lots.demo import baclofen, bench, people
    from lots.setup import organisations

    call_command("migrate", verbosity=0)
    at = timezone.now()
    cast = people.start(at=at)
    world = baclofen.set_up(cast, at=at)
    values = {**bench.ORAL_RESULTS, **bench.ELEMENTS}
    for number in range(LOTS):
        lot = bench.log(cast, world, at=at, number=f"BAC-26-{number:03}")
        bench.enter(lot, world, values, by=cast.lin, at=at)
        bench.review(cast, lot, at=at)
        bench.release(cast, lot, "BAC-ORAL", at=at)
    for number in range(MANY // LOTS):
        organisations.add_organisation(
            by=cast.olga,
            at=at,
            name=f"Customer {number}",
            address=f"{number} Long Wharf, Boston",
            telephone="+1 617 555 0144",
            is_customer=True,
        )
    print("prepared")


def issue() -> None:
    """Issue one after the other; print the highest memory after 100 and after all."""
    from django.utils import timezone

    from lots.demo import bench
    from lots.models import Assessment, Organisation, User
    from reports.issuing import certificates
    from reports.models import Certificate

    chen = User.objects.get(username="chen")
    keys = Assessment.objects.filter(state="released").values_list("pk", flat=True)
    peaks, issued = {}, 0
    for customer in Organisation.objects.filter(is_customer=True).order_by("pk"):
        for key in keys:
            certificates.issue(
                assessment=Assessment.objects.get(pk=key),
                by=chen,
                at=timezone.now(),
                customer=customer,
                stated=bench.LABEL,
            )
            issued += 1
            if issued in (FEW, MANY):
                peaks[issued] = _peak()
    stored = Certificate.objects.filter(state="issued").count()
    print(json.dumps({"few": peaks[FEW], "many": peaks[MANY], "issued": stored}))


def _peak() -> int:
    """Return the highest resident memory of this process, not of its parent, in kB."""
    status = Path("/proc/self/status").read_text(encoding="utf-8")
    found = re.search(r"VmHWM:\s+(\d+) kB", status)
    assert found
    return int(found[1])


if __name__ == "__main__":
    if len(sys.argv) > 1:
        import django

        django.setup()
        {"prepare": prepare, "issue": issue}[sys.argv[1]]()
    else:
        for figure in run():
            print(f"{figure.name}: {figure.ratio:.3f} (goal {figure.goal:.3f})")

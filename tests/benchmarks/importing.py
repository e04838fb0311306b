"""Importing lots of 7 results: CPU for each 100, and memory with 2,000 beside 200.

Each import runs in a process of its own on an empty SQLite file, so that its highest
memory is its own. The CPU is everything that `import_lots` does, from bytes to the
last audit entry, with other values in every lot.
`python -m tests.benchmarks.importing` prints these figures alone.
"""

import json
import os
import random
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

from tests.benchmarks import Figure

ROOT = Path(__file__).resolve().parents[2]
FEW, MANY = 200, 2_000
SECONDS_PER_100 = 1.0
FLAT = 1.15
COLUMNS = ("WATER", "TOTAL", "IMP-L", "CONTENT", "D10", "D50", "D90")
# From and to, both within the limits, with the decimals of each column.
SPANS = (
    ("0.50", "2.40"),
    ("0.05", "0.44"),
    ("0.01", "0.09"),
    ("93.6", "95.4"),
    ("0.80", "9.90"),
    ("12.00", "45.00"),
    ("60.000", "210.000"),
)


def run() -> Iterator[Figure]:
    """Yield the figures: seconds against one second, and memory many against few."""
    few, many = measured(FEW), measured(MANY)
    yield Figure(
        name="import: CPU seconds per 100 lots of 7 results",
        # The better of the two: what else the machine does is not the import's.
        ratio=min(few["seconds"] / FEW, many["seconds"] / MANY) * 100 / SECONDS_PER_100,
        goal=1.0,
    )
    yield Figure(
        name=f"import: peak memory, {MANY} lots to {FEW}",
        ratio=many["peak"] / few["peak"],
        goal=FLAT,
    )


def measured(lots: int) -> dict[str, float]:
    """Return the CPU seconds and the peak memory of one import in its own process."""
    with tempfile.TemporaryDirectory() as folder:
        done = subprocess.run(
            [sys.executable, "-m", "tests.benchmarks.importing", str(lots)],
            cwd=ROOT,
            env=os.environ
            | {
                "DATABASE_URL": f"sqlite:///{folder}/bench.sqlite3",
                "DJANGO_SETTINGS_MODULE": "tests.settings",
            },
            stdout=subprocess.PIPE,
            check=True,
        )
    return json.loads(done.stdout)


def _values(chance: random.Random) -> Iterator[str]:
    """Yield a text for each column, within its span and of its decimals."""
    for low, high in SPANS:
        step = Decimal(low).as_tuple().exponent
        number = chance.randint(
            *(int(Decimal(one).scaleb(-step)) for one in (low, high))
        )
        yield f"{Decimal(number).scaleb(step)}"


def measure(lots: int) -> dict[str, float]:
    """Import so many lots here and now."""
    import django

    django.setup()
    from django.core.management import call_command
    from django.utils import timezone

    from lots.demo import people, real_lots
    from lots.evidence.documents import Upload
    from lots.imports import lot_import

    call_command("migrate", verbosity=0)
    at = timezone.now()
    cast = people.start(at=at)
    real_lots.set_up(cast, at=at)
    chance = random.Random(lots)
    results = "\n".join(f'{code} = "{code}"' for code in COLUMNS)
    map_text = f"""
        lot = "{{lot}}"
        sample = "{{lot}}/S1"
        [constants]
        material = "{real_lots.ITEM_CODE}"
        site = "{real_lots.ORGANISATION}, {real_lots.SITE}"
        use = "oral"
        process = "{real_lots.PROCESS}"
        manufactured_on = "2022-01-10"
        size = "100"
        packaging = "4 drums"
        use_document_kind = "declaration"
        use_document_reference = "D-1"
        sampled_on = "2022-01-11"
        sampled_by = "Marek Novak"
        sample_quantity = "50 g"
        performed_by = "marek"
        performed_on = "2022-01-17"
        [results]
        {results}
    """
    content = "".join(
        f"{row}\n"
        for row in (
            ",".join(("lot", *COLUMNS)),
            *(",".join((f"B-{number}", *_values(chance))) for number in range(lots)),
        )
    )
    started = time.process_time()
    lot_import.import_lots(
        by=cast.lin,
        at=timezone.now(),
        upload=Upload("bench.csv", content.encode()),
        map_text=map_text,
    )
    return {
        "seconds": time.process_time() - started,
        "peak": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss,
    }


if __name__ == "__main__":
    if len(sys.argv) > 1:
        print(json.dumps(measure(int(sys.argv[1]))))
    else:
        for figure in run():
            print(f"{figure.name}: {figure.ratio:.3f} (goal {figure.goal:.3f})")

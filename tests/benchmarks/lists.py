"""The list of lots, My work and the dashboard with 100,000 lots beside 1,000.

Rows are stored in bulk, past the verbs: what is measured is reading. Both databases
are SQLite files; each pair of requests goes through the test client, in turn, and the
worst ratio of medians of a group is its figure. Certificates carry a short file.
"""

import datetime
import gc
import itertools
import os
import random
import statistics
import sys
import tempfile
import time
from pathlib import Path
from urllib.parse import urlencode

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.settings")
django.setup()

# ruff: noqa: E402 - models can be imported only after the set-up above.
from django.core.cache import caches
from django.core.management import call_command
from django.db import connections, transaction
from django.test import Client
from django.test.utils import setup_test_environment, teardown_test_environment
from django.utils import timezone

from lots import calendar
from lots.evidence import audit
from lots.models import (
    Assessment,
    CertificateHeader,
    Lot,
    LotStatus,
    Material,
    Qualification,
    ReleaseDays,
    Site,
    Specification,
    Stage,
    TestOrder,
    User,
)
from lots.tables.lots import PER_PAGE, SORTABLE
from reports.models import Certificate
from tests import world
from tests.benchmarks import Figure

FEW, MANY, OPEN = 1_000, 100_000, 1_000
# A first look at every page, and a closer one at those that look slowest.
LOOKS, CLOSER, SLOWEST = 3, 21, 12
DAY = datetime.timedelta(days=1)
WORKING = (
    Stage.TO_ENTER,
    Stage.TO_SUBMIT,
    Stage.TO_REVIEW,
    Stage.INVESTIGATION,
    Stage.TO_RELEASE,
)
ENDED = (Stage.ON_HOLD, Stage.REFUSED, Stage.REJECTED, Stage.RECALLED, Stage.VOID)
COUNTED_IN = {
    Stage.TO_ENTER: "missing",
    Stage.TO_SUBMIT: "to_submit",
    Stage.TO_REVIEW: "to_review",
    Stage.INVESTIGATION: "open_investigations",
    Stage.TO_RELEASE: "to_release",
}


def run():
    """Yield the worst ratio of each group of pages."""
    with tempfile.TemporaryDirectory() as folder:
        few = Database(Path(folder) / "few.sqlite3", lots=FEW, working=350, years=1)
        busy = Database(Path(folder) / "busy.sqlite3", lots=FEW, working=OPEN, years=1)
        many = Database(
            Path(folder) / "many.sqlite3", lots=MANY, working=OPEN, years=10
        )
        for name, pages, goal in (
            ("any filter and sort", _listed(few, many, _filters()), 1.3),
            ("text search", _listed(few, many, _texts()), 1.6),
        ):
            yield Figure(
                name=f"lot list, {name}: 100,000 lots / 1,000",
                ratio=_worst(few, many, pages),
                goal=goal,
            )
        for site in (busy, many):
            site.sign_in()
        yield Figure(
            name="My work, 1,000 open lots: among 100,000 / among 1,000",
            ratio=_ratio(busy, many, ("/", "/"), CLOSER),
            goal=1.5,
        )
        # Beside a site that released lots too: without any, no picture is drawn.
        few.sign_in()
        page = "/dashboard/?months=12"
        for name, before in (
            ("dashboard of 12 months", None),
            ("the same after a lot was changed", Database.change),
        ):
            yield Figure(
                name=f"{name}: 100,000 lots / 1,000",
                ratio=_ratio(few, many, (page, page), CLOSER, before=before),
                goal=1.5,
            )


# -- what is asked ------------------------------------------------------------------


def _filters():
    """Yield every filter that the list offers, alone, and some together."""
    today = calendar.today(timezone.now())
    yield {}
    for stage in Stage:
        yield {"stage": stage}
    for outcome in ("pass", "fail", "undecided", "missing"):
        yield {"outcome": outcome}
    for use in ("oral", "intrathecal"):
        yield {"use": use}
    for quick in ("on_hold", "oos", "ready", "retest_due", "first_time"):
        yield {"quick": quick}
    for task in ("to_enter", "to_submit", "to_review", "to_release", "retest_due"):
        yield {"task": task}
    yield {"task": "to_review", "mine": "yes"}
    yield {"material": 1}
    yield {"site": 3}
    yield {"closest_test": "Assay"}
    for name in ("manufactured", "logged", "submitted", "released", "since"):
        yield {f"{name}_from": today - 150 * DAY}
        yield {f"{name}_from": today - 365 * DAY, f"{name}_to": today}
        yield {f"{name}_from": today - 5000 * DAY}
    yield {"retest_from": today + 700 * DAY, "retest_to": today + 1000 * DAY}
    yield {"retest_to": today + 2000 * DAY}
    yield {"use": "oral", "stage": "released", "site": 3}
    yield {"material": 1, "outcome": "fail", "released_from": today - 5000 * DAY}


def _texts():
    """Yield texts that one lot, some lots and every lot contains."""
    for text in ("LOT-000500", "000500", "0005", "ZX-7", "baclofen", "coa-20"):
        yield {"q": text}
        yield {"q": text, "stage": "released"}


def _listed(few, many, asked):
    """Return the first and the last full page of each, in every order offered."""
    for site in (few, many):
        site.sign_in()
    # What a page shows is seen through the test environment; nothing is timed in it.
    setup_test_environment()
    pages, unequal = [], []
    turn = itertools.cycle(("", "-"))
    for query in asked:
        for sort in SORTABLE:
            page = f"/lots/?{urlencode({**query, 'sort': next(turn) + sort})}"
            rows = [site.get(page).context["count"] for site in (few, many)]
            if min(rows) < PER_PAGE and rows[0] != rows[1]:
                unequal.append(f"{page} shows {rows} rows")
            pages.append((page, page))
            if min(rows) >= PER_PAGE:
                pages.append(tuple(f"{page}&page={n // PER_PAGE}" for n in rows))
    teardown_test_environment()
    if unequal:
        raise AssertionError(f"These cannot be compared: {'; '.join(unequal)}.")
    return pages


# -- how it is measured -------------------------------------------------------------


def _worst(few, many, pages):
    """Return the worst ratio of medians, looked at twice where it seems slow."""
    found = sorted(
        ((_ratio(few, many, pair, LOOKS), pair) for pair in pages), reverse=True
    )
    closer = [
        (_ratio(few, many, pair, CLOSER), pair) for _first, pair in found[:SLOWEST]
    ]
    if "-v" in sys.argv:
        for ratio, pair in sorted(closer, reverse=True)[:5]:
            print(f"  {ratio:.2f} {pair[1]}", file=sys.stderr)
    return max(closer)[0]


def _ratio(few, many, pair, times, *, before=None):
    """Return the median of the time with many over the one with few, in turn.

    What is done `before` each request is not timed.
    """
    few.get(pair[0]), many.get(pair[1])
    gc.collect()
    taken = []
    for _ in range(times):
        if before:
            before(few), before(many)
        taken.append((few.seconds(pair[0]), many.seconds(pair[1])))
    return statistics.median(large for _, large in taken) / statistics.median(
        small for small, _ in taken
    )


class Database:
    """A database with so many lots, and somebody signed in who works with them."""

    def __init__(self, path, *, lots, working, years):
        self.path = path
        self.connection = connections.create_connection("default")
        self.connection.settings_dict["NAME"] = str(path)
        self._use()
        call_command("migrate", verbosity=0)
        with audit.replaying():
            world.make()
        with transaction.atomic():
            _fill(lots=lots, working=working, years=years)
        self.client = Client(SERVER_NAME="127.0.0.1")
        self.lin = User.objects.get(username="lin")

    def _use(self):
        connections["default"] = self.connection
        caches["default"].key_prefix = str(self.path)

    def change(self):
        """Note a change of a lot that was logged thirty days ago."""
        self._use()
        lot = Lot.objects.filter(logged_at__lt=timezone.now() - 30 * DAY)
        with audit.act(by=self.lin, at=timezone.now(), action="change") as act:
            act.note(lot=lot.order_by("-logged_at").values_list("pk", flat=True)[0])

    def sign_in(self):
        """Begin a session; one that nobody used meanwhile has ended."""
        self._use()
        self.client.force_login(self.lin)

    def get(self, page):
        """Return the answer to the address, from this database."""
        self._use()
        response = self.client.get(page)
        if response.status_code != 200:
            raise AssertionError(f"{page} answered {response.status_code}.")
        return response

    def seconds(self, page):
        """Return the CPU time of one answer."""
        self._use()
        start = time.process_time()
        self.client.get(page)
        return time.process_time() - start


# -- what it is measured with -------------------------------------------------------


def _fill(*, lots, working, years):
    """Store lots over so many years, the youngest of them still in work."""
    chance = random.Random(20261123)
    User.objects.filter(username="lin").update(roles=["analyst", "qa", "reviewer"])
    lin = User.objects.get(username="lin")
    material = Material.objects.get()
    sites = list(Site.objects.order_by("pk"))[:4]
    now = timezone.now()
    rows = [
        _row(number, lots, working, years, now, chance) for number in range(1, lots + 1)
    ]
    qualification = Qualification.objects.first()
    Lot.objects.bulk_create(
        [
            Lot(
                pk=row["lot_id"],
                number=row["number"],
                number_key=row["number"],
                material=material,
                site=sites[row["lot_id"] % len(sites)],
                original_number=f"ZX-{row['lot_id'] * 7919 % 1000003}",
                original_key=row["number"],
                use=row["use"],
                qualification=qualification,
                manufactured_on=row["manufactured_on"],
                date_on=row["date_on"],
                state=row["state"],
                logged_by=lin,
                logged_at=row["logged_at"],
            )
            for row in rows
        ],
        batch_size=500,
    )
    LotStatus.objects.bulk_create(
        [
            LotStatus(
                material=material,
                site=sites[row["lot_id"] % len(sites)],
                search=(
                    f"{row['number']} zx-{row['lot_id'] * 7919 % 1000003}"
                    f" baclofen plant coa-{row['logged_at']:%Y}-{row['lot_id']:06}"
                ).casefold(),
                **row,
            )
            for row in rows
        ],
        batch_size=500,
    )
    _certify([row for row in rows if row["released_at"]], lin)
    _complete([row for row in rows if row["stage"] == Stage.TO_RELEASE], lin)


def _row(number, lots, working, years, now, chance):
    """Return a standing: the last ones in work, the others ended in some way."""
    logged = now - datetime.timedelta(days=years * 365 * (lots - number + 1) / lots)
    made = calendar.today(logged) - 6 * DAY
    is_working = number > lots - working
    if is_working:
        stage = chance.choice(WORKING)
    else:
        stage = chance.choice(ENDED) if chance.random() < 0.3 else Stage.RELEASED
    state = stage.value if stage in ENDED[:1] + ENDED[2:] else "quarantine"
    submitted = None if stage == Stage.TO_ENTER else logged + chance.randint(1, 9) * DAY
    is_released = stage == Stage.RELEASED
    days = [chance.randint(1, 9) for _ in range(3)]
    released = logged + sum(days) * DAY if is_released else None
    return {
        "lot_id": number,
        "number": f"LOT-{number:06}",
        "use": "intrathecal" if chance.random() < 0.1 else "oral",
        "state": state,
        "stage": stage.value,
        "outcome": "missing"
        if is_working
        else chance.choices(("pass", "fail", "undecided"), (80, 12, 8))[0],
        "manufactured_on": made,
        "date_on": calendar.months_after(made, chance.choice((12, 36, 60))),
        "logged_at": logged,
        "stage_at": released or submitted or logged,
        "submitted_at": submitted,
        "reviewed_at": released,
        "released_at": released,
        "days_logged_to_submitted": days[0] if released else None,
        "days_submitted_to_reviewed": days[1] if released else None,
        "days_reviewed_to_released": days[2] if released else None,
        "days_made_to_released": sum(days) + 6 if released else None,
        "required": 16,
        "passed": 14,
        COUNTED_IN.get(stage, "alerts"): 1,
        "failures": int(chance.random() < 0.06),
        "corrections": int(chance.random() < 0.05),
        "returns": int(chance.random() < 0.05),
        "closest_test": chance.choice(
            ("Assay", "Water", "Total impurities", "Toluene")
        ),
        "closest_distance": chance.randint(0, 900),
        "hands": chance.choice((" 1 ", " 2 ")),
        "sole_hands": chance.choice((" 1 ", " 2 ")),
    }


def _certify(rows, by):
    """Give every released lot its test order, assessment and certificate."""
    certificate_header = CertificateHeader.objects.first()
    _assess(rows, by, state="released")
    Certificate.objects.bulk_create(
        [
            Certificate(
                number=f"COA-{row['lot_id']:06}",
                series="COA",
                year=row["released_at"].year,
                ordinal=row["lot_id"],
                kind="revision" if row["lot_id"] % 20 == 0 else "original",
                state="withdrawn" if row["lot_id"] % 50 == 0 else "issued",
                assessment_id=row["lot_id"],
                lot_id=row["lot_id"],
                certificate_header=certificate_header,
                content="{}",
                digest=f"{row['lot_id']:064}",
                token=f"{row['lot_id']:064}",
                pdf=b"%PDF",
                pdf_sha256=f"{row['lot_id']:064}",
                issued_by=by,
                issued_at=row["released_at"],
            )
            for row in rows
        ],
        batch_size=500,
    )


if __name__ == "__main__":
    for figure in run():
        print(
            f"{figure.name}: {figure.ratio:.2f} (goal {figure.goal}), "
            f"{'met' if figure.is_met else 'MISSED'}"
        )


def _complete(rows, by):
    """Give every lot to release its assessment; of every second something closes it."""
    _assess(rows, by, state="complete")
    ReleaseDays.objects.bulk_create(
        [
            ReleaseDays(lot_id=row["lot_id"], last_on=row["date_on"])
            for row in rows
            if row["lot_id"] % 2
        ],
        batch_size=500,
    )


def _assess(rows, by, *, state):
    """Give every lot a test order with an assessment in this state."""
    specification = Specification.objects.order_by("pk").first()
    TestOrder.objects.bulk_create(
        [
            TestOrder(
                pk=row["lot_id"],
                lot_id=row["lot_id"],
                ordinal=1,
                opened_by=by,
                opened_at=row["logged_at"],
            )
            for row in rows
        ],
        batch_size=500,
    )
    Assessment.objects.bulk_create(
        [
            Assessment(
                pk=row["lot_id"],
                lot_id=row["lot_id"],
                test_order_id=row["lot_id"],
                specification=specification,
                use=row["use"],
                state=state,
                opened_at=row["logged_at"],
            )
            for row in rows
        ],
        batch_size=500,
    )

"""Makes an empty database a training site and plays two fictional years in it."""

import datetime
import random

from django.core.management.base import BaseCommand, CommandError
from django.db import transaction
from django.utils import timezone

from lots.demo import ascorbic_acid, baclofen, people, real_lots
from lots.evidence import audit
from lots.management import database_check
from lots.models import Installation, Lot, User
from reports.demo import (
    certificates,
    every_kind,
    failing,
    history,
    imported,
    origin,
    unfinished,
    use,
)
from reports.demo.ordinary_lots import Life
from reports.models import Certificate

ORAL_LOTS = 73
# Of these the last of the oral lots, which leave something to do.
RECENT_LOTS = 11
INTRATHECAL_LOTS = 8
# The places of the oral lots that are blended.
PARENTS = (20, 21, 22)
YEARS = datetime.timedelta(days=730)


class Command(BaseCommand):
    help = "Fill an empty database with the training site. A real site is refused."

    def handle(self, *args, **options):
        database_check.refuse_unprepared()
        found = Installation.objects.first()
        if found is not None and not found.is_training:
            raise CommandError(
                "Refused: this database is a real site, and training lots never go"
                " into one. Point DATABASE_URL at an empty database."
            )
        if found is None and User.objects.exists():
            raise CommandError(
                "Refused: this database is in use. Point DATABASE_URL at an empty one."
            )
        if found is None or not Lot.objects.exists():
            with audit.replaying(), transaction.atomic():
                load(now=timezone.now())
        self.stdout.write(
            f"Training site: {Lot.objects.count()} lots,"
            f" {Certificate.objects.count()} certificates. Sign in as"
        )
        for username, name, title, _number, _roles in people.PEOPLE:
            self.stdout.write(f"  {username:<7} {people.PASSWORD}   {name}, {title}")


def load(*, now):
    """Play the demo up to `now`."""
    begin = (now - YEARS).replace(hour=1, minute=0, second=0, microsecond=0)
    set_up_at = begin - datetime.timedelta(days=10)
    cast = people.start(at=set_up_at)
    world = baclofen.set_up(cast, at=set_up_at)
    acid = ascorbic_acid.set_up(cast, at=set_up_at, works=world.works)
    real_lots.set_up(cast, at=set_up_at)
    # Seeded, so that two training sites of one day tell the same stories.
    life = Life(cast=cast, world=world, chance=random.Random(1134470))
    life.set_up_customers(at=set_up_at)
    history.play(
        [
            *_oral(life, begin),
            *_intrathecal(life, begin),
            *_recent(life, begin, now),
            _second_material(life, acid, now),
        ],
        until=now,
    )
    people.add_namesake(cast, at=now)


def _second_material(life, acid, now):
    start = now.replace(minute=0, second=0, microsecond=0)
    start -= datetime.timedelta(days=30)
    return every_kind.certified(life, acid, f"ASC-{start:%y}-001", start)


def _oral(life, begin):
    """Yield a story for each oral lot, the special ones at their places."""
    special = {
        3: origin.retested,
        5: failing.proven_dilution_error,
        6: failing.unproven_fail,
        10: failing.transcription_correction,
        15: use.inside_every_intrathecal_limit,
        18: origin.agent,
        30: certificates.revised,
        33: certificates.duplicated,
        35: failing.at_the_limits,
        36: failing.just_above,
        58: certificates.under_review,
    }
    for place in range(ORAL_LOTS - RECENT_LOTS):
        start, number = _start(place, begin), _number(place, begin)
        if place == 12:
            yield origin.reprocessed(life, number, start, parent=_number(6, begin))
        elif place == 26:
            parents = [_number(one, begin) for one in PARENTS]
            yield origin.blend(life, number, start, parents=parents)
        else:
            yield special.get(place, Life.ordinary)(life, number, start)


def _start(place, begin):
    """Return the first day of the oral lot at this place."""
    return begin + place * datetime.timedelta(days=11, hours=3)


def _number(place, begin):
    return f"BAC-{_start(place, begin):%y}-{place + 1:03}"


def _intrathecal(life, begin):
    special = {3: failing.endotoxins, 5: use.suspended}
    for place in range(INTRATHECAL_LOTS - 1):
        start = begin + datetime.timedelta(days=20 + 88 * place)
        number = f"BIT-{start:%y}-{place + 1:02}"
        if place in special:
            yield special[place](life, number, start)
        else:
            yield life.ordinary(number, start, use="intrathecal")


def _recent(life, begin, now):
    """Yield what these days leave open: something to do for everybody."""
    today = now.replace(minute=0, second=0, microsecond=0)
    place = ORAL_LOTS - RECENT_LOTS + 1
    # Every lot that is logged after it is tested for what failed.
    start = today - datetime.timedelta(days=15)
    yield unfinished.failed_periodic_test(life, f"BAC-{start:%y}-{place:03}", start)
    place += 1
    for days, until in (
        (4, "log"),
        (5, "part"),
        (6, "enter"),
        (7, "submit"),
        (10, "review"),
        (12, "release"),
    ):
        start = today - datetime.timedelta(days=days)
        yield life.ordinary(f"BAC-{start:%y}-{place:03}", start, until=until)
        place += 1
    for days, story in (
        (8, unfinished.open_fail),
        (7, unfinished.correction_to_confirm),
        (6, unfinished.sent_back),
    ):
        start = today - datetime.timedelta(days=days)
        yield story(life, f"BAC-{start:%y}-{place:03}", start)
        place += 1
    start = today - datetime.timedelta(days=9)
    yield unfinished.copied_results(
        life,
        f"BAC-{start:%y}-{place:03}",
        start,
        of=_number(ORAL_LOTS - RECENT_LOTS - 1, begin),
    )
    start = today - datetime.timedelta(days=5)
    yield imported.from_a_file(life, f"ZAG-{start:%y}-01", start)
    yield unfinished.held_parent(
        life, _number(PARENTS[1], begin), today - datetime.timedelta(days=2)
    )
    yield unfinished.identities_to_approve(life, today - datetime.timedelta(days=3))
    start = today - datetime.timedelta(days=9)
    yield use.waits_for_counts(life, f"BIT-{start:%y}-{INTRATHECAL_LOTS:02}", start)

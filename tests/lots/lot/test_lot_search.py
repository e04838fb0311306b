"""Search of the lot list after a migration that built its table anew."""

import io

import pytest
from django.core.management import call_command
from django.db import connection

from lots.demo import bench
from lots.models import LotStatus
from lots.tables import lot_search
from tests.lots.pages import signed_in, words


@pytest.fixture
def without_triggers(world, at):
    """As Django leaves the table where SQLite could not alter it."""
    with connection.cursor() as cursor:
        for name in lot_search._TRIGGERS:
            cursor.execute(f"DROP TRIGGER {name}")
    bench.log(world.cast, world, at=at, number="BAC-26-001")


def found(world):
    page = signed_in(world.cast.lin).get("/lots/", {"q": "BAC-26-001"})
    return [row.record.number for row in page.context["table"].rows]


def test_lot_that_lost_its_triggers_is_not_found(world, without_triggers):
    """The control of the next test: nothing else keeps the text."""
    assert (LotStatus.objects.count(), found(world)) == (1, [])


def test_migrate_makes_the_triggers_again_and_indexes_what_is_there(
    world, without_triggers, at
):
    said = io.StringIO()

    call_command("migrate", stdout=said)

    assert "Search of the lots, indexed again." in said.getvalue()
    assert found(world) == ["BAC-26-001"]
    bench.log(world.cast, world, at=at, number="BAC-26-002")
    page = signed_in(world.cast.lin).get("/lots/", {"q": "BAC-26-00"})
    assert "BAC-26-002" in words(page)


def test_migrate_leaves_a_search_that_works_alone(world):
    said = io.StringIO()

    call_command("migrate", stdout=said)

    assert "Search" not in said.getvalue()

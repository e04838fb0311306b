"""Append-only tables open for the flush between tests, and are shut again."""

import pytest
from django.core.management import call_command
from django.db import DatabaseError, connection
from django.utils import timezone

from lots.accounts import users
from lots.models import AuditEntry
from tests.conftest import opened

pytestmark = pytest.mark.postgres


def write_a_trail():
    users.start_site(
        at=timezone.now(),
        username="adam",
        printed_name="Adam Berg",
        title="System administrator",
        employee_number="E-201",
        password="a password that is long enough",
    )


def test_flush_empties_the_trail_only_while_it_is_opened(empty):
    write_a_trail()

    with pytest.raises(DatabaseError, match="append-only"):
        AuditEntry.objects.all().delete()
    with opened():
        call_command("flush", interactive=False, verbosity=0)

    assert AuditEntry.objects.count() == 0


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE lots_auditentry SET action = 'nothing'",
        "DELETE FROM lots_auditentry",
    ],
    ids=["update", "delete"],
)
def test_trail_is_shut_again_after_it_was_opened(empty, statement):
    with opened():
        pass
    write_a_trail()

    with pytest.raises(DatabaseError, match="append-only"), connection.cursor() as raw:
        raw.execute(statement)

    assert AuditEntry.objects.filter(action="start_site").count() == 2

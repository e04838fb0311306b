"""An issued certificate altered in the database is found, and not served."""

import pytest
from django.db import connection

from lots import verifying
from lots.verifying import Fault
from reports import issuing
from reports.models import Certificate
from tests.lots.pages import signed_in


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("pdf", b"%PDF-1.7 another"),
        ("pdf_sha256", "0" * 64),
        ("content", "{}"),
        ("number", "TRN-2026-000009"),
        ("state", "withdrawn"),
        ("token", "guessed"),
    ],
)
def test_altered_certificate_is_found(world, released, at, column, value):
    made = issuing.issue(assessment=released(), by=world.cast.chen, at=at)
    with connection.cursor() as cursor:
        cursor.execute(
            f"UPDATE reports_certificate SET {column} = %s WHERE id = %s",
            [value, made.pk],
        )

    assert verifying.verify().record_fault == Fault(
        "reports_certificate", str(made.pk), "differs from its last audit entry"
    )


def test_altered_file_is_not_served(world, released, at):
    made = issuing.issue(assessment=released(), by=world.cast.chen, at=at)
    Certificate.objects.filter(pk=made.pk).update(pdf=bytes(made.pdf) + b"%")

    answer = signed_in(world.cast.chen).get(f"/certificates/{made.pk}/pdf/")

    assert (answer.status_code, answer.content.decode()) == (
        500,
        f"The stored file of {made} is not the one that was issued; nothing was sent."
        " Restore it from a backup.",
    )

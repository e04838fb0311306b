"""A session is stored again once a minute, and ends by itself after fifteen."""

import datetime

import pytest
from django.contrib.sessions.models import Session
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from tests.lots.pages import signed_in

WRITES = ("INSERT", "UPDATE", "DELETE")


def left():
    """Return how long the one session lasts from now on."""
    return Session.objects.get().expire_date - timezone.now()


def pass_time(**time):
    ends = Session.objects.get().expire_date - datetime.timedelta(**time)
    Session.objects.update(expire_date=ends)


@pytest.mark.postgres
def test_page_that_is_read_writes_nothing(world):
    client = signed_in(world.cast.lin)
    client.get("/lots/")

    with CaptureQueriesContext(connection) as asked:
        answer = client.get("/lots/")

    assert answer.status_code == 200
    assert [one["sql"] for one in asked if one["sql"].startswith(WRITES)] == []


@pytest.mark.parametrize(
    ("passed", "is_renewed"),
    [({"seconds": 50}, False), ({"seconds": 61}, True), ({"minutes": 14}, True)],
    ids=["within_the_minute", "after_a_minute", "in_the_last_minute"],
)
def test_session_is_renewed_once_a_minute(world, passed, is_renewed):
    client = signed_in(world.cast.lin)
    pass_time(**passed)
    before = left()

    answer = client.get("/lots/")

    assert answer.status_code == 200
    assert (left() > before) is is_renewed
    assert ("qatracker-session" in answer.cookies) is is_renewed
    assert left() > datetime.timedelta(minutes=14)


@pytest.mark.postgres
def test_session_that_nobody_used_for_fifteen_minutes_has_ended(world):
    client = signed_in(world.cast.lin)
    pass_time(minutes=15)

    answer = client.get("/lots/")

    assert (answer.status_code, answer.url) == (302, "/sign-in/?next=/lots/")

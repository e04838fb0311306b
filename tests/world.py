"""The set-up that tests start from: fictional people and baclofen, made by the verbs.

Made once per run, in the template of the test database; each test's own changes are
rolled back. A test that commits (browser, concurrency) works in a copy of its own.
"""

import datetime

import pytest
from django.utils import timezone

from lots import calendar
from lots.demo import baclofen, people
from lots.evidence import audit
from lots.evidence.documents import Upload
from lots.investigations import conduct
from lots.models import Material, Site, Test, User
from lots.setup import master_data
from tests.bench_memory import may_remember


def make():
    """Make the training site with its people and baclofen."""
    at = timezone.now()
    cast = people.start(at=at)
    return cast, baclofen.set_up(cast, at=at)


def found():
    """Return the people and baclofen as the database has them."""
    cast = people.Cast({person.username: person for person in User.objects.all()})
    material = Material.objects.get(item_code="BAC")
    sites = {site.name: site for site in Site.objects.select_related("organisation")}
    return cast, baclofen.Baclofen(
        material,
        {test.code: test for test in Test.objects.filter(material=material)},
        sites["Plant 1"],
        sites["Plant 2"],
        sites["Wuxi works"],
        sites["Freiburg"],
    )


def change(record, *, by, at, **values):
    """Change a row of the set-up that no verb changes so, told by the trail."""
    with audit.act(by=by, at=at, action="change_test") as act:
        act.change(record, **values)


def forget_master_data():
    """Let what is kept be read again: a test changed it behind the trail's back."""
    master_data._kept = ("", master_data.MasterData())


@pytest.fixture(scope="session")
def set_up():
    """Return the function that fills the template of the test database."""
    return make


@pytest.fixture
def replaying():
    """Let a test's acts carry the time that the test says."""
    with audit.replaying():
        yield


@pytest.fixture
def world(db, replaying, remembers):
    """Return baclofen with `cast`, the people; in a database that holds no lot."""
    cast, world = found()
    return World(cast, world)


@pytest.fixture
def measured_before(monkeypatch):
    """Let a re-measurement need no investigation, as before version 0.4.0.

    What was stored so stands beside the earlier value, as a result like any other.
    """
    monkeypatch.setattr(conduct, "room_for", lambda *_: None)


class World:
    """The people and what was set up, under one name."""

    def __init__(self, cast, baclofen):
        self.cast = cast
        self.baclofen = baclofen

    def __getattr__(self, name):
        return getattr(self.baclofen, name)

    @property
    def bought(self):
        """Return the facts of a lot that the partner made and we deal in."""
        return {
            "site": self.partner,
            "issuer_role": "agent",
            "original_certificate_number": "TH-9",
            "original_certificate": Upload("TH-9.txt", b"Certificate TH-9"),
        }


class Clock:
    """The moment at which tests act: one for four minutes, and never of yesterday.

    So that what one test did at the bench can be written again for the next. Not for
    five, after which the trail calls a clock set back (lots/rules/chain.py).
    """

    def __init__(self):
        self.moment = timezone.now()

    def now(self):
        now = timezone.now()
        is_old = now - self.moment > datetime.timedelta(minutes=4)
        if is_old or calendar.today(now) != calendar.today(self.moment):
            self.moment = now
        return self.moment


@pytest.fixture(scope="session")
def clock():
    return Clock()


@pytest.fixture
def at(request, clock):
    """Return the moment at which a test acts: its own where no step is remembered."""
    return clock.now() if may_remember(request.node) else timezone.now()

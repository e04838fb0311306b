"""Work at the bench that many tests begin with is done once, then only written again.

To log a lot, enter, review and release takes half a second through the verbs, and
hundreds of tests begin with just that. What the first of them wrote is remembered by
what it was called with and by all bench work before it; a test that repeats the same
steps, from the same set-up, has the same rows written without asking the verbs again.

Any other write in between ends it, but for a sign-in: from there on the test works
through the verbs. So does a test that patches code or settings, and one that commits.
On PostgreSQL a rollback does not give back the numbers of rows, so each test begins
with those of the set-up.
"""

import contextlib
import dataclasses
import datetime
import decimal
import io
import pickle
import re

import pytest
from django.core.signals import setting_changed
from django.db import connection, models
from django.utils.functional import LazyObject

from lots.accounts import users
from lots.demo import baclofen, bench, people, real_lots
from lots.demo.baclofen import Baclofen
from lots.evidence.signatures import Confirmation
from lots.intake import test_orders
from lots.investigations import conduct
from lots.release import minimums
from lots.results import result_entry, result_review
from lots.rules.unknown import UNKNOWN
from lots.setup import (
    material_tests,
    materials,
    methods,
    organisations,
    qualifications,
    specification_versions,
)
from reports.issuing import certificates
from tests import addresses

STEPS = {
    addresses: ["addresses"],
    baclofen: ["specify", "qualify"],
    bench: [
        "log",
        "sample",
        "enter",
        "review",
        "release",
        "refuse",
        "decide",
        "confirm",
        "phase_one",
        "conclude",
    ],
    certificates: ["issue", "revise", "duplicate", "withdraw"],
    conduct: ["plan"],
    material_tests: ["add_test"],
    materials: ["add_material"],
    methods: ["add_method"],
    minimums: ["approve_minimum"],
    organisations: ["add_organisation", "add_site"],
    qualifications: [
        "draft_qualification",
        "approve_qualification",
        "suspend_qualification",
    ],
    real_lots: ["set_up"],
    result_entry: ["enter_result", "submit"],
    result_review: ["send_back"],
    specification_versions: ["draft_specification", "approve_specification"],
    test_orders: ["open_test_order", "add_assessment"],
    users: ["add_account", "deactivate"],
}
READS = ("SELECT", "SAVEPOINT", "RELEASE", "PRAGMA", "EXPLAIN")
# Written when somebody signs in; no step reads it.
OF_A_SIGN_IN = re.compile(
    r'(INSERT INTO|UPDATE|DELETE FROM) "(django_session|axes_\w+)"'
    r'|UPDATE "lots_user" SET "last_login"'
)
CHANGES = ("setattr", "delattr", "setitem", "delitem")
SIMPLE = (str, bytes, int, bool, type(None), datetime.date, decimal.Decimal)
# One value of its kind in a database: what else it holds was read from there.
SET_UP = (people.Cast, Baclofen)


class Unknown(Exception):
    """An argument that cannot be compared with that of another test."""


def key(value):
    """Return what is equal for equal arguments, also of another test."""
    if value is UNKNOWN or isinstance(value, LazyObject):
        # The person of a request: a view takes this step, and the test is past that.
        raise Unknown(value)
    if isinstance(value, models.Model):
        return value._meta.label, value.pk
    if isinstance(value, SIMPLE):
        return type(value).__name__, value
    if isinstance(value, dict):
        return tuple((name, key(one)) for name, one in value.items())
    if isinstance(value, (list, tuple)):
        return tuple(key(one) for one in value)
    if isinstance(value, SET_UP):
        return type(value).__name__
    if isinstance(value, Confirmation):
        # Of the same password, typed at another moment.
        return "Confirmation", value.user_id
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return type(value).__qualname__, tuple(
            key(getattr(value, field.name)) for field in dataclasses.fields(value)
        )
    if isinstance(getattr(value, "baclofen", None), Baclofen):
        return "World"
    if callable(value) and hasattr(value, "__qualname__"):
        return value.__module__, value.__qualname__
    raise Unknown(value)


class Situation:
    """What the database holds after some steps: the set-up, if there were none."""

    def __init__(self):
        self.written = []
        self.left = b""
        self.next = {}


class _Pickler(pickle.Pickler):
    """Keeps what a step returned, the refusals that an evaluation carries among it.

    A refusal is made with names beside its places, which `pickle` does not know of.
    """

    def reducer_override(self, value):
        if isinstance(value, Exception):
            return _made_again, (type(value), value.args, value.__dict__)
        return NotImplemented


def _made_again(kind, arguments, state):
    made = kind.__new__(kind, *arguments)
    made.__dict__.update(state)
    return made


def _kept(value):
    """Return the bytes from which `pickle.loads` makes the value again."""
    kept = io.BytesIO()
    _Pickler(kept).dump(value)
    return kept.getvalue()


class Bench:
    """Takes the steps of one test, and knows in which situation the database is."""

    def __init__(self, situation, monkeypatch):
        # None: another write came, and the situation is known no more.
        self.situation = situation
        self.monkeypatch = monkeypatch
        self.is_taking_a_step = False

    def forget(self, **_named):
        """Work through the verbs from here on: code, settings or rows were changed."""
        self.situation = None

    def watch(self, execute, sql, params, many, context):
        """See each statement; called by Django."""
        if not sql.lstrip().startswith(READS) and not OF_A_SIGN_IN.match(sql):
            if not self.is_taking_a_step or sql.startswith("ROLLBACK"):
                self.forget()
            elif self.situation is not None:
                self.situation.written.append((sql, params, many))
        return execute(sql, params, many, context)

    def take(self, step, arguments, named):
        """Take the step, or write what it wrote before; return what it returned."""
        if self.is_taking_a_step or self.situation is None or self._is_patched():
            return step(*arguments, **named)
        try:
            asked = (step.__module__, step.__name__), key(arguments), key(named)
        except Unknown:
            return step(*arguments, **named)
        touched = [
            one
            for one in (*arguments, *named.values())
            if isinstance(one, models.Model)
        ]
        known = self.situation.next.get(asked)
        self.is_taking_a_step = True
        try:
            if known is not None:
                return self._write_again(known, touched)
            return self._remember(asked, touched, lambda: step(*arguments, **named))
        finally:
            self.is_taking_a_step = False

    def _is_patched(self):
        return bool(self.monkeypatch._setattr or self.monkeypatch._setitem)

    def _write_again(self, known, touched):
        with connection.cursor() as cursor, self._unwatched():
            for sql, params, many in known.written:
                (cursor.executemany if many else cursor.execute)(sql, params)
        self.situation = known
        states, returned = pickle.loads(known.left)
        for one, state in zip(touched, states, strict=True):
            one.__dict__.update(state)
        return returned

    def _remember(self, asked, touched, step):
        before, self.situation = self.situation, Situation()
        try:
            returned = step()
        except BaseException:
            self.situation = None
            raise
        if self.situation is not None:
            states = [one.__dict__ for one in touched]
            self.situation.left = _kept((states, returned))
            before.next[asked] = self.situation
        return returned

    @contextlib.contextmanager
    def _unwatched(self):
        situation, self.situation = self.situation, None
        try:
            yield
        finally:
            self.situation = situation


@pytest.fixture(scope="session")
def at_the_set_up():
    """Return the situation at which each test begins, in this process."""
    return Situation()


def may_remember(test):
    """Say whether steps of this test may be written again, as of an earlier moment.

    Not of one that commits; nor of one marked `long`, which takes so many steps of its
    own that to remember them costs more.
    """
    marker = test.get_closest_marker("django_db")
    commits = {"transactional_db", "live_server"} & set(test.fixturenames)
    return not (
        commits
        or (marker and marker.kwargs.get("transaction"))
        or test.get_closest_marker("long")
    )


@pytest.fixture
def remembers(request, database, at_the_set_up, monkeypatch):
    """Take the steps of bench work for this test from memory where they are known."""
    if not may_remember(request.node):
        yield
        return
    database.restart_numbers()
    this = Bench(at_the_set_up, monkeypatch)

    def taking(step):
        return lambda *arguments, **named: this.take(step, arguments, named)

    def forgetting(change):
        def seen(patching, *arguments, **named):
            this.forget()
            return change(patching, *arguments, **named)

        return seen

    with pytest.MonkeyPatch.context() as patch, connection.execute_wrapper(this.watch):
        setting_changed.connect(this.forget)
        for module, names in STEPS.items():
            for name in names:
                patch.setattr(module, name, taking(getattr(module, name)))
        changes = {name: getattr(pytest.MonkeyPatch, name) for name in CHANGES}
        for name, change in changes.items():
            setattr(pytest.MonkeyPatch, name, forgetting(change))
        try:
            yield this
        finally:
            for name, change in changes.items():
                setattr(pytest.MonkeyPatch, name, change)
            setting_changed.disconnect(this.forget)

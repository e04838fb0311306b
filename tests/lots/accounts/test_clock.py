"""Nobody gains by setting the clock of the server back, and a wrong one has a way on.

The attacks: a certificate that is older than its release, and an expired lot that is
certified again. Each has a control, in which the rule is switched off.
"""

import contextlib
import datetime
import io
import os

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from lots import calendar
from lots.accounts import users
from lots.demo import bench
from lots.demo.people import PASSWORD
from lots.evidence import audit, signatures, verification
from lots.history import history
from lots.models import AuditEntry, Lot
from lots.release import disposition
from lots.rules import chain
from lots.rules.refusal import Refusal
from reports.models import Certificate
from tests.lots.pages import issue_address, refused, shown, signed_in, ticked

pytestmark = pytest.mark.postgres

DAY = datetime.timedelta(days=1)
# The day stays the same, so that nothing but the clock is wrong.
HOURS = datetime.timedelta(hours=3)
MINUTE = datetime.timedelta(minutes=1)
REASON = "The clock was a day fast until NTP was mended (DEV-26-014)"


@pytest.fixture
def clock(monkeypatch, world, at):
    """The clock of the server, and no leave for anybody to act at another time."""

    class Clock:
        moment = at

        def set(self, moment):
            self.moment = moment

    own = Clock()
    monkeypatch.setattr(timezone, "now", lambda: own.moment)
    token = audit._replaying.set(False)
    yield own
    audit._replaying.reset(token)


@pytest.fixture
def rule_off(monkeypatch):
    """Switch the rule off, for a control."""
    monkeypatch.setattr(audit.Act, "_refuse_set_back", lambda *_arguments: None)


@pytest.fixture
def released(world, clock):
    """A lot that was released for oral use at noon, and the assessment."""
    tomorrow = calendar.today(clock.moment) + DAY
    noon = datetime.datetime.combine(tomorrow, datetime.time(12))
    clock.set(timezone.make_aware(noon))
    at = clock.moment
    lot = bench.log(world.cast, world, at=at, number="BAC-26-001")
    bench.enter(
        lot,
        world,
        {**bench.ORAL_RESULTS, **bench.ELEMENTS},
        by=world.cast.lin,
        at=at,
    )
    bench.review(world.cast, lot, at=at)
    bench.release(world.cast, lot, "BAC-ORAL", at=at)
    return bench.assessment(lot, "BAC-ORAL")


def issue(world, assessment):
    """Press *Issue* on the page."""
    olga = signed_in(world.cast.olga)
    return olga.post(issue_address(olga, assessment), ticked("issue"), follow=True)


def refusal(clock, latest):
    stamp = "%Y-%m-%d %H:%M +08:00"
    zone = datetime.timezone(datetime.timedelta(hours=8))
    return (
        "Nothing was stored: the clock of the server says"
        f" {clock.moment.astimezone(zone):{stamp}}, and the audit trail already has an"
        f" entry of {latest.astimezone(zone):{stamp}}. Have the server's clock set"
        " right, then repeat the step. If the clock is right now and was wrong then,"
        " two people say so at the server with manage.py accept_clock."
    )


def deactivate_marek(world, at):
    """Take a step that has nothing to do with the lot."""
    users.deactivate(person=world.cast.marek, by=world.cast.admin, at=at, reason="Left")


def test_certificate_older_than_its_release_is_refused(world, clock, released):
    now = clock.moment
    clock.set(now - HOURS)
    before = AuditEntry.objects.count()

    answer = issue(world, released)

    assert refused(answer) == [refusal(clock, now)]
    assert (Certificate.objects.count(), AuditEntry.objects.count()) == (0, before)


def test_control_certificate_older_than_its_release(world, clock, released, rule_off):
    now = clock.moment
    clock.set(now - HOURS)

    issue(world, released)

    made = Certificate.objects.get()
    assert made.issued_at < released.signature.at
    # Whoever verifies sees it all the same.
    assert (
        verification.verify().set_back
        == AuditEntry.objects.filter(at=now - HOURS).earliest("sequence").sequence
    )


def test_expired_lot_is_not_certified_again(world, clock, released):
    then = clock.moment
    clock.set(then + 5 * 365 * DAY)
    deactivate_marek(world, clock.moment)
    assert "retest" in " ".join(refused(issue(world, released))).lower()
    clock.set(then)

    answer = issue(world, released)

    assert refused(answer) == [refusal(clock, then + 5 * 365 * DAY)]
    assert not Certificate.objects.exists()


def test_control_expired_lot_is_certified_again(world, clock, released, rule_off):
    then = clock.moment
    clock.set(then + 5 * 365 * DAY)
    deactivate_marek(world, clock.moment)
    clock.set(then)

    issue(world, released)

    assert Certificate.objects.get().state == "issued"


@pytest.mark.parametrize("lag", [datetime.timedelta(0), 5 * MINUTE])
def test_clocks_of_two_machines_may_differ_a_little(world, clock, lag):
    now = clock.moment
    deactivate_marek(world, now)
    clock.set(now - lag)

    bench.log(world.cast, world, at=clock.moment, number="BAC-26-002")

    assert verification.verify().holds


def test_many_small_steps_back_do_not_add_up(world, clock, at):
    """Each is compared with the latest entry, not with the one before it."""
    lot = bench.log(world.cast, world, at=at, number="BAC-26-001")
    clock.set(at - 4 * MINUTE)
    disposition.hold(lot=lot, by=world.cast.lin, at=clock.moment, reason="Why")
    clock.set(at - 8 * MINUTE)

    with pytest.raises(Refusal) as caught:
        bench.decide(world.cast, disposition.resume, lot, at=clock.moment, reason="Why")

    assert caught.value.code == "clock"
    assert Lot.objects.get().state == "on_hold"


def accept(by="olga", second="admin", *, reason=REASON, passwords=(PASSWORD,) * 2):
    """Run the command as two people; return what it says."""
    said = io.StringIO()
    with contextlib.ExitStack() as stack:
        descriptors = []
        for password in passwords:
            read, write = os.pipe()
            stack.callback(os.close, read)
            os.write(write, password.encode() + b"\n")
            os.close(write)
            descriptors.append(str(read))
        call_command(
            "accept_clock",
            "--by", by,
            "--with", second,
            "--reason", reason,
            "--password-fd", descriptors[0],
            "--second-password-fd", descriptors[1],
            stdout=said,
        )  # fmt: skip
    return said.getvalue()


@pytest.fixture
def ahead(world, clock):
    """The clock was a day fast, somebody acted, and now it is right."""
    right = clock.moment
    clock.set(right + DAY)
    deactivate_marek(world, clock.moment)
    clock.set(right)
    return right


def test_two_people_accept_the_clock_and_work_goes_on(world, clock, ahead):
    said = accept()

    entry = AuditEntry.objects.order_by("-sequence").first()
    assert said.endswith(
        f"Accepted and recorded as entry {entry.sequence} of the audit trail; work can"
        " go on.\n"
    )
    assert (entry.action, entry.reason, entry.at) == ("accept_clock", REASON, ahead)
    assert entry.changes == {
        "second": [None, "Ada Byron (admin)"],
        "latest_before": [None, (ahead + DAY).isoformat()],
    }
    [told] = history.of([entry])
    assert told.sentence.startswith(
        "Olga Petrova and Ada Byron accepted the clock of the server, after an entry of"
    )
    bench.log(world.cast, world, at=clock.moment, number="BAC-26-001")
    assert verification.verify().holds


def test_accepted_clock_may_not_be_set_back_either(world, clock, ahead):
    accept()
    clock.set(ahead - DAY)

    with pytest.raises(Refusal) as caught:
        bench.log(world.cast, world, at=clock.moment, number="BAC-26-001")

    assert str(caught.value) == refusal(clock, ahead)


def test_verification_says_where_the_clock_was_set_back(world, clock, ahead, rule_off):
    """On a site of a version that took such acts, too, until two people accept it."""
    bench.log(world.cast, world, at=clock.moment, number="BAC-26-001")
    said = io.StringIO()
    with pytest.raises(SystemExit):
        call_command("verify_audit_trail", stdout=said)

    first = AuditEntry.objects.filter(action="log").earliest("sequence").sequence
    assert said.getvalue() == (
        f"The audit trail is intact, but entry {first} is earlier than an entry before"
        " it: the clock of the server was set back. Compare the clock, and read what"
        " was done since. When it is right and you know why, two people accept it with"
        " manage.py accept_clock.\n"
    )
    accept()
    assert verification.verify().holds


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (
            {"second": "olga"},
            "You cannot accept the clock alone; name a second person with --with.",
        ),
        (
            {"second": "lin"},
            "Lin Yue is neither QA nor an administrator; name a second person of either"
            " with --with.",
        ),
        (
            {"by": "lin"},
            "Your role does not allow “Accept the clock” of the server; ask QA.",
        ),
        ({"reason": " "}, "Give the reason: it stays in the record."),
        (
            {"second": "nobody"},
            "nobody is not the username of an active account; check it.",
        ),
        (
            {"passwords": (PASSWORD, "wrong")},
            "The password of admin was not confirmed, so nothing was stored; run the"
            " command again, or wait if it was wrong several times.",
        ),
    ],
)
def test_clock_is_not_accepted_by_one_alone(world, ahead, arguments, sentence):
    with pytest.raises(CommandError) as caught:
        accept(**arguments)

    assert str(caught.value) == sentence
    assert not AuditEntry.objects.filter(action=chain.CLOCK_ACCEPTED).exists()


def test_nothing_is_accepted_where_the_clock_agrees(world, clock):
    with pytest.raises(CommandError) as caught:
        accept()

    assert str(caught.value) == (
        "The clock of the server and the audit trail agree, so there is nothing to"
        " accept; go on with your work."
    )


def test_who_somebody_is_can_be_settled_before_the_clock_is(world, clock, ahead):
    """A wrong password is recorded and a one-time password changed: else no way on."""
    with pytest.raises(signatures.NotConfirmed):
        signatures.confirm(by=world.cast.olga, at=clock.moment, password="wrong")
    users.change_own_password(
        by=world.cast.olga,
        at=clock.moment,
        current=PASSWORD,
        new="another password of hers",
    )

    assert verification.verify().holds


# --- between the two signatures of a release -----------------------------------------


@pytest.fixture
def reviewed(world, clock):
    """An intrathecal lot of which both assessments are complete, at noon."""
    tomorrow = calendar.today(clock.moment) + DAY
    noon = datetime.datetime.combine(tomorrow, datetime.time(12))
    clock.set(timezone.make_aware(noon))
    lot = bench.log(
        world.cast, world, at=clock.moment, number="BAC-26-009", use="intrathecal"
    )
    both = {**bench.ORAL_RESULTS, **bench.IT_RESULTS}
    bench.enter(lot, world, both, by=world.cast.lin, at=clock.moment)
    bench.review(world.cast, lot, at=clock.moment)
    return lot


def press_release(world, lot, code, **typed):
    """Read the release on the page, and sign it."""
    chen = signed_in(world.cast.chen)
    address = f"/assessments/{bench.assessment(lot, code).pk}/release/"
    return chen.post(
        address,
        {
            "password": PASSWORD,
            "shown": shown(chen.get(address)),
            "batch_record": "BR-9",
            "deviations": "none",
            "justification": "Its tests are among those of the other use",
            **ticked("release"),
            **typed,
        },
    )


def test_second_signature_of_a_release_is_not_older_than_the_first(
    world, clock, reviewed
):
    now = clock.moment
    assert press_release(world, reviewed, "BAC-IT").status_code == 302
    clock.set(now - HOURS)

    answer = press_release(world, reviewed, "BAC-ORAL")

    assert refusal(clock, now) in refused(answer)
    states = [bench.assessment(reviewed, code).state for code in ("BAC-IT", "BAC-ORAL")]
    assert states == ["released", "complete"]


def test_release_is_not_older_than_the_review(world, clock, reviewed):
    now = clock.moment
    clock.set(now - HOURS)

    answer = press_release(world, reviewed, "BAC-IT")

    assert refusal(clock, now) in refused(answer)
    assert bench.assessment(reviewed, "BAC-IT").state == "complete"


def test_control_second_signature_is_older_where_nobody_asks(
    world, clock, reviewed, rule_off
):
    now = clock.moment
    press_release(world, reviewed, "BAC-IT")
    clock.set(now - HOURS)

    assert press_release(world, reviewed, "BAC-ORAL").status_code == 302

    first = bench.assessment(reviewed, "BAC-IT").signature
    second = bench.assessment(reviewed, "BAC-ORAL").signature
    assert second.at < first.at
    assert verification.verify().set_back is not None

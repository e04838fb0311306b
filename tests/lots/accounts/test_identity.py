"""An administrator who sets a password signs in nobody's name with it.

The attack: set a one-time password, sign in with it, choose the next one, and work as
that person. The control shows that it succeeds where nobody has to confirm who it is.
"""

import io
import os

import pytest
from django.core.management import CommandError, call_command
from django.test import Client
from django.urls import reverse

from lots.accounts import identity, people, users
from lots.demo import bench
from lots.demo.people import PASSWORD
from lots.evidence import acting_person, signatures
from lots.models import AuditEntry, Lot, Signature, User
from lots.rules.refusal import Refusal
from lots.rules.step_table import NotAllowed
from tests.lots.accounts.members import ONE_TIME, added, chosen, confirmed, member
from tests.lots.pages import shown, signed_in, ticked, typed, words

pytestmark = pytest.mark.postgres

ALL = {**bench.ORAL_RESULTS, **bench.ELEMENTS}


def fresh(person):
    return User.objects.get(pk=person.pk)


def taken_over(world, at, person):
    """Let the administrator set the password on the page, and choose the next one."""
    signed_in(world.cast.admin).post(
        reverse("lots:set_password", args=[person.pk]),
        {"one_time": ONE_TIME, "reason": "Lost"},
    )
    browser = Client()
    browser.post("/sign-in/", {"username": person.username, "password": ONE_TIME})
    browser.post(
        reverse("lots:own_password"),
        {"current": ONE_TIME, "new": PASSWORD, "again": PASSWORD},
    )
    return browser


@pytest.fixture
def reviewed(world, at):
    lot = bench.log(world.cast, world, at=at, number="BAC-26-001")
    bench.enter(lot, world, ALL, by=world.cast.lin, at=at)
    bench.review(world.cast, lot, at=at)
    return lot


def released(browser, lot):
    """Release the lot on the page as whoever is signed in; return the answer."""
    address = reverse("lots:release", args=[bench.assessment(lot, "BAC-ORAL").pk])
    page = browser.get(address)
    if page.status_code != 200:
        return page
    return browser.post(
        address,
        {
            "shown": shown(page),
            "batch_record": "BR-1",
            "deviations": "none",
            **ticked("release"),
            "password": PASSWORD,
        },
    )


def test_administrator_releases_nothing_with_a_password_that_they_set(
    world, at, reviewed
):
    browser = taken_over(world, at, world.cast.chen)

    answer = released(browser, reviewed)

    assert answer.status_code == 403
    assert "nobody of QA has confirmed since who has it" in words(answer)
    assert bench.assessment(reviewed, "BAC-ORAL").state == "complete"
    with pytest.raises(Refusal) as refused:
        bench.release(
            world.cast, reviewed, "BAC-ORAL", at=at, by=fresh(world.cast.chen)
        )
    assert refused.value.code == "not-confirmed"
    assert not Signature.objects.filter(lot=reviewed, meaning="released").exists()


def test_control_password_of_another_releases_where_nobody_confirms(
    world, at, reviewed, monkeypatch
):
    monkeypatch.setattr(acting_person, "password_of_another", lambda _person: None)
    taken_over(world, at, world.cast.chen)

    bench.release(world.cast, reviewed, "BAC-ORAL", at=at, by=fresh(world.cast.chen))

    assert bench.assessment(reviewed, "BAC-ORAL").state == "released"


def test_owner_reads_and_is_offered_nothing(world, at):
    browser = taken_over(world, at, world.cast.lin)
    lot = bench.log(world.cast, world, at=at, number="BAC-26-001", by=world.cast.marek)

    work = browser.get("/")
    page = browser.get(reverse("lots:lot_detail", args=[lot.pk]))

    assert "somebody of QA confirms who you are: until then you can only read" in (
        words(work)
    )
    assert "What waits for others, oldest first. You can read it." in words(work)
    assert "Log a lot" not in words(work)
    assert page.status_code == 200
    assert reverse("lots:take_sample", args=[lot.pk]) not in page.content.decode()
    assert browser.get(reverse("lots:log_lot")).status_code == 403
    with pytest.raises(Refusal, match="nobody of QA has confirmed since"):
        bench.log(
            world.cast, world, at=at, number="BAC-26-002", by=fresh(world.cast.lin)
        )


def test_qa_confirms_on_the_page_and_the_trail_says_so(world, at):
    taken_over(world, at, world.cast.lin)
    address = reverse("lots:confirm_person", args=[world.cast.lin.pk])
    olga = signed_in(world.cast.olga)

    work = olga.get("/")
    answer = olga.post(
        address,
        {
            "shown": shown(olga.get(address)),
            "reason": "Lin signed in before my eyes",
            "password": PASSWORD,
        },
    )

    assert "Lin Yue , Analyst, Quality Control Password set by somebody else 0" in (
        words(work)
    )
    assert address in work.content.decode()
    assert (answer.status_code, answer.url) == (302, "/")
    signature = Signature.objects.latest("pk")
    assert (signature.by, signature.meaning) == (world.cast.olga, "identified")
    assert '"username":"lin"' in signature.text
    entry = AuditEntry.objects.latest("sequence")
    assert (entry.action, entry.reason) == (
        "confirm_person",
        "Lin signed in before my eyes",
    )
    assert bench.log(
        world.cast, world, at=at, number="BAC-26-001", by=fresh(world.cast.lin)
    ).pk
    assert address not in olga.get("/").content.decode()


def test_nothing_is_confirmed_with_a_wrong_password_and_the_words_stay(world, at):
    taken_over(world, at, world.cast.lin)
    address = reverse("lots:confirm_person", args=[world.cast.lin.pk])
    olga = signed_in(world.cast.olga)

    answer = olga.post(
        address,
        {
            "shown": shown(olga.get(address)),
            "reason": "Seen",
            "password": "not this one at all",
        },
    )

    assert (answer.status_code, typed(answer, "reason")) == (422, "Seen")
    assert fresh(world.cast.lin).awaits_confirmation


def test_one_time_password_is_confirmed_only_once_its_owner_chose_another(world, at):
    """Else the administrator would choose it after QA had confirmed the person."""
    person = added(world, at, "nadia", "Nadia Haddad", "analyst")
    sentence = (
        "Nadia Haddad still has the one-time password that an administrator knows; have"
        " Nadia Haddad sign in and choose another, then confirm who it is."
    )

    page = signed_in(world.cast.chen).get(
        reverse("lots:confirm_person", args=[person.pk])
    )
    with pytest.raises(Refusal) as refused:
        confirmed(world, at, person)

    assert sentence in words(page)
    assert typed(page, "password") is None
    assert str(refused.value) == sentence
    assert sentence in words(signed_in(world.cast.chen).get("/"))


@pytest.mark.parametrize("step", ["set_password", "reactivate"])
def test_every_way_to_set_a_password_waits_for_qa(world, at, step):
    facts = {"by": world.cast.admin, "at": at, "reason": "Leave"}
    if step == "reactivate":
        users.deactivate(person=world.cast.lin, **facts)
    getattr(users, step)(person=world.cast.lin, password=ONE_TIME, **facts)

    person = chosen(world.cast.lin, at)

    assert person.awaits_confirmation
    assert not confirmed(world, at, person).awaits_confirmation


def test_who_set_the_password_confirms_nobody(world, at):
    """Ada is of QA since, and still the one who knew the password."""
    second = member(world, at, "adam", "Adam Berg", "administrator")
    taken_over(world, at, world.cast.lin)
    users.set_roles(
        person=world.cast.admin, by=second, at=at, roles=["qa"], reason="Moves"
    )

    with pytest.raises(NotAllowed, match="You set the password of Lin Yue"):
        confirmed(world, at, fresh(world.cast.lin), by=fresh(world.cast.admin))


def test_nobody_confirms_an_account_that_counts_as_their_own(world, at):
    person = chosen(added(world, at, "fang", "Fang Chen", "analyst"), at)

    with pytest.raises(NotAllowed, match="is yours or counts as yours"):
        confirmed(world, at, person)
    assert not confirmed(world, at, person, by=world.cast.olga).awaits_confirmation


def test_two_that_wait_do_not_confirm_each_other(world, at):
    """The administrator set the passwords of both people of QA."""
    for person in (world.cast.chen, world.cast.olga):
        taken_over(world, at, person)

    with pytest.raises(Refusal) as refused:
        confirmed(world, at, fresh(world.cast.olga), by=fresh(world.cast.chen))

    assert refused.value.code == "not-confirmed"


# --- at the server ------------------------------------------------------------------


def command(name, *arguments, by, password=PASSWORD, second=None):
    """Run a command as a person, and where it takes two as a `second`."""
    read, write = os.pipe()
    # Of both the same; each line is read by itself.
    os.write(write, f"{password}\n".encode())
    other, more = os.pipe()
    os.write(more, f"{password}\n".encode())
    os.close(write)
    os.close(more)
    said = io.StringIO()
    with_second = ("--with", second, "--second-password-fd", str(other))
    try:
        call_command(
            name,
            *arguments,
            *(with_second if second else ()),
            "--by",
            by,
            "--password-fd",
            str(read),
            stdout=said,
        )
    finally:
        os.close(read)
        os.close(other)
    return said.getvalue()


def at_server(username, *, by="admin", second=None):
    return command(
        "confirm_person", username, "--reason", "Staff card seen", by=by, second=second
    )


@pytest.fixture
def all_taken_over(world, at):
    """The administrator has set and chosen the passwords of everybody of QA."""
    for person in (world.cast.chen, world.cast.olga, world.cast.lin):
        taken_over(world, at, person)


def test_administrator_confirms_at_the_server_until_qa_can_sign(
    world, at, all_taken_over
):
    said = at_server("chen", second="maria")

    entry = AuditEntry.objects.latest("sequence")
    assert said.strip() == "Chen Fang (chen) is confirmed and can act now."
    assert (entry.action, bool(entry.account)) == ("confirm_at_server", True)
    assert entry.by == world.cast.admin
    assert entry.reason == "Staff card seen (with Maria Rossi, maria)"
    with pytest.raises(CommandError) as refused:
        at_server("olga")
    assert str(refused.value) == (
        "Chen Fang of QA can sign, so QA confirms who Olga Petrova is, under “People to"
        " confirm” in My work."
    )
    confirmed(world, at, fresh(world.cast.olga))


def test_administrator_does_not_confirm_alone_a_password_that_they_set(
    world, at, all_taken_over, monkeypatch
):
    """The attack: first nobody of QA can sign, then the administrator confirms QA."""
    with pytest.raises(CommandError) as alone:
        at_server("chen")

    assert str(alone.value) == (
        "You set the password of Chen Fang, so you do not confirm alone who has it now."
        " Name a second person who can sign with --with, or have another administrator"
        " confirm it."
    )
    for second, sentence in (
        ("admin", "Ada Byron cannot be the second person for Chen Fang"),
        ("olga", "nobody of QA has confirmed since"),
    ):
        with pytest.raises(CommandError, match=sentence):
            at_server("chen", second=second)
    assert fresh(world.cast.chen).awaits_confirmation
    # The control: nobody asks who set it.
    monkeypatch.setattr(identity, "_set_by", lambda _person: set())
    assert "is confirmed" in at_server("chen")


def test_administrator_confirms_no_new_person_of_qa_alone_either(world, at):
    """The attack: nobody of QA is left, and there is a new one."""
    for person in (world.cast.chen, world.cast.olga):
        users.deactivate(person=person, by=world.cast.admin, at=at, reason="Left")
    eva = chosen(added(world, at, "eva", "Eva Brandt", "qa"), at)

    with pytest.raises(CommandError, match="You set the password of Eva Brandt"):
        at_server("eva")

    assert "is confirmed" in at_server("eva", second="sofia")
    assert not fresh(eva).awaits_confirmation


@pytest.mark.parametrize("by", ["lin", "chen", "maria"])
def test_only_an_administrator_confirms_at_the_server(world, at, by):
    User.objects.filter(username__in=["olga", "chen"]).update(awaits_confirmation=True)

    with pytest.raises(CommandError, match="ask an administrator"):
        at_server("olga", by=by)


def test_administrator_who_waits_confirms_only_where_none_may_act(world, at):
    """After a restore everybody waits, and somebody must be the first."""
    second = chosen(added(world, at, "adam", "Adam Berg", "administrator"), at)
    User.objects.filter(roles=["qa"]).update(awaits_confirmation=True)

    with pytest.raises(CommandError, match="nobody of QA has confirmed since"):
        at_server("chen", by="adam")
    with pytest.raises(CommandError, match="nobody of QA has confirmed since"):
        at_server("adam", by="adam")
    with pytest.raises(CommandError, match="There is nothing to confirm of Ada Byron"):
        at_server("admin")
    User.objects.filter(username="admin").update(awaits_confirmation=True)
    assert "Chen Fang (chen) is confirmed" in at_server("chen", by="admin")
    assert fresh(second).awaits_confirmation


@pytest.mark.parametrize(
    ("name", "arguments"),
    [
        ("issue_certificate", ("BAC-26-001", "--specification", "BAC-ORAL")),
        ("issue_certificates", ()),
        ("import_lots", (__file__, "--map", __file__)),
    ],
)
def test_commands_obey_too(world, at, reviewed, name, arguments):
    bench.release(world.cast, reviewed, "BAC-ORAL", at=at)
    for person in (world.cast.olga, world.cast.lin):
        taken_over(world, at, person)

    with pytest.raises(CommandError, match="nobody of QA has confirmed since"):
        command(name, *arguments, by="lin" if name == "import_lots" else "olga")

    assert Lot.objects.count() == 1


def test_unknown_account_is_refused_at_the_server(world):
    with pytest.raises(CommandError, match="zoe is not the username of an account"):
        at_server("zoe")


def test_one_time_passwords_of_before_wait_from_the_update_on(world, at):
    User.objects.filter(username="lin").update(must_change_password=True)

    assert identity.await_confirmation(at=at) == [fresh(world.cast.lin)]
    assert identity.await_confirmation(at=at) == []
    assert fresh(world.cast.lin).awaits_confirmation


def test_text_that_is_signed_names_the_person(world, at):
    person = chosen(added(world, at, "nadia", "Nadia Haddad", "analyst"), at)
    old = signatures.shown(people.account_text(person))
    users.change_account(
        person=person,
        by=world.cast.admin,
        at=at,
        printed_name="Nadia Haddad",
        title="Senior Analyst",
        reason="Promoted",
    )

    with pytest.raises(signatures.NotConfirmed, match="the record changed"):
        identity.confirm_person(
            person=person,
            by=world.cast.chen,
            at=at,
            reason="Seen",
            confirmation=signatures.confirm(
                by=world.cast.chen, at=at, password=PASSWORD
            ),
            shown=old,
        )

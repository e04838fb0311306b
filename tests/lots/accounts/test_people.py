"""One human with several accounts is one person for every rule that asks for two.

The attack: "Lin Yue" as analyst, as reviewer and as QA enters, reviews and releases.
Each control shows that the same steps succeed where the rule is switched off.
"""

import pytest
from django.db import IntegrityError, transaction
from django.urls import reverse

from lots.accounts import clock, people, users
from lots.demo import bench
from lots.demo.people import PASSWORD
from lots.evidence import audit, signatures
from lots.imports import map_approval
from lots.models import AuditEntry, LotStatus, Signature, User
from lots.results import result_entry
from lots.rules.refusal import Refusal
from lots.rules.step_table import NotAllowed
from lots.setup import certificate_headers
from lots.workflow import drafts
from lots.workflow.tasks import TASKS
from reports.dashboard import counters
from tests.lots.accounts.members import ONE_TIME, added, member
from tests.lots.imports import files
from tests.lots.pages import refused, shown, signed_in, typed, words

pytestmark = pytest.mark.postgres

ALL = {**bench.ORAL_RESULTS, **bench.ELEMENTS}


def fresh(person):
    return User.objects.get(pk=person.pk)


def tell_apart(world, at, person, *, by=None, reason="Both seen together"):
    by = by or world.cast.chen
    return people.tell_apart(
        person=person,
        by=by,
        at=at,
        reason=reason,
        confirmation=signatures.confirm(by=by, at=at, password=PASSWORD),
        shown=signatures.shown(people.account_text(fresh(person))),
    )


def on_page(person, answer_to, **typed_in):
    """Sign on the page to tell the account apart, as somebody signed in; return it."""
    browser = signed_in(person)
    address = reverse("lots:tell_apart", args=[answer_to.pk])
    return browser.post(
        address, {"shown": shown(browser.get(address)), **typed_in}, follow=True
    )


@pytest.fixture
def switched_off(monkeypatch):
    """Let accounts that read alike be nobody's but their own, as before."""
    monkeypatch.setattr(people, "count_as_one", lambda *_facts: None)


def three_accounts(world, at):
    """Let Lin work as analyst, and come back as reviewer and as QA."""
    reviewer = member(world, at, "ylin", "Yue LIN", "reviewer", number="E-201")
    qa = member(world, at, "lin2", "L\u00edn Yu\u0435", "qa", number="E-202")
    lot = bench.log(world.cast, world, at=at, number="BAC-26-001")
    bench.enter(lot, world, ALL, by=world.cast.lin, at=at)
    return lot, reviewer, qa


def test_one_human_with_three_accounts_neither_reviews_nor_releases(world, at):
    lot, reviewer, qa = three_accounts(world, at)

    with pytest.raises(NotAllowed) as reviewed:
        bench.review(world.cast, lot, at=at, by=reviewer)
    bench.review(world.cast, lot, at=at)
    with pytest.raises(NotAllowed) as released:
        bench.release(world.cast, lot, "BAC-ORAL", at=at, by=qa)

    assert reviewed.value.code == released.value.code == "independence"
    assert "Lin Yue, Analyst, Quality Control, lin" in str(reviewed.value)
    assert "QA or a second administrator tells the two apart" in str(released.value)
    assert not Signature.objects.filter(by__in=[reviewer, qa]).exists()


def test_control_three_accounts_release_where_nobody_compares_names(
    world, at, switched_off
):
    lot, reviewer, qa = three_accounts(world, at)

    bench.review(world.cast, lot, at=at, by=reviewer)
    bench.release(world.cast, lot, "BAC-ORAL", at=at, by=qa)

    assert bench.assessment(lot, "BAC-ORAL").state == "released"


def test_pages_offer_the_second_account_nothing_of_the_first(world, at):
    lot, reviewer, qa = three_accounts(world, at)

    page = signed_in(reviewer).get(reverse("lots:lot_detail", args=[lot.pk]))
    work = signed_in(reviewer).get("/")
    counted = TASKS["to_review"].lots(at=at, person=fresh(reviewer))

    assert lot.number not in words(work)
    assert list(counted) == []
    assert "counts as yours (Lin Yue, Analyst, Quality Control, lin" in (words(page))
    bench.review(world.cast, lot, at=at)
    assert lot.number not in words(signed_in(qa).get("/"), of="work-to_release")
    assert lot.number in words(signed_in(world.cast.chen).get("/"))


def test_results_of_two_accounts_of_a_person_wait_for_neither(world, at):
    """The one reviews nothing of the other, so no list offers it to either."""
    second = member(world, at, "ylin", "Yue Lin", "analyst", "reviewer")
    lot = bench.log(world.cast, world, at=at, number="BAC-26-001", by=world.cast.marek)
    bench.enter(lot, world, {"WATER": "0.2"}, by=world.cast.lin, at=at)
    bench.enter(lot, world, {"ROI": "0.1"}, by=second, at=at)
    task = TASKS["to_review"]

    assert LotStatus.objects.get(pk=lot.pk).sole_hands == ""
    assert list(task.lots(at=at, person=fresh(second))) == []
    assert [one.number for one in task.lots(at=at, person=world.cast.sofia)] == [
        lot.number
    ]
    with pytest.raises(NotAllowed):
        bench.review(world.cast, lot, at=at, by=second)


def test_named_analyst_is_every_account_of_the_person(world, at):
    """As an import names one: who entered is another, and the performer is Lin."""
    second = member(world, at, "ylin", "Yue Lin", "reviewer")
    lot = bench.log(world.cast, world, at=at, number="BAC-26-001", by=world.cast.marek)
    result, _ = result_entry.enter_result(
        test_order=lot.test_orders.get(),
        test=world.tests["ROI"],
        by=world.cast.marek,
        at=at,
        determinations=bench.typed("0.1"),
        performed_by=world.cast.lin,
        seen=0,
        raw_reference="LN-1, page 7",
    )
    result_entry.submit(
        test_order=lot.test_orders.get(), results=[result], by=world.cast.marek, at=at
    )

    with pytest.raises(NotAllowed, match="performed tests of it"):
        bench.review(world.cast, lot, at=at, by=second)


def draft(by, at):
    return certificate_headers.draft_certificate_header(
        by=by, at=at, name="New name", address="There", telephone="1"
    )


def approve(drafted, by, at):
    certificate_headers.approve_certificate_header(
        certificate_header=drafted,
        by=by,
        at=at,
        confirmation=signatures.confirm(by=by, at=at, password=PASSWORD),
        shown=signatures.shown(certificate_headers.certificate_header_text(drafted)),
    )


def test_draft_is_not_approved_by_another_account_of_the_drafter(world, at):
    second = member(world, at, "fang", "Fang Chen", "qa")
    drafted = draft(world.cast.chen, at)

    with pytest.raises(NotAllowed, match="drafted it"):
        approve(drafted, second, at)
    tell_apart(world, at, second, by=world.cast.olga)
    approve(drafted, second, at)

    drafted.refresh_from_db()
    assert drafted.signature.by == second


def test_column_map_is_not_approved_by_another_account_of_the_proposer(world, at):
    second = member(world, at, "ylin", "Yue Lin", "reviewer")
    with audit.act(by=world.cast.lin, at=at, action="check_import") as act:
        column_map = map_approval.propose(
            act, f'{files.MAP}[translate.water]\n"n.d." = "ND"\n'
        )

    assert drafts.waiting_for(fresh(second)) == []
    assert [one.record for one in drafts.waiting_for(world.cast.sofia)] == [column_map]
    with pytest.raises(NotAllowed, match="drafted it"):
        map_approval.approve_map(
            column=column_map,
            by=second,
            at=at,
            confirmation=signatures.confirm(by=second, at=at, password=PASSWORD),
            shown=signatures.shown(map_approval.map_text(column_map)),
        )


def test_clock_is_not_accepted_by_two_accounts_of_a_person(world, at):
    second = member(world, at, "fang", "Fang Chen", "qa")

    with pytest.raises(Refusal, match="cannot accept the clock alone"):
        clock.accept_clock(by=world.cast.chen, second=second, at=at, reason="Set right")


def test_two_people_with_one_name_are_two_once_somebody_told_them_apart(world, at):
    lot, reviewer, _qa = three_accounts(world, at)

    answer = on_page(
        world.cast.chen, reviewer, reason="Both seen together", password=PASSWORD
    )
    bench.review(world.cast, lot, at=at, by=fresh(reviewer))

    assert answer.redirect_chain == [("/", 302)]
    signature = Signature.objects.get(meaning="told_apart")
    assert (signature.by, '"username":"lin"' in signature.text) == (
        world.cast.chen,
        True,
    )
    entry = AuditEntry.objects.filter(action="tell_apart").first()
    assert entry.reason == "Both seen together"
    # The third account was not among those that Chen looked at last.
    assert people.doubtful(fresh(world.cast.lin)) == [User.objects.get(username="lin2")]


@pytest.mark.parametrize(
    ("who", "sentence"),
    [
        ("admin", "You added or changed one of these accounts, so a second person"),
        ("second", None),
        ("own", "One of these accounts is yours or counts as yours"),
        ("chen", None),
    ],
)
def test_second_administrator_or_qa_tells_apart_and_nobody_in_the_matter(
    world, at, who, sentence
):
    reviewer = added(world, at, "ylin", "Yue LIN", "reviewer")
    person = {
        "admin": lambda: world.cast.admin,
        "second": lambda: member(
            world, at, "adam", "Adam Berg", "administrator", number="E-202"
        ),
        "own": lambda: member(world, at, "lin2", "Lin Yue", "qa", number="E-203"),
        "chen": lambda: world.cast.chen,
    }[who]()

    answer = signed_in(person).get(reverse("lots:tell_apart", args=[reviewer.pk]))

    if sentence is None:
        tell_apart(world, at, reviewer, by=person)
        assert people.doubtful(fresh(reviewer)) == []
        return
    assert sentence in words(answer)
    assert typed(answer, "password") is None
    with pytest.raises(NotAllowed) as refused_:
        tell_apart(world, at, reviewer, by=person)
    assert sentence in str(refused_.value)


def test_first_administrator_does_not_tell_apart_by_the_page_of_the_older_one(
    world, at
):
    added(world, at, "ylin", "Yue LIN", "reviewer")

    with pytest.raises(NotAllowed, match="You added or changed one"):
        tell_apart(world, at, world.cast.lin, by=world.cast.admin)


def test_people_are_told_apart_only_where_print_tells_them_apart(world, at):
    """As two accounts of before can be: the same title in other accents."""
    reviewer = added(world, at, "ylin", "Yue Lin", "reviewer")
    User.objects.filter(pk=reviewer.pk).update(title=world.cast.lin.title)

    with pytest.raises(Refusal, match="would sign with the same name and title"):
        tell_apart(world, at, reviewer)


@pytest.mark.parametrize("name", ["Yue Lin", "Lín Yue", "LIN, YUE"])
def test_name_and_title_that_read_the_same_are_refused_beside_the_field(world, name):
    answer = signed_in(world.cast.admin).post(
        reverse("lots:add_account"),
        {
            "username": "ylin",
            "printed_name": name,
            "title": "Analyst, Quality Control",
            "employee_number": "E-201",
            "reason": "Passport seen",
            "roles": ["reviewer"],
            "one_time": ONE_TIME,
        },
    )

    assert answer.status_code == 422
    assert refused(answer) == [
        f"lin already signs as {name}, Analyst, Quality Control; add something that"
        " distinguishes the two in print, such as a middle name or the site."
    ]
    assert typed(answer, "employee_number") == "E-201"


# --- employee numbers ---------------------------------------------------------------


@pytest.mark.parametrize("number", ["E-101", "e 0101", "E-1O1"])
def test_person_has_one_active_account(world, number):
    answer = signed_in(world.cast.admin).post(
        reverse("lots:add_account"),
        {
            "username": "linda",
            "printed_name": "Linda Young",
            "title": "QA",
            "employee_number": number,
            "reason": "Passport seen",
            "roles": ["qa"],
            "one_time": ONE_TIME,
        },
    )

    assert answer.status_code == 422
    assert refused(answer) == [
        "Lin Yue (lin) has an active account with the employee number E-101, and a"
        " person has one active account; change the roles of that account, or"
        " deactivate it first."
    ]


def test_database_keeps_one_active_account_of_a_person(world):
    with pytest.raises(IntegrityError), transaction.atomic():
        User.objects.filter(username="marek").update(employee_key="e101")


def test_deactivated_account_counts_for_its_person_for_ever(world, at):
    """Another name, another username: the employee number says who it is."""
    lot = bench.log(world.cast, world, at=at, number="BAC-26-001")
    bench.enter(lot, world, ALL, by=world.cast.lin, at=at)
    users.deactivate(
        person=world.cast.lin, by=world.cast.admin, at=at, reason="Moves to review"
    )
    second = member(world, at, "young", "Lina Young", "reviewer", number="E-101")

    with pytest.raises(NotAllowed) as reviewed:
        bench.review(world.cast, lot, at=at, by=second)
    with pytest.raises(Refusal, match="counts as one person with nobody else"):
        tell_apart(world, at, second)
    with pytest.raises(Refusal, match="has an active account with the employee number"):
        users.reactivate(
            person=world.cast.lin,
            by=world.cast.admin,
            at=at,
            password=ONE_TIME,
            reason="Back",
        )

    assert "Lin Yue" in str(reviewed.value)


def test_changed_name_stays_with_the_account(world, at):
    """Lin is renamed before the second account comes, and renames it back later."""
    admin = world.cast.admin
    users.change_account(
        person=world.cast.lin,
        by=admin,
        at=at,
        printed_name="Lina Young",
        title="Analyst",
        reason="Married",
    )
    second = member(world, at, "ylin", "Yue Lin", "reviewer")
    users.change_account(
        person=second,
        by=admin,
        at=at,
        printed_name="Somebody Else",
        title="Reviewer",
        reason="Married too",
    )
    lot = bench.log(world.cast, world, at=at, number="BAC-26-001")
    bench.enter(lot, world, ALL, by=world.cast.lin, at=at)

    with pytest.raises(NotAllowed):
        bench.review(world.cast, lot, at=at, by=second)


def test_changed_employee_number_splits_nobody(world, at):
    users.deactivate(
        person=world.cast.lin, by=world.cast.admin, at=at, reason="Moves to review"
    )
    second = member(world, at, "young", "Lina Young", "reviewer", number="E-101")
    lot = bench.log(world.cast, world, at=at, number="BAC-26-001", by=world.cast.marek)
    bench.enter(lot, world, ALL, by=world.cast.marek, at=at)
    answer = signed_in(world.cast.admin).post(
        reverse("lots:change_employee_number", args=[second.pk]),
        {"employee_number": "E-299", "reason": "Typed wrong"},
    )

    assert answer.status_code == 302
    assert fresh(second).accounts == {second.pk, world.cast.lin.pk}
    assert people.doubtful(fresh(second)) == [fresh(world.cast.lin)]


def test_namesake_of_a_deactivated_account_counts_as_its_other_account_too(world, at):
    """Lin's new account has another name; who reads like the old one is one with it."""
    users.deactivate(
        person=world.cast.lin, by=world.cast.admin, at=at, reason="Moves to review"
    )
    young = member(world, at, "young", "Lina Young", "analyst", number="E-101")
    third = member(world, at, "ylin", "Yue Lin", "reviewer", number="E-202")
    lot = bench.log(world.cast, world, at=at, number="BAC-26-001", by=young)

    bench.enter(lot, world, ALL, by=young, at=at)

    with pytest.raises(NotAllowed):
        bench.review(world.cast, lot, at=at, by=third)


# --- accounts of before, and who waits ----------------------------------------------


def test_accounts_of_before_are_found_once_and_told_apart_with_numbers(world, at):
    """No number is made up: an administrator enters it before anything is changed."""
    User.objects.filter(username="marek").update(
        printed_name="Yue Lin",
        title="Analyst, Plant 2",
        employee_number="",
        employee_key="",
    )
    marek = User.objects.get(username="marek")

    assert people.count_people(at=at) == [marek]
    assert people.count_people(at=at) == []
    marek = fresh(marek)
    assert (marek.one_with, fresh(world.cast.lin).one_with) == (
        [world.cast.lin.pk],
        [marek.pk],
    )
    with pytest.raises(Refusal, match="has no employee number yet"):
        tell_apart(world, at, marek)
    with pytest.raises(Refusal, match="has no employee number yet"):
        users.set_roles(
            person=marek, by=world.cast.admin, at=at, roles=["qa"], reason="Up"
        )
    page = signed_in(world.cast.admin).get(
        reverse("lots:account_detail", args=[marek.pk])
    )
    assert "has no employee number yet" in words(page)
    assert reverse("lots:set_roles", args=[marek.pk]) not in page.content.decode()
    users.change_employee_number(
        person=marek, by=world.cast.admin, at=at, employee_number="E-102", reason="HR"
    )
    tell_apart(world, at, marek)
    assert people.count_people(at=at) == []


def test_my_work_of_qa_has_who_waits_with_the_age(world, at):
    second = member(world, at, "ylin", "Yue Lin", "reviewer")
    address = reverse("lots:tell_apart", args=[second.pk])

    of_qa = signed_in(world.cast.chen).get("/")
    of_analyst = signed_in(world.cast.marek).get("/")

    assert "Yue Lin , Title of ylin Reads like another account 0" in words(of_qa)
    assert address in of_qa.content.decode()
    assert address not in of_analyst.content.decode()
    tell_apart(world, at, second)
    assert address not in signed_in(world.cast.chen).get("/").content.decode()
    assert counters.to_confirm(world.cast.chen) == []


def test_account_page_says_whose_account_counts_as_whose(world, at):
    second = added(world, at, "ylin", "Yue Lin", "reviewer")

    page = signed_in(world.cast.admin).get(
        reverse("lots:account_detail", args=[second.pk])
    )

    assert "Counts as one person with Lin Yue , Analyst, Quality Control" in words(page)
    assert "You added or changed one of these accounts" in words(page)


def test_administrator_does_not_change_the_roles_of_their_other_account(world, at):
    """Ada's second account would give the first what nobody gives oneself."""
    second = member(world, at, "byron", "Byron Ada", "administrator")

    with pytest.raises(Refusal, match="or of one that counts as yours"):
        users.set_roles(
            person=second, by=world.cast.admin, at=at, roles=["qa"], reason="Up"
        )


def made_again(world, at):
    """Lin worked, left and came back as QA with a new account, whom Chen confirmed."""
    lot = bench.log(world.cast, world, at=at, number="BAC-26-001")
    bench.enter(lot, world, ALL, by=world.cast.lin, at=at)
    bench.review(world.cast, lot, at=at)
    users.deactivate(person=world.cast.lin, by=world.cast.admin, at=at, reason="Left")
    number = world.cast.lin.employee_number
    return lot, member(world, at, "young", "Lina Young", "qa", number=number)


def test_confirmed_person_made_again_releases_nothing_that_they_entered(world, at):
    """Confirmed is who has the password, not that it is somebody else."""
    lot, again = made_again(world, at)

    assert not again.awaits_confirmation
    with pytest.raises(NotAllowed) as released:
        bench.release(world.cast, lot, "BAC-ORAL", at=at, by=again)
    page = signed_in(again).get(
        reverse("lots:release", args=[bench.assessment(lot, "BAC-ORAL").pk])
    )
    assert released.value.code == "independence"
    assert 'name="password"' not in page.text
    assert lot.number not in words(signed_in(again).get("/"), of="work-to_release")
    # Nor does the new account say of itself that it is another person.
    address = reverse("lots:tell_apart", args=[again.pk])
    assert "nothing to tell apart" in words(signed_in(world.cast.olga).get(address))


def test_control_person_made_again_releases_where_accounts_are_people(
    world, at, switched_off
):
    lot, again = made_again(world, at)

    bench.release(world.cast, lot, "BAC-ORAL", at=at, by=again)

    assert bench.assessment(lot, "BAC-ORAL").state == "released"

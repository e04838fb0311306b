"""“Optional” is said only of what is optional: every page with a form is walked.

Each choice of each form is made in turn, and every field that is called optional is
left blank: none of them may be refused for it.
"""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import transaction

from lots import calendar
from lots.demo import bench
from lots.demo.people import PASSWORD
from lots.evidence.documents import Upload
from lots.investigations import conduct
from lots.models import Investigation, Qualification
from lots.results import result_entry
from lots.setup import qualifications
from tests import addresses
from tests.lots.pages import signed_in
from tests.visiting import read

PEOPLE = {"analyst": "lin", "reviewer": "sofia", "qa": "chen", "administrator": "admin"}
# A longer list offers the same again: units, materials, people.
MOST_CHOICES = 8


def forms_of(answer):
    """Return the forms of a page that are sent, as elements."""
    page = read(answer.content.decode())
    return [form for form in page.all("form") if form["method"].lower() == "post"]


def controls(form):
    return [
        one
        for one in form.all("input", "select", "textarea")
        if one["name"] and one["type"] != "submit"
    ]


def optional(form):
    """Return the names of the controls that are called optional."""
    marked = {
        label["for"]
        for label in form.all("label")
        if any(one["class"] == "field-optional" for one in label.all("span"))
    }
    return {one["name"] for one in controls(form) if one["id"] in marked}


def options(select):
    return [one["value"] for one in select.all("option")]


def filled(form, today):
    """Return something for each control that is asked for, as a browser sends it."""
    blank, sent = optional(form), {}
    for one in controls(form):
        name = one["name"]
        if name in blank or one["type"] == "checkbox":
            continue
        if one.tag == "select":
            chosen = [
                each["value"] for each in one.all("option") if each.has("selected")
            ]
            likely = [*filter(None, chosen), *filter(None, options(one)), ""]
            sent[name] = likely[0]
        elif one["type"] == "file":
            sent[name] = SimpleUploadedFile("file.txt", b"A report of ten words or so.")
        elif one["type"] == "password":
            sent[name] = PASSWORD
        elif one["placeholder"] == "YYYY-MM-DD":
            sent[name] = one["value"] or today
        elif one["type"] == "radio":
            sent.setdefault(name, one["value"])
        else:
            text = one["value"] or "".join(one.inside if one.tag == "textarea" else ())
            sent[name] = text or ("1" if one["type"] == "number" else "Ab 1 two three")
    return sent


def choices(form):
    """Yield each choice of a form that can be made: a name and its value."""
    for one in controls(form):
        if one.tag == "select":
            for value in filter(None, options(one)[:MOST_CHOICES]):
                yield one["name"], value
        elif one["type"] == "checkbox":
            yield one["name"], one["value"] or "on"


def refused(answer, names):
    """Return which of these controls are refused on the page."""
    if answer.status_code != 422:
        return set()
    page = read(answer.content.decode())
    return {
        one["name"]
        for one in page.all("input", "select", "textarea")
        if one["name"] in names and one["aria-invalid"] == "true"
    }


def sent(browser, address, typed):
    """Send and forget what it did; the browser stays signed in."""
    point = transaction.savepoint()
    cookies = browser.cookies.copy()
    for one in typed.values():
        if isinstance(one, SimpleUploadedFile):
            one.seek(0)
    try:
        return browser.post(address, typed)
    finally:
        browser.cookies = cookies
        transaction.savepoint_rollback(point)


def lies(browser, address, today):
    """Return what a page calls optional and does not take blank, with the choice."""
    found = []
    for form in forms_of(browser.get(address)):
        names = optional(form)
        if not names:
            continue
        base, to = filled(form, today), form["action"] or address
        for name, value in [("", ""), *choices(form)]:
            typed = base | ({name: value} if name else {})
            for blank in names - {name}:
                typed.pop(blank, None)
            wrong = refused(sent(browser, to, typed), names - {name})
            found += [(address, one, f"{name}={value}") for one in sorted(wrong)]
    return found


def has_optional(browser, address):
    answer = browser.get(address)
    is_page = answer.get("Content-Type", "").startswith("text/html")
    return (
        answer.status_code == 200 and is_page and any(map(optional, forms_of(answer)))
    )


# What a locked test is called by may not be changed at all, blank or not.
LOCKED = {"lots:change_test"}


def test_optional_is_said_of_no_field_that_a_form_asks_for(world, at):
    today = str(calendar.today(at))
    found, walked = [], 0
    for name, address in addresses.addresses(world, at).items():
        page = addresses.TABLE[name]
        roles = [role for role in page.who if role in PEOPLE]
        if page.get != 200 or not roles or name in LOCKED:
            continue
        browser = signed_in(getattr(world.cast, PEOPLE[roles[-1]]))
        if has_optional(browser, address):
            walked += 1
            found += lies(browser, address, today)

    assert found == []
    assert walked >= 12


# --- what the walk does not come to ---------------------------------------------------


def called(browser, address):
    """Return what the forms of a page call optional, by name."""
    return set().union(*map(optional, forms_of(browser.get(address))))


@pytest.fixture
def lot(world, at):
    return bench.log(world.cast, world, at=at, number="BAC-26-001")


def test_remark_of_phase_one_is_asked_of_what_is_not_in_order(world, lot, at):
    bench.enter(lot, world, {"MEOH": "3001"}, by=world.cast.lin, at=at)
    address = f"/investigations/{Investigation.objects.get().pk}/"

    assert called(signed_in(world.cast.sofia), address) == set()


def test_conclusion_calls_nothing_optional_that_it_asks_for(world, lot, at):
    bench.enter(lot, world, {"MEOH": "3001"}, by=world.cast.lin, at=at)
    investigation = Investigation.objects.get()
    bench.phase_one(world.cast, lot, investigation, at=at)
    conduct.plan(
        investigation=investigation, by=world.cast.chen, at=at,
        hypothesis="A wrong flask gave too low a volume, a retest shows it",
        planned_retests=1,
    )  # fmt: skip

    chen = signed_in(world.cast.chen)
    assert called(chen, f"/investigations/{investigation.pk}/") == set()
    assert called(chen, f"/investigations/{investigation.pk}/conclude/") == set()


def test_result_is_asked_for_where_a_file_of_the_lot_is_attached(world, lot, at):
    bench.enter(lot, world, {"MEOH": "112"}, by=world.cast.lin, at=at)
    lin, address = signed_in(world.cast.lin), f"/lots/{lot.pk}/attachments/new/"
    assert called(lin, address) == {"result"}

    result_entry.attach(
        lot=lot, by=world.cast.lin, at=at, upload=Upload("run.txt", b"Report"),
        title="Run",
    )  # fmt: skip

    assert called(lin, address) == set()


def test_first_remark_is_no_blank_one(world, lot, at):
    [result] = bench.enter(
        lot, world, {"MEOH": "112"}, by=world.cast.lin, at=at, submit=False
    )

    assert called(signed_in(world.cast.lin), f"/results/{result.pk}/remark/") == set()


def test_suspended_qualification_is_withdrawn_with_a_day(world, at):
    qualification = Qualification.objects.filter(
        site=world.works, state="approved"
    ).first()
    chen = signed_in(world.cast.chen)
    address = f"/qualifications/{qualification.pk}/withdraw/"
    assert called(chen, address) == {"since"}

    qualifications.suspend_qualification(
        qualification=qualification, by=world.cast.chen, at=at, reason="Audit",
        since=calendar.today(at),
    )  # fmt: skip

    assert called(chen, address) == set()
    answer = chen.post(address, {"reason": "Audit", "since": ""})
    assert refused(answer, {"since"}) == {"since"}

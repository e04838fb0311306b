"""The set-up pages through the door that people take: who may, what is kept, said."""

import csv
import io

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from lots import calendar
from lots.accounts import users
from lots.demo import bench
from lots.evidence import audit
from lots.evidence.documents import Upload
from lots.forms.specifications import PREFIX, ROW_FACTS, stored_rows
from lots.models import (
    AuditEntry,
    CertificateHeader,
    Material,
    Organisation,
    Qualification,
    Specification,
    User,
)
from lots.models import Test as MaterialTest
from lots.setup import (
    materials,
    organisations,
    printed_identity,
    qualifications,
    signed_specification,
    specification_content,
)
from lots.tables.csv_export import neutral
from tests.lots.pages import PASSWORD, refused, shown, signed_in, typed, words

READERS = ["lin", "sofia", "chen", "maria", "ines"]


def at_(name, *keys):
    return reverse(f"lots:{name}", args=keys)


@pytest.fixture
def olga(world):
    """QA, who drafted everything."""
    return signed_in(world.cast.olga)


@pytest.fixture
def chen(world):
    """QA, who approves."""
    return signed_in(world.cast.chen)


def pages(world):
    specification = Specification.objects.get(code="BAC-ORAL")
    qualification = Qualification.objects.filter(site=world.works).first()
    return [
        at_("organisation_list"),
        at_("organisation_detail", world.works.organisation.pk),
        at_("material_list"),
        at_("material_detail", world.material.pk),
        at_("test_detail", world.tests["ASSAY"].pk),
        at_("specification_list"),
        at_("specification_detail", specification.pk),
        at_("qualification_list"),
        at_("qualification_detail", qualification.pk),
        at_("certificate_header"),
        at_("document", qualification.evidence_id),
    ]


@pytest.mark.parametrize("person", READERS)
def test_every_reader_opens_the_set_up_pages(world, person):
    client = signed_in(getattr(world.cast, person))

    answers = {page: client.get(page).status_code for page in pages(world)}

    assert answers == dict.fromkeys(answers, 200)


def test_administrator_opens_accounts_and_no_set_up_page(world):
    client = signed_in(world.cast.admin)

    answers = {page: client.get(page).status_code for page in pages(world)}

    assert answers == dict.fromkeys(answers, 403)
    assert "Lin Yue" in words(client.get(at_("account_list")))
    navigation = client.get(at_("account_list")).context["navigation"]
    assert [one.label for group in navigation for one in group.places] == ["Accounts"]


@pytest.mark.parametrize("person", ["lin", "sofia", "maria", "ines", "admin"])
@pytest.mark.parametrize("method", ["get", "post"])
def test_changing_the_set_up_is_for_qa(world, person, method):
    client = signed_in(getattr(world.cast, person))
    before = AuditEntry.objects.count()
    changing = [
        at_("add_organisation"),
        at_("add_material"),
        at_("add_test", world.material.pk),
        at_("draft_specification"),
        at_("draft_qualification"),
        at_("draft_certificate_header"),
    ]

    answers = {page: getattr(client, method)(page).status_code for page in changing}

    assert answers == dict.fromkeys(changing, 403)
    assert AuditEntry.objects.count() == before


@pytest.mark.parametrize("person", READERS)
def test_accounts_are_closed_to_others(world, person):
    client = signed_in(getattr(world.cast, person))

    answer = client.get(at_("account_list"))

    assert answer.status_code == 403
    assert "Marek Novak" not in words(answer)


def test_nobody_reads_without_signing_in(world, client):
    answers = {page: client.get(page) for page in pages(world)}

    assert {answer.status_code for answer in answers.values()} == {302}
    assert all("/sign-in/" in answer["Location"] for answer in answers.values())


# --- organisations, materials, tests ------------------------------------------------


def test_organisation_is_added_and_shown(world, olga):
    answer = olga.post(
        at_("add_organisation"),
        {"name": "Kappa Pharma", "address": "1 Way\r\nTown", "telephone": "+1 555"},
    )

    made = Organisation.objects.get(name="Kappa Pharma")
    assert answer["Location"] == at_("organisation_detail", made.pk)
    assert made.address == "1 Way\nTown"


def test_material_form_keeps_what_was_typed_beside_the_refusal(world, olga):
    answer = olga.post(
        at_("add_material"),
        {
            "name": "Tizanidine",
            "item_code": "TIZ",
            "storage": "Cool",
            "cas_number": "51322-75-8",
        },
    )

    assert answer.status_code == 422
    assert answer.context["form"].errors == {
        "cas_number": [
            "51322-75-8 is not a CAS number: its check digit would be 9; compare it"
            " with its source."
        ]
    }
    assert "its check digit would be 9" in words(answer)
    assert typed(answer, "cas_number") == "51322-75-8"
    assert not Material.objects.filter(name="Tizanidine").exists()


def test_test_with_words_is_added_one_word_a_line(world, olga):
    olga.post(
        at_("add_test", world.material.pk),
        {
            "code": "ODOUR",
            "name": "Odour",
            "group": "identity",
            "calculation": "single",
            "determinations": "1",
            "vocabulary": "Odourless\r\n Faint \r\n\r\n",
        },
    )

    assert MaterialTest.objects.get(code="ODOUR").vocabulary == ["Odourless", "Faint"]


@pytest.mark.parametrize(
    ("typed_as", "stored"), [("3", 3), ("", 1)], ids=["three", "left out"]
)
def test_test_says_how_many_injections_it_averages(world, olga, typed_as, stored):
    answer = olga.post(
        at_("add_test", world.material.pk),
        {
            "code": "ASSAY-2",
            "name": "Assay by another column",
            "group": "assay",
            "calculation": "mean",
            "determinations": "2",
            "injections": typed_as,
        },
        follow=True,
    )

    test = MaterialTest.objects.get(code="ASSAY-2")
    assert test.injections == stored
    assert ("Injections of each preparation 3" in words(answer)) == (stored == 3)


def test_words_are_not_averaged_over_injections(world, olga):
    answer = olga.post(
        at_("add_test", world.material.pk),
        {
            "code": "ODOUR",
            "name": "Odour",
            "group": "identity",
            "calculation": "single",
            "determinations": "1",
            "injections": "2",
            "vocabulary": "Odourless",
        },
    )

    assert answer.status_code == 422
    assert "2 injections are not possible here" in words(answer)
    assert typed(answer, "injections") == "2"


def test_change_asks_for_the_reason(world, olga):
    page = at_("change_site", world.works.pk)
    facts = {
        "name": "Plant 1",
        "address": "Elsewhere",
        "telephone": "1",
        "manufactures": "on",
    }

    without = olga.post(page, facts)
    with_reason = olga.post(page, {**facts, "reason": "Moved"})

    assert (without.status_code, with_reason.status_code) == (422, 302)
    [drafted] = printed_identity.drafts()
    assert drafted.texts["address"] == "Elsewhere"


def test_site_where_nothing_is_done_is_not_added(world, olga):
    page = at_("add_site", world.works.organisation_id)
    facts = {"name": "Plant 9", "address": "Elsewhere", "telephone": "1"}

    nothing = olga.post(page, facts)
    tested = olga.post(page, {**facts, "tests": "on"})

    assert (nothing.status_code, tested.status_code) == (422, 302)
    assert ("Select at least one: material is made here, or tested here.") in words(
        nothing
    )


def test_site_that_was_given_up_is_offered_nowhere_any_more(world, olga):
    facts = {"name": "Plant 1", "address": "Elsewhere", "telephone": "1"}

    answer = olga.post(
        at_("change_site", world.works.pk), {**facts, "reason": "Given up"}
    )

    world.works.refresh_from_db()
    assert answer.status_code == 302
    assert (world.works.manufactures, world.works.tests) == (False, False)


# --- the grid of criteria -----------------------------------------------------------


def grid(rows, **facts):
    """Return the post of the grid with these rows."""
    data = {
        "owner": "in_house",
        "grade": "USP",
        "compendium": "USP–NF 2026 Issue 1",
        "effective_on": "2026-11-01",
        "change_reason": "Annual review",
        f"{PREFIX}-TOTAL_FORMS": len(rows),
        f"{PREFIX}-INITIAL_FORMS": 0,
        **facts,
    }
    for number, row in enumerate(rows):
        row = {"rounding": "half_up", "requirement": "every", **row}
        data |= {f"{PREFIX}-{number}-{name}": value for name, value in row.items()}
    return data


@pytest.fixture
def first(world):
    """The oral specification in force."""
    return Specification.objects.get(code="BAC-ORAL")


def rows_of(specification):
    found = []
    for row in stored_rows(specification):
        row = {name: row[name] for name in ("position", *ROW_FACTS)}
        row["choices"] = "\n".join(row["choices"])
        found.append({name: "" if v is None else v for name, v in row.items()})
    return found


def test_new_version_begins_from_the_one_before(world, olga, first):
    answer = olga.get(at_("next_version", first.pk))
    stored = olga.post(
        at_("next_version", first.pk),
        grid(
            rows_of(first),
            effective_on=first.effective_on.isoformat(),
            compendium=first.compendium,
        ),
    )

    second = Specification.objects.get(code="BAC-ORAL", version=2)
    assert typed(answer, f"{PREFIX}-3-low") == "98.0"
    assert stored["Location"] == at_("specification_detail", second.pk)
    assert not any(
        one.changed for one in specification_content.differences(first, second)
    )


def test_rows_are_taken_in_the_order_of_their_numbers(world, olga, first):
    olga.post(
        at_("next_version", first.pk),
        grid(
            [
                {"position": 20, "test": world.tests["WATER"].pk, "kind": "nmt",
                 "high": "1.0"},
                {"test": world.tests["ROI"].pk, "kind": "nmt", "high": "0.1"},
                {"position": 10, "test": world.tests["ASSAY"].pk, "kind": "range",
                 "low": "98.0", "high": "101.0"},
                {},
                {"position": 1, "test": world.tests["PH"].pk, "kind": "report",
                 "DELETE": "on"},
            ]
        ),
    )  # fmt: skip

    second = Specification.objects.get(code="BAC-ORAL", version=2)
    found = second.criteria.order_by("position").values_list("position", "test__code")
    assert list(found) == [(1, "ASSAY"), (2, "WATER"), (3, "ROI")]


def test_refusals_stand_beside_their_cells_and_nothing_typed_is_lost(
    world, olga, first
):
    answer = olga.post(
        at_("next_version", first.pk),
        grid(
            [
                {"position": 2, "test": world.tests["ASSAY"].pk, "kind": "range",
                 "low": "101.0", "high": "98.0"},
                {"position": 1, "test": world.tests["WATER"].pk, "kind": "nmt",
                 "high": "1,0"},
            ]
        ),
    )  # fmt: skip

    assert answer.status_code == 422
    assert not Specification.objects.filter(version=2).exists()
    beside = {
        f"{number}-{name}": list(messages)
        for number, form in enumerate(answer.context["grid"].forms)
        for name, messages in form.errors.items()
    }
    assert list(beside) == ["0-low", "1-high"]
    assert beside["0-low"] == [
        "The lower limit 101.0 is above the upper limit 98.0; exchange them."
    ]
    assert typed(answer, f"{PREFIX}-1-high") == "1,0"
    assert refused(answer) == [beside["0-low"][0], beside["1-high"][0]]
    # And above the form, where a refusal far down is found by its link.
    said = words(answer)
    assert "Not saved: correct 2 fields." in said
    assert f"Row 2, Upper limit: {beside['1-high'][0]}" in said
    assert f'<a href="#id_{PREFIX}-1-high">' in answer.content.decode()
    assert "<title>Error: " in answer.content.decode()


def test_more_rows_come_without_script_and_keep_what_was_typed(world, olga, first):
    data = grid(
        [{"test": world.tests["WATER"].pk, "kind": "nmt", "high": "1,0"}],
        grade="USP, micronised",
        more="1",
    )

    answer = olga.post(at_("next_version", first.pk), data)

    assert answer.status_code == 200
    assert len(answer.context["grid"].forms) == 4
    assert (typed(answer, f"{PREFIX}-0-high"), typed(answer, "grade")) == (
        "1,0",
        "USP, micronised",
    )
    assert refused(answer) == []


def test_first_version_asks_for_the_material_first(world, olga):
    choosing = olga.get(at_("draft_specification"))
    olga.post(
        at_("draft_specification"),
        grid(
            [{"test": world.tests["WATER"].pk, "kind": "nmt", "high": "1.0"}],
            material=world.material.pk,
            code="BAC-NEW",
            use="oral",
            purpose="release",
        ),
    )

    made = Specification.objects.get(code="BAC-NEW")
    assert "Choose the material." in words(choosing)
    assert (made.version, made.criteria.count()) == (1, 1)


def test_grid_asks_for_the_same_queries_however_many_rows(
    world, olga, first, django_assert_num_queries
):
    page = at_("next_version", first.pk)
    few = Specification.objects.get(code="BAC-IT")

    olga.get(page)  # the counters of the side bar are at hand from here on
    with django_assert_num_queries(9) as counted:
        olga.get(page)
    with django_assert_num_queries(len(counted)):
        olga.get(at_("next_version", few.pk))


def draft_second(world, olga, first):
    rows = rows_of(first)
    rows[3] |= {"low": "98.5", "alert_low": ""}
    olga.post(at_("next_version", first.pk), grid(rows[:-1]))
    return Specification.objects.get(code="BAC-ORAL", version=2)


def test_further_version_is_led_to_the_draft_that_is_there(world, olga, chen, first):
    second = draft_second(world, olga, first)

    answer = chen.get(at_("next_version", first.pk))

    assert answer["Location"] == at_("specification_detail", second.pk)


def test_approval_page_shows_everything_and_signs_it(world, olga, chen, first):
    second = draft_second(world, olga, first)
    page = at_("approve_specification", second.pk)

    reading = chen.get(page)
    answer = chen.post(page, {"password": PASSWORD, "shown": shown(reading)})

    text = words(reading)
    assert "98.0–101.0 %; alert 98.5 98.5–101.0 % Changed" in text
    assert "Particle size D90 was a criterion of BAC-ORAL v1 and is removed." in text
    second.refresh_from_db()
    assert (answer.status_code, second.state) == (302, "approved")
    assert second.signature.text == signed_specification.specification_text(second)
    assert "An approved version never changes." in words(
        chen.get(at_("specification_detail", second.pk))
    )


def test_criteria_read_as_certificates_print_them(world, chen, first):
    said = words(chen.get(at_("specification_detail", first.pk)))

    assert "10³ CFU/g (at most 2000 CFU/g)" in said
    assert "below 98.5" in said
    assert "Periodically · every 10 lots or every 12 months" in said


def test_approval_with_a_wrong_password_is_refused_and_recorded(
    world, olga, chen, first
):
    second = draft_second(world, olga, first)
    page = at_("approve_specification", second.pk)

    answer = chen.post(page, {"password": "wrong", "shown": shown(chen.get(page))})

    second.refresh_from_db()
    assert (answer.status_code, second.state) == (422, "draft")
    assert "Not signed: your password was not confirmed" in words(answer)
    assert AuditEntry.objects.order_by("sequence").last().action == "signature_refused"


def test_approval_by_the_drafter_is_refused_with_the_reason(world, olga, first):
    second = draft_second(world, olga, first)
    page = at_("approve_specification", second.pk)

    answer = olga.post(page, {"password": PASSWORD, "shown": shown(olga.get(page))})

    second.refresh_from_db()
    assert (answer.status_code, second.state) == (422, "draft")
    assert "takes another person: you drafted it." in words(answer)


def test_draft_that_changed_meanwhile_is_shown_again_and_then_signed(
    world, olga, chen, first
):
    second = draft_second(world, olga, first)
    water = world.tests["WATER"].pk
    page = at_("approve_specification", second.pk)
    stale = shown(chen.get(page))
    olga.post(
        at_("change_draft", second.pk),
        grid(
            [
                {**row, "high": "0.9"} if row["test"] == water else row
                for row in rows_of(first)
            ]
        ),
    )

    answer = chen.post(page, {"password": PASSWORD, "shown": stale})
    again = chen.post(page, {"password": PASSWORD, "shown": shown(answer)})

    assert "the record changed after it was shown to you" in words(answer)
    assert "NMT 0.9 %" in words(answer)
    second.refresh_from_db()
    assert (again.status_code, second.state) == (302, "approved")


# --- qualifications, letterhead, documents ------------------------------------------


def test_qualification_goes_from_draft_to_suspended_and_back(world, olga, chen):
    olga.post(
        at_("draft_qualification"),
        {
            "site": world.partner.pk,
            "material": world.material.pk,
            "use": "intrathecal",
            "process": "T-9",
            "valid_from": "2026-01-01",
            "storage": "Below 25 °C",
            "date_kind": "expiry",
            "retest_months": "24",
            "use_by_days": "30",
            "evidence_reference": "QA-77",
            "evidence": SimpleUploadedFile("a.pdf", b"%PDF-1.4 agreement"),
        },
    )
    row = Qualification.objects.get(process="T-9")
    approving = at_("approve_qualification", row.pk)
    chen.post(approving, {"password": PASSWORD, "shown": shown(chen.get(approving))})
    olga.post(
        at_("suspend_qualification", row.pk),
        {"reason": "Audit finding 3", "since": "2026-02-01"},
    )
    resuming = at_("resume_qualification", row.pk)
    page = chen.get(resuming)
    chen.post(
        resuming,
        {"password": PASSWORD, "shown": shown(page), "reason": "Finding closed"},
    )

    row.refresh_from_db()
    assert row.state == "approved"
    history = words(chen.get(at_("qualification_detail", row.pk)))
    assert "Audit finding 3" in history
    assert "Qualification resumed: Finding closed" in history


def test_certificate_header_is_drafted_from_the_current_one_and_approved(
    world, olga, chen
):
    page = at_("draft_certificate_header")
    facts = {
        name: typed(olga.get(page), name)
        for name in ("name", "address", "telephone", "email")
    }

    olga.post(page, {**facts, "telephone": "+86 574 5550 0118"})
    drafted = CertificateHeader.objects.get(version=2)
    approving = at_("approve_certificate_header", drafted.pk)
    chen.post(approving, {"password": PASSWORD, "shown": shown(chen.get(approving))})

    drafted.refresh_from_db()
    assert (drafted.state, drafted.name) == ("approved", facts["name"])
    withdrawing = olga.get(at_("withdraw_certificate_header", drafted.pk))
    assert (
        "Certificate header version 2 is approved; you can withdraw only a draft."
        in words(withdrawing)
    )


@pytest.mark.postgres
def test_document_comes_back_as_an_attachment_exactly_as_it_was(world, at, chen):
    content = b"%PDF-1.4 <script>alert(1)</script>"
    row = qualifications.draft_qualification(
        by=world.cast.olga,
        at=at,
        site=world.partner,
        material=world.material,
        use="oral",
        process="T-10",
        valid_from=at.date(),
        storage="Cool",
        retest_months=12,
        evidence=Upload('über "a"; x.pdf', content),
        evidence_reference="QA-78",
    )

    answer = chen.get(at_("document", row.evidence_id))

    assert answer.content == content
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert answer["Content-Type"] == "application/pdf"
    assert answer["Content-Disposition"].startswith("attachment; filename")


# --- accounts -----------------------------------------------------------------------


def test_account_is_added_and_changes_its_own_password(world, client):
    admin = signed_in(world.cast.admin)
    admin.post(
        at_("add_account"),
        {
            "username": "nadia",
            "printed_name": "Nadia Haddad",
            "title": "Analyst",
            "employee_number": "E-201",
            "reason": "Passport seen",
            "roles": ["analyst"],
            "one_time": "a horse under the bridge",
        },
    )
    person = User.objects.get(username="nadia")
    own = signed_in(person)

    notice = words(own.get(at_("material_list")))
    answer = own.post(
        at_("own_password"),
        {
            "current": "a horse under the bridge",
            "new": "my very own sentence",
            "again": "my very own sentence",
        },
    )

    person.refresh_from_db()
    assert "An administrator set your password. Change it first" in notice
    assert (answer.status_code, person.must_change_password) == (302, False)
    assert own.get(at_("material_list")).status_code == 200


def test_form_left_blank_says_of_each_field_what_to_do(world):
    answer = signed_in(world.cast.admin).post(at_("add_account"), {"username": ""})

    assert refused(answer) == [
        "Username is missing; type it.",
        "Printed name is missing; type it.",
        "Title is missing; type it.",
        "Employee number is missing; type it.",
        "Identity checked against is missing; type it.",
        "Roles: select at least one.",
        "One-time password is missing; type it.",
    ]


def test_weak_one_time_password_is_refused_beside_its_field(world):
    admin = signed_in(world.cast.admin)

    answer = admin.post(
        at_("set_password", world.cast.lin.pk), {"one_time": "short", "reason": "Lost"}
    )

    assert answer.status_code == 422
    assert list(answer.context["form"].errors) == ["one_time"]
    assert "short" not in typed(answer, "one_time")


def test_roles_are_set_with_a_reason(world):
    admin = signed_in(world.cast.admin)

    admin.post(
        at_("set_roles", world.cast.lin.pk),
        {"roles": ["analyst", "reviewer"], "reason": "Trained"},
    )

    world.cast.lin.refresh_from_db()
    assert world.cast.lin.roles == ["analyst", "reviewer"]


def test_page_to_deactivate_the_last_administrator_is_closed(world):
    admin = world.cast.admin
    client = signed_in(admin)
    only = "You are the only administrator; make another person an administrator first."

    account = client.get(f"/accounts/{admin.pk}/")
    page = client.get(f"/accounts/{admin.pk}/deactivate/")

    assert only in words(account)
    assert f"/accounts/{admin.pk}/deactivate/" not in account.content.decode()
    assert only in words(page)
    assert typed(page, "reason") is None


def test_page_of_the_own_roles_is_closed(world):
    admin = world.cast.admin
    client = signed_in(admin)
    own = (
        "You cannot change the roles of your own account, or of one that counts as"
        " yours; ask another administrator."
    )

    account = client.get(f"/accounts/{admin.pk}/")
    page = client.get(f"/accounts/{admin.pk}/roles/")

    assert own in words(account)
    assert f"/accounts/{admin.pk}/roles/" not in account.content.decode()
    assert own in words(page)
    assert typed(page, "reason") is None


def test_account_of_one_administrator_of_two_can_be_ended(world, at):
    second = users.add_account(
        by=world.cast.admin,
        at=at,
        username="second",
        printed_name="Sandra Second",
        title="Administrator",
        employee_number="E-201",
        reason="Passport seen",
        roles=["administrator"],
        password="a horse under the bridge",
    )

    signed_in(world.cast.admin).post(at_("deactivate", second.pk), {"reason": "Left"})

    second.refresh_from_db()
    assert second.is_active is False


# --- the audit trail ----------------------------------------------------------------


@pytest.mark.parametrize("person", ["lin", "sofia", "maria", "admin"])
@pytest.mark.parametrize("name", ["audit_trail", "audit_export"])
def test_audit_trail_is_for_qa_and_auditors(world, person, name):
    answer = signed_in(getattr(world.cast, person)).get(at_(name))

    assert answer.status_code == 403


def found(client, **asked):
    page = client.get(at_("audit_trail"), asked)
    return [row.record.head.action for row in page.context["table"].page.object_list]


@pytest.mark.postgres
def test_audit_trail_is_filtered(world, olga):
    auditor = signed_in(world.cast.ines)
    olga.post(
        at_("change_site", world.works.pk),
        {
            "name": "Plant 1",
            "address": "Elsewhere",
            "telephone": "1",
            "manufactures": "on",
            "reason": "Moved",
        },
    )
    key = world.works.pk

    assert found(auditor, reason="with")[0] == "change_site"
    assert set(found(auditor, reason="with")[1:]) == {
        "confirm_at_server",
        "confirm_person",
    }
    assert found(auditor, table="lots_site", record=key) == ["change_site", "add_site"]
    assert found(auditor, table="lots_site", record=key, by=world.cast.chen.pk) == []
    assert found(auditor, action="change_site", until="2001-01-01") == []
    assert found(auditor, lot="NO-SUCH-LOT") == []


def test_audit_trail_names_the_account_of_an_act_at_the_server(world, at):
    with audit.as_account("root"):
        organisations.add_organisation(
            by=world.cast.olga, at=at, name="By command", address="1", telephone="1"
        )

    page = signed_in(world.cast.ines).get(at_("audit_trail"))

    assert page.context["table"].rows[0].record.head.who == (
        "Olga Petrova (olga), server account root"
    )
    assert "by Olga Petrova (olga), server account root" in words(page)
    assert AuditEntry(account="root").who == "server account root"


@pytest.mark.postgres
def test_audit_trail_names_a_date_that_is_none(world):
    answer = signed_in(world.cast.ines).get(at_("audit_trail"), {"since": "1/2/26"})

    assert answer.context["form"].errors == {
        "since": ["Type the date as year-month-day, such as 2026-11-23."]
    }
    assert "No matches. Change the filter." in words(answer)


@pytest.mark.postgres
@pytest.mark.parametrize(
    "asked", [{"since": "0001-01-01"}, {"until": "9999-12-31"}], ids=str
)
def test_audit_trail_refuses_a_day_at_which_no_moment_has_a_zone(world, asked):
    """Both are dates, and the first or last moment of them cannot be written in UTC."""
    answer = signed_in(world.cast.ines).get(at_("audit_trail"), asked)

    assert answer.context["form"].errors == {
        name: ["Choose a date between 1900-01-01 and 2199-12-31."] for name in asked
    }


def test_audit_export_of_a_wrong_filter_is_no_empty_file(world):
    """An inspector would take it for "nothing was done"."""
    answer = signed_in(world.cast.ines).get(at_("audit_export"), {"since": "1/2/26"})

    assert (answer.status_code, answer.url) == (302, "/audit/?since=1%2F2%2F26")


@pytest.mark.postgres
def test_audit_export_holds_exactly_the_filtered_entries_and_no_formula(world, olga):
    olga.post(
        at_("add_organisation"),
        {"name": "=HYPERLINK(1)", "address": "+1 Way", "telephone": "-5"},
    )

    answer = signed_in(world.cast.ines).get(
        at_("audit_export"), {"table": "lots_organisation", "by": world.cast.olga.pk}
    )

    text = b"".join(answer.streaming_content).decode("utf-8-sig")
    lines = list(csv.DictReader(io.StringIO(text)))
    added = {
        line["field"]: line["new"]
        for line in lines
        if line["record"] == str(Organisation.objects.get(name="=HYPERLINK(1)").pk)
    }
    assert (added["name"], added["address"], added["telephone"]) == (
        "'=HYPERLINK(1)",
        "'+1 Way",
        "-5",
    )
    assert {line["table"] for line in lines} == {"lots_organisation"}
    assert {line["sentence"] for line in lines if line["field"] == "name"} >= {
        "Olga Petrova added the organisation =HYPERLINK(1)."
    }


def test_audit_export_keeps_its_columns_and_adds_the_sentence(world):
    answer = signed_in(world.cast.ines).get(at_("audit_export"), {"reason": "with"})

    text = b"".join(answer.streaming_content).decode("utf-8-sig")
    assert text.splitlines()[0] == (
        "sequence,at,by,account,action,table,record,lot,field,old,new,reason,digest,"
        "sentence"
    )


def test_audit_export_says_the_sentence_of_the_whole_act(world, at):
    """Also where the filter holds one of its entries only."""
    lot = bench.log(world.cast, world, at=at, number="BAC-26-901", use="intrathecal")
    bench.enter(lot, world, {"WATER": "1.8"}, by=world.cast.lin, at=at)

    answer = signed_in(world.cast.ines).get(
        at_("audit_export"), {"table": "lots_investigation"}
    )

    text = b"".join(answer.streaming_content).decode("utf-8-sig")
    lines = list(csv.DictReader(io.StringIO(text)))
    assert {line["sentence"] for line in lines} == {
        "Lin Yue entered Water (Karl Fischer) 1.8 % (fails NMT 0.5 %);"
        f" OOS-{calendar.today(at).year}-00001 opened."
    }


def test_audit_trail_shows_an_act_with_its_detail_below(world, at):
    lot = bench.log(world.cast, world, at=at, number="BAC-26-901", use="intrathecal")
    bench.enter(lot, world, {"WATER": "1.8"}, by=world.cast.lin, at=at, submit=False)

    page = signed_in(world.cast.ines).get(at_("audit_trail"))

    [told, *_rest] = [row.record for row in page.context["table"].page.object_list]
    assert [(one.kind, one.name) for one in told.details] == [
        ("result", "Water (Karl Fischer), attempt 1"),
        ("investigation", f"OOS-{calendar.today(at).year}-00001"),
    ]
    said = words(page)
    assert "Determinations – → 1.8 (preparation 1, injection 1)" in said
    assert f"Test – → Water (Karl Fischer) (test {world.tests['WATER'].pk})" in said
    assert told.head.digest[:16] in said
    assert "_id" not in said


def test_audit_trail_leads_from_a_long_act_to_all_its_records(world, at):
    lot = bench.log(world.cast, world, at=at, number="BAC-26-901")
    stored = bench.enter(
        lot, world, bench.ELEMENTS | bench.ORAL_RESULTS, by=world.cast.lin, at=at
    )
    auditor = signed_in(world.cast.ines)
    act = auditor.get(at_("audit_trail"), {"action": "enter"})
    head = act.context["table"].page.object_list[0].record.head
    # The total of the peaks is stored beside what was typed.
    n = len(stored) + 1

    page = auditor.get(at_("audit_act", head.sequence))

    assert f"All {n} records of this act" in words(act)
    assert words(page).count("Determinations – → ") == n
    assert f"Lin Yue entered {len(stored)} results of release testing" in words(page)
    assert auditor.get(at_("audit_act", 10**6)).status_code == 404


@pytest.mark.parametrize(
    ("cell", "written"),
    [
        ("=1+1", "'=1+1"),
        ("+1", "'+1"),
        ("-1+1", "'-1+1"),
        ("@SUM(A1)", "'@SUM(A1)"),
        ("\tx", "'\tx"),
        ("\rx", "'\rx"),
        ("  =1", "'  =1"),
        ("\N{NO-BREAK SPACE}=1", "'\N{NO-BREAK SPACE}=1"),
        ("\n=1", "'\n=1"),
        ("\N{FULLWIDTH EQUALS SIGN}1", "'\N{FULLWIDTH EQUALS SIGN}1"),
        ("-0.05", "-0.05"),
        ("-12", "-12"),
        ("98.50", "98.50"),
        ("<0.05", "<0.05"),
        ("a=b", "a=b"),
        (None, ""),
        (12, "12"),
    ],
    ids=repr,
)
def test_neutral_opens_as_text_and_leaves_numbers(cell, written):
    assert neutral(cell) == written


# --- lists --------------------------------------------------------------------------


def more_organisations(world, at, number):
    organisation = organisations.add_organisation(
        by=world.cast.olga, at=at, name=f"Firm {number}", address="x", telephone="1"
    )
    organisations.add_site(
        by=world.cast.olga,
        at=at,
        organisation=organisation,
        name="Site",
        address="x",
        telephone="1",
    )


@pytest.mark.parametrize(
    ("name", "queries"),
    [
        ("organisation_list", 7),
        ("material_list", 6),
        ("qualification_list", 6),
        ("specification_list", 5),
        ("audit_trail", 10),
    ],
)
def test_lists_ask_the_same_queries_however_many_rows(
    world, at, chen, django_assert_num_queries, name, queries
):
    chen.get("/")  # the counters of the side bar are at hand from here on
    with django_assert_num_queries(queries):
        chen.get(at_(name))
    for number in range(30):
        more_organisations(world, at, number)
    first = Specification.objects.get(code="BAC-ORAL")
    qualification = Qualification.objects.first()
    for number in range(5):
        more_records(world, at, number, first, qualification)

    chen.get("/")  # the counters of the side bar are at hand from here on
    with django_assert_num_queries(queries):
        chen.get(at_(name))


def more_records(world, at, number, first, qualification):
    materials.add_material(
        by=world.cast.olga,
        at=at,
        name=f"M{number}",
        item_code=f"M{number}",
        cas_number="not assigned",
        storage="x",
    )
    qualifications.draft_qualification(
        by=world.cast.olga,
        at=at,
        site=qualification.site,
        material=world.material,
        use="oral",
        process=f"P{number}",
        valid_from=at.date(),
        storage="x",
        retest_months=12,
        evidence=Upload("a.txt", b"evidence"),
        evidence_reference="x",
    )

"""A form that lacks a field also says what the records refuse of the others.

What is missing and what is refused stand on the page together, each beside its field;
what was typed is kept, and nothing is stored.
"""

import datetime

import pytest
from django import forms
from django.core.files.uploadedfile import SimpleUploadedFile

from lots import calendar
from lots.demo import bench
from lots.models import AuditEntry, Organisation, Qualification
from lots.models import Test as MaterialTest
from tests import addresses
from tests.lots.pages import refused, said_of, signed_in, typed, words

pytestmark = pytest.mark.postgres

# A character that nobody sees: no record keeps a text with it.
UNSEEN = "x\N{RIGHT-TO-LEFT OVERRIDE}y"
PEOPLE = {"analyst": "lin", "reviewer": "sofia", "qa": "chen", "administrator": "admin"}
# Forms of another page, or that nobody can fill in at the address of the table.
NOT_WALKED = {
    "reports:issue_now": "what is typed is checked before",
    "reports:certificate_revise": "three forms on one page",
    "reports:certificate_duplicate": "three forms on one page",
    "reports:certificate_withdraw": "three forms on one page",
    "lots:enter_result": "a row of the grid",
    "lots:submit": "it takes no text",
    "lots:remark": "the result takes no remark any more",
    "lots:release": "the lot is still in testing",
    "lots:plan_investigation": "phase I is not signed",
    "lots:conclude_investigation": "phase I is not signed",
    "lots:import_run": "it takes no text",
    "lots:send_back": "no result is chosen, so the page shows no form",
    "lots:tell_apart": "one person alone, so the page shows no form",
    "lots:confirm_person": "confirmed already, so the page shows no form",
}


def walked(world, at):
    """Yield every form that lies at an address of its own: name, address, browser."""
    found = addresses.addresses(world, at)
    for name, page in addresses.TABLE.items():
        roles = [role for role in page.who if role in PEOPLE]
        if page.post != 422 or not roles or name in NOT_WALKED:
            continue
        yield name, found[name], signed_in(getattr(world.cast, PEOPLE[roles[-1]]))


def is_text(field):
    return isinstance(field, forms.CharField) and not isinstance(
        field.widget, forms.PasswordInput | forms.HiddenInput | forms.CheckboxInput
    )


def test_every_form_refuses_an_unseen_character_beside_what_is_missing(world, at):
    asked = 0
    wrong = []
    entries = None
    for name, address, browser in walked(world, at):
        entries = entries or AuditEntry.objects.count()
        form = browser.post(address, {"nothing": "typed"}).context.get("form")
        if form is None:
            continue
        required = {one for one, field in form.fields.items() if field.required}
        for one, field in form.fields.items():
            if not is_text(field):
                continue
            asked += 1
            answer = browser.post(address, {one: UNSEEN})
            said = said_of(answer)
            if one not in said or typed(answer, one) != UNSEEN:
                wrong.append((name, one, said))
            elif required - {one} - set(said):
                wrong.append((name, one, "not said to be missing"))

    assert wrong == []
    assert asked > 80
    assert AuditEntry.objects.count() == entries


# --- each kind of form ----------------------------------------------------------------

TOMORROW = "tomorrow"
# Passwords, which no page shows again, and boxes, which say that they are ticked.
NOT_SHOWN = ("current", "new", "one_time", "manufactures")
CASES = {
    "add_organisation": {
        "typed": {"name": "Taihu Fine Chemicals Co., Ltd.", "telephone": UNSEEN},
        "missing": ("address",),
        "refused": {"name": "already exists", "telephone": "U+202E"},
    },
    "change_organisation": {
        "typed": {"name": "Taihu Fine Chemicals Co., Ltd.", "address": "1 Quay"},
        "missing": ("reason", "telephone"),
        "refused": {"name": "already exists"},
    },
    "add_site": {
        "typed": {"name": "Plant 1", "manufactures": "on"},
        "missing": ("address", "telephone"),
        "refused": {"name": "already has this site"},
    },
    "change_site": {
        "typed": {"name": "Plant 2", "address": "1 Quay", "telephone": "+86 1"},
        "missing": ("reason",),
        "refused": {"name": "already has this site"},
    },
    "add_material": {
        "typed": {
            "name": "Baclofen",
            "cas_number": "1134-47-1",
            "storage": "Sterile, dry",
            "note": "For intrathecal use",
        },
        "missing": ("item_code",),
        "refused": {
            "name": "already exists",
            "cas_number": "check digit",
            "storage": "claims",
            "note": "names intrathecal use",
        },
    },
    "change_material": {
        "typed": {"name": "Baclofen sterile", "item_code": "BAC", "cas_number": "1"},
        "missing": ("storage", "reason"),
        "refused": {"name": "claims", "cas_number": "is not a CAS number"},
    },
    "add_test": {
        "typed": {
            "code": "CD",
            "calculation": "single",
            "determinations": "2",
            "spread_limit": "1,5",
            "threshold": "-1",
            "vocabulary": "Clear\nClear",
        },
        "missing": ("name", "group"),
        "refused": {
            "code": "has this code",
            "determinations": "2 preparations",
            "spread_limit": "comma",
            "threshold": "without a sign",
            "vocabulary": "look the same",
        },
    },
    "change_test": {
        "typed": {"code": "MEOH", "calculation": "single", "determinations": "1"},
        "missing": ("name", "group", "reason"),
        "refused": {"code": "has this code", "attribute": "can no longer change"},
    },
    "add_method": {
        "typed": {"lod": "5", "loq": "1", "uncertainty": "x"},
        "missing": ("code",),
        "refused": {"lod": "above the LOQ", "uncertainty": "is not a"},
    },
    "add_statement": {
        "typed": {"title": "Intrathecal"},
        "missing": ("text",),
        "refused": {"title": "names intrathecal use"},
    },
    "draft_alternative_use": {
        "typed": {"made_for": "oral", "use_for": "intrathecal"},
        "missing": ("justification",),
        "refused": {"use_for": "can never serve"},
    },
    "draft_qualification": {
        "typed": {
            "use": "oral",
            "process": "BP-01 oral route, revision 4",
            "valid_from": "2026-05-01",
            "valid_until": "2026-04-30",
            "date_kind": "retest",
            "retest_months": "12",
            "use_by_days": "30",
            "storage": "Sterile",
            "evidence": SimpleUploadedFile("page.html", b"<html>"),
        },
        "missing": ("site", "material", "evidence_reference"),
        "refused": {
            "valid_until": "before it begins",
            "storage": "claims",
            "evidence": "browser would run",
        },
    },
    "suspend_qualification": {
        "typed": {"since": TOMORROW},
        "missing": ("reason",),
        "refused": {"since": "a day that has come"},
    },
    "withdraw_qualification": {
        "typed": {"since": TOMORROW},
        "missing": ("reason",),
        "refused": {"since": "a day that has come"},
    },
    "draft_certificate_header": {
        "typed": {"name": "Baclo \N{THAI CHARACTER KO KAI}", "address": UNSEEN},
        "missing": ("telephone",),
        "refused": {"name": "cannot print", "address": "U+202E"},
    },
    "next_version": {
        "typed": {
            "owner": "customer",
            "grade": "For intrathecal use",
            "compendium": "USP, sterile",
            "effective_on": "2026-12-01",
            "criteria-TOTAL_FORMS": "2",
            "criteria-INITIAL_FORMS": "0",
            "criteria-0-test": "MEOH",
            "criteria-0-kind": "nmt",
            "criteria-0-rounding": "half_up",
            "criteria-0-requirement": "every",
            "criteria-1-kind": "nmt",
            "criteria-1-high": "1",
            "criteria-1-rounding": "half_up",
            "criteria-1-requirement": "every",
        },
        "missing": ("change_reason",),
        "refused": {
            "grade": "names intrathecal use",
            "compendium": "claims",
            "customer": "Choose the customer",
        },
        "page": ("Test is missing", "upper limit"),
    },
    "change_draft": {
        "typed": {"owner": "in_house", "grade": "Sterile", "compendium": "IT"},
        "missing": ("effective_on", "change_reason"),
        "refused": {"grade": "claims", "compendium": "names intrathecal use"},
        "person": "chen",
    },
    "add_account": {
        "typed": {
            "username": "-x-",
            "title": "Sterile Officer",
            "employee_number": "E-101",
            "roles": ["administrator", "qa"],
            "one_time": "short",
        },
        "missing": ("printed_name", "reason"),
        "refused": {
            "username": "begins and ends with",
            "title": "claims",
            "employee_number": "has an active account",
            "roles": "cannot have another role",
            "one_time": "too short",
        },
    },
    "change_account": {
        "typed": {"printed_name": "Lin Yue", "title": "Analyst, Quality Control"},
        "missing": ("reason",),
        "refused": {"printed_name": "already signs as"},
    },
    "change_employee_number": {
        "typed": {"employee_number": "E-101"},
        "missing": ("reason",),
        "refused": {"employee_number": "has an active account"},
    },
    "set_roles": {
        "typed": {"roles": ["administrator", "qa"]},
        "missing": ("reason",),
        "refused": {"roles": "cannot have another role"},
    },
    "set_password": {
        "typed": {"one_time": "short"},
        "missing": ("reason",),
        "refused": {"one_time": "too short"},
    },
    "own_password": {
        "typed": {"current": "wrong", "new": "short"},
        "missing": ("again",),
        "refused": {"current": "is wrong", "new": "too short"},
    },
    "attach": {
        "typed": {"upload": SimpleUploadedFile("run.html", b"<script>")},
        "missing": ("title",),
        "refused": {"upload": "browser would run"},
    },
    "invalid_run": {
        "typed": {
            "why": "aborted",
            "evidence": "-",
            "others": "NOWHERE-1",
            "run": "R 1",
        },
        "missing": ("happened",),
        "refused": {"evidence": "needs evidence", "others": "no lot has this number"},
    },
    "import_new": {
        "typed": {"map_text": "not a map"},
        "missing": ("upload",),
        "refused": {"map_text": "not TOML"},
    },
    "reopen": {
        "typed": {"reason": UNSEEN},
        "missing": ("deviation", "password"),
        "refused": {"reason": "U+202E"},
    },
}


@pytest.mark.sqlite
@pytest.mark.parametrize("name", CASES)
def test_form_says_both(world, at, name):
    case = CASES[name]
    roles = [role for role in addresses.TABLE[f"lots:{name}"].who if role in PEOPLE]
    person = case.get("person") or PEOPLE[roles[-1]]
    address = addresses.addresses(world, at)[f"lots:{name}"]
    sent = {
        field: str(calendar.today(at) + datetime.timedelta(days=1))
        if text == TOMORROW
        else world.tests[text].pk
        if field.endswith("-test")
        else text
        for field, text in case["typed"].items()
    }
    for file in sent.values():
        if isinstance(file, SimpleUploadedFile):
            file.seek(0)
    before = AuditEntry.objects.count()

    answer = signed_in(getattr(world.cast, person)).post(address, sent)

    said = said_of(answer)
    page = words(answer)
    assert answer.status_code == 422
    assert AuditEntry.objects.count() == before
    for field in case["missing"]:
        assert "missing" in " ".join(said[field]), (field, said)
    for field, fragment in case["refused"].items():
        assert fragment in " ".join(said[field]), (field, said)
        assert fragment in page
    for fragment in case.get("page", ()):
        assert fragment in page
    assert set(said) - {"__all__", "shown"} == {*case["missing"], *case["refused"]}
    for field, text in sent.items():
        if isinstance(text, str) and field not in NOT_SHOWN:
            assert typed(answer, field) in (text, None)


def test_everything_wrong_with_a_sample_is_said_at_once(world, at):
    lot = bench.log(world.cast, world, at=at, number="BAC-26-001")
    tomorrow = calendar.today(at) + datetime.timedelta(days=1)

    answer = signed_in(world.cast.lin).post(
        f"/lots/{lot.pk}/samples/new/",
        {
            "number": f"{lot.number}/S1",
            "taken_on": tomorrow,
            "taken_by": "Lin Yue",
            "quantity": "some",
            "purpose": "Release testing",
        },
    )

    said = " ".join(refused(answer))
    assert "is already recorded" in said
    assert "cannot have been taken on" in said
    assert "some is not a quantity" in said
    assert lot.samples.count() == 1


def test_no_record_changes_while_a_form_is_refused(world, at):
    """Also not what a verb changes on its way, such as a draft that it withdraws."""
    counts = {
        model: model.objects.count()
        for model in (Organisation, Qualification, MaterialTest)
    }
    test = world.tests["CD"]
    address = f"/materials/tests/{test.pk}/methods/add/"
    before = list(test.methods.values())

    answer = signed_in(world.cast.olga).post(address, {"code": "", "lod": "0.1"})

    assert answer.status_code == 422
    assert list(test.methods.values()) == before
    assert counts == {model: model.objects.count() for model in counts}

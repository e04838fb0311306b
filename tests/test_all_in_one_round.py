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
from lots.models import AuditEntry, Lot, Organisation, Qualification, Result
from lots.models import Test as MaterialTest
from lots.rules.unknown import UNKNOWN, NotKnown
from reports.models import Certificate
from tests import addresses
from tests.lots.pages import refused, signed_in, typed, words
from tests.lots.results.grid import Grid

pytestmark = pytest.mark.postgres

# A character that nobody sees: no record keeps a text with it.
UNSEEN = "x\N{RIGHT-TO-LEFT OVERRIDE}y"
PEOPLE = {"analyst": "lin", "reviewer": "sofia", "qa": "chen", "administrator": "admin"}
# Forms of another page, or that nobody can fill in at the address of the table.
NOT_WALKED = {
    "reports:issue_now": "what is typed is checked before",
    "reports:certificate_revise": "three forms on one page; below",
    "reports:certificate_duplicate": "three forms on one page; below",
    "reports:certificate_withdraw": "three forms on one page",
    "lots:enter_result": "a row of the grid; below",
    "lots:submit": "it takes no text",
    "lots:remark": "the result takes no remark any more",
    "lots:release": "the lot is still in testing",
    "lots:plan_investigation": "phase I is not signed; below",
    "lots:conclude_investigation": "phase I is not signed",
    "lots:import_run": "it takes no text",
    "lots:send_back": "no result is chosen, so the page shows no form",
    "lots:tell_apart": "one person alone, so the page shows no form",
    "lots:confirm_person": "confirmed already, so the page shows no form",
}


def said_of(answer):
    """Return what the form says of each of its fields."""
    return {
        name: [str(one) for one in said]
        for name, said in answer.context["form"].errors.items()
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


# --- a lot ----------------------------------------------------------------------------


@pytest.fixture
def facts(world, at):
    return {
        "number": "BAC-26-002",
        "material": world.material.pk,
        "origin": "manufacture",
        "site": world.works.pk,
        "original_number": "BAC-26-002",
        "process": world.processes["oral"],
        "issuer_role": "manufacturer",
        "use": "oral",
        "use_document_kind": "batch_record",
        "use_document_reference": "BR-1",
        "manufactured_on": calendar.today(at),
        "size": "150",
        "size_unit": "kg",
        "packaging": "6 drums",
        "parents-TOTAL_FORMS": "0",
        "parents-INITIAL_FORMS": "0",
    }


WRONG = {
    "number": ("BAC-26-001", "already logged"),
    "original_number": ("BAC-26-001", "already logged"),
    "process": ("BP-01 route, revision 4", "is not qualified for the process"),
    "manufactured_on": ("2101-01-01", "after today"),
    "date_on": ("2020-01-01", "is not after its manufacture"),
    "size": ("0", "is not a quantity"),
    "packaging": ("6 sterile drums", "claims"),
    "storage": ("For intrathecal use", "names intrathecal use"),
    "note": ("Drum \N{THAI CHARACTER KO KAI}", "cannot print"),
    "use_document_reference": (UNSEEN, "U+202E"),
}
# A refusal that rests on two fields is not said where one of them is missing.
RESTS_ON = {
    "original_number": {"material", "site", "use"},
    "process": {"material", "site", "use", "manufactured_on"},
    "date_on": {"manufactured_on"},
    "packaging": {"use"},
    "storage": {"use"},
}
REQUIRED = ("number", "material", "site", "use", "manufactured_on", "packaging")


@pytest.mark.parametrize(
    ("missing", "wrong"),
    [(one, other) for one in REQUIRED for other in WRONG if one != other],
)
def test_lot_form_says_what_is_missing_and_what_is_refused(
    world, facts, at, missing, wrong
):
    bench.log(world.cast, world, at=at, number="BAC-26-001")
    text, fragment = WRONG[wrong]

    answer = signed_in(world.cast.lin).post(
        "/lots/log/", facts | {wrong: text, missing: ""}
    )

    said = said_of(answer)
    assert "is missing" in " ".join(said[missing])
    if missing in RESTS_ON.get(wrong, ()):
        assert wrong not in said
    else:
        assert fragment in " ".join(said[wrong])
        assert typed(answer, wrong) == text
    assert set(said) <= {missing, wrong}
    assert Lot.objects.count() == 1


def test_lot_form_says_everything_at_once(world, facts, at):
    """All that is wrong with a lot whose material and packaging are missing."""
    bench.log(world.cast, world, at=at, number="BAC-26-001")
    wrong = {
        name: text
        for name, (text, _fragment) in WRONG.items()
        if name not in ("packaging", "date_on", "manufactured_on")
    }

    answer = signed_in(world.cast.lin).post(
        "/lots/log/", facts | wrong | {"packaging": "", "material": ""}
    )

    assert set(said_of(answer)) == {"packaging", "material", *wrong} - {
        "process",
        "original_number",
    }
    assert "Lot BAC-26-001 cannot" not in words(answer)


def test_sentence_about_a_lot_without_its_number_has_a_mark_in_its_place(
    world, facts, at
):
    tomorrow = calendar.today(at) + datetime.timedelta(days=1)

    answer = signed_in(world.cast.lin).post(
        "/lots/log/", facts | {"number": "", "manufactured_on": str(tomorrow)}
    )

    assert said_of(answer)["manufactured_on"] == [
        f"Lot … cannot have been manufactured on {tomorrow}, which is after today,"
        f" {calendar.today(at)}; correct the date."
    ]


def test_unknown_parent_stands_beside_what_is_refused_of_the_lot(world, facts):
    answer = signed_in(world.cast.lin).post(
        "/lots/log/",
        facts
        | {
            "origin": "blend",
            "size": "1,5",
            "parents-TOTAL_FORMS": "1",
            "parents-0-parent": "NOWHERE-1",
        },
    )

    said = " ".join(refused(answer))
    assert "No lot NOWHERE-1 is logged" in said
    assert "1,5 has a comma" in said
    # How many parents it needs is not known while one of them is wrong.
    assert "needs at least 2 parent lots" not in said


# --- a result -------------------------------------------------------------------------


@pytest.fixture
def lot(world, at):
    return bench.log(world.cast, world, at=at, number="BAC-26-001")


@pytest.mark.parametrize("htmx", [True, False], ids=["row", "whole page"])
def test_first_result_says_what_is_missing_and_what_is_refused(world, lot, at, htmx):
    grid = Grid(world, lot, at)

    answer = grid.post("MEOH", "1,5", performed_on="", raw_reference="-", htmx=htmx)

    said = " ".join(refused(answer))
    assert "Performed on is missing" in said
    assert "1,5 has a comma" in said
    assert "names no raw data" in said
    assert answer.status_code == 422
    assert Result.objects.count() == 0
    assert typed(answer, f"t{world.tests['MEOH'].pk}-value1") == "1,5"
    assert typed(answer, f"t{world.tests['MEOH'].pk}-raw_reference") == "-"


def test_first_result_says_every_refusal_of_the_records(world, lot, at):
    tomorrow = calendar.today(at) + datetime.timedelta(days=1)
    grid = Grid(world, lot, at)

    answer = grid.post("MEOH", performed_on=str(tomorrow), raw_reference="-")

    said = " ".join(refused(answer))
    assert "Type a value first" in said
    assert "cannot have been performed on" in said
    assert "names no raw data" in said
    assert Result.objects.count() == 0


def test_result_is_not_refused_for_the_day_that_is_missing(world, lot, at):
    answer = Grid(world, lot, at).post("MEOH", "112", performed_on="")

    assert refused(answer) == [
        "Performed on is missing; type a date such as 2026-11-23."
    ]


# --- whatever is unknown --------------------------------------------------------------


def test_nothing_is_asked_of_what_is_unknown():
    asked = [
        lambda: bool(UNKNOWN),
        lambda: str(UNKNOWN),
        lambda: UNKNOWN.strip,
        lambda: UNKNOWN == "",
        lambda: UNKNOWN in ("oral",),
        lambda: {UNKNOWN},
        lambda: isinstance(UNKNOWN, str),
        lambda: [*UNKNOWN],
        lambda: datetime.date(2026, 1, 1) < UNKNOWN,
    ]

    for ask in asked:
        with pytest.raises(NotKnown):
            ask()
    assert f"{UNKNOWN}" == "…"


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


# --- a certificate --------------------------------------------------------------------


@pytest.mark.parametrize(
    ("step", "missing"), [("revise", "Reason"), ("duplicate", "Customer")]
)
def test_certificate_form_says_what_is_missing_and_what_blocks(
    world, at, step, missing
):
    address = addresses.addresses(world, at)[f"reports:certificate_{step}"]

    answer = signed_in(world.cast.chen).post(
        address, {f"{step}-shipped": "9999 kg", f"{step}-order": UNSEEN}
    )

    said = words(answer)
    assert answer.status_code == 422
    assert f"{missing} is missing" in said
    assert "9999 kg is more than the batch size" in said
    assert "U+202E" in said
    assert "choose that one under “Customer”" not in said
    assert typed(answer, f"{step}-shipped") == "9999 kg"
    assert Certificate.objects.count() == 1

"""The form by which a lot is logged: what it proposes, and what it refuses at once."""

import datetime

import pytest

from lots import calendar
from lots.demo import bench
from lots.models import Lot, Organisation, Site
from tests.lots.pages import refused, said_of, signed_in, typed, words

# A character that nobody sees: no record keeps a text with it.
UNSEEN = "x\N{RIGHT-TO-LEFT OVERRIDE}y"


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


def role(answer):
    """Return the chosen role of a page, in words."""
    body = answer.content.decode()
    field = body[body.index('id="id_issuer_role"') :]
    options = field[: field.index("</select>")].split("<option")
    chosen = [one for one in options if " selected" in one]
    return chosen[0].split(">")[1].split("<")[0] if chosen else ""


@pytest.mark.parametrize(
    ("is_ours", "told", "proposed"),
    [
        (True, "", "Manufacturer"),
        (True, "repacker", "Repacker"),
        (False, "", "Choose…"),
        (False, "manufacturer", "Choose…"),
        (False, "agent", "Agent"),
    ],
)
def test_role_of_manufacturer_is_proposed_of_our_own_site_alone(
    world, is_ours, told, proposed
):
    site = world.works if is_ours else world.bought["site"]

    answer = signed_in(world.cast.lin).get(
        "/lots/log/qualifications/",
        {"material": world.material.pk, "site": site.pk, "issuer_role": told},
    )

    assert role(answer) == proposed
    assert 'hx-swap-oob="true"' in answer.content.decode()


def test_page_proposes_no_role_before_one_of_several_sites_is_chosen(world):
    page = signed_in(world.cast.lin).get("/lots/log/")
    both = {
        site.organisation.is_ours for site in Site.objects.filter(manufactures=True)
    }

    assert both == {True, False}
    assert role(page) == "Choose…"


def test_page_proposes_manufacturer_where_every_site_is_ours(world):
    Organisation.objects.update(is_ours=True)

    assert role(signed_in(world.cast.lin).get("/lots/log/")) == "Manufacturer"


# --- what it refuses ---


def test_refusal_of_a_mistyped_process_names_those_that_are_qualified(world, facts):
    answer = signed_in(world.cast.lin).post(
        "/lots/log/", facts | {"process": "BP-01 route, revision 4"}
    )

    assert (
        f"{world.works} is not qualified for the process BP-01 route, revision 4, but"
        " for BP-01 oral route, revision 4. Write the process as in the qualification,"
        " or ask QA to draft and approve another one." in refused(answer)
    )
    assert Lot.objects.count() == 0


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


@pytest.mark.postgres
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

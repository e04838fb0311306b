"""The kinds of criterion that certificates need, drafted in the grid and approved."""

import pytest
from django.urls import reverse

from lots import calendar
from lots.forms.specifications import PREFIX
from lots.models import Specification
from lots.setup import materials, methods
from lots.setup.methods import TestFacts
from tests.lots.pages import refused, signed_in, words


def at_(name, *keys):
    return reverse(f"lots:{name}", args=keys)


@pytest.fixture
def olga(world):
    """QA, who drafts."""
    return signed_in(world.cast.olga)


@pytest.fixture
def material(world, at):
    return materials.add_material(
        by=world.cast.olga,
        at=at,
        name="Levocarnitine",
        item_code="LEV",
        cas_number="541-15-1",
        storage="Dry",
    )


def a_test(world, material, at, code, **facts):
    """Add a test of the material with its method; return it."""
    facts = {"group": "physical", **facts}
    test = methods.add_test(
        by=world.cast.olga,
        at=at,
        material=material,
        facts=TestFacts(code=code, name=code, **facts),
    )
    methods.add_method(by=world.cast.olga, at=at, test=test, code="Ph. Eur.")
    return test


def drafted(olga, material, at, *rows):
    """Draft a specification with these rows on its page; return the answer."""
    data = {
        "material": material.pk,
        "code": "LEV-1",
        "use": "oral",
        "purpose": "release",
        "owner": "in_house",
        "grade": "In-house",
        "effective_on": calendar.today(at).isoformat(),
        "change_reason": "First version",
        f"{PREFIX}-TOTAL_FORMS": len(rows),
        f"{PREFIX}-INITIAL_FORMS": 0,
    }
    for number, row in enumerate(rows):
        row = {"rounding": "half_up", "requirement": "every", **row}
        data |= {f"{PREFIX}-{number}-{name}": value for name, value in row.items()}
    return olga.post(at_("draft_specification"), data)


def test_less_than_tells_its_author_that_a_result_is_rounded_first(
    world, olga, material, at
):
    test = a_test(world, material, at, "Chlorides", unit="ppm")

    answer = drafted(olga, material, at, {"test": test.pk, "kind": "less", "high": "7"})

    page = words(olga.get(answer["Location"]))
    assert "Less than 7 ppm" in page
    assert (
        "Chlorides: A result is rounded before it is compared: 6.6 becomes 7, which is"
        " not less than 7, so it fails." in page
    )


def test_rotation_is_drafted_with_its_signs(world, olga, material, at):
    test = a_test(world, material, at, "Rotation", unit="°")

    answer = drafted(
        olga,
        material,
        at,
        {"test": test.pk, "kind": "range", "low": "-32.0", "high": "-29.0"},
    )

    assert "-32.0 to -29.0 °" in words(olga.get(answer["Location"]))


def test_colour_is_drafted_on_its_scale(world, olga, material, at):
    test = a_test(
        world, material, at, "Colour", vocabulary=("Colourless", "<BY7", "BY6", "BY5")
    )

    answer = drafted(
        olga, material, at, {"test": test.pk, "kind": "scale", "high": "BY6"}
    )

    page = words(olga.get(answer["Location"]))
    assert "Not more intensely coloured than BY6" in page
    assert "Not more than, on a scale" in page


def test_limit_that_is_no_grade_is_refused_beside_its_cell(world, olga, material, at):
    test = a_test(world, material, at, "Colour", vocabulary=("Colourless", "BY6"))

    answer = drafted(
        olga, material, at, {"test": test.pk, "kind": "scale", "high": "BY8"}
    )

    assert answer.status_code == 422
    assert refused(answer) == [
        "BY8 is no grade of clarity or colour. Type Clear, or I to IV, for clarity;"
        " Colourless, or B, BY, Y, GY or R with its number, such as BY6, for colour."
    ]
    assert not Specification.objects.filter(code="LEV-1").exists()


@pytest.mark.parametrize(
    "vocabulary", [("Colourless", "Yellowish"), ("Clear", "BY6"), ()]
)
def test_scale_is_for_results_that_are_its_grades(
    world, olga, material, at, vocabulary
):
    test = a_test(world, material, at, "Colour", vocabulary=vocabulary)

    answer = drafted(
        olga, material, at, {"test": test.pk, "kind": "scale", "high": "BY6"}
    )

    [sentence] = refused(answer)
    assert sentence.startswith("Results of Colour are ")
    assert sentence.endswith("choose another kind or another test.")

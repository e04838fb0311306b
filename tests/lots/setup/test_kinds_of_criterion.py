"""The kinds of criterion that certificates need, drafted in the grid and approved."""

import pytest
from django.urls import reverse

from lots import calendar
from lots.demo import baclofen
from lots.forms.specifications import PREFIX
from lots.models import Specification
from lots.rules.refusal import Refusal
from lots.setup import material_tests, materials, methods
from lots.setup.material_tests import TestFacts
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
    test = material_tests.add_test(
        by=world.cast.olga,
        at=at,
        material=material,
        facts=TestFacts(code=code, name=code, **facts),
    )
    methods.add_method(by=world.cast.olga, at=at, test=test, code="Ph. Eur.")
    baclofen.approve_methods(world.cast, at=at)
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


@pytest.mark.parametrize(
    ("row", "sentence"),
    [
        (
            {"kind": "nmt", "high": "20", "wording": "NMT 0,20 ppm"},
            "The printed wording does not say 20, by which results are evaluated; write"
            " it as NMT 20 ppm does, or leave the wording blank.",
        ),
        (
            {"kind": "nmt", "high": "20", "wording": "NLT 20 ppm"},
            "The printed wording says NLT 20, but results are evaluated by NMT 20 ppm;"
            " choose the kind that is meant, or correct the wording.",
        ),
    ],
    ids=["another number", "another side"],
)
def test_wording_that_prints_another_limit_is_refused_beside_its_cell(
    world, olga, material, at, row, sentence
):
    test = a_test(world, material, at, "Chlorides", unit="ppm")

    answer = drafted(olga, material, at, {"test": test.pk, **row})

    assert refused(answer) == [sentence]
    assert not Specification.objects.filter(code="LEV-1").exists()


@pytest.mark.parametrize(
    ("wording", "said"),
    [
        ("Present in 1 g", "Present in 1 g"),
        ("Detected in 1 g of substance", "Detected in 1 g"),
        ("Not present in 1 g", ""),
        ("Absent in 1 g", ""),
        ("1 g: none", ""),
    ],
)
def test_wording_of_an_absence_does_not_print_present(
    world, olga, material, at, wording, said
):
    test = a_test(world, material, at, "Escherichia coli", portion="1 g")

    answer = drafted(
        olga,
        material,
        at,
        {"test": test.pk, "kind": "absence", "portion": "1 g", "wording": wording},
    )

    if not said:
        assert wording in words(olga.get(answer["Location"]))
        return
    assert refused(answer) == [
        f"The printed wording says {said}, but results are evaluated by Absent in 1 g;"
        " choose the kind that is meant, or correct the wording."
    ]
    assert not Specification.objects.filter(code="LEV-1").exists()


def test_rotation_is_drafted_with_its_signs(world, olga, material, at):
    test = a_test(world, material, at, "Rotation", unit="°")

    answer = drafted(
        olga,
        material,
        at,
        {"test": test.pk, "kind": "range", "low": "-32.0", "high": "-29.0"},
    )

    assert "-32.0 to -29.0 °" in words(olga.get(answer["Location"]))


@pytest.mark.parametrize("limit", ["-0.5", "+0.5"])
def test_amount_has_no_limit_with_a_sign(world, olga, material, at, limit):
    test = a_test(world, material, at, "Chlorides", unit="%")

    answer = drafted(
        olga, material, at, {"test": test.pk, "kind": "nmt", "high": limit}
    )

    assert refused(answer) == [
        f"Results of Chlorides are amounts, which have no sign, so the limit {limit}"
        " cannot be meant; type it without the sign."
    ]
    assert not Specification.objects.filter(code="LEV-1").exists()


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


# --- limit tests, free text, uncertainty, order ---------------------------------------


def method_of(olga, test, **facts):
    """Add a version of the method on its page; return the answer."""
    return olga.post(at_("add_method", test.pk), {"code": "Ph. Eur. 2.4.4", **facts})


def test_limit_test_takes_the_words_complies_or_not(world, olga, material, at):
    test = a_test(world, material, at, "Chlorides", unit="ppm", group="inorganic")
    method_of(olga, test, is_limit_test="on")
    baclofen.approve_methods(world.cast, at=at)

    drafted(olga, material, at, {"test": test.pk, "kind": "limit", "high": "50"})

    assert "Limit test" in words(olga.get(at_("test_detail", test.pk)))
    row = Specification.objects.get(code="LEV-1").criteria.get()
    assert (row.kind, row.high) == ("limit", "50")


def test_limit_test_gives_no_number_to_compare(world, olga, material, at):
    test = a_test(world, material, at, "Chlorides", unit="ppm")
    method_of(olga, test, is_limit_test="on")
    baclofen.approve_methods(world.cast, at=at)

    answer = drafted(olga, material, at, {"test": test.pk, "kind": "nmt", "high": "50"})

    assert refused(answer) == [
        "The method of Chlorides is a limit test, which gives no number; choose the"
        " kind “Limit test”."
    ]


def test_method_is_no_limit_test_where_numbers_are_compared(world, olga):
    answer = method_of(olga, world.tests["MEOH"], is_limit_test="on")

    assert answer.status_code == 422
    [sentence] = refused(answer)
    assert "compares numbers of Methanol, which a limit test does not give" in sentence


@pytest.mark.parametrize(
    ("facts", "field"),
    [
        ({"is_limit_test": "on", "loq": "5"}, "loq"),
        ({"is_limit_test": "on", "uncertainty": "5"}, "uncertainty"),
        ({"uncertainty": "±5"}, "uncertainty"),
        ({"uncertainty": "-5"}, "uncertainty"),
    ],
)
def test_method_says_only_what_its_results_can_have(
    world, olga, material, at, facts, field
):
    test = a_test(world, material, at, "Chlorides", unit="ppm")

    answer = method_of(olga, test, **facts)

    assert answer.status_code == 422
    assert list(answer.context["form"].errors) == [field]


@pytest.mark.parametrize("code", ["IMPA", "APP"])
def test_results_that_are_used_or_have_words_are_no_limit_test(world, olga, code):
    answer = method_of(olga, world.tests[code], is_limit_test="on")

    [sentence] = refused(answer)
    assert sentence.startswith("The method cannot be a limit test")


def test_free_text_is_reported_only(world, olga, material, at):
    test = a_test(world, material, at, "Solubility", is_text=True)

    refusal = drafted(
        olga, material, at, {"test": test.pk, "kind": "nmt", "high": "50"}
    )
    drafted(olga, material, at, {"test": test.pk, "kind": "report"})

    assert refused(refusal) == [
        "Results of Solubility are free text, which do not fit a criterion of this"
        " kind; choose another kind or another test."
    ]
    assert Specification.objects.get(code="LEV-1").criteria.get().kind == "report"


def test_free_text_has_no_list_of_words(world, olga, material):
    answer = olga.post(
        at_("add_test", material.pk),
        {
            "code": "SOL",
            "name": "Solubility",
            "group": "physical",
            "calculation": "single",
            "determinations": "1",
            "is_text": "on",
            "vocabulary": "Soluble",
        },
    )

    assert refused(answer) == [
        "Results in free text have no list of words and no portion; leave both blank,"
        " or clear “Results are free text”."
    ]


def test_specification_says_in_which_order_certificates_print(
    world, olga, material, at
):
    test = a_test(world, material, at, "Chlorides", unit="ppm")
    answer = drafted(olga, material, at, {"test": test.pk, "kind": "nmt", "high": "50"})
    before = words(olga.get(answer["Location"]))
    page = olga.get(at_("change_draft", Specification.objects.get(code="LEV-1").pk))

    assert "Order on certificates Under headings" in before
    assert "prints_in_order" in page.content.decode()


@pytest.mark.parametrize("told", [{"vocabulary": ["A", "B"]}, {"portion": "1 g"}])
def test_results_of_a_limit_test_get_no_words_of_their_own(world, material, at, told):
    """The method says what they are, whoever changes the test afterwards."""
    test = a_test(world, material, at, "Chloride")
    methods.add_method(
        by=world.cast.olga, at=at, test=test, code="L", is_limit_test=True
    )
    baclofen.approve_methods(world.cast, at=at)
    facts = {"code": "Chloride", "name": "Chloride", "group": "physical"}

    with pytest.raises(Refusal, match="words of their own"):
        material_tests.change_test(
            test=test,
            by=world.cast.olga,
            at=at,
            reason="Words",
            facts=TestFacts(**facts, **told),
        )

"""What is set up and logged before any result: by hurried and by wrong people.

Each way was found by trying it: a date mistyped, a name that reads as another, a test
changed beneath a specification that another person is about to sign.
"""

import datetime

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from lots import calendar
from lots.demo import baclofen, bench, real_lots
from lots.evaluation import evaluator
from lots.evidence.documents import Upload
from lots.forms.specifications import MOST_ROWS, PREFIX
from lots.imports import lot_import
from lots.models import Investigation, Lot, Result, TestOrder
from lots.models import Test as MaterialTest
from lots.results import result_entry
from lots.rules.refusal import Refusal
from lots.setup import methods
from lots.setup.specification_versions import CriterionDraft
from tests.lots.imports import files
from tests.lots.pages import PASSWORD, refused, shown, signed_in, to_log, words
from tests.lots.results.grid import Grid
from tests.lots.setup.qualified import expiring, qualified
from tests.lots.setup.specifications import approve, draft

# --- dates --------------------------------------------------------------------------


@pytest.fixture
def oral(world, at):
    return bench.log(world.cast, world, at=at, number="BAC-26-001")


def logging(world, at, **facts):
    """Log a lot on the page as an analyst; return the answer."""
    return signed_in(world.cast.lin).post(
        "/lots/log/",
        {**to_log(world, made=calendar.today(at) - datetime.timedelta(30)), **facts},
    )


@pytest.mark.parametrize("kind", ["retest", "expiry"])
def test_lot_is_not_dated_later_than_its_period(world, at, kind):
    """36 months by its qualification, as makers print it: to the end of the month."""
    more = {"date_kind": kind}
    if kind == "expiry":
        more = expiring(world, at, retest_months=36)
    made = calendar.today(at) - datetime.timedelta(30)
    after = (made.replace(day=1) + datetime.timedelta(31)).replace(day=1)
    after = after.replace(year=after.year + 3)
    last = after - datetime.timedelta(1)
    wrong = logging(world, at, date_on=after, **more)
    stored = Lot.objects.count()
    right = logging(world, at, date_on=last, **more)

    [sentence] = refused(wrong)
    assert (wrong.status_code, stored, right.status_code) == (422, 0, 302)
    assert f"The {kind} date {after} of lot BAC-26-100" in sentence
    assert "correct the date" in sentence


def test_retest_gives_no_use_by_date_beyond_the_span_from_today(world, at, oral):
    """30 days: a lot that passes a retest is used immediately (ICH Q1A)."""
    client = signed_in(world.cast.lin)
    last = calendar.today(at) + datetime.timedelta(30)
    opened = [
        client.post(
            f"/lots/{oral.pk}/test-orders/new/",
            {"occasion": "retest", "use_by": str(day)},
        )
        for day in (last + datetime.timedelta(1), last)
    ]

    [sentence] = refused(opened[0])
    assert [answer.status_code for answer in opened] == [422, 302]
    assert f"type {last} or earlier: by its qualification the lot may be" in sentence
    assert TestOrder.objects.get(lot=oral, occasion="retest").use_by == last


def test_retest_goes_by_the_span_that_is_approved_today(world, at, oral):
    """A renewal with another span, as stability data showed."""
    qualified(
        world, at, process=world.processes["oral"], valid_from=oral.manufactured_on,
        use_by_days=10,
    )  # fmt: skip
    day = calendar.today(at) + datetime.timedelta(11)

    answer = signed_in(world.cast.lin).post(
        f"/lots/{oral.pk}/test-orders/new/", {"occasion": "retest", "use_by": str(day)}
    )

    assert "used for 10 days after a retest" in refused(answer)[0]


@pytest.mark.parametrize("letter", ["l", "I"])
def test_process_that_reads_as_a_qualified_one_is_named(world, at, letter):
    """QA could draft none of that name either."""
    since = calendar.today(at) - datetime.timedelta(100)
    baclofen.qualify(
        world.cast, at=at, material=world.material, site=world.works, use="oral",
        process="Route 1", months=12, since=since,
    )  # fmt: skip

    [sentence] = refused(logging(world, at, process=f"Route {letter}"))

    assert (
        f"no qualification for the process Route {letter}, but has one for Route 1"
        in sentence
    )


# --- values -------------------------------------------------------------------------


@pytest.mark.parametrize("value", ["<0", "<0.00", "< 0.0", "<-1", "<-0"])
def test_less_than_nothing_is_no_result_by_page_or_file(world, at, oral, value):
    grid = Grid(world, oral, at)
    answer = grid.post("MEOH", value)
    real_lots.set_up(world.cast, at=at)
    text = files.HEAD + f"B-1,2026-02-01,94.4,{value},1.53\n"

    with pytest.raises(Refusal) as of_file:
        lot_import.import_lots(
            by=world.cast.lin,
            at=at,
            upload=Upload("lots.csv", text.encode()),
            map_text=files.MAP,
        )

    said = f"{value} allows no value at all; type < and the quantitation limit"
    assert said in refused(answer)[0]
    assert said in str(of_file.value)
    assert not Result.objects.exists()


def with_two_waters(world, lot, at, second):
    """An assay of 97.6 as is, by water 0.50; then the water is measured again."""
    values = {"WATER": "0.50", "ASSAY": bench.typed("97.6", "97.6")}
    bench.enter(lot, world, values, by=world.cast.lin, at=at)
    return Grid(world, lot, at).post(
        "WATER", second, seen=1, kind="remeasurement", reason="Vial was left open"
    )


def assay(lot):
    [one] = evaluator.evaluate(lot).assessments
    return next(line for line in one.lines if line.test.code == "ASSAY")


@pytest.mark.usefixtures("measured_before")
@pytest.mark.parametrize(
    ("second", "outcome"),
    # 97.6 x 100 / (100 - water): 98.1 by 0.50, 98.2 by 0.60 and 97.8 by 0.20.
    [("0.60", "pass"), ("0.20", "undecided")],
)
def test_assay_passes_by_every_water_that_stands(world, oral, at, second, outcome):
    with_two_waters(world, oral, at, second)

    line = assay(oral)
    assert (line.shown, line.outcome) == ("98.1", outcome)
    if outcome == "undecided":
        [(_attempt, verdict)] = line.valid
        assert verdict.reason == (
            "With attempt 2 of Water (Karl Fischer), which is valid too, it is 97.8:"
            " fail."
        )


@pytest.mark.usefixtures("measured_before")
def test_assay_entered_after_both_waters_does_not_choose_the_better(world, oral, at):
    bench.enter(oral, world, {"WATER": "0.20"}, by=world.cast.lin, at=at)
    grid = Grid(world, oral, at)
    grid.post("WATER", "0.90", seen=1, kind="remeasurement", reason="Vial left open")
    grid.post("ASSAY", "97.6", "97.6")

    assert (assay(oral).shown, assay(oral).outcome) == ("98.5", "undecided")


@pytest.mark.usefixtures("measured_before")
def test_water_that_leaves_an_assay_open_can_be_investigated(world, oral, at):
    with_two_waters(world, oral, at, "0.20")
    second = Result.objects.get(test=world.tests["WATER"], attempt=2)
    grid = Grid(world, oral, at)
    link = f'href="/results/{second.pk}/investigate/"'
    offered = link in grid.show().content.decode()

    grid.client.post(f"/results/{second.pk}/investigate/", {"reason": "Vial open"})
    bench.conclude(
        world.cast,
        oral,
        Investigation.objects.get(),
        at=at,
        conclusion="proven",
        cause="The vial was left open",
    )

    assert (offered, assay(oral).outcome) == (True, "pass")


@pytest.mark.usefixtures("measured_before")
def test_assay_whose_own_water_was_invalid_says_the_way_on_and_takes_it(
    world, oral, at
):
    with_two_waters(world, oral, at, "0.20")
    first = Result.objects.get(test=world.tests["WATER"], attempt=1)
    grid = Grid(world, oral, at)
    grid.client.post(f"/results/{first.pk}/investigate/", {"reason": "Vial open"})
    bench.conclude(
        world.cast, oral, Investigation.objects.get(), at=at, conclusion="proven",
        cause="The vial was left open",
    )  # fmt: skip

    page = words(signed_in(world.cast.lin).get(f"/lots/{oral.pk}/"))
    before = assay(oral).outcome
    answer = grid.post(
        "ASSAY", "97.6", "97.6", seen=1, kind="transcription",
        reason="Its water was found invalid",
    )  # fmt: skip

    assert (
        "was calculated with a result of Water (Karl Fischer) that is no longer" in page
    )
    assert "again as a transcription correction" in page
    assert (before, answer.status_code) == ("undecided", 200)
    # 97.6 x 100 / (100 - 0.20), by the water that stands.
    assert (assay(oral).shown, assay(oral).outcome) == ("97.8", "fail")


# --- what is set up -----------------------------------------------------------------


def adding(world, **facts):
    """Add a test on the page as QA; return the answer."""
    return signed_in(world.cast.olga).post(
        f"/materials/{world.material.pk}/tests/add/",
        {
            "code": "NEW",
            "name": "New test",
            "group": "physical",
            "unit": "%",
            "calculation": "single",
            "determinations": "1",
            "injections": "1",
            **facts,
        },
    )


@pytest.mark.parametrize(
    ("lines", "sentence"),
    [
        (
            "White\nWh\N{CYRILLIC SMALL LETTER BYELORUSSIAN-UKRAINIAN I}te",
            "look the same in print",
        ),
        (
            "Suspension I\nSuspension l",
            "Suspension l and Suspension I look the same in print",
        ),
        ("\N{HANGUL FILLER}\nClear", "U+3164 at place 1, which cannot be seen"),
        ("\N{BRAILLE PATTERN BLANK}\nClear", "U+2800 at place 1"),
        ("Clear\n" + "w" * 201, "has 201 characters; shorten it to at most 200"),
        (
            "\n".join(map(str, range(51))),
            "at most 50 possible results, and 51 were typed",
        ),
    ],
)
def test_words_of_a_test_can_be_told_apart_and_typed(world, lines, sentence):
    answer = adding(world, vocabulary=lines, unit="")

    assert answer.status_code == 422
    assert sentence in " ".join(refused(answer))
    assert not MaterialTest.objects.filter(code="NEW").exists()


@pytest.mark.parametrize("code", ["assay", "ASSAY", "A5SAY", "ECOL1"])
def test_code_of_a_test_can_be_told_from_the_others(world, code):
    taken = "Another test of this material has this code, or one that looks the same"

    said = " ".join(refused(adding(world, code=code)))

    assert (taken in said) is (code != "A5SAY")


@pytest.mark.parametrize(
    ("facts", "sentence"),
    [
        ({"calculation": "anhydrous", "water_test": "APP"}, "cannot correct New test"),
        (
            {"calculation": "anhydrous", "water_test": "ASSAY"},
            "cannot correct New test",
        ),
        ({"component_of": "TOTAL"}, "add another total, and put it into the next"),
    ],
)
def test_value_that_could_never_be_kept_up_is_refused(world, facts, sentence):
    """By words, by what is itself corrected, or under a total that is approved."""
    facts = {
        field: world.tests[value].pk if value in world.tests else value
        for field, value in facts.items()
    }

    assert sentence in " ".join(refused(adding(world, **facts)))


def test_only_numbers_and_peaks_are_added_up(world, at):
    adding(world, code="SUM", name="Sum", calculation="total", threshold="0.05")
    total = MaterialTest.objects.get(code="SUM").pk

    answers = [
        adding(world, component_of=total, **facts)
        for facts in (
            {"code": "X1", "vocabulary": "Yes\nNo"},
            {"code": "X2", "calculation": "total", "threshold": "0.05"},
            {
                "code": "X3",
                "calculation": "anhydrous",
                "water_test": world.tests["WATER"].pk,
            },
            {"code": "X4"},
        )
    ]

    assert [answer.status_code for answer in answers] == [422, 422, 422, 302]


def test_test_stays_what_approved_values_rest_on(world, at):
    """The water of an approved assay, though no specification has the water itself."""
    adding(world, code="KF", name="Water for the assay")
    water = MaterialTest.objects.get(code="KF")
    adding(
        world, code="AS2", name="Assay 2", calculation="anhydrous", water_test=water.pk
    )
    row = CriterionDraft(MaterialTest.objects.get(code="AS2"), "nlt", "98.0")
    approve(world, at, draft(world, at, row, code="BAC-TWO", purpose="stability"))

    answer = signed_in(world.cast.olga).post(
        f"/materials/tests/{water.pk}/change/",
        {
            "code": "KF",
            "name": "Water for the assay",
            "group": "physical",
            "unit": "ppm",
            "calculation": "single",
            "determinations": "1",
            "injections": "1",
            "reason": "Other unit",
        },
    )

    assert "the approved specification BAC-TWO v1 uses it" in refused(answer)[0]


def test_approval_signs_how_the_values_arise(world, at):
    """A test changed while the approver read is shown again, and not signed unseen."""
    adding(world, code="MEAN", name="Mean", calculation="mean", determinations="3")
    test = MaterialTest.objects.get(code="MEAN")
    row = CriterionDraft(test, "nlt", "98.0")
    one = draft(world, at, row, code="BAC-MEAN", purpose="stability")
    chen = signed_in(world.cast.chen)
    page = f"/specifications/{one.pk}/approve/"
    before = chen.get(page)
    signed_in(world.cast.olga).post(
        f"/materials/tests/{test.pk}/change/",
        {
            "code": "MEAN",
            "name": "Mean",
            "group": "physical",
            "unit": "%",
            "calculation": "mean",
            "determinations": "1",
            "injections": "1",
            "reason": "One is enough",
        },
    )

    answer = chen.post(page, {"password": PASSWORD, "shown": shown(before)})

    one.refresh_from_db()
    assert "Mean of determinations · Preparations: 3" in words(before)
    assert "Preparations: 3" not in words(answer)
    assert "the record changed after it was shown to you" in words(answer)
    assert one.state == "draft"


@pytest.mark.postgres
@pytest.mark.parametrize("code", ["bac-oral", "BAC-0RAL", "BAC-lT"])
def test_code_of_a_specification_can_be_told_from_the_others(world, at, code):
    with pytest.raises(
        Refusal, match="draft a new version of that specification"
    ) as caught:
        draft(world, at, code=code)

    assert caught.value.code == "code-alike"


def test_process_in_look_alike_letters_is_no_other_process(world, at):
    """It would pass the suspension of the one that it reads as."""
    letter = "\N{CYRILLIC CAPITAL LETTER VE}P-01 oral route, revision 4"
    answer = signed_in(world.cast.olga).post(
        "/qualifications/draft/",
        {
            "site": world.works.pk,
            "material": world.material.pk,
            "use": "oral",
            "process": letter,
            "valid_from": "2026-01-01",
            "storage": "Cool",
            "date_kind": "retest",
            "retest_months": "36",
            "use_by_days": "30",
            "evidence_reference": "AR-1",
            "evidence": SimpleUploadedFile("a.txt", b"Audit report"),
        },
    )

    assert (
        "looks the same in print as BP-01 oral route, revision 4" in refused(answer)[0]
    )


def test_grid_of_more_rows_than_it_takes_is_refused_and_not_drawn(world, at):
    """Otherwise one request draws 1,200 rows, for twenty seconds."""
    answer = signed_in(world.cast.olga).post(
        "/specifications/draft/",
        {
            "material": world.material.pk,
            f"{PREFIX}-TOTAL_FORMS": "99999",
            f"{PREFIX}-INITIAL_FORMS": "0",
        },
    )

    assert answer.status_code == 422
    assert answer.content.count(b'-position"') <= 2 * MOST_ROWS + 10


@pytest.mark.parametrize(
    ("quantity", "status"),
    [("10 g", 302), ("0.5 kg", 302), ("3 x 10 g", 302), ("2 瓶", 302)]
    + [(wrong, 422) for wrong in ("-10 g", "0 g", "0.00 g", "some", "10", "<5 g")],
)
def test_sample_says_how_much_was_taken(world, at, oral, quantity, status):
    answer = signed_in(world.cast.lin).post(
        f"/lots/{oral.pk}/samples/new/",
        {
            "number": "S-77",
            "taken_on": str(calendar.today(at)),
            "taken_by": "Lin Yue",
            "quantity": quantity,
            "purpose": "Reserve",
        },
    )

    assert answer.status_code == status
    if status == 422:
        assert "such as 10 g" in refused(answer)[0]


@pytest.mark.postgres
def test_sample_number_that_reads_like_another_is_refused(world, at, oral):
    def take(number):
        return signed_in(world.cast.lin).post(
            f"/lots/{oral.pk}/samples/new/",
            {
                "number": number,
                "taken_on": str(calendar.today(at)),
                "taken_by": "Lin Yue",
                "quantity": "10 g",
                "purpose": "Reserve",
            },
        )

    assert take("S-10").status_code == 302
    assert refused(take("S-10")) == [
        "Sample S-10 is already recorded; give this one another number."
    ]
    for alike in ("s-10", "S-1O", "S-lo", "s-I0"):
        assert refused(take(alike)) == [
            f"Sample {alike} looks like S-10, which is already recorded; give this one"
            " another number."
        ]
    assert take("S-11").status_code == 302


def test_version_approved_for_later_is_named_before_it_is_passed_over(world, at):
    day = calendar.today(at) + datetime.timedelta(30)
    approve(world, at, draft(world, at, effective_on=day))
    one = draft(world, at, effective_on=day - datetime.timedelta(1))

    page = signed_in(world.cast.chen).get(f"/specifications/{one.pk}/approve/")

    assert (
        f"BAC-ORAL v2 is approved and effective from {day}, so this version would"
        in (words(page))
    )


@pytest.mark.parametrize(
    ("code", "values", "stored"),
    [
        ("MEOH", ["-112"], False),
        ("MEOH", ["-0.0"], False),
        ("TAMC", ["-10"], False),
        ("D90", ["-141"], False),
        ("ASSAY", ["-99.4", "99.4"], False),
        ("UNSPEC", ["-0.60"], False),
        ("PH", ["-0.1"], True),
    ],
)
def test_amount_below_zero_is_refused(world, at, oral, code, values, stored):
    more = {"component1": "RRT 0.45"} if code == "UNSPEC" else {}

    answer = Grid(world, oral, at).post(code, *values, **more)

    assert Result.objects.exists() is stored
    assert ("is below zero, but an amount cannot be" in words(answer)) is not stored


@pytest.mark.parametrize("unit", ["\N{DEGREE SIGN}", "", "deg"])
def test_rotation_on_the_anhydrous_basis_turns_to_the_left(world, at, oral, unit):
    """A specific optical rotation is calculated on it too (Ph. Eur. 2.2.7)."""
    water = world.tests["WATER"].pk
    adding(world, code="ROT", unit=unit, calculation="anhydrous", water_test=water)
    test = MaterialTest.objects.get(code="ROT")
    methods.add_method(by=world.cast.olga, at=at, test=test, code="2.2.7")
    baclofen.approve_methods(world.cast, at=at)

    result, _judged = result_entry.enter_result(
        test_order=oral.test_orders.get(),
        test=test,
        by=world.cast.lin,
        at=at,
        determinations=bench.typed("-24.5"),
        seen=0,
        raw_reference="LN-1, page 7",
    )

    assert result.determinations[0]["text"] == "-24.5"

"""What a lot comes from holds it back; a maker's number serves not twice in silence.

ICH Q7 8.41: each lot of a blend meets its specification; what is wrong with it is not
blended away, also not when it is found out after the blend was logged. Domain
reference 0.2: a lot logged again for another use is noticed.
"""

import datetime
import functools

import pytest

from lots import calendar
from lots.demo import baclofen, bench
from lots.evaluation import evaluator
from lots.evidence import signatures
from lots.intake import test_orders
from lots.models import Lot, Material, Specification
from lots.origin import duplicates, genealogy
from lots.release import disposition
from lots.rules.refusal import Refusal
from lots.setup import material_tests, materials, specification_versions
from lots.setup.signed_specification import specification_text
from tests.lots.pages import refused, signed_in, words
from tests.lots.setup import specifications
from tests.lots.setup.qualified import expiring
from tests.lots.situations import ORAL
from tests.world import change

OWN_OF_ORAL = {code: ORAL[code] for code in ("D90", "ECOLI")}


@pytest.fixture
def tested(world, at):
    """Return a function that makes a lot which is reviewed and could be released."""

    def make(number, *, values=ORAL, use="oral", **facts):
        lot = bench.log(world.cast, world, at=at, number=number, use=use, **facts)
        bench.enter(lot, world, values, by=world.cast.lin, at=at)
        bench.review(world.cast, lot, at=at)
        return lot

    return make


@pytest.fixture
def blended(tested):
    """Return a function that makes a blend, ready for release, of these parents."""

    def make(*parents, origin="blend", number="BAC-26-B1"):
        return tested(
            number, origin=origin, parents=[(parent, "5") for parent in parents]
        )

    return make


def release(world, lot, at, code="BAC-ORAL", **more):
    return bench.release(world.cast, lot, code, at=at, **more)


# --- parents ------------------------------------------------------------------------


def test_blend_of_lots_that_meet_their_specification_is_released(
    world, tested, blended, at
):
    blend = blended(tested("BAC-26-101"), tested("BAC-26-102"))

    release(world, blend, at)

    assert bench.assessment(blend, "BAC-ORAL").state == "released"


@pytest.mark.parametrize(
    ("verb", "state"),
    [(disposition.reject, "rejected"), (disposition.hold, "on hold")],
)
def test_parent_decided_against_since_stops_the_release(
    world, tested, blended, at, verb, state
):
    parent, other = tested("BAC-26-101"), tested("BAC-26-102")
    blend = blended(parent, other)
    if verb is disposition.hold:
        verb(lot=parent, by=world.cast.chen, at=at, reason="Complaint")
    else:
        bench.decide(world.cast, verb, parent, at=at, reason="Colour")

    with pytest.raises(Refusal, match=f"Parent lot BAC-26-101 is {state} and cannot"):
        release(world, blend, at)


@pytest.mark.postgres
@pytest.mark.parametrize("code", ["hold", "reject", "recall", "reopen"])
def test_decision_names_what_was_made_of_the_lot(world, tested, blended, at, code):
    """Of every generation, for each is decided about by itself."""
    parent, other = tested("BAC-26-001"), tested("BAC-26-002")
    blend = blended(parent, other)
    blended(blend, number="BAC-26-011", origin="repacking")

    page = signed_in(world.cast.chen).get(f"/lots/{parent.pk}/{code}/")
    own = signed_in(world.cast.chen).get(f"/lots/{other.pk}/void/")

    assert "These lots were made from BAC-26-001." in words(page)
    assert (
        f"{blend.number} Quarantine No certificate – – BAC-26-011 Quarantine No"
        " certificate" in words(page, of="concerned")
    )
    assert "were made from" not in words(own)


@pytest.mark.postgres
def test_parent_of_a_parent_stops_the_release(world, tested, blended, at):
    parent = tested("BAC-26-101")
    blend = blended(parent, tested("BAC-26-102"))
    repacked = blended(blend, origin="repacking", number="BAC-26-P1")
    bench.decide(world.cast, disposition.reject, parent, at=at, reason="Colour")

    with pytest.raises(Refusal, match="Parent lot BAC-26-101 is rejected"):
        release(world, repacked, at)


def test_lot_made_anew_from_a_parent_rejected_since_is_released(
    world, tested, blended, at
):
    parent = tested("BAC-26-101")
    remade = blended(parent, origin="reprocessing", number="BAC-26-R1")
    bench.decide(world.cast, disposition.reject, parent, at=at, reason="Colour")

    release(world, remade, at)

    assert bench.assessment(remade, "BAC-ORAL").state == "released"


def test_parent_that_fails_after_the_blend_stops_the_release(
    world, tested, blended, at
):
    parent = bench.log(world.cast, world, at=at, number="BAC-26-101")
    blend = blended(parent, tested("BAC-26-102"))
    bench.enter(parent, world, {**ORAL, "MEOH": "3100"}, by=world.cast.lin, at=at)

    with pytest.raises(Refusal, match="BAC-26-101 is under investigation OOS-"):
        release(world, blend, at)


def test_parent_never_tested_stops_a_blend_and_not_a_repacked_lot(
    world, tested, blended, at
):
    untested = [
        bench.log(world.cast, world, at=at, number=f"BAC-26-10{n}") for n in (1, 2)
    ]
    blend = blended(*untested)
    repacked = blended(untested[0], origin="repacking", number="BAC-26-P1")

    with pytest.raises(Refusal) as caught:
        release(world, blend, at)
    release(world, repacked, at)

    assert [str(one) for one in caught.value.refusals] == [
        f"Parent lot BAC-26-10{n} lacks results against BAC-ORAL v1; each lot of a"
        " blend must be tested and meet its specification first."
        for n in (1, 2)
    ]


@pytest.fixture
def unjudged_for_oral(world, tested, at):
    """An intrathecal lot with a fail that stands, judged for its own use alone."""
    lot = tested(
        "BAC-26-901",
        use="intrathecal",
        values={**bench.IT_RESULTS, "MEOH": "9000"},
        specifications=[Specification.objects.get(code="BAC-IT")],
    )
    bench.conclude(
        world.cast,
        lot,
        lot.investigations.get(),
        at=at,
        conclusion="not_proven",
        cause="No error was found",
    )
    return lot


@pytest.mark.parametrize("origin", ["blend", "repacking"])
@pytest.mark.parametrize("evaluated_in", ["its test order", "a further one"])
def test_parent_never_judged_for_the_use_takes_an_assessment_first(
    world, tested, blended, unjudged_for_oral, at, origin, evaluated_in
):
    """What failed of it, or was never tested, would not be asked otherwise."""
    parent, other = unjudged_for_oral, tested("BAC-26-101")
    used = [parent, other] if origin == "blend" else [parent]
    oral = Specification.objects.get(code="BAC-ORAL")

    with pytest.raises(Refusal) as caught:
        blended(*used, origin=origin)
    judge(world, parent, oral, evaluated_in, at)
    with pytest.raises(Refusal) as again:
        blended(*used, origin=origin)

    assert str(caught.value) == (
        "Parent lot BAC-26-901 was never tested for oral use, so it cannot be used for"
        f" a lot produced by {origin}; add an assessment for that use on its page"
        " first."
    )
    assert again.value.code == "parent-fails"


def judge(world, lot, specification, where, at):
    """Judge the lot against the specification, in its examination or a further one."""
    if where == "its test order":
        test_orders.add_assessment(
            test_order=lot.test_orders.get(),
            specification=specification,
            by=world.cast.chen,
            at=at,
        )
    else:
        test_orders.open_test_order(
            lot=lot,
            by=world.cast.chen,
            at=at,
            occasion="stability",
            specifications=[specification],
        )


def aged(world, at, number="BAC-26-101", *, days, **facts):
    """Log a lot made a year ago whose date is so many days from today."""
    today = calendar.today(at)
    return bench.log(
        world.cast,
        world,
        at=at,
        number=number,
        manufactured_on=today - datetime.timedelta(365),
        date_on=today + datetime.timedelta(days),
        **facts,
    )


@pytest.mark.parametrize("origin", ["blend", "repacking"])
def test_blend_and_repacked_lot_keep_the_earliest_date_of_their_parents(
    world, at, origin
):
    """ICH Q7 8.47: that of the oldest lot in it."""
    parents = [aged(world, at, days=30)]
    if origin == "blend":
        parents.append(aged(world, at, "BAC-26-102", days=90))

    made = bench.log(
        world.cast,
        world,
        at=at,
        number="BAC-26-B1",
        origin=origin,
        parents=[(parent, "5") for parent in parents],
    )

    assert made.date_on == parents[0].date_on


@pytest.mark.parametrize(
    ("days", "facts", "of_parent", "said"),
    [
        (-10, {}, {}, "retest date of parent lot BAC-26-101, .*, is before"),
        (
            30,
            {"date_on": 31},
            {},
            "is later than the retest date of parent lot BAC-26-101",
        ),
        (
            30,
            {"date_kind": "retest"},
            {"date_kind": "expiry"},
            "has an expiry date, which no retest",
        ),
        (
            30,
            {"manufactured_on": -366},
            {},
            "BAC-26-101 was manufactured on .*, after this lot",
        ),
    ],
    ids=["passed", "later", "expiry", "before"],
)
def test_repacking_renews_no_date(world, at, days, facts, of_parent, said):
    more = expiring(world, at) if of_parent else {}
    parent = aged(world, at, days=days, **more)
    dates = {
        name: calendar.today(at) + datetime.timedelta(day)
        if isinstance(day, int)
        else day
        for name, day in facts.items()
    }

    with pytest.raises(Refusal, match=said):
        bench.log(
            world.cast,
            world,
            at=at,
            number="BAC-26-P1",
            origin="repacking",
            parents=[(parent, "5")],
            **dates,
        )


@pytest.mark.parametrize("use", ["oral", "intrathecal"])
def test_retest_gives_its_date_to_what_is_made_for_the_same_use_alone(world, at, use):
    """One that was released for oral products says nothing of endotoxins."""
    parent = aged(world, at, days=-1, use="intrathecal")
    bench.enter(parent, world, bench.IT_RESULTS | OWN_OF_ORAL, by=world.cast.lin, at=at)
    bench.review(world.cast, parent, at=at)
    use_by = calendar.today(at) + datetime.timedelta(30)
    retest = test_orders.open_test_order(
        lot=parent, by=world.cast.lin, at=at, occasion="retest", use_by=use_by
    )
    bench.enter(parent, world, ORAL, by=world.cast.lin, at=at, test_order=retest)
    bench.review(world.cast, parent, at=at, test_order=retest)
    bench.release(world.cast, parent, "BAC-ORAL", at=at, justification="Stands in")
    repacked = functools.partial(
        bench.log,
        world.cast,
        world,
        at=at,
        number="BAC-26-P1",
        use=use,
        origin="repacking",
        parents=[(parent, "5")],
        manufactured_on=calendar.today(at),
        date_on=use_by,
    )

    if use == "oral":
        assert repacked().date_on == use_by
    else:
        with pytest.raises(Refusal) as caught:
            repacked()
        assert caught.value.code == "parent-date-passed"


@pytest.mark.postgres
def test_no_more_of_a_parent_is_used_than_was_made_of_it(world, tested, at):
    """Over all that was made of it and is not void, each in its own unit."""
    parent, other = tested("BAC-26-101", size="150"), tested("BAC-26-102")

    def repacked(number, quantity, **facts):
        return bench.log(
            world.cast,
            world,
            at=at,
            number=number,
            origin="repacking",
            parents=[(parent, quantity)],
            **facts,
        )

    repacked("BAC-26-P1", "100")
    with pytest.raises(Refusal) as caught:
        repacked("BAC-26-P2", "50.1")
    in_grams = repacked("BAC-26-P3", "50000", size="50000", size_unit="g")
    with pytest.raises(Refusal, match="BAC-26-101 has only 0 kg left"):
        repacked("BAC-26-P4", "0.1")
    bench.decide(world.cast, disposition.void, in_grams, at=at, reason="Twice")
    repacked("BAC-26-P5", "50")
    repacked("BAC-26-P6", "")
    with pytest.raises(Refusal, match="BAC-26-102 has only 150 kg left"):
        bench.log(
            world.cast,
            world,
            at=at,
            number="BAC-26-B1",
            origin="blend",
            parents=[(parent, ""), (other, "5000")],
        )

    assert (caught.value.field, str(caught.value)) == (
        "parents",
        "Parent lot BAC-26-101 has only 50 kg left of its batch size of 150 kg;"
        " correct the quantity used.",
    )


def test_lot_made_anew_of_an_old_one_has_a_date_of_its_own(world, at):
    remade = bench.log(
        world.cast,
        world,
        at=at,
        number="BAC-26-R1",
        origin="reprocessing",
        parents=[(aged(world, at, days=-10), "5")],
    )

    assert remade.date_on > calendar.today(at)


def test_parent_whose_release_was_refused_goes_into_no_blend(world, tested, at):
    parent, other = tested("BAC-26-101"), tested("BAC-26-102")
    bench.refuse(world.cast, parent, "BAC-ORAL", at=at, reason="Foreign particles")

    with pytest.raises(Refusal, match="release of parent lot BAC-26-101 against"):
        bench.log(
            world.cast,
            world,
            at=at,
            number="BAC-26-B1",
            origin="blend",
            parents=[(parent, "5"), (other, "5")],
        )


def test_release_page_says_which_parent_stands_in_the_way(world, tested, blended, at):
    parent = tested("BAC-26-101")
    blend = blended(parent, tested("BAC-26-102"))
    bench.decide(world.cast, disposition.reject, parent, at=at, reason="Colour")
    assessment = bench.assessment(blend, "BAC-ORAL")

    page = signed_in(world.cast.chen).get(f"/assessments/{assessment.pk}/release/")

    assert "Each parent lot may be used for it" in words(page)
    assert "Parent lot BAC-26-101 is rejected and cannot be used for a lot" in words(
        page
    )


@pytest.mark.parametrize("origin", ["repacking", "blend", "reprocessing", "rework"])
def test_what_comes_of_a_bought_lot_is_not_our_own_make(world, at, tested, origin):
    """Its certificate would name us as the manufacturer (ICH Q7 11.43, 11.44)."""
    of_manufacturer = {"process": "Taihu process T-3", **world.bought}
    parents = [tested("TH-26-001", **of_manufacturer)]
    if origin == "blend":
        parents.append(tested("BAC-26-001"))
    facts = {"origin": origin, "parents": [(parent, "5") for parent in parents]}

    repacker = {"issuer_role": "repacker", "original_certificate_number": "TH-9"}
    for role in ({}, repacker):
        with pytest.raises(Refusal, match=r"made by Taihu Fine .* name the original"):
            tested("BAC-26-002", **facts, **role)

    assert tested("BAC-26-002", **facts, **of_manufacturer).issuer_role == "agent"


def test_company_that_was_ours_no_longer_stops_what_was_made_of_its_lots(
    world, at, tested, blended
):
    """Logged as our own make before anybody said whose make its parent is."""
    parent = tested("BAC-26-001", site=world.other_works)
    child = blended(parent, origin="repacking")
    other = world.partner.organisation
    change(parent.site, by=world.cast.olga, at=at, organisation=other)

    with pytest.raises(Refusal, match="BAC-26-001 was made by Taihu Fine"):
        release(world, child, at)


# --- the maker's number -------------------------------------------------------------


@pytest.fixture
def elsewhere(world, at):
    """A site of another company that is qualified for intrathecal use."""
    baclofen.qualify(
        world.cast,
        at=at,
        material=world.material,
        site=world.partner,
        use="intrathecal",
        process="Taihu process T-9",
        months=24,
        since=at.date().replace(year=at.year - 2, day=1),
    )
    return {"process": "Taihu process T-9", **world.bought}


@pytest.fixture
def logged_twice(world, at, tested, elsewhere):
    """An oral lot, and the same maker's number at another company for intrathecal."""
    tested("BAC-26-001")
    return tested(
        "BAC-26-801",
        use="intrathecal",
        values=bench.IT_RESULTS,
        original_number="BAC-26-OO1",
        **elsewhere,
    )


@pytest.mark.postgres
def test_number_of_another_manufacturers_oral_lot_takes_a_signed_statement(
    world, logged_twice, at
):
    with pytest.raises(Refusal) as caught:
        release(world, logged_twice, at, code="BAC-IT")

    assert (caught.value.field, str(caught.value)) == (
        "justification",
        f"Lot BAC-26-001, made for oral use by {world.works}, has the same"
        " manufacturer's lot number BAC-26-001: write in the justification how you"
        " know that they are two lots, or void the one that was logged by mistake.",
    )
    release(world, logged_twice, at, code="BAC-IT", justification="Seals compared")

    released = bench.assessment(logged_twice, "BAC-IT")
    assert "Seals compared" in released.signature.text


@pytest.mark.parametrize("fate", ["concluded", "rejected"])
def test_lot_that_failed_logged_again_at_another_site_takes_one_too(
    world, tested, at, fate
):
    """For the same use: two plants may use one number, and so may one lot twice."""
    failed = tested("BAC-26-001", values={**ORAL, "MEOH": "3100"})
    bench.conclude(
        world.cast,
        failed,
        failed.investigations.get(),
        at=at,
        conclusion="not_proven",
        cause="No error was found",
    )
    if fate == "rejected":
        bench.decide(world.cast, disposition.reject, failed, at=at, reason="Not used")
    again = tested("BAC-26-002", original_number="BAC-26-001", site=world.other_works)

    with pytest.raises(Refusal) as caught:
        release(world, again, at)

    assert str(caught.value) == (
        f"Lot BAC-26-001, made for oral use by {world.works}, which failed, has the"
        " same manufacturer's lot number BAC-26-001: write in the justification how"
        " you know that they are two lots."
    )
    release(world, again, at, justification="Two plants, drums compared")


def test_release_page_names_the_other_lot_and_keeps_what_was_typed(world, logged_twice):
    assessment = bench.assessment(logged_twice, "BAC-IT")
    chen = signed_in(world.cast.chen)
    address = f"/assessments/{assessment.pk}/release/"

    page = chen.get(address)

    told = "has the same manufacturer's lot number BAC-26-001"
    assert "Lot BAC-26-001, made for oral use" in words(page)
    assert words(page).count(told) == 1
    assert refused(page) == []


def test_voided_lot_takes_no_statement(world, logged_twice, at):
    twin = Lot.objects.get(number="BAC-26-001")
    bench.decide(world.cast, disposition.void, twin, at=at, reason="Logged by mistake")

    release(world, logged_twice, at, code="BAC-IT")

    assert bench.assessment(logged_twice, "BAC-IT").state == "released"


def test_what_was_made_from_it_takes_the_statement_too(
    world, logged_twice, at, tested, elsewhere
):
    child = tested(
        "BAC-26-802",
        use="intrathecal",
        values=bench.IT_RESULTS,
        origin="repacking",
        parents=[(logged_twice, "5")],
        **elsewhere,
    )

    with pytest.raises(Refusal, match="has the same manufacturer's lot number BAC"):
        release(world, child, at, code="BAC-IT")


def test_oral_release_asks_nothing_about_a_number_of_an_intrathecal_lot(
    world, logged_twice
):
    oral = Lot.objects.get(number="BAC-26-001")

    assert duplicates.namesakes(oral, "oral") == ()
    assert duplicates.namesakes(logged_twice, "oral") == ()


@pytest.mark.postgres
def test_record_of_the_same_substance_hides_no_lot(world, at, tested):
    """Another material with the same CAS number is the same substance."""
    tested("BAC-26-001")
    micronised = materials.add_material(
        by=world.cast.olga,
        at=at,
        name="Baclofen, micronised",
        item_code="BAC-M",
        cas_number=world.material.cas_number,
        storage="Keep dry",
    )

    with pytest.raises(Refusal) as caught:
        bench.log(
            world.cast,
            world,
            at=at,
            number="BAC-26-801",
            material=micronised,
            original_number="BAC-26-001",
            use="intrathecal",
        )

    assert (
        "The manufacturer's lot BAC-26-001 is already logged as lot BAC-26-001, made"
        " for oral use under another material with this CAS number; void that one"
        " first if it was logged by mistake."
    ) in [str(one) for one in caught.value.refusals]
    assert Lot.objects.count() == 1
    assert Material.objects.filter(cas_number="1134-47-0").count() == 2


def test_cas_number_given_later_makes_no_second_lot_for_another_use(world, at, tested):
    """Logged while the other record had no number, which its certificate wants."""
    tested("BAC-26-001")
    micronised = {"name": "Baclofen, micronised", "item_code": "BAC-M"}
    kept = {"storage": "Keep dry", "formula": "", "note": ""}
    material = materials.add_material(
        by=world.cast.olga,
        at=at,
        **micronised,
        cas_number="not assigned",
        storage="Keep dry",
    )
    baclofen.qualify(
        world.cast,
        at=at,
        material=material,
        site=world.works,
        use="intrathecal",
        process=world.processes["intrathecal"],
        months=24,
        since=at.date() - datetime.timedelta(400),
    )
    measured = material_tests.add_test(
        by=world.cast.olga,
        at=at,
        material=material,
        facts=material_tests.TestFacts(code="PH", name="pH", group="physical"),
    )
    specifications.least(world, at, material, "intrathecal")
    draft = specification_versions.draft_specification(
        by=world.cast.olga,
        at=at,
        material=material,
        code="BAC-M-IT",
        use="intrathecal",
        owner="pharmacopoeia",
        grade="In-house",
        compendium="In-house",
        effective_on=calendar.today(at),
        change_reason="First version",
        criteria=[specification_versions.CriterionDraft(test=measured, kind="report")],
    )
    chen = world.cast.chen
    specification_versions.approve_specification(
        specification=draft,
        by=chen,
        at=at,
        confirmation=world.cast.confirmation(chen, at=at),
        shown=signatures.shown(specification_text(draft)),
    )
    lot = bench.log(
        world.cast,
        world,
        at=at,
        number="BAC-26-801",
        material=material,
        original_number="BAC-26-001",
        use="intrathecal",
    )

    def give(number, material):
        return materials.change_material(
            material=material,
            by=world.cast.olga,
            at=at,
            reason="It was missing",
            **(micronised if material.item_code == "BAC-M" else of_baclofen),
            cas_number=number,
            **kept,
        )

    of_baclofen = {"name": world.material.name, "item_code": "BAC"}
    with pytest.raises(Refusal, match="number, lot BAC-26-801, made for intra"):
        give("1134-47-0", material)
    with pytest.raises(Refusal, match="correct the number, do not remove it"):
        give("not assigned", world.material)

    bench.decide(world.cast, disposition.void, lot, at=at, reason="The same lot")
    assert give("1134-47-0", material).cas_number == "1134-47-0"


def test_materials_without_a_number_are_not_one_substance(world, at):
    """ "Not assigned" says nothing of what a material is."""
    keys = set()
    for name in ("One", "Other"):
        material = materials.add_material(
            by=world.cast.olga,
            at=at,
            name=name,
            item_code=name,
            cas_number="not assigned",
            storage="Keep dry",
        )
        keys.add(duplicates.substance_of(material))
        assert duplicates.substance_of(material) == ("material", material.pk)

    assert len(keys) == 2


def test_evaluation_of_a_lot_without_parents_asks_for_none(
    world, tested, at, django_assert_num_queries
):
    lot = evaluator.evaluate(tested("BAC-26-001")).lot

    with django_assert_num_queries(1):
        assert list(genealogy.against_release(lot, "oral")) == []

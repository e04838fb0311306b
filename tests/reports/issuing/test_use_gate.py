"""No path leads to an intrathecal certificate for a lot that was not made for it.

FDA, December 2015; domain reference 9, rule 14: a lot made for oral products stays
one, whatever its numbers, however it is logged again and whatever is asked for it.
"""

import datetime
import functools

import pytest
from django.core.management import CommandError

from lots import calendar
from lots.accounts import titles, users
from lots.demo import baclofen, bench
from lots.evidence.documents import Upload
from lots.imports import lot_import
from lots.intake import samples, test_orders
from lots.models import Assessment, Lot, Specification, User
from lots.origin import use_gate
from lots.results import result_entry
from lots.rules.refusal import Refusal
from lots.setup import alternative_uses, methods, qualifications, valid_qualification
from reports.issuing import certificates
from reports.models import Certificate
from tests.reports.conftest import ORAL
from tests.reports.issuing.commands import run


@pytest.fixture
def oral(world, at):
    """An oral lot whose numbers are inside every intrathecal limit."""
    lot = bench.log(world.cast, world, at=at, number="BAC-26-001")
    bench.enter(lot, world, {**bench.IT_RESULTS, **ORAL}, by=world.cast.lin, at=at)
    bench.review(world.cast, lot, at=at)
    bench.release(world.cast, lot, "BAC-ORAL", at=at)
    return lot


@pytest.fixture
def specification(world):
    return Specification.objects.get(code="BAC-IT")


def intrathecal_lots():
    return list(Lot.objects.filter(use="intrathecal").values_list("number", flat=True))


def test_numbers_inside_every_intrathecal_limit_change_nothing(oral):
    assert set(oral.assessments.values_list("use", flat=True)) == {"oral"}


def test_assessment_for_the_other_use_is_refused(world, oral, specification, at):
    with pytest.raises(Refusal, match="Lot BAC-26-001 was made for oral use"):
        test_orders.add_assessment(
            test_order=oral.test_orders.get(),
            specification=specification,
            by=world.cast.chen,
            at=at,
        )


def test_further_test_order_is_judged_for_oral_use_alone(
    world, oral, specification, at
):
    with pytest.raises(Refusal, match="is not effective for the intended use"):
        test_orders.open_test_order(
            lot=oral,
            by=world.cast.lin,
            at=at,
            occasion="stability",
            specifications=[specification],
        )

    assert oral.test_orders.count() == 1


@pytest.mark.parametrize(
    ("facts", "sentence"),
    [
        (
            {"number": "BAC-26-801", "original_number": "BAC-26-001"},
            "is already logged as lot BAC-26-001 for oral use",
        ),
        (
            {"number": "BAC-26-801", "original_number": "bac-26-OO1"},
            "is already logged as lot BAC-26-001 for oral use",
        ),
        ({"number": "BAC-26-001"}, "is already logged as BAC-26-001"),
    ],
    ids=["another number", "a number that looks alike", "the same number"],
)
def test_logging_it_again_is_refused(world, oral, at, facts, sentence):
    with pytest.raises(Refusal, match=sentence):
        bench.log(world.cast, world, at=at, use="intrathecal", **facts)

    assert intrathecal_lots() == []


def test_logging_it_at_another_site_of_the_manufacturer_is_refused(world, oral, at):
    with pytest.raises(Refusal, match="made for oral use at another site"):
        bench.log(
            world.cast,
            world,
            at=at,
            number="BAC-26-801",
            original_number="BAC-26-001",
            site=world.other_works,
            use="intrathecal",
        )

    assert intrathecal_lots() == []


def test_logging_it_at_another_manufacturers_site_is_refused(world, oral, at):
    """The partner is qualified for oral use alone."""
    with pytest.raises(valid_qualification.NotQualified):
        bench.log(
            world.cast,
            world,
            at=at,
            number="BAC-26-801",
            use="intrathecal",
            process="Taihu process T-3",
            **world.bought,
        )


def test_process_of_the_oral_route_is_refused(world, at):
    with pytest.raises(Refusal, match="is not qualified for the process BP-01 oral"):
        bench.log(
            world.cast,
            world,
            at=at,
            number="BAC-26-801",
            use="intrathecal",
            process=world.processes["oral"],
        )


@pytest.mark.parametrize("origin", ["blend", "reprocessing", "rework", "repacking"])
def test_what_comes_from_it_cannot_be_intrathecal(world, oral, released, at, origin):
    other = released("BAC-26-901", use="intrathecal").lot

    with pytest.raises(Refusal, match="cannot be for intrathecal use"):
        bench.log(
            world.cast,
            world,
            at=at,
            number="BAC-26-801",
            use="intrathecal",
            origin=origin,
            parents=[(other, "5"), (oral, "5")],
        )

    assert intrathecal_lots() == ["BAC-26-901"]


def test_import_refuses_it_as_the_page_does(world, oral, at):
    header = "lot,original,made,bet\n"
    map_text = f"""
lot = "{{lot}}"
sample = "{{lot}}/S1"
original_lot = "{{original}}"

[columns]
manufactured_on = "made"

[constants]
material = "BAC"
site = "{world.works}"
use = "intrathecal"
process = "{world.processes["intrathecal"]}"
size = "10"
packaging = "1 drum"
use_document_kind = "declaration"
use_document_reference = "D-1"
sampled_on = "{at.date()}"
sampled_by = "Lin Yue"
sample_quantity = "10 g"
performed_by = "lin"
performed_on = "{at.date()}"

[results]
bet = "BET"
"""
    row = f"BAC-26-801,BAC-26-001,{oral.manufactured_on},0.2\n"

    with pytest.raises(Refusal, match="is already logged as lot BAC-26-001"):
        lot_import.import_lots(
            by=world.cast.lin,
            at=at,
            upload=Upload("lots.csv", (header + row).encode()),
            map_text=map_text,
        )

    assert intrathecal_lots() == []


def test_command_finds_no_assessment_to_certify(capsys, oral):
    with pytest.raises(CommandError, match="has no assessment against BAC-IT"):
        run(capsys, "issue_certificate", "BAC-26-001", "--specification", "BAC-IT")

    assert Certificate.objects.count() == 0


def test_alternative_use_never_goes_the_other_way(world, at):
    with pytest.raises(Refusal, match="can never serve intrathecal injections"):
        alternative_uses.draft_alternative_use(
            by=world.cast.olga,
            at=at,
            material=world.material,
            made_for="oral",
            use_for="intrathecal",
            justification="Its numbers pass",
        )


def test_page_offers_no_certificate_for_the_other_use(client, world, oral):
    client.force_login(
        world.cast.chen, backend="django.contrib.auth.backends.ModelBackend"
    )

    response = client.get(f"/lots/{oral.pk}/certificates/")

    assert [one.use for one in response.context["assessments"]] == ["oral"]


def test_revision_and_duplicate_keep_the_use(world, oral, at, customer):
    made = certificates.issue(
        assessment=bench.assessment(oral, "BAC-ORAL"),
        by=world.cast.chen,
        at=at,
        stated=bench.LABEL,
    )
    second = certificates.duplicate(
        certificate=made,
        by=world.cast.chen,
        at=at,
        customer=customer,
        stated=bench.LABEL,
    )
    third = certificates.revise(
        certificate=made,
        by=world.cast.chen,
        at=at,
        reason="No order",
        order="PO 9",
        stated=bench.LABEL,
    )

    assert {one.assessment.use for one in (made, second, third)} == {"oral"}


def test_suspended_qualification_stops_a_released_intrathecal_lot(world, released, at):
    assessment = released("BAC-26-901", use="intrathecal")
    qualifications.suspend_qualification(
        qualification=assessment.lot.qualification,
        by=world.cast.olga,
        at=at,
        since=calendar.today(at),
        reason="Endotoxin excursion",
    )

    with pytest.raises(
        certificates.NotIssuable, match="is suspended: Endotoxin excursion"
    ):
        certificates.issue(
            assessment=assessment, by=world.cast.chen, at=at, stated=bench.LABEL
        )


def suspend(world, at, site):
    """Qualify the site for the intrathecal route and return how it is suspended."""
    qualification = baclofen.qualify(
        world.cast,
        at=at,
        material=world.material,
        site=site,
        use="intrathecal",
        process="Taihu process T-9",
        months=24,
        since=at.date() - datetime.timedelta(days=400),
    )
    return lambda: qualifications.suspend_qualification(
        qualification=qualification,
        by=world.cast.olga,
        at=at,
        since=calendar.today(at),
        reason="Endotoxins",
    )


def made_elsewhere(world, at):
    return bench.log(
        world.cast,
        world,
        at=at,
        number="TH-26-901",
        use="intrathecal",
        process="Taihu process T-9",
        **world.bought,
    )


@pytest.mark.parametrize("origin", ["repacking", "reprocessing"])
def test_lot_of_a_suspended_process_is_not_logged_anew_at_another_site(
    world, at, origin
):
    suspended = suspend(world, at, world.partner)
    parent = made_elsewhere(world, at)
    suspended()

    with pytest.raises(Refusal, match=r"TH-26-901 cannot .* is suspended: Endo"):
        bench.log(
            world.cast,
            world,
            at=at,
            number="BAC-26-902",
            use="intrathecal",
            origin=origin,
            parents=[(parent, "5")],
        )

    assert intrathecal_lots() == ["TH-26-901"]


@pytest.mark.postgres
def test_parents_process_suspended_since_stops_release_and_certificate(world, at):
    suspended = suspend(world, at, world.partner)
    parent = made_elsewhere(world, at)
    children = [
        bench.log(
            world.cast,
            world,
            at=at,
            number=number,
            use="intrathecal",
            origin="repacking",
            parents=[(parent, "5")],
            process="Taihu process T-9",
            **world.bought,
        )
        for number in ("BAC-26-902", "BAC-26-903")
    ]
    for child in children:
        bench.enter(child, world, bench.IT_RESULTS, by=world.cast.lin, at=at)
        bench.review(world.cast, child, at=at)
    bench.release(world.cast, children[0], "BAC-IT", at=at)
    suspended()

    with pytest.raises(Refusal, match=r"TH-26-901 cannot .* is suspended: Endo"):
        bench.release(world.cast, children[1], "BAC-IT", at=at)
    with pytest.raises(certificates.NotIssuable, match="Parent lot TH-26-901 cannot"):
        certificates.issue(
            assessment=bench.assessment(children[0], "BAC-IT"),
            by=world.cast.chen,
            at=at,
            stated=bench.LABEL,
        )


@pytest.mark.parametrize("field", ["packaging", "storage", "note"])
def test_facts_of_an_oral_lot_do_not_speak_of_the_other_use(world, at, field):
    with pytest.raises(
        Refusal, match="but the intended use of the lot is oral"
    ) as refused:
        bench.log(
            world.cast,
            world,
            at=at,
            number="BAC-26-002",
            **{field: "Double bag for intrathecal use"},
        )

    assert refused.value.field == field
    bench.log(
        world.cast,
        world,
        at=at,
        number="BAC-26-902",
        use="intrathecal",
        **{field: "Double bag for intrathecal use, or oral"},
    )


def test_order_and_method_on_an_oral_certificate_do_not_either(world, released, at):
    """A procedure comes after the approval, and the order with the certificate."""
    methods.add_method(
        by=world.cast.olga,
        at=at,
        test=world.tests["MEOH"],
        code="GC, for intra-thecal grade",
    )
    baclofen.approve_methods(world.cast, at=at)
    assessment = released()

    with pytest.raises(certificates.NotIssuable) as refused:
        certificates.issue(
            assessment=assessment,
            by=world.cast.chen,
            at=at,
            order="PO 9, intrathecal pumps",
            stated=bench.LABEL,
        )

    assert [str(one) for one in refused.value.refusals] == [
        f"“{text}” names intrathecal use, but the certificate is for oral use. Remove"
        " the other use from the text."
        for text in ("PO 9, intrathecal pumps", "GC, for intra-thecal grade v2")
    ]


@pytest.mark.parametrize(
    "text",
    [
        "Suitable for intrathecal injection", "intrathécal", "intratecal",
        "intrathekal", "for i.t. use", "epidural", "peridural", "subarachnoid",
        "intraspinal", "椎管内", "鞘内注射", "蛛网膜下腔",
    ],
)  # fmt: skip
def test_other_use_is_read_in_every_spelling(world, at, text):
    lot = bench.log(world.cast, world, at=at, number="BAC-26-001")

    def enter():
        return result_entry.enter_result(
            test_order=lot.test_orders.get(),
            test=world.tests["MEOH"],
            by=world.cast.lin,
            at=at,
            determinations=bench.typed("112"),
            seen=0,
            laboratory=world.laboratory,
            raw_reference=f"ER-7, {text}",
        )

    with pytest.raises(Refusal, match="names intrathecal use") as refused:
        enter()

    assert refused.value.field == "raw_reference"


@pytest.mark.parametrize(
    "text",
    ["Residual, unit 7", "Digital spindle of the drum", "Lot i-t 12", "IT department"],
)
def test_words_that_only_look_like_the_other_use_are_kept(world, at, text):
    lot = bench.log(world.cast, world, at=at, number="BAC-26-001", note=text)

    assert lot.note == text


def test_sample_number_on_an_oral_certificate_names_no_other_use(world, at):
    lot = bench.log(world.cast, world, at=at, number="BAC-26-001")

    with pytest.raises(Refusal, match="names intrathecal use") as refused:
        samples.take_sample(
            lot=lot, by=world.cast.lin, at=at, number="INTRATHECAL-1",
            taken_on=at.date(), taken_by="Lin Yue", quantity="1 g", purpose="Reserve",
        )  # fmt: skip

    assert refused.value.field == "number"


def test_title_of_who_signed_an_oral_certificate_names_no_other_use(
    world, at, monkeypatch
):
    """Asked at the review and the release, and at the issue again."""
    cast = world.cast
    for username, title in (
        ("sofia", "Reviewer of intrathecal products"),
        ("chen", "QA, releases for intrathecal injection"),
    ):
        users.change_account(
            person=getattr(cast, username), by=cast.admin, at=at, title=title,
            printed_name=getattr(cast, username).printed_name, reason="Promoted",
        )  # fmt: skip
        cast.people[username] = User.objects.get(username=username)
    lot = bench.log(cast, world, at=at, number="BAC-26-001")
    bench.enter(lot, world, ORAL, by=cast.lin, at=at)
    with pytest.raises(Refusal, match="Reviewer of intrathecal products names"):
        bench.review(cast, lot, at=at)
    with monkeypatch.context() as off:
        off.setattr(titles, "against_signing", lambda *_by, **_lot: ())
        bench.review(cast, lot, at=at)

    with pytest.raises(Refusal, match="QA, releases for intrathecal injection names"):
        bench.release(cast, lot, "BAC-ORAL", at=at)
    bench.release(cast, lot, "BAC-ORAL", at=at, by=cast.olga)
    with pytest.raises(
        certificates.NotIssuable, match="Reviewer of intrathecal products"
    ):
        certificates.issue(
            assessment=bench.assessment(lot, "BAC-ORAL"),
            by=cast.olga,
            at=at,
            stated=bench.LABEL,
        )


@pytest.mark.parametrize("field", ["justification", "deviations"])
def test_what_is_signed_at_an_oral_release_does_not_either(world, at, field):
    """The certificate prints it; an intrathecal lot's may speak of its own use."""
    text = {field: "Suitable for intrathecal pumps"}
    oral = bench.log(world.cast, world, at=at, number="BAC-26-001")
    other = bench.log(world.cast, world, at=at, number="BAC-26-901", use="intrathecal")
    for lot in (oral, other):
        bench.enter(lot, world, ORAL, by=world.cast.lin, at=at)
        bench.review(world.cast, lot, at=at)

    with pytest.raises(
        Refusal, match="the intended use of lot BAC-26-001 is oral"
    ) as refused:
        bench.release(world.cast, oral, "BAC-ORAL", at=at, **text)

    assert refused.value.field == field
    bench.release(
        world.cast, other, "BAC-ORAL", at=at, **{"justification": "Ok", **text}
    )


@pytest.mark.parametrize("is_released", [True, False])
def test_parent_released_in_its_time_may_see_its_qualification_end(
    world, at, released, is_released
):
    qualification = baclofen.qualify(
        world.cast,
        at=at,
        material=world.material,
        site=world.other_works,
        use="oral",
        process="BP-02 oral route",
        months=24,
        since=at.date() - datetime.timedelta(days=400),
    )
    facts = {"process": "BP-02 oral route", "site": world.other_works}
    if is_released:
        parent = released("BAC-26-001", **facts).lot
    else:
        parent = bench.log(world.cast, world, at=at, number="BAC-26-001", **facts)
    qualifications.withdraw_qualification(
        qualification=qualification, by=world.cast.olga, at=at, reason="Contract ended"
    )
    logged = functools.partial(
        bench.log,
        world.cast,
        world,
        at=at,
        number="BAC-26-002",
        origin="repacking",
        parents=[(parent, "5")],
    )

    if is_released:
        assert logged().number == "BAC-26-002"
    else:
        with pytest.raises(Refusal, match=r"BAC-26-001 cannot .* has no qualification"):
            logged()


def test_oral_parent_found_later_stops_the_intrathecal_offspring(world, released, at):
    """The parents are asked again at issue, generations back."""
    parents = [released(f"BAC-26-90{n}", use="intrathecal").lot for n in (1, 2)]
    blend = released(
        "BAC-26-910",
        use="intrathecal",
        origin="blend",
        parents=[(lot, "5") for lot in parents],
    )
    child = released(
        "BAC-26-911", use="intrathecal", origin="repacking", parents=[(blend.lot, "5")]
    )
    Lot.objects.filter(pk=parents[0].pk).update(use="oral")

    with pytest.raises(
        certificates.NotIssuable, match="Lot BAC-26-901 was made for oral"
    ):
        certificates.issue(
            assessment=child, by=world.cast.chen, at=at, stated=bench.LABEL
        )


@pytest.mark.postgres
def test_assessment_written_past_the_verbs_is_refused_at_issue(
    world, oral, specification, at
):
    """Somebody with the database's password cannot make the product lie for them."""
    real = bench.assessment(oral, "BAC-ORAL")
    forged = Assessment.objects.create(
        lot=oral,
        test_order=real.test_order,
        specification=specification,
        use="intrathecal",
        state="released",
        signature=real.signature,
        released_on=real.released_on,
        opened_at=at,
    )

    blockers = certificates.preflight(forged, at=at)

    assert blockers[0].sentence == (
        "Lot BAC-26-001 was made for oral use (BR-BAC-26-001) and cannot be tested,"
        " released or certified for intrathecal use, whatever its results."
    )
    assert "recomputed" in {blocker.code for blocker in blockers}
    with pytest.raises(certificates.NotIssuable):
        certificates.issue(
            assessment=forged, by=world.cast.chen, at=at, stated=bench.LABEL
        )
    with pytest.raises(Refusal, match="Lot BAC-26-001 was made for oral use"):
        use_gate.check(oral, "intrathecal", on=at.date())

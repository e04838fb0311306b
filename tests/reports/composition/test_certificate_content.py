"""What a certificate says, worked out of the records: words, notes, signatures."""

import datetime
import json
from dataclasses import replace

import pytest

from lots import calendar
from lots.demo import bench
from lots.evaluation import completion
from lots.investigations import conduct
from lots.models import Site, TestOrder
from lots.results import result_entry, result_review
from lots.rules import chain
from lots.setup import materials
from lots.setup.signed_specification import SignedTest
from lots.workflow import blockers
from reports.composition import certificate_content, results
from reports.content import certificate as content_of
from reports.issuing import recomputation
from reports.issuing.preflight import look
from reports.issuing.request import Proposal
from reports.models import Asked
from reports.pdf.certificate import render
from tests.conftest import opened
from tests.lots.pages import signed_in, words
from tests.lots.setup import identities, specifications
from tests.reports.conftest import ORAL, submit_rest
from tests.world import change


def draft(assessment, at, **more):
    """Return the content that would be issued."""
    return look(Proposal(assessment=assessment, at=at, **more)).draft


def lines(content):
    return {line.test: line for group in content.groups for line in group.lines}


def notes(content, test):
    """Return the texts of the footnotes at a line."""
    texts = {each.mark: each.text for each in content.footnotes}
    return [texts[mark] for mark in lines(content)[test].notes]


@pytest.fixture
def content(released, at):
    return draft(released(), at)


def test_groups_come_in_the_order_of_the_trade(content):
    assert [group.heading for group in content.groups] == [
        "Description and identity",
        "Assay",
        "Related substances",
        "Water and residue",
        "Residual solvents",
        "Elemental impurities",
        "Microbiology and endotoxins",
        "Physical",
    ]


@pytest.mark.parametrize(
    ("test", "line"),
    [
        (
            "Assay",
            content_of.Line(
                test="Assay",
                procedure="LC",
                criterion="98.0–101.0",
                result="99.8",
                verdict="Complies",
                unit="%",
                basis="anhydrous basis",
                numeric=True,
            ),
        ),
        (
            "Residue on ignition",
            content_of.Line(
                test="Residue on ignition",
                procedure="USP <281> / 2.4.14",
                criterion="NMT 0.1",
                result="<0.05",
                verdict="Complies",
                unit="%",
                quantitation="LOQ 0.05",
                numeric=True,
            ),
        ),
        (
            "Appearance",
            content_of.Line(
                test="Appearance",
                procedure="Visual",
                criterion="White or almost white powder",
                result="White powder",
                verdict="Complies",
                # Of the compendium, which not every line of the lot is.
                notes=("1",),
            ),
        ),
        (
            "Total aerobic microbial count",
            content_of.Line(
                test="Total aerobic microbial count",
                procedure="USP <61> / 2.6.12",
                criterion="10^3 (at most 2000)",
                result="<10",
                verdict="Complies",
                unit="CFU/g",
            ),
        ),
    ],
    ids=["basis", "below LOQ", "words", "count"],
)
def test_line_is_worded_for_print(content, test, line):
    assert lines(content)[test] == line


def test_reserve_sample_is_not_printed_as_the_one_that_was_tested(world, at):
    """Taken when the lot was tested already; the results name the other one."""
    before = at - datetime.timedelta(days=3)
    lot = bench.log(world.cast, world, at=at, number="BAC-26-001")
    values = {**bench.ORAL_RESULTS, **bench.ELEMENTS}
    bench.enter(lot, world, values, by=world.cast.lin, at=before)
    bench.review(world.cast, lot, at=before)
    bench.sample(
        lot, number="S-2", taken_on=calendar.today(at), by=world.cast.lin, at=at
    )
    bench.release(world.cast, lot, "BAC-ORAL", at=at)

    content = draft(lot.assessments.get(), at)

    assert (content.lot.sample, content.dates.sampled) == (
        "BAC-26-001/S1",
        lot.manufactured_on.isoformat(),
    )


def test_report_only_is_reported_and_never_complies(released, at):
    content = draft(released(use="intrathecal"), at)

    assert lines(content)["pH, 2 mg/mL"].verdict == "Reported"
    assert (content.use.code, content.conclusion) == (
        "intrathecal",
        "Lot BAC-26-001 of Baclofen complies with specification BAC-IT version 1.",
    )


@pytest.mark.parametrize(
    ("marked", "printed"),
    [("", ("", "")), ("all", ("USP–NF", "2025 Issue 3; Ph. Eur. 11.8"))],
)
def test_compendium_is_printed_where_every_line_is_its(released, at, marked, printed):
    """It prints only for what is marked as its own: of all lines, or of none."""
    assessment = released()
    rows = assessment.specification.criteria
    with opened():
        rows.update(is_compendial=bool(marked))

    content = draft(assessment, at)

    named = content.specification
    assert (named.compendium, named.edition) == printed
    assert not any("Test and criterion of" in each.text for each in content.footnotes)


def test_facts_come_from_the_records(content, at):
    today = calendar.today(at).isoformat()
    assert content.issuer == content_of.Issuer(
        name="Ningbo Harbour Pharma Supply Co., Ltd.",
        address=("88 Harbour Avenue, Ningbo 315000, China",),
        telephone="+86 574 5550 0117",
        email="quality@harbour.example",
        role="manufacturer",
    )
    # Three criteria are the compendium's; each says so by itself.
    assert (content.specification.compendium, content.specification.edition) == ("", "")
    assert content.footnotes[0].text == (
        "Test and criterion of USP–NF 2025 Issue 3; Ph. Eur. 11.8."
    )
    assert content.material == content_of.Material(
        name="Baclofen",
        cas="1134-47-0",
        grade="USP",
        item_code="BAC",
        formula="C10H12ClNO2",
    )
    assert (content.lot.sample, content.lot.own_number) == ("BAC-26-001/S1", "")
    assert (content.dates.tested_to, content.dates.released) == (today, today)
    assert [statement.title for statement in content.statements] == [
        "Residual solvents",
        "Elemental impurities",
        "BSE/TSE",
    ]
    assert content.laboratories == ()
    assert content.deviations == (
        "Deviations: none. No investigation was opened on this lot."
    )


def test_investigation_that_a_correction_ended_is_not_called_open(world, at):
    lot = bench.log(world.cast, world, at=at, number="BAC-26-001")
    results = {**bench.ORAL_RESULTS, **bench.ELEMENTS, "IMPA": "0.51"}
    bench.enter(lot, world, results, by=world.cast.lin, at=at)
    corrected, _ = result_entry.enter_result(
        test_order=lot.test_orders.get(),
        test=world.tests["IMPA"],
        by=world.cast.lin,
        at=at,
        determinations=bench.typed("0.05"),
        seen=1,
        kind="transcription",
        reason="0.05 read as 0.51",
        raw_reference="LN-1, page 7",
    )
    bench.confirm(world.cast, lot, corrected, at=at)
    submit_rest(lot, by=world.cast.lin, at=at)
    bench.review(world.cast, lot, at=at)
    bench.release(
        world.cast, lot, "BAC-ORAL", at=at, justification="A transcription error"
    )
    first, second = (case.number for case in lot.investigations.order_by("pk"))

    assert draft(lot.assessments.get(), at).deviations == (
        f"Deviations: none. Investigations: {first} (Impurity A (lactam):"
        f" transcription error, corrected and confirmed); {second} (Total impurities:"
        " calculated again after a correction)."
    )


def test_correction_that_was_sent_back_is_no_proven_error(world, at):
    """Nobody proved one: the certificate says what became of it, and of its total."""
    lot = bench.log(world.cast, world, at=at, number="BAC-26-001")
    results = {**bench.ORAL_RESULTS, **bench.ELEMENTS, "IMPA": "0.51"}
    bench.enter(lot, world, results, by=world.cast.lin, at=at)

    def correct(value, seen):
        return result_entry.enter_result(
            test_order=lot.test_orders.get(),
            test=world.tests["IMPA"],
            by=world.cast.lin,
            at=at,
            determinations=bench.typed(value),
            seen=seen,
            kind="transcription",
            reason="Read from the wrong line",
            raw_reference="LN-1, page 7",
        )[0]

    result_review.send_back(
        test_order=lot.test_orders.get(),
        results=[correct("0.52", 1)],
        by=world.cast.sofia,
        at=at,
        reason="The raw data say 0.05",
    )
    bench.confirm(world.cast, lot, correct("0.05", 2), at=at)
    submit_rest(lot, by=world.cast.lin, at=at)
    bench.review(world.cast, lot, at=at)
    bench.release(
        world.cast, lot, "BAC-ORAL", at=at, justification="A transcription error"
    )
    cases = [case.number for case in lot.investigations.order_by("pk")]

    content = draft(lot.assessments.get(), at)

    assert notes(content, "Impurity A (lactam)") == [
        f"An earlier entry of 0.51 % ({cases[0]}) was a transcription error; a second"
        " person compared the correction with the raw data.",
        f"A correction to 0.52 % ({cases[3]}) was returned by a second person; it"
        " was never valid.",
    ]
    assert notes(content, "Total impurities")[1:] == [
        f"An earlier value of 0.56 % ({cases[1]}) was calculated again after a result"
        " that it rests on was corrected.",
        f"A value of 0.57 % ({cases[2]}) was calculated from a correction that a"
        " second person returned; it was never valid.",
    ]
    assert content.deviations == (
        f"Deviations: none. Investigations: {cases[0]} (Impurity A (lactam):"
        f" transcription error, corrected and confirmed); {cases[1]} (Total impurities:"
        f" calculated again after a correction); {cases[2]} (Total impurities: a"
        f" correction that was returned and never valid); {cases[3]} (Impurity A"
        " (lactam): a correction that was returned and never valid)."
    )


def test_signatures_are_those_of_the_records(content, at):
    stamp = calendar.stamp(at)
    assert content.signatures == (
        content_of.Signature(
            step="review",
            name="Sofia Almeida",
            title="Senior Analyst, Quality Control",
            meaning="Compared with the raw data, complete and correct",
            at=stamp,
        ),
        content_of.Signature(
            step="release",
            name="Chen Fang",
            title="Head of Quality Assurance",
            meaning="Released for the manufacture of oral dosage forms",
            at=stamp,
        ),
    )


def test_periodic_test_not_done_is_a_footnote_and_no_line(world, released, at):
    released("BAC-26-001")
    content = draft(released("BAC-26-002", values=bench.ORAL_RESULTS), at)

    today = calendar.today(at).isoformat()
    texts = [footnote.text for footnote in content.footnotes]
    assert "Cadmium" not in lines(content)
    assert (
        "Tested every 10 lots or 12 months, not on this lot; last on lot BAC-26-001,"
        f" {today}: Cadmium (NMT 0.50 µg/g), Lead (NMT 0.50 µg/g), Arsenic (NMT 1.50"
        " µg/g), Mercury (NMT 3.0 µg/g), Cobalt (NMT 5.0 µg/g), Vanadium (NMT 10"
        " µg/g), Nickel (NMT 20 µg/g)."
    ) in texts
    assert content.conclusion == (
        "Lot BAC-26-002 of Baclofen complies with specification BAC-ORAL version 1 in"
        " the tests reported."
    )


def test_periodic_test_that_was_done_says_so(content):
    assert notes(content, "Cadmium") == [
        "Tested every 10 lots or 12 months; the value is of this lot."
    ]


def test_other_laboratory_is_flagged_line_by_line(world, at):
    lot = bench.log(world.cast, world, at=at, number="BAC-26-001")
    bench.enter(lot, world, bench.ORAL_RESULTS, by=world.cast.lin, at=at)
    bench.enter(
        lot,
        world,
        bench.ELEMENTS,
        by=world.cast.lin,
        at=at,
        laboratory=world.laboratory,
    )
    bench.review(world.cast, lot, at=at)
    bench.release(world.cast, lot, "BAC-ORAL", at=at)

    content = draft(bench.assessment(lot, "BAC-ORAL"), at)

    site = Site.objects.get(pk=world.laboratory.pk)
    assert content.laboratories == (
        content_of.Laboratory(
            mark="L1",
            name="Elementa Analytical GmbH, Freiburg",
            address=(site.address,),
            telephone=site.telephone,
        ),
    )
    assert {name for name, line in lines(content).items() if line.laboratory} == {
        "Cadmium",
        "Lead",
        "Arsenic",
        "Mercury",
        "Cobalt",
        "Vanadium",
        "Nickel",
    }


@pytest.mark.usefixtures("measured_before")
@pytest.mark.parametrize("is_manufacturer_first", [True, False])
def test_each_laboratory_of_results_side_by_side_is_named(
    world, at, is_manufacturer_first
):
    sites = [world.works, world.laboratory]
    first, second = sites if is_manufacturer_first else reversed(sites)
    lot = bench.log(world.cast, world, at=at, number="BAC-26-001")
    rest = {name: value for name, value in ORAL.items() if name != "TOL"}
    bench.enter(lot, world, rest, by=world.cast.lin, at=at)
    bench.enter(lot, world, {"TOL": "21"}, by=world.cast.lin, at=at, laboratory=first)
    bench.enter(
        lot,
        world,
        {"TOL": "24"},
        by=world.cast.lin,
        at=at,
        laboratory=second,
        kind="remeasurement",
        reason="Cross-check of the method",
    )
    bench.review(world.cast, lot, at=at)
    bench.release(world.cast, lot, "BAC-ORAL", at=at)

    content = draft(bench.assessment(lot, "BAC-ORAL"), at)

    named = {
        world.works: "Ningbo Harbour Pharma Supply Co., Ltd., Plant 1",
        world.laboratory: "Elementa Analytical GmbH, Freiburg (L1)",
    }
    assert (lines(content)["Toluene"].result, notes(content, "Toluene")) == (
        "21; 24",
        [
            f"Results in this order: 21 ppm by {named[first]}; 24 ppm by"
            f" {named[second]}."
        ],
    )
    assert [(each.mark, each.name) for each in content.laboratories] == [
        ("L1", "Elementa Analytical GmbH, Freiburg")
    ]


def test_proven_error_stays_visible_beside_the_retest(world, at):
    """All results of a test that was investigated are reported (domain 5.1)."""
    cast = world.cast
    lot = bench.log(cast, world, at=at, number="BAC-26-001")
    bench.enter(lot, world, {**ORAL, "IMPA": "0.31"}, by=cast.lin, at=at)
    # The total rests on the impurity, so both were out of their limits or neither.
    for case in lot.investigations.order_by("pk"):
        conduct.plan(
            investigation=case,
            by=cast.olga,
            at=at,
            hypothesis="Wrong dilution",
            planned_retests=1,
        )
    case = lot.investigations.order_by("pk").first()
    result_entry.enter_result(
        test_order=lot.test_orders.get(),
        test=world.tests["IMPA"],
        by=cast.marek,
        at=at,
        determinations=bench.typed("0.05"),
        seen=1,
        kind="retest",
        reason="Planned retest",
        raw_reference="LN-1, page 7",
    )
    submit_rest(lot, by=cast.marek, at=at)
    bench.conclude(
        cast,
        lot,
        case,
        at=at,
        conclusion="proven",
        cause="The flask was filled to 50 mL instead of 100 mL",
    )
    bench.review(cast, lot, at=at)
    bench.release(
        cast,
        lot,
        "BAC-ORAL",
        at=at,
        deviations=case.number,
        justification="The dilution error touches no other result",
    )

    content = draft(bench.assessment(lot, "BAC-ORAL"), at)

    assert lines(content)["Impurity A (lactam)"].result == "0.05"
    assert notes(content, "Impurity A (lactam)") == [
        f"A result of 0.31 % was found invalid ({case.number}), a laboratory error"
        " being proven; the value printed was obtained after it."
    ]
    assert content.deviations == (
        f"Deviations: {case.number}. Investigations: {case.number} (Impurity A"
        " (lactam): laboratory error proven, the result is invalid)."
    )
    assert content.remarks[0] == (
        "Released with the justification: The dilution error touches no other result."
    )


def test_alternative_use_says_what_the_lot_was_made_for(world, at):
    """Domain reference 9, rule 13: the failed endotoxin does not touch oral use."""
    cast = world.cast
    lot = bench.log(cast, world, at=at, number="BAC-26-901", use="intrathecal")
    values = {**bench.IT_RESULTS, **ORAL, "BET": "4.2"}
    bench.enter(lot, world, values, by=cast.lin, at=at)
    case = lot.investigations.get()
    bench.conclude(
        cast, lot, case, at=at, conclusion="not_proven", cause="No error was found"
    )
    bench.review(cast, lot, at=at)
    bench.release(
        cast,
        lot,
        "BAC-ORAL",
        at=at,
        deviations=case.number,
        justification="Endotoxins do not matter by mouth",
    )

    content = draft(bench.assessment(lot, "BAC-ORAL"), at)

    assert content.use.code == "oral"
    assert content.remarks[0] == (
        "Made for the manufacture of intrathecal injections; released also for the"
        " manufacture of oral dosage forms: Endotoxins do not matter by mouth."
    )
    assert content.deviations == (
        f"Deviations: {case.number}. Investigations: {case.number} (Bacterial"
        " endotoxins: no laboratory error proven, the result stays valid)."
    )
    assert "Bacterial endotoxins" not in lines(content)


def test_blend_names_its_parents_with_their_quantities(world, released, at):
    parents = [released(f"BAC-26-10{n}").lot for n in (1, 2, 3)]
    blend = released(
        "BAC-26-110",
        origin="blend",
        parents=[
            (lot, quantity)
            for lot, quantity in zip(parents, ("50", "60", ""), strict=True)
        ],
    )

    assert (draft(blend, at).lot.arising, draft(blend, at).lot.origin) == (
        "blended",
        "Blend of lots BAC-26-101 (50 kg), BAC-26-102 (60 kg) and BAC-26-103",
    )


def test_repacked_lot_names_the_manufacturers_number_of_its_parent(world, released, at):
    bought = {"process": "Taihu process T-3", **world.bought}
    parent = released("TH-26-001", original_number="M-77", **bought).lot
    facts = {**bought, "issuer_role": "repacker"}
    child = released("TH-26-002", origin="repacking", parents=[(parent, "5")], **facts)

    assert draft(child, at).lot.origin == (
        "Repacked from lot M-77 (our number TH-26-001; 5 kg)"
    )


def test_notes_of_lot_and_material_are_remarks(world, released, at):
    content = draft(released(note="The maker and all dates are invented."), at)

    assert content.remarks == (
        "The maker and all dates are invented.",
        world.material.note,
    )


def test_what_was_typed_in_several_lines_is_printed_as_one(world, at):
    """The forms take lines where a certificate has none."""
    lot = bench.log(world.cast, world, at=at, number="BAC-26-001")
    bench.enter(lot, world, ORAL, by=world.cast.lin, at=at)
    bench.review(world.cast, lot, at=at)
    bench.release(
        world.cast,
        lot,
        "BAC-ORAL",
        at=at,
        deviations="DEV-1\nDEV-2",
        justification="Both closed.\n\nNo effect.\n",
    )
    materials.add_statement(
        material=lot.material,
        by=world.cast.olga,
        at=at,
        title="BSE/TSE",
        text="None of animal origin.\nNone of human origin.",
    )
    identities.approve(world, at)
    looked = look(
        Proposal(
            assessment=bench.assessment(lot, "BAC-ORAL"),
            at=at,
            asked=Asked(identity="today"),
        )
    )

    assert looked.blockers == ()
    assert (
        looked.draft.deviations,
        looked.draft.remarks[0],
        looked.draft.statements[-1].text,
    ) == (
        "Deviations: DEV-1 DEV-2. No investigation was opened on this lot.",
        "Released with the justification: Both closed. No effect.",
        "None of animal origin. None of human origin.",
    )


def test_number_is_given_at_issue_alone(content):
    numbered = certificate_content.numbered(
        content,
        number="COA-2026-000117",
        revision=2,
        series="COA",
        address="https://check.example/check/t/",
    )

    assert content.number == "Preview"
    assert (numbered.number, numbered.revision, numbered.check.address) == (
        "COA-2026-000117",
        "2",
        "https://check.example/check/t/",
    )


@pytest.mark.parametrize(
    ("code", "typed", "loq", "quantitation"),
    [
        ("TYMC", "<7", "", ""),
        ("MEOH", "<30", "", ""),
        ("MEOH", "<25", "30", "LOQ 30"),
        ("MEOH", "12", "30", "LOQ 30"),
        ("ROI", "<0.05", "0.05", "LOQ 0.05"),
    ],
    ids=["count", "none stated", "another bound", "a number below", "as stated"],
)
def test_limit_of_quantitation_is_the_method_s_or_none(
    world, released, at, code, typed, loq, quantitation
):
    test = world.tests[code]
    with opened():
        test.methods.update(loq=loq, lod="")
    content = draft(released(values={**ORAL, code: typed}), at)

    found = lines(content)[test.name]
    assert found.quantitation == quantitation
    assert found.verdict == "Complies"


def test_word_that_begins_with_a_sign_has_no_limit_of_quantitation(world, at, released):
    """A colour such as <BY7 is a word of the pharmacopoeia (Ph. Eur. 2.2.2)."""
    test = world.tests["APP"]
    with opened():
        type(test).objects.filter(pk=test.pk).update(
            vocabulary=["<BY7", "White powder"]
        )
        test.criteria.update(choices=["<BY7", "White powder"], wording="")
    content = draft(released(values={**ORAL, "APP": "<BY7"}), at)

    found = lines(content)["Appearance"]
    assert (found.result, found.quantitation) == ("<BY7", "")


@pytest.mark.parametrize(
    ("name", "facts", "printed"),
    [
        ("Assay", {}, ("Assay", "anhydrous basis")),
        ("Assay (anhydrous basis)", {}, ("Assay", "anhydrous basis")),
        (
            "Assay (on the anhydrous basis)",
            {},
            ("Assay (on the anhydrous basis)", ""),
        ),
        (
            "Assay (on dried basis)",
            {"calculation": "single", "water_test": None},
            ("Assay (on dried basis)", ""),
        ),
        (
            "Assay",
            {"calculation": "single", "water_test": None},
            ("Assay", "as is"),
        ),
        (
            "Content",
            {"calculation": "single", "water_test": None, "attribute": ""},
            ("Content", "as is"),
        ),
        (
            "Chloride content",
            {"calculation": "single", "water_test": None, "attribute": "other"},
            ("Chloride content", ""),
        ),
    ],
)
def test_basis_is_said_once_and_of_an_assay_alone(
    world, released, at, monkeypatch, name, facts, printed
):
    test = world.tests["ASSAY"]
    monkeypatch.setattr(completion, "below_minimum", lambda *_a: iter(()))
    monkeypatch.setattr(blockers, "against_minimum", lambda *_a: [])
    with opened():
        type(test).objects.filter(pk=test.pk).update(name=name, **facts)
    test.refresh_from_db()
    today(monkeypatch)
    content = draft(released(), at)

    [line] = next(one.lines for one in content.groups if one.heading == "Assay")
    assert (line.test, line.basis) == printed


@pytest.mark.parametrize(
    ("grade", "compendium", "source"),
    [
        ("USP", "", "USP General Notices 7.20"),
        ("Ph. Eur.", "Ph. Eur. 11.8", "Ph. Eur. 1.4"),
        ("USP, EP", "", "USP General Notices 7.20, Ph. Eur. 1.4"),
        ("In-house", "", "USP General Notices 7.20"),
    ],
)
def test_rounding_is_that_of_the_pharmacopoeia_that_is_named(
    released, at, grade, compendium, source
):
    assessment = released()
    with opened():
        type(assessment.specification).objects.filter(
            pk=assessment.specification_id
        ).update(grade=grade, compendium=compendium)
    assessment.refresh_from_db()

    assert draft(assessment, at).rounding == (
        f"Results are rounded once, half up, to the places of the limit ({source}), and"
        " compared with the criterion as rounded."
    )


def test_printed_wording_of_a_limit_stands_wherever_the_criterion_does(
    world, released, at
):
    """Typed by the page that drafts, read in the grid and on the certificate."""
    wording = "Not more than 3000 ppm, by gas chromatography"
    rows = specifications.rows_of("BAC-ORAL", MEOH={"wording": wording})
    drafted = specifications.draft(world, at, *rows, effective_on=calendar.today(at))
    page = signed_in(world.cast.chen).get(f"/specifications/{drafted.pk}/")
    specifications.approve(world, at, drafted)
    content = draft(released(), at)
    grid = signed_in(world.cast.lin).get(f"/test-orders/{TestOrder.objects.get().pk}/")

    assert wording in words(page)
    assert wording in words(grid)
    assert lines(content)["Methanol"].criterion == wording


def test_result_is_printed_with_the_decimals_of_its_criterion(world, released, at):
    """Drafted on the page of the specification, where the next reader finds it."""
    rows = specifications.rows_of("BAC-ORAL", IMPA={"decimals": 3})
    drafted = specifications.draft(world, at, *rows, effective_on=calendar.today(at))
    page = words(signed_in(world.cast.chen).get(f"/specifications/{drafted.pk}/"))
    specifications.approve(world, at, drafted)
    content = draft(released(values={**ORAL, "IMPA": "0.0614", "NI": "0.3"}), at)

    assert "reported with 3 decimals" in page
    assert lines(content)["Impurity A (lactam)"].result == "0.061"
    assert lines(content)["Nickel"].result == "0.3"


def test_impurity_below_the_reporting_threshold_is_printed_as_below_it(released, at):
    content = draft(released(values={**ORAL, "IMPA": "0.041"}), at)

    line = lines(content)["Impurity A (lactam)"]
    assert (line.result, line.quantitation) == ("<0.05", "RT 0.05")


@pytest.mark.parametrize("number", [5, 7])
def test_release_signed_before_results_were_printed_as_today_is_issued(
    released, at, monkeypatch, number
):
    """It signed "0"; what is compared is the number that was evaluated."""
    assessment = released(values={**ORAL, "NI": "0.3"})
    signed = json.loads(assessment.signature.text)
    shown = json.loads(signed["shown"]) if "shown" in signed else signed
    shown["format"] = str(number)
    if number == 5:
        for criterion in shown["specification"]["criteria"]:
            del criterion["decimals"]
    for line in shown["lines"]:
        for attempt in line["attempts"]:
            if line["test"] == "Nickel":
                attempt["printed"] = "0"
    if "shown" in signed:
        text = chain.canonical({**signed, "shown": chain.canonical(shown)})
    else:
        text = chain.canonical(shown)
    with opened():
        type(assessment.signature).objects.filter(pk=assessment.signature_id).update(
            text=text, digest=chain.digest(text)
        )
    assessment.refresh_from_db()
    proposal = Proposal(assessment=assessment, at=at)
    found = look(proposal)
    monkeypatch.setattr(recomputation, "_AS_PRINTED", number)
    as_printed = look(proposal)

    assert [one.code for one in found.blockers] == []
    assert lines(found.draft)["Nickel"].result == "0.3"
    assert [one.code for one in as_printed.blockers] == ["recomputed"]


def test_manufacturers_number_is_printed_as_the_manufacturer_writes_it(
    world, released, at
):
    content = draft(released(original_number="(24)批#7 & Co"), at)

    assert (content.lot.number, content.lot.own_number) == (
        "(24)批#7 & Co",
        "BAC-26-001",
    )
    assert render(replace(content, number="COA-1"))[:5] == b"%PDF-"


def today(monkeypatch):
    """Let a certificate print of tests what one person says today: the control."""
    monkeypatch.setattr(
        results,
        "_signed",
        lambda evaluated, _: {
            one.code: SignedTest(one.group, one.attribute)
            for one in evaluated.lot.material.tests.all()
        },
    )


@pytest.mark.parametrize("is_signed", [True, False], ids=["rule", "control"])
def test_attribute_that_one_person_states_later_prints_nothing_else(
    world, at, released, monkeypatch, is_signed
):
    """An assay prints "as is"; a test whose attribute came after the approval not."""
    assessment = released(values=ORAL)
    change(world.tests["D90"], by=world.cast.olga, at=at, attribute="assay")
    if not is_signed:
        today(monkeypatch)

    assert lines(draft(assessment, at))[world.tests["D90"].name].basis == (
        "" if is_signed else "as is"
    )


@pytest.mark.parametrize("is_signed", [True, False], ids=["rule", "control"])
def test_heading_that_one_person_changes_later_is_not_printed(
    world, at, released, monkeypatch, is_signed
):
    """By the page of the test, after the release."""
    assessment = released(values=ORAL)
    test = world.tests["D90"]
    address = f"/materials/tests/{test.pk}/change/"
    qa = signed_in(world.cast.olga)
    there = {
        name: said
        for name, said in qa.get(address).context["form"].initial.items()
        if said
    }
    answer = qa.post(address, {**there, "group": "assay", "reason": "Belongs there"})
    assert answer.status_code == 302
    if not is_signed:
        today(monkeypatch)

    [heading] = [
        group.heading
        for group in draft(assessment, at).groups
        if test.name in {line.test for line in group.lines}
    ]
    assert heading == ("Physical" if is_signed else "Assay")

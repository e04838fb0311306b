"""The printable record of a lot: everything that ever happened to it, on one page."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from lots.demo import bench
from lots.evidence import audit, signatures
from lots.models import AuditEntry, Investigation
from lots.results import result_entry
from lots.rules import chain
from reports.issuing import certificates
from tests import formats
from tests.lots.pages import signed_in, words

QUERIES = 19


def record(world, lot):
    return words(signed_in(world.cast.ines).get(f"/lots/{lot.pk}/record/"))


@pytest.mark.postgres
def test_record_shows_attempts_signatures_certificates_and_trail(world, at):
    lot = bench.log(world.cast, world, at=at, number="BAC-26-001")
    results = {**bench.ORAL_RESULTS, **bench.ELEMENTS, "MEOH": "3200"}
    bench.enter(lot, world, results, by=world.cast.lin, at=at)
    corrected, _ = result_entry.enter_result(
        test_order=lot.test_orders.get(),
        test=world.tests["MEOH"],
        by=world.cast.lin,
        at=at,
        determinations=bench.typed("320"),
        seen=1,
        kind="transcription",
        reason="A nought too many",
        raw_reference="LN-1, page 7",
    )
    bench.confirm(world.cast, lot, corrected, at=at)
    result_entry.submit(
        test_order=lot.test_orders.get(),
        results=[corrected],
        by=world.cast.lin,
        at=at,
    )
    bench.review(world.cast, lot, at=at)
    bench.release(
        world.cast, lot, "BAC-ORAL", at=at, justification="A transcription error"
    )
    certificate = certificates.issue(
        assessment=lot.assessments.get(), by=world.cast.olga, at=at, stated=bench.LABEL
    )

    shown = record(world, lot)

    for said in (
        "3200",
        "320",
        "A nought too many",
        Investigation.objects.get().number,
        "Compared with the raw data, complete and correct",
        "Correction compared with the raw data",
        "Released for the manufacture of oral dosage forms",
        "I compared each of these results with its raw data.",
        "I reviewed the exceptions of the audit trail of this lot.",
        "Lin Yue entered a transcription correction of Methanol (2) on",
        "Chen Fang",
        certificate.number,
        certificate.pdf_sha256,
        "Ines Keller",
    ):
        assert said in shown
    for entry in AuditEntry.objects.filter(lot=lot):
        assert f"{entry.sequence} " in shown
    # Of the text that was signed, kept word for word, the paper has the digest.
    text = lot.assessments.get().signature.text
    assert len(text) > 1000
    assert f"({len(text)} characters, SHA-256 {chain.digest(text)})" in shown


def test_record_shows_what_a_release_stated_before_there_were_boxes(world, at):
    lot = bench.log(world.cast, world, at=at, number="BAC-26-001")
    text = {
        "shown": chain.canonical(formats.sample("assessment", 4)),
        "statements": {
            "batch_record_reviewed": "BR-1",
            "label_and_certificate_agree": True,
        },
    }
    confirmation = world.cast.confirmation(world.cast.chen, at=at)
    with audit.act(by=world.cast.chen, at=at, action="release") as act:
        signatures.sign(
            act,
            confirmation=confirmation,
            shown=signatures.shown(text["shown"]),
            meaning="released",
            wording="Released",
            text=text["shown"],
            statements=text["statements"],
            lot=lot,
        )

    assert "The label agrees with the certificate." in record(world, lot)


def test_laboratory_is_named_in_each_row_and_described_once(world, at):
    lot = bench.log(world.cast, world, at=at, number="BAC-26-001")
    bench.enter(lot, world, bench.ELEMENTS, by=world.cast.lin, at=at)

    shown = record(world, lot)

    attempts = shown.partition("All attempts")[2].partition("Investigations")[0]
    works = world.works
    assert attempts.count(works.organisation.name) == 1
    assert attempts.count(works.name) == len(bench.ELEMENTS) + 1
    assert f"Laboratories: {works}, {works.address}" in attempts


def test_record_takes_the_same_queries_for_1_and_for_30_results(world, at):
    lot = bench.log(world.cast, world, at=at, number="BAC-26-001")
    client = signed_in(world.cast.ines)

    def queries():
        client.get(f"/lots/{lot.pk}/record/")  # master data are at hand from here on
        with CaptureQueriesContext(connection) as caught:
            client.get(f"/lots/{lot.pk}/record/")
        return len(caught)

    bench.enter(lot, world, {"MEOH": "112"}, by=world.cast.lin, at=at)
    of_one = queries()
    rest = {**bench.IT_RESULTS, **bench.ELEMENTS}
    del rest["MEOH"]
    bench.enter(lot, world, rest, by=world.cast.lin, at=at)

    assert (of_one, queries()) == (QUERIES, QUERIES)


def test_no_space_stands_between_a_time_and_what_follows_it(world, at):
    lot = bench.log(world.cast, world, at=at, number="BAC-26-001")

    page = signed_in(world.cast.ines).get(f"/lots/{lot.pk}/record/").content.decode()

    assert "</time>. Uncontrolled copy." in page

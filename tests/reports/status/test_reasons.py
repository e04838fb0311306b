"""What is found of a lot after its release puts its certificate under review.

An intrathecal lot, released for oral use and certified; then, in a further
examination or in the first, a result fails. Methanol is a criterion of both
specifications, bacterial endotoxins of the intrathecal one alone; cadmium 0.3 ppm
fails the intrathecal limit and passes the oral one.
"""

import csv
import datetime
import io
import json
import re

import pytest
from django.core.management import call_command
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from lots.demo import bench
from lots.evaluation import completion
from lots.intake import test_orders
from lots.investigations import opening
from lots.models import Investigation, LotStatus, Result
from lots.release import disposition
from lots.results import result_entry
from lots.workflow import blockers
from reports.issuing import certificates
from reports.models import Certificate
from reports.status import certificate_status
from reports.status.certificate_status import CertificateStatus
from tests.lots.pages import refused, shown, signed_in, ticked, words
from tests.lots.setup.specifications import approved, wider
from tests.lots.situations import ORAL, OWN, Case

# Short, so that a test which begins in the evening ends on the same day.
STEP = datetime.timedelta(minutes=1)
OPEN = (
    "Under review: Investigation {} on the lot is open. QA concludes it. If the lot"
    " must not be used until then, QA puts it on hold. Open {}"
)
INVALID = (
    "Under review: Investigation {} invalidated a result on which the release rests."
    " QA reopens the lot, has it tested again, releases it again and revises the"
    " certificate. Or QA withdraws the certificate, or recalls the lot. Open {}"
)
STANDS = (
    "Under review: Investigation {} was concluded after the release, and its result"
    " stays valid. QA recalls the lot, or withdraws the certificate. Or QA reopens the"
    " lot, releases it again with the reason why the cause does not affect it, and"
    " revises the certificate. Open {}"
)


class Certified(Case):
    """The lot and its certificate for oral use, and what may happen then."""

    def __init__(self, world, at):
        super().__init__(world, at)
        self.release_for_oral()
        self.certificate = certificates.issue(
            assessment=bench.assessment(self.lot, "BAC-ORAL"),
            by=self.cast.olga,
            at=at,
            stated=bench.LABEL,
        )
        self.further = None
        self.at = at + STEP

    def find(self, **values):
        """Enter these results in a further examination."""
        self.further = test_orders.open_test_order(
            lot=self.lot, by=self.cast.lin, at=self.at, occasion="stability"
        )
        return self.enter(values, test_order=self.further)

    def correct(self, code, value):
        """Enter a transcription correction, which waits for a second person."""
        result, _ = result_entry.enter_result(
            test_order=self.further,
            test=self.world.tests[code],
            by=self.cast.lin,
            at=self.at,
            determinations=bench.typed(value),
            seen=1,
            kind="transcription",
            reason="Read from the wrong line",
            raw_reference="LN-1, page 7",
        )
        return result

    def conclude(self, conclusion):
        bench.conclude(
            self.cast,
            self.lot,
            self.case(),
            at=self.at + STEP,
            conclusion=conclusion,
            cause="Seen in the chromatogram",
        )

    def case(self):
        return Investigation.objects.get(lot=self.lot)

    def decide(self, verb, **more):
        bench.decide(self.cast, verb, self.lot, at=self.at, reason="Why", **more)

    def release_again(self, **more):
        bench.release(
            self.cast, self.lot, "BAC-ORAL", at=self.at + 2 * STEP,
            deviations=f"DEV-1, {self.case().number}",
            justification="Cadmium is inside the limit of oral products.",
        )  # fmt: skip

    def now(self):
        return Certificate.objects.get(pk=self.certificate.pk)


def nothing(one):
    pass


def open_in_a_further_test_order(one):
    one.find(MEOH="3001")


def standing(one):
    one.find(MEOH="3001")
    one.conclude("not_proven")


def passing(one):
    one.find(MEOH="2999")


def proven(one):
    one.find(MEOH="3001")
    one.conclude("proven")


def found_invalid(one):
    """Toluene <20 is released; a limit of 10 leaves it open, and it was no test."""
    assessed(one, "CUST-1", TOL=("nmt", "", "10"))
    opening.open_for_undecided(
        result=Result.objects.get(test=one.world.tests["TOL"]),
        by=one.cast.lin,
        at=one.at,
        reason="The standard had expired",
    )
    one.conclude("proven")


def assessed(case, code, **criteria):
    """Judge the lot against one more specification, approved now."""
    test_orders.add_assessment(
        test_order=case.test_order,
        specification=approved(case.world, case.at, code, **criteria),
        by=case.cast.lin,
        at=case.at,
    )


def unconfirmed(one):
    one.find(MEOH="3001")
    one.correct("MEOH", "301")


def corrected(one):
    bench.confirm(one.cast, one.lot, _waiting(one), at=one.at)


def _waiting(one):
    one.find(MEOH="3001")
    return one.correct("MEOH", "301")


def open_for_the_other_use(one):
    one.enter({"BET": "4.2"})


def standing_for_the_other_use(one):
    one.enter({"BET": "4.2"})
    one.conclude("not_proven")


def standing_of_a_shared_test(one):
    one.find(CD="0.30")
    one.conclude("not_proven")


def undecided(one):
    [result, *_] = one.find(TAMC="<3000")
    opening.open_for_undecided(
        result=result, by=one.cast.lin, at=one.at, reason="Diluted too much"
    )
    one.conclude("not_proven")


def reopened(one):
    standing_of_a_shared_test(one)
    one.at += 2 * STEP
    one.decide(disposition.reopen, deviation="DEV-1")


def released_again(one):
    reopened(one)
    one.release_again()


def held(one):
    standing(one)
    disposition.hold(lot=one.lot, by=one.cast.lin, at=one.at, reason="Complaint")


def recalled(one):
    standing(one)
    one.decide(disposition.recall)


def withdrawn(one):
    standing(one)
    certificates.withdraw(
        certificate=one.certificate, by=one.cast.chen, at=one.at, reason="Methanol"
    )


CHIPS = {one.word for one in CertificateStatus}
SITUATIONS = [
    (nothing, "current"),
    (open_in_a_further_test_order, "under_review"),
    (standing, "under_review"),
    (passing, "current"),
    (proven, "current"),
    (found_invalid, "under_review"),
    (unconfirmed, "under_review"),
    (corrected, "current"),
    (open_for_the_other_use, "under_review"),
    (standing_for_the_other_use, "current"),
    (standing_of_a_shared_test, "under_review"),
    (undecided, "under_review"),
    (reopened, "under_review"),
    # Of the release that was withdrawn; what is released again takes a revision.
    (released_again, "under_review"),
    (held, "under_review"),
    (recalled, "recalled"),
    (withdrawn, "withdrawn"),
]


@pytest.fixture
def one(world, at):
    return Certified(world, at)


@pytest.mark.parametrize(
    ("happens", "expected"), SITUATIONS, ids=[each.__name__ for each, _ in SITUATIONS]
)
def test_every_page_and_command_says_the_same(one, happens, expected, tmp_path):
    happens(one)

    with CaptureQueriesContext(connection) as caught:
        [asked] = certificate_status.asked(Certificate.objects.all())
        of_asked = certificate_status.code(asked)
    queries = len(caught)
    found = [
        code
        for code in CertificateStatus
        if code != CertificateStatus.ALTERED
        and Certificate.objects.filter(certificate_status.where(code)).exists()
    ]
    word = CertificateStatus.of(expected).word
    reader = signed_in(one.cast.ines)
    listed = reader.get("/certificates/", {"status": expected})
    export = reader.get("/certificates/", {"format": "csv"})
    text = b"".join(export.streaming_content).decode("utf-8-sig")
    [row] = csv.DictReader(io.StringIO(text))
    public = Client().get(f"/check/{one.certificate.token}/")
    by_number = Client().post(
        "/check/",
        {"number": one.certificate.number, "revision": 0, "lot": one.lot.number},
    )
    record = reader.get(f"/lots/{one.lot.pk}/record/")

    assert (certificate_status.code(one.now()), of_asked, queries) == (
        expected,
        expected,
        1,
    )
    assert found == [expected]
    assert [each.record.pk for each in listed.context["table"].rows] == [
        one.certificate.pk
    ]
    assert row["status"] == expected
    for page in (
        listed,
        public,
        reader.get(f"/certificates/{one.certificate.pk}/"),
        reader.get(f"/lots/{one.lot.pk}/certificates/"),
    ):
        assert chips(page) & CHIPS == {word}
    assert record.context["certificates"] == [(one.certificate, word)]
    assert by_number.context["word"] == word
    assert verified(one, tmp_path) == (expected, int(expected != "current"))


def chips(answer):
    """Return the words of the chips on a page."""
    body = answer.content.decode()
    return set(re.findall(r'<span class="chip [\w-]+">.*?</span> (.*?)</span>', body))


def verified(one, folder):
    """Return what the command says of the file, and its exit code."""
    (folder / "coa.pdf").write_bytes(bytes(one.certificate.pdf))
    said = io.StringIO()
    try:
        call_command("verify_certificate", folder / "coa.pdf", "--json", stdout=said)
        code = 0
    except SystemExit as end:
        code = end.code
    return json.loads(said.getvalue())["status"], code


def test_fail_that_stood_before_the_release_questions_nothing(world, at):
    """Endotoxins 4.2 EU/mg, concluded, and released for oral use (domain.md 5.2)."""
    case = Case(world, at)
    case.enter({**ORAL, **{**OWN, "BET": "4.2"}})
    bench.conclude(
        case.cast, case.lot, Investigation.objects.get(), at=at,
        conclusion="not_proven", cause="The last wash was out of control",
    )  # fmt: skip
    bench.review(case.cast, case.lot, at=at)
    bench.release(
        case.cast, case.lot, "BAC-ORAL", at=at, justification="No criterion of it",
        deviations=Investigation.objects.get().number,
    )  # fmt: skip
    made = certificates.issue(
        assessment=bench.assessment(case.lot, "BAC-ORAL"),
        by=case.cast.olga,
        at=at,
        stated=bench.LABEL,
    )

    assert certificate_status.code(Certificate.objects.get(pk=made.pk)) == "current"
    assert Certificate.objects.filter(certificate_status.where("current")).get() == made


def test_fail_of_a_test_that_a_later_version_left_out_counts(world, released, at):
    """The further examination is judged by the version of today, which has it not."""
    made = certificates.issue(
        assessment=released(), by=world.cast.chen, at=at, stated=bench.LABEL
    )
    later = at + STEP
    wider(world, later, without=("MEOH",))
    further = test_orders.open_test_order(
        lot=made.lot, by=world.cast.lin, at=later, occasion="stability"
    )
    bench.enter(
        made.lot, world, {"MEOH": "3001"}, by=world.cast.lin, at=later,
        test_order=further,
    )  # fmt: skip
    case = Investigation.objects.get()
    codes = [certificate_status.code(Certificate.objects.get())]
    qa = signed_in(world.cast.chen)
    assert qa.get(f"/investigations/{case.pk}/").status_code == 200

    bench.conclude(
        world.cast,
        made.lot,
        case,
        at=later,
        conclusion="not_proven",
        cause="No error was found",
    )
    codes.append(certificate_status.code(Certificate.objects.get()))

    assert codes == ["under_review", "under_review"]


@pytest.mark.parametrize(
    ("found", "criterion", "code"),
    [
        ("WATER", {"WATER": ("nmt", "", "1.0")}, "under_review"),
        ("WATER", {"ASSAY": ("range", "98.0", "101.0")}, "under_review"),
        ("IMPA", {"TOTAL": ("nmt", "", "0.50")}, "under_review"),
        ("WATER", {"MEOH": ("nmt", "", "3000")}, "current"),
    ],
    ids=["by itself", "water of the assay", "peak of the total", "of no test of it"],
)
def test_result_found_invalid_since_questions_what_rests_on_it(
    world, at, found, criterion, code
):
    """A narrower limit makes it fail, and its investigation proves an error."""
    case = Case(world, at)
    case.enter(ORAL)
    bench.review(case.cast, case.lot, at=at)
    assessed(case, "ORAL-2", **criterion)
    for code_of in ("BAC-ORAL", "ORAL-2"):
        bench.release(case.cast, case.lot, code_of, at=at, justification="Stands in")
    certificates.issue(
        assessment=bench.assessment(case.lot, "ORAL-2"),
        by=case.cast.olga,
        at=at,
        stated=bench.LABEL,
    )

    assessed(case, "ORAL-3", **{found: ("nmt", "", "0.03")})
    bench.conclude(
        case.cast, case.lot, case.lot.investigations.get(), at=at,
        conclusion="proven", cause="It was the wrong vial",
    )  # fmt: skip

    assert certificate_status.code(Certificate.objects.get()) == code


def test_result_found_invalid_that_came_after_the_release_questions_nothing(
    world, at, monkeypatch
):
    """Released before there was a minimum, which would have asked for toluene."""
    monkeypatch.setattr(blockers, "against_minimum", lambda *_a: [])
    monkeypatch.setattr(completion, "below_minimum", lambda *_a: iter(()))
    case = Case(world, at)
    case.enter({code: ORAL[code] for code in ORAL if code != "TOL"})
    bench.review(case.cast, case.lot, at=at)
    assessed(case, "ORAL-2", MEOH=("nmt", "", "3000"))
    bench.release(case.cast, case.lot, "ORAL-2", at=at, justification="Stands in")
    certificates.issue(
        assessment=bench.assessment(case.lot, "ORAL-2"),
        by=case.cast.olga,
        at=at,
        stated=bench.LABEL,
    )

    case.enter({"TOL": "900"})
    bench.conclude(
        case.cast, case.lot, case.lot.investigations.get(), at=at,
        conclusion="proven", cause="It was the wrong vial",
    )  # fmt: skip

    assert certificate_status.code(Certificate.objects.get()) == "current"


def test_way_on_from_a_result_found_invalid_is_tested_anew(one):
    """Reopened, retested, released again and revised, the certificate is current."""
    lot, qa = one.lot.pk, signed_in(one.cast.chen)
    found_invalid(one)
    said = INVALID.format(one.case().number, one.case().number)
    said_by_pages = [
        said in words(qa.get(page))
        for page in (
            f"/certificates/{one.certificate.pk}/",
            f"/lots/{lot}/certificates/",
        )
    ]
    next_words, _who, address = next_step(one, one.cast.chen)
    with pytest.raises(
        certificates.NotIssuable, match="invalidated a result on which the release"
    ):
        certificates.revise(
            certificate=one.now(), by=one.cast.chen, at=one.at, reason="Order",
            order="PO 9", stated=bench.LABEL,
        )  # fmt: skip

    one.decide(disposition.reopen, deviation="DEV-1")
    one.enter({"TOL": "8"}, kind="retest", reason="In place of the invalid one")
    bench.review(one.cast, one.lot, at=one.at)
    one.release_again()
    revised = certificates.revise(
        certificate=one.now(),
        by=one.cast.chen,
        at=one.at + 2 * STEP,
        reason="Toluene",
        stated=bench.LABEL,
    )

    assert said_by_pages == [True, True]
    assert next_words == (
        "A result that the release rests on was invalidated after the release: reopen"
        " the lot and test it again, or recall it."
    )
    assert address == f"/lots/{lot}/reopen/"
    assert [certificate_status.code(each) for each in (one.now(), revised)] == [
        "superseded",
        "current",
    ]


def test_order_of_signatures_decides_and_not_the_clock(one):
    """Who entered the fail may have begun before the certificate was issued."""
    one.at -= 2 * STEP
    one.find(MEOH="3001")
    one.at -= STEP
    one.conclude("not_proven")

    assert one.case().closed_at < one.certificate.issued_at
    assert certificate_status.code(one.now()) == "under_review"
    with pytest.raises(
        certificates.NotIssuable, match="was concluded after the release"
    ):
        certificates.revise(
            certificate=one.now(), by=one.cast.chen, at=one.at, reason="Order",
            order="PO 9", stated=bench.LABEL,
        )  # fmt: skip


def test_pages_say_why_and_lead_to_the_investigation(one):
    qa = signed_in(one.cast.chen)
    pages = (
        f"/certificates/{one.certificate.pk}/",
        f"/lots/{one.lot.pk}/certificates/",
    )
    one.find(MEOH="3001")
    case = one.case()
    said = OPEN.format(case.number, case.number)
    for page in pages:
        answer = qa.get(page)
        assert said in words(answer)
        assert f'href="/investigations/{case.pk}/"' in answer.content.decode()

    one.conclude("not_proven")
    said = STANDS.format(case.number, case.number)
    for page in pages:
        answer = qa.get(page)
        assert said in words(answer)
        assert f'href="/investigations/{case.pk}/"' in answer.content.decode()


def test_public_page_says_nothing_of_the_investigation(one):
    standing(one)

    token = one.certificate.token
    # The token is shown, and by chance any four of its digits are those of the value.
    said = words(Client().get(f"/check/{token}/")).replace(token, "")

    assert (
        "This certificate is under review; do not use the lot and ask the issuer."
        in said
    )
    for detail in (one.case().number, "nvestigation", "Methanol", "3001"):
        assert detail not in said


def test_only_withdrawal_is_open_while_under_review(one):
    standing(one)
    qa = signed_in(one.cast.chen)

    actions = qa.get(f"/certificates/{one.certificate.pk}/").context["actions"]
    answer = qa.post(
        f"/certificates/{one.certificate.pk}/withdraw/",
        {"withdraw-reason": "Methanol above its limit"},
        follow=True,
    )

    closed = {each.code: each.why for each in actions}
    assert closed["withdraw"] == ""
    for code in ("revise", "duplicate"):
        assert closed[code].startswith(f"Investigation {one.case().number} was")
    assert "This certificate was withdrawn" in words(answer)


def next_step(one, person):
    """Return what the page of the lot says comes next, and where it leads."""
    answer = signed_in(person).get(f"/lots/{one.lot.pk}/")
    step = answer.context["next_step"]
    return str(step.words), step.who, step.address


@pytest.mark.postgres
def test_page_of_the_lot_says_what_comes_next_until_the_certificate_is_revised(one):
    lot = one.lot.pk
    chen = one.cast.chen
    questioned = (
        "A result found after the release is valid: recall the lot, or reopen it and"
        " decide on the release again."
    )
    one.find(CD="0.30")
    case = one.case()
    assert next_step(one, chen) == (
        "An investigation is open: a reviewer signs phase I.", "a reviewer",
        f"/investigations/{case.pk}/",
    )  # fmt: skip
    bench.phase_one(one.cast, one.lot, case, at=one.at + STEP)
    assert next_step(one, chen) == (
        "An investigation is open: conclude it.", "QA", f"/investigations/{case.pk}/",
    )  # fmt: skip

    one.conclude("not_proven")
    assert next_step(one, chen) == (questioned, "QA", f"/lots/{lot}/reopen/")
    assert next_step(one, one.cast.lin) == (questioned, "QA", "")

    qa = signed_in(chen)
    page = f"/lots/{lot}/reopen/"
    answer = qa.post(
        page,
        {
            "reason": "Cadmium found since",
            "deviation": "DEV-1",
            "password": "training-2026-only",
            "shown": shown(qa.get(page)),
        },
        follow=True,
    )
    assert (answer.status_code, refused(answer)) == (200, [])
    assert next_step(one, chen)[0] == "Decide on the release."
    assert "was reopened. QA releases it again" in words(
        qa.get(f"/certificates/{one.certificate.pk}/")
    )

    one.release_again()
    assert next_step(one, chen)[0] != questioned
    address = f"/certificates/{one.certificate.pk}/revise/"
    asked = {"revise-reason": "Cadmium found since the release"}
    asked["shown"] = qa.post(address, asked).context["shown"]
    asked |= ticked("revise", prefix="revise-")
    answer = qa.post(address, asked, follow=True)
    assert (answer.status_code, refused(answer)) == (200, [])
    revised = Certificate.objects.get(revision=1)
    assert [certificate_status.code(each) for each in (one.now(), revised)] == [
        "superseded",
        "current",
    ]


def test_fail_of_the_certified_specification_ends_with_the_recall(one):
    standing(one)
    assert next_step(one, one.cast.chen)[2] == f"/lots/{one.lot.pk}/reopen/"

    one.decide(disposition.recall)

    assert next_step(one, one.cast.chen)[0] == "Recalled. Nothing to do."


def test_certificate_under_review_waits_for_no_other(one):
    """It is issued: My work does not ask for it again."""
    before = LotStatus.objects.get().to_certify
    standing(one)

    answer = signed_in(one.cast.olga).get("/")

    assert (before, LotStatus.objects.get().to_certify) == (0, 0)
    [task] = [
        each for each in answer.context["waiting"] if each["code"] == "to_certify"
    ]
    assert task["n"] == 0

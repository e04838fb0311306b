"""The training site: every story of it is there, told through the verbs."""

import datetime

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from lots import calendar
from lots.evidence import audit, stored_entries
from lots.history import history
from lots.models import (
    Assessment,
    AuditEntry,
    ColumnMap,
    ConsistencyFinding,
    Criterion,
    Installation,
    Investigation,
    Lot,
    LotStatus,
    PeriodicFailure,
    Qualification,
)
from lots.origin import questions
from lots.rules import chain
from lots.rules.criterion import CriterionKind
from reports.content import certificate as content_of
from reports.models import Certificate
from reports.status.certificate_status import code
from tests.lots.evidence import acts

pytestmark = pytest.mark.sqlite


def number(place):
    """Return the number of the oral lot at this place of the demo."""
    return Lot.objects.get(number__startswith="BAC-", number__endswith=f"-{place:03}")


def states(lot):
    return [
        (str(one.specification), one.state)
        for one in lot.assessments.select_related("specification").order_by("pk")
    ]


@pytest.mark.long
def test_demo_tells_every_story(training_site):
    now = training_site

    oral = Lot.objects.filter(use="oral", material__item_code="BAC")
    intrathecal = Lot.objects.filter(use="intrathecal")
    assert (oral.count(), intrathecal.count()) == (73, 8)
    assert {
        100 <= int(lot.size) <= 250 for lot in oral.filter(origin="manufacture")
    } == {True}
    assert {5 <= int(lot.size) <= 15 for lot in intrathecal} == {True}
    assert chain.first_break(stored_entries.entries_of_chain()) is None
    _the_sentences_of_the_trail()
    _the_oral_lot_inside_every_intrathecal_limit()
    _the_endotoxins()
    _the_two_assays()
    _the_origins()
    _the_retest(now)
    _the_certificates()
    _the_suspension()
    _the_held_parent()
    _the_failed_periodic_test()
    _the_file()
    _the_second_material()
    assert set(LotStatus.objects.values_list("stage", flat=True)) >= {
        "to_enter",
        "to_submit",
        "to_review",
        "investigation",
        "to_release",
        "released",
        "on_hold",
        "rejected",
    }
    _the_findings()
    assert LotStatus.objects.filter(to_certify__gt=0).count() == 1
    assert LotStatus.objects.filter(to_confirm__gt=0).count() == 1


def _the_findings():
    """A lot with the results of another; the signals of the others were read."""
    found = ConsistencyFinding.objects.select_related("lot", "other")
    [copied] = found.filter(kind="copied")
    assert (copied.lot.number[-3:], copied.other.number[-3:]) == ("073", "062")
    assert copied.is_open
    assert copied.lot.status.stage == "to_release"
    signals = found.filter(kind="signal", lot__status__stage="released")
    assert signals.exclude(review=None).count() > 10
    # Of the one result that was corrected before its review.
    [unread] = signals.filter(review=None)
    assert unread.lot == number(11)


def _the_sentences_of_the_trail():
    told = history.of(AuditEntry.objects.select_related("lot").order_by("sequence"))

    assert acts.raw(told) == []
    assert [one.sentence for one in told if "took the step" in one.sentence] == []
    assert len(told) > 700


def _the_oral_lot_inside_every_intrathecal_limit():
    lot = number(16)
    assert states(lot) == [("BAC-ORAL v1", "released")]
    assert lot.test_orders.get().results.filter(test__code="BET").count() == 1


def _the_endotoxins():
    investigation = Investigation.objects.get(trigger__contains="endotoxins: 4.2")
    assert investigation.conclusion == "not_proven"
    assert states(investigation.lot) == [
        ("BAC-IT v1", "refused"),
        ("BAC-ORAL v1", "released"),
    ]
    assert investigation.lot.certificates.get().assessment.use == "oral"


def _the_two_assays():
    proven, twin = number(6), number(7)
    assert proven.investigations.get().conclusion == "proven"
    assert states(proven) == [("BAC-ORAL v1", "released")]
    assert twin.investigations.get().conclusion == "not_proven"
    assert twin.state == "rejected"
    assert twin.test_orders.get().results.filter(kind="retest").count() == 2
    corrected = number(11).investigations.get()
    assert (corrected.conclusion, corrected.corrected_by.kind) == ("", "transcription")


def _the_origins():
    assert [one.parent.number for one in number(13).parentages.all()] == [
        number(7).number
    ]
    assert number(27).parentages.count() == 3
    agent = Lot.objects.get(issuer_role="agent")
    assert agent.original_certificate.name == "TFC-COA-24-0611.txt"
    laboratories = agent.test_orders.get().results.values_list(
        "laboratory__name", flat=True
    )
    assert set(laboratories) == {"Plant 1", "Freiburg", "Wuxi works"}
    theirs = agent.test_orders.get().results.get(laboratory__name="Wuxi works")
    assert (theirs.sample, theirs.raw_reference) == (None, "TFC-COA-24-0611")


def _the_retest(now):
    lot = number(4)
    retest = lot.test_orders.get(occasion="retest")
    assert lot.date_on < calendar.today(retest.opened_at) < retest.use_by
    assert Assessment.objects.get(test_order=retest).state == "released"


def _the_file():
    approved, waiting = ColumnMap.objects.order_by("pk")
    assert approved.signature.printed_name == "Sofia Almeida"
    assert waiting.signature is None
    first, second = Lot.objects.exclude(imported=None).order_by("pk")
    [typed] = first.test_orders.get().results.get(test__code="IMP-L").determinations
    assert (typed["text"], typed["written"]) == ("ND", "n.d.")
    assert [(one["column"], one["text"]) for one in second.left_out] == [
        ("water", "0"),
        ("impurity_l", "-"),
        ("remarks", "water titrator in repair"),
    ]


def _the_certificates():
    assert {one.number[:4] for one in Certificate.objects.all()} == {"TRN-"}
    revisions = number(31).certificates.order_by("revision")
    assert [(one.revision, code(one)) for one in revisions] == [
        (0, "superseded"),
        (1, "current"),
    ]
    assert code(number(59).certificates.get()) == "under_review"
    assert number(34).certificates.count() == 2


def _the_second_material():
    """Its certificate has a row of every kind, in the order of its specification."""
    lot = Lot.objects.get(material__item_code="ASC")
    kinds = {row.kind for row in Criterion.objects.filter(test__material=lot.material)}
    [group] = content_of.from_json(lot.certificates.get().content).groups
    rows = {line.test: line for line in group.lines}
    assert kinds == set(CriterionKind) - {
        CriterionKind.NLT,
        CriterionKind.ABSENCE,
        CriterionKind.COUNT,
    }
    assert group.heading == ""
    assert next(iter(rows)) == "Appearance"
    assert (rows["Assay"].uncertainty, rows["Oxalic acid"].result) == (
        "0.3",
        "Complies",
    )
    assert (rows["Impurity C"].result, rows["Colour of solution"].result) == (
        "<0.05",
        "<BY7",
    )


def _the_held_parent():
    """The blend is in question by the hold of one of its parents."""
    parent, blend = number(22), number(27)
    assert parent.state == "on_hold"
    assert [(one.cause, one.name) for one in questions.of_lot(blend)] == [
        ("hold", parent.number)
    ]
    assert code(blend.certificates.get()) == "under_review"


def _the_failed_periodic_test():
    """Lots released without cadmium since it last passed are in question."""
    failure = PeriodicFailure.objects.get()
    assert (failure.test.code, failure.signature) == ("CD", None)
    asked = [
        lot
        for lot in Lot.objects.filter(assessments__state="released").distinct()
        if any(one.cause == "periodic" for one in questions.of_lot(lot))
    ]
    assert 1 <= len(asked) <= 10
    certificates = Certificate.objects.filter(lot__in=asked, state="issued")
    assert {code(one) for one in certificates} == {"under_review"}
    # What is to be released and certified in these days stays so.
    assert LotStatus.objects.filter(stage="to_release").exists()


def _the_suspension():
    suspended = Qualification.objects.get(state="suspended")
    lot = suspended.lots.get()
    assert (suspended.use, states(lot)) == (
        "intrathecal",
        [("BAC-IT v1", "refused"), ("BAC-ORAL v1", "open")],
    )


def test_demo_refuses_a_real_site(empty):
    Installation.objects.create(pk=1, is_training=False, started_at=timezone.now())

    with pytest.raises(CommandError, match="training lots never go into one"):
        call_command("load_demo")

    assert Lot.objects.count() == 0


def test_only_the_demo_acts_at_another_time(world):
    yesterday = timezone.now() - datetime.timedelta(days=1)
    token = audit._replaying.set(False)
    try:
        with (
            pytest.raises(ValueError, match="time of the clock"),
            audit.act(by=world.cast.lin, at=yesterday, action="log"),
        ):
            pass
    finally:
        audit._replaying.reset(token)

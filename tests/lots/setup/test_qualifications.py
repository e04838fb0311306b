"""Qualifications: who may make what for which use, and why one does not stand."""

import datetime
import itertools

import pytest
from django.db import transaction

from lots import calendar
from lots.demo import baclofen, bench
from lots.evidence import signatures
from lots.evidence.documents import Upload
from lots.models import (
    Approval,
    AuditEntry,
    Document,
    LotStatus,
    Qualification,
    Signature,
)
from lots.rules.refusal import Refusal
from lots.rules.step_table import NotAllowed
from lots.setup import qualifications, valid_qualification
from lots.setup.valid_qualification import NotQualified
from tests.lots.pages import signed_in, typed, words

DAY = datetime.timedelta(days=1)


def draft(world, at, **facts):
    return qualifications.draft_qualification(
        **{
            "by": world.cast.olga,
            "at": at,
            "site": world.partner,
            "material": world.material,
            "use": "intrathecal",
            "process": "T-9",
            "valid_from": at.date() - 100 * DAY,
            "valid_until": at.date() + 100 * DAY,
            "storage": "Below 25 °C",
            "retest_months": 24,
            "evidence": Upload("agreement.pdf", b"%PDF-1.4 agreement"),
            "evidence_reference": "QA-77",
            **facts,
        }
    )


def signed(world, at, verb, qualification, *, by=None, **facts):
    by = by or world.cast.chen
    return verb(
        qualification=qualification,
        by=by,
        at=at,
        confirmation=world.cast.confirmation(by, at=at),
        shown=signatures.shown(qualifications.qualification_text(qualification)),
        **facts,
    )


def approved(world, at, **facts):
    return signed(
        world, at, qualifications.approve_qualification, draft(world, at, **facts)
    )


def suspended(world, at, qualification, *, since=None):
    return qualifications.suspend_qualification(
        qualification=qualification,
        by=world.cast.chen,
        at=at,
        since=since or calendar.today(at),
        reason="Audit finding 3",
    )


def asked(world, at, **facts):
    return {
        "material": world.material,
        "site": world.partner,
        "use": "intrathecal",
        "process": "T-9",
        "manufactured_on": at.date() - 10 * DAY,
        "on": at.date(),
        **facts,
    }


@pytest.mark.postgres
def test_approved_qualification_stands(world, at):
    qualification = approved(world, at)

    assert valid_qualification.valid_qualification(**asked(world, at)) == qualification


@pytest.mark.parametrize(
    ("facts", "code", "words"),
    [
        ({"process": "T-8"}, "none", "has no qualification to make Baclofen"),
        ({"use": "oral"}, "none", "for the manufacture of oral dosage forms"),
        ({"manufactured_on": -101 * DAY}, "not-covering", "does not cover the day of"),
        ({"on": 101 * DAY}, "expired", "The renewal must cover"),
    ],
    ids=["other process", "other use", "made before", "expired"],
)
def test_standing_refuses_with_the_reason(world, at, facts, code, words):
    approved(world, at)
    facts = {
        name: at.date() + value if isinstance(value, datetime.timedelta) else value
        for name, value in facts.items()
    }

    with pytest.raises(NotQualified, match=words) as refused:
        valid_qualification.valid_qualification(**asked(world, at, **facts))

    assert refused.value.code == code


@pytest.mark.parametrize("days", [-100, 100], ids=["first day", "last day"])
def test_standing_includes_both_ends(world, at, days):
    qualification = approved(world, at)
    day = at.date() + days * DAY

    assert (
        valid_qualification.valid_qualification(
            **asked(world, at, manufactured_on=day, on=day)
        )
        == qualification
    )


def test_draft_does_not_stand(world, at):
    draft(world, at)

    with pytest.raises(NotQualified, match="is not approved yet"):
        valid_qualification.valid_qualification(**asked(world, at))


def test_suspended_does_not_stand_and_says_why(world, at):
    suspended(world, at, approved(world, at))

    with pytest.raises(NotQualified, match=r"is suspended: Audit finding 3\.$"):
        valid_qualification.valid_qualification(**asked(world, at))


@pytest.mark.postgres
def test_suspension_is_not_passed_by_a_second_qualification(world, at):
    other = draft(world, at)
    suspended(world, at, approved(world, at))

    with pytest.raises(Refusal, match="Audit finding 3; resume that one first"):
        signed(world, at, qualifications.approve_qualification, other)

    other.refresh_from_db()
    assert other.state == Approval.DRAFT


@pytest.mark.parametrize(
    "typed",
    [str.swapcase, "{} ".format, "  {}".format],
    ids=["case", "space after", "spaces before"],
)
def test_process_that_reads_as_another_is_no_other_process(world, at, typed):
    """A suspension would not be asked of it."""
    kept = suspended(world, at, approved(world, at))

    with pytest.raises(Refusal, match="looks the same in print as T-9") as refused:
        draft(world, at, process=typed(kept.process))

    assert refused.value.field == "process"


@pytest.mark.postgres
def test_suspension_decides_beside_one_approved_before(world, at):
    approved(world, at)
    suspended(world, at, approved(world, at))

    with pytest.raises(NotQualified) as refused:
        valid_qualification.valid_qualification(**asked(world, at))

    assert refused.value.code == "suspended"


def test_resumed_stands_again_with_a_signature(world, at):
    qualification = suspended(world, at, approved(world, at))

    signed(
        world,
        at,
        qualifications.resume_qualification,
        qualification,
        reason="Finding closed",
    )

    assert valid_qualification.valid_qualification(**asked(world, at)) == qualification
    signature = Signature.objects.order_by("pk").last()
    assert (signature.meaning, signature.wording) == (
        "resumed",
        "Qualification resumed: Finding closed",
    )


def test_withdrawn_is_as_if_there_were_none(world, at):
    qualifications.withdraw_qualification(
        qualification=approved(world, at),
        by=world.cast.chen,
        at=at,
        reason="Contract ended",
    )

    with pytest.raises(NotQualified) as refused:
        valid_qualification.valid_qualification(**asked(world, at))

    assert refused.value.code == "none"


@pytest.mark.parametrize(
    ("days", "said"),
    [
        (None, "Withdraw it for cause, with the day since when lots are in question"),
        (1, "a later day would let lots go that nobody decided"),
    ],
    ids=["no cause", "a later day"],
)
def test_withdrawal_does_not_lift_a_suspension(world, at, monkeypatch, days, said):
    """Otherwise its drafter would lift it, with a renewal beside it or for lots."""
    renewal = approved(world, at)
    since = calendar.today(at) - 9 * DAY
    kept = suspended(world, at, approved(world, at), since=since)
    day = "" if days is None else since + days * DAY
    page = f"/qualifications/{kept.pk}/withdraw/"
    olga = signed_in(world.cast.olga)

    answer = olga.post(page, {"since": str(day), "reason": "Tidied"})

    assert answer.status_code == 422
    assert said in words(answer)
    assert typed(answer, "reason") == "Tidied"
    kept.refresh_from_db()
    assert kept.state == Approval.SUSPENDED
    # The control: where the rule is off, the renewal stands again.
    monkeypatch.setattr(qualifications, "_keeps_the_cause", lambda *_: None)
    olga.post(page, {"since": "", "reason": "Tidied"})
    assert valid_qualification.valid_qualification(**asked(world, at)) == renewal


def test_suspended_one_is_withdrawn_for_cause_directly(world, at):
    approved(world, at)
    kept = suspended(world, at, approved(world, at))
    page = f"/qualifications/{kept.pk}/"
    olga = signed_in(world.cast.olga)
    assert f'href="{page}withdraw/"' in olga.get(page).content.decode()
    asked_for = olga.get(f"{page}withdraw/")

    answer = olga.post(
        f"{page}withdraw/", {"since": typed(asked_for, "since"), "reason": "Mix-up"}
    )

    assert typed(asked_for, "since") == str(kept.cause_since)
    assert answer.status_code == 302
    since = kept.cause_since
    kept.refresh_from_db()
    assert (kept.state, kept.cause_since, kept.state_reason) == (
        Approval.WITHDRAWN, since, "Mix-up",
    )  # fmt: skip
    # The renewal was drafted before: it does not stand.
    with pytest.raises(NotQualified) as refused:
        valid_qualification.valid_qualification(**asked(world, at))
    assert "withdrawn for cause: Mix-up" in str(refused.value)


@pytest.mark.parametrize("verb", ["approve", "resume"])
def test_drafter_neither_approves_nor_resumes(world, at, verb):
    facts = {}
    qualification = draft(world, at)
    if verb == "resume":
        qualification = suspended(
            world,
            at,
            signed(world, at, qualifications.approve_qualification, qualification),
        )
        facts = {"reason": "Finding closed"}
    before = qualification.state, AuditEntry.objects.count()

    with pytest.raises(NotAllowed) as refused:
        signed(
            world,
            at,
            getattr(qualifications, f"{verb}_qualification"),
            qualification,
            by=world.cast.olga,
            **facts,
        )

    qualification.refresh_from_db()
    assert refused.value.code == "independence"
    assert (qualification.state, AuditEntry.objects.count()) == before


@pytest.mark.parametrize("person", ["lin", "sofia", "maria", "ines", "admin"])
def test_draft_is_for_qa(world, at, person):
    before = Document.objects.count()

    with pytest.raises(NotAllowed) as refused:
        draft(world, at, by=getattr(world.cast, person))

    assert refused.value.code == "role"
    assert Document.objects.count() == before


@pytest.mark.parametrize(
    ("facts", "field"),
    [
        ({"use": "topical"}, "use"),
        ({"valid_until": datetime.date(2001, 1, 1)}, "valid_until"),
        ({"retest_months": 0}, "retest_months"),
        ({"process": ""}, "process"),
        ({"evidence": Upload("run.exe", b"MZ\x00\x90")}, "evidence"),
        ({"evidence": Upload("empty.pdf", b"")}, "evidence"),
    ],
    ids=str,
)
def test_draft_refuses_what_cannot_be(world, at, facts, field):
    before = Qualification.objects.count()

    with pytest.raises(Refusal) as refused:
        draft(world, at, **facts)

    assert refused.value.field == field
    assert Qualification.objects.count() == before


def test_draft_refuses_a_site_that_makes_nothing(world, at):
    with pytest.raises(Refusal) as refused:
        draft(world, at, site=world.laboratory)

    assert (refused.value.code, refused.value.field) == ("not-a-manufacturer", "site")


def test_suspend_refuses_a_blank_reason(world, at):
    qualification = Qualification.objects.filter(
        site=world.works, process=baclofen.IT_PROCESS
    ).get()

    with pytest.raises(Refusal) as refused:
        qualifications.suspend_qualification(
            qualification=qualification,
            by=world.cast.olga,
            at=at,
            since=calendar.today(at),
            reason="",
        )

    qualification.refresh_from_db()
    assert (refused.value.field, qualification.state) == ("reason", Approval.APPROVED)


@pytest.mark.postgres
def test_each_step_writes_its_entries_and_no_other(world, at):
    start = AuditEntry.objects.count()

    qualification = approved(world, at)
    suspended(world, at, qualification)

    entries = AuditEntry.objects.order_by("sequence")[start:]
    assert [(entry.action, entry.table) for entry in entries] == [
        ("draft_qualification", "lots_document"),
        ("draft_qualification", "lots_qualification"),
        ("approve_qualification", "lots_signature"),
        ("approve_qualification", "lots_qualification"),
        ("suspend_qualification", "lots_qualification"),
    ]


def _rows(at):
    """Return what a qualification of a process may be, in a few words."""
    today, year = calendar.today(at), 365 * DAY
    wide = {"state": "approved", "valid_from": today - 3 * year, "valid_until": None}
    cause = {"state": "withdrawn", "cause_since": today - year}
    return {
        "wide": wide,
        "until today": wide | {"valid_until": today},
        "until yesterday": wide | {"valid_until": today - DAY},
        "from today": wide | {"valid_from": today},
        "from tomorrow": wide | {"valid_from": today + DAY},
        "draft": wide | {"state": "draft"},
        "suspended": wide | {"state": "suspended"},
        "withdrawn": wide | {"state": "withdrawn"},
        "ended before": wide | cause | {"caused_at": at - 9 * DAY},
        "ended since": wide | cause | {"caused_at": at + DAY},
    }


@pytest.mark.postgres
def test_lists_ask_for_a_valid_qualification_as_the_release_does(world, at):
    """Every pair of ten qualifications: the condition says what `of_lot` says."""
    lot = bench.log(world.cast, world, at=at, number="BAC-26-001")
    today = calendar.today(at)
    Qualification.objects.filter(pk=lot.qualification_id).update(state="withdrawn")
    seen = set()
    for pair in itertools.combinations_with_replacement(_rows(at).items(), 2):
        with transaction.atomic():
            for _name, facts in pair:
                row = Qualification.objects.get(pk=lot.qualification_id)
                row.pk, row.drafted_at = None, at
                for name, value in facts.items():
                    setattr(row, name, value)
                row.save(force_insert=True)
            listed = LotStatus.objects.filter(valid_qualification.valid_on(today))
            try:
                valid_qualification.of_lot(lot, on=today)
            except valid_qualification.NotQualified:
                stands = False
            else:
                stands = True
            assert listed.exists() == stands, [name for name, _facts in pair]
            seen.add(stands)
            transaction.set_rollback(True)
    assert seen == {True, False}

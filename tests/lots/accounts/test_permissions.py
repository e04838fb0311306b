"""Every step from every state, by every role, with and without each deed.

What is expected is written out here from the table of the architecture (section 3),
not read from the product: first `lifecycle.STEPS` is compared with it, then the check
itself, then the verbs on real lots in every state that a lot can reach.
"""

import itertools
from dataclasses import dataclass, replace

import pytest
from django.contrib.auth.models import AnonymousUser
from django.core.exceptions import PermissionDenied
from django.test import RequestFactory

from lots.accounts.roles import role_required
from lots.demo import bench
from lots.evaluation import evaluator, signed_text
from lots.evidence import signatures
from lots.models import AssessmentState, Lot, LotState
from lots.release import disposition
from lots.rules import statements, step_table
from lots.rules.refusal import Refusals
from lots.rules.roles import Role
from lots.rules.step_table import STEPS, NoReason, NotAllowed, Reason
from lots.rules.stored_codes import Coded
from lots.wording import sentence
from tests.lots.pages import signed_in
from tests.lots.situations import VERBS, Case, prepared

ROLES = ("analyst", "reviewer", "qa", "manager", "auditor", "administrator")
LOT_STATES = ("quarantine", "on_hold", "rejected", "recalled", "void")
ASSESSMENT_STATES = ("open", "complete", "released", "refused", "release_withdrawn")
DEEDS = ("entered", "performed", "reviewed", "drafted")


@dataclass(frozen=True)
class Row:
    """A row of the architecture's table; an empty tuple: the step does not ask."""

    roles: tuple[str, ...]
    lot: tuple[str, ...] = ()
    assessment: tuple[str, ...] = ()
    not_by: tuple[str, ...] = ()
    signed: str = ""
    leads_to: str = ""
    reason: bool = False


LIVE = ("quarantine", "on_hold")
INVESTIGATED = (*LIVE, "rejected", "recalled")
WORKED = ("entered", "performed")
TABLE = {
    "log": Row(("analyst",), leads_to="quarantine"),
    "sample": Row(("analyst",), LIVE),
    "enter": Row(("analyst",), LIVE),
    "invalid_run": Row(("analyst",), LIVE),
    "submit": Row(("analyst",), LIVE),
    "examine": Row(("analyst", "qa"), LIVE),
    "assess": Row(("analyst", "qa"), LIVE),
    "confirm_correction": Row(
        ("reviewer",), INVESTIGATED, not_by=WORKED, signed="confirmed"
    ),
    "review": Row(("reviewer",), LIVE, not_by=WORKED, signed="reviewed"),
    "send_back": Row(("reviewer",), INVESTIGATED, not_by=WORKED, reason=True),
    "phase_one": Row(("reviewer",), INVESTIGATED, not_by=WORKED, signed="phase_i"),
    "plan": Row(("qa",), LIVE, not_by=WORKED),
    "conclude": Row(
        ("qa",),
        INVESTIGATED,
        not_by=WORKED,
        signed="concluded",
        reason=True,
    ),
    "release": Row(
        ("qa",),
        ("quarantine",),
        ("complete",),
        not_by=("entered", "performed", "reviewed"),
        signed="released",
        leads_to="released",
    ),
    "refuse": Row(
        ("qa",),
        LIVE,
        ("open", "complete"),
        not_by=("entered", "performed", "reviewed"),
        signed="refused",
        leads_to="refused",
        reason=True,
    ),
    "keep": Row(
        ("qa",),
        LIVE,
        ("released",),
        not_by=("entered", "performed", "reviewed"),
        signed="kept",
        reason=True,
    ),
    "unaffected": Row(
        ("qa",),
        LIVE,
        not_by=("entered", "performed", "reviewed"),
        signed="not_affected",
        reason=True,
    ),
    "conclude_finding": Row(
        ("qa",),
        INVESTIGATED,
        not_by=("entered", "performed", "reviewed"),
        signed="doubt_ended",
        reason=True,
    ),
    "reinstate": Row(
        ("qa",),
        not_by=("entered", "performed", "reviewed"),
        signed="reinstated",
        reason=True,
    ),
    "hold": Row(
        ("analyst", "reviewer", "qa"), ("quarantine",), leads_to="on_hold", reason=True
    ),
    "resume": Row(
        ("qa",), ("on_hold",), signed="resumed", leads_to="quarantine", reason=True
    ),
    "reject": Row(("qa",), LIVE, signed="rejected", leads_to="rejected", reason=True),
    "recall": Row(("qa",), LIVE, signed="recalled", leads_to="recalled", reason=True),
    "void": Row(("qa",), LIVE, signed="voided", leads_to="void", reason=True),
    "reopen": Row(("qa",), LIVE, signed="reopened", leads_to="quarantine", reason=True),
    "draft": Row(("qa",)),
    "approve": Row(("qa",), not_by=("drafted",), signed="approved"),
    "approve_map": Row(("reviewer", "qa"), not_by=("drafted",), signed="approved"),
    "withdraw_map": Row(("reviewer", "qa"), reason=True),
    "suspend": Row(("qa",), reason=True),
    "issue": Row(("qa",), ("quarantine",), ("released",)),
    "revise": Row(("qa",), ("quarantine",), ("released",), reason=True),
    "duplicate": Row(("qa",), ("quarantine",), ("released",)),
    "withdraw": Row(("qa",), reason=True),
    "confirm_person": Row(("qa",), signed="identified", reason=True),
    "confirm_at_server": Row(("administrator",), reason=True),
    "tell_apart": Row(("qa", "administrator"), signed="told_apart", reason=True),
    "accept_clock": Row(("qa",), reason=True),
    "administer": Row(("administrator",)),
}


# --- the table ----------------------------------------------------------------------


def test_steps_are_those_of_the_architecture():
    assert {
        code: Row(
            step.roles,
            step.lot_states,
            step.assessment_states,
            step.independent_of,
            step.signed_as or "",
            step.leads_to or "",
            step.reason is not None,
        )
        for code, step in STEPS.items()
    } == TABLE


def test_states_are_those_of_the_architecture():
    assert tuple(LotState) == LOT_STATES
    assert tuple(AssessmentState) == ASSESSMENT_STATES


def expected(row, role, lot_state, assessment_state, deed):
    """Return the code with which the step is refused, blank where it is open."""
    if role not in row.roles:
        return "role"
    if row.lot and lot_state not in row.lot:
        return "lot-state"
    if row.assessment and assessment_state not in row.assessment:
        return "assessment-state"
    return "independence" if deed in row.not_by else ""


def answer(step, role, lot_state, assessment_state, deed):
    try:
        step_table.check(
            step,
            subject="BAC-26-001",
            roles=frozenset({role}),
            lot_state=lot_state,
            assessment_state=assessment_state,
            deeds=frozenset({deed}),
        )
    except NotAllowed as refusal:
        return refusal.code
    return ""


@pytest.mark.parametrize("code", TABLE)
def test_step_is_open_exactly_where_the_table_says(code):
    cases = list(
        itertools.product(
            (*ROLES, "nobody"), LOT_STATES, ASSESSMENT_STATES, (*DEEDS, "none")
        )
    )

    assert {case: answer(STEPS[code], *case) for case in cases} == {
        case: expected(TABLE[code], *case) for case in cases
    }


@pytest.mark.parametrize("roles", [(), ("qa",), ROLES], ids=["none", "qa", "all"])
def test_no_set_of_roles_makes_up_for_a_deed(roles):
    with pytest.raises(NotAllowed) as caught:
        step_table.check(
            STEPS["release"],
            subject="BAC-26-001",
            roles=frozenset(roles),
            lot_state="quarantine",
            assessment_state="complete",
            deeds=frozenset(DEEDS),
        )

    assert caught.value.code == ("independence" if roles else "role")


def test_refusal_names_the_step_the_lot_and_the_way_out_and_says_you():
    def said(role, lot_state="quarantine", assessment_state="complete", deed="none"):
        with pytest.raises(NotAllowed) as caught:
            step_table.check(
                STEPS["release"],
                subject="BAC-26-001",
                roles=frozenset({role}),
                lot_state=lot_state,
                assessment_state=assessment_state,
                deeds=frozenset({deed}),
            )
        return str(caught.value)

    assert (
        said("analyst") == "Your role does not allow “Release” of BAC-26-001; ask QA."
    )
    assert said("qa", "on_hold") == (
        "“Release” is not possible for BAC-26-001 while the lot is on hold; it is"
        " open only for a lot that is in quarantine."
    )
    assert said("qa", "quarantine", "open") == (
        "“Release” is not possible for BAC-26-001 while its assessment is in testing;"
        " it is open only for one that is complete."
    )
    assert said("qa", deed="reviewed") == (
        "“Release” of BAC-26-001 takes another person: you reviewed it."
    )


# --- a further role, state or reason is one row --------------------------------------


class MoreRoles(Coded):
    """Roles with one that nothing else in the program has heard of."""

    said: str

    def __init__(self, _code, _word, said):
        self.said = said

    MICROBIOLOGIST = "microbiologist", "Microbiologist", "a microbiologist"


def test_further_role_is_named_wherever_the_roles_of_a_step_are(world, at, monkeypatch):
    step = replace(STEPS["release"], roles=(*Role, MoreRoles.MICROBIOLOGIST))
    monkeypatch.setitem(STEPS, "release", step)
    case = Case(world, at)
    case.enter(bench.IT_RESULTS)
    bench.review(case.cast, case.lot, at=at)
    page = signed_in(case.cast.maria).get(f"/lots/{case.lot.pk}/").content.decode()

    with pytest.raises(NotAllowed) as caught:
        step_table.check_role(step, subject="BAC-26-001", roles=frozenset())

    assert str(caught.value) == (
        "Your role does not allow “Release” of BAC-26-001; ask an analyst or a reviewer"
        " or QA or a manager or an auditor or an administrator or a microbiologist."
    )
    assert sentence(caught.value) == str(caught.value)
    assert (
        "an analyst / a reviewer / QA / a manager / an auditor / an administrator"
        " / a microbiologist"
    ) in page


def test_page_of_a_further_role_names_it():
    @role_required(MoreRoles.MICROBIOLOGIST, Role.QA)
    def page(request):
        raise AssertionError("nobody is signed in")

    request = RequestFactory().get("/")
    request.user = AnonymousUser()

    with pytest.raises(PermissionDenied) as caught:
        page(request)
    assert str(caught.value) == "This page is for the roles Microbiologist, QA."


def test_further_role_takes_the_step_that_names_it(world, at, monkeypatch):
    lot = Lot.objects.get(pk=Case(world, at).lot.pk)
    row = STEPS["hold"]
    monkeypatch.setitem(
        STEPS, "hold", replace(row, roles=(*row.roles, MoreRoles.MICROBIOLOGIST))
    )
    maria = world.cast.maria
    maria.roles = ["microbiologist"]
    maria.save()

    held = disposition.hold(lot=lot, by=maria, at=at, reason="Mould")

    assert held.state == LotState.ON_HOLD


# Of each step with a reason, the verbs give it one of their own: this asks the table.
NEEDING = [code for code, step in STEPS.items() if step.reason]


@pytest.mark.parametrize("code", NEEDING)
def test_step_that_needs_a_reason_is_refused_without_one(code):
    step = STEPS[code]

    for blank in ("", "  ", "\n"):
        with pytest.raises(NoReason) as caught:
            step_table.check_reason(step, blank)
        assert (str(caught.value), caught.value.field) == (
            step.reason.sentence,
            step.reason.field,
        )
    step_table.check_reason(step, "Why")


@pytest.mark.parametrize("code", sorted(set(STEPS) - set(NEEDING)))
def test_step_without_a_reason_takes_none(code):
    step_table.check_reason(STEPS[code], "")


def test_reason_that_a_row_comes_to_need_is_asked_for_by_its_verb(
    world, at, monkeypatch
):
    case, take = prepared(world, at, "sample", "quarantine")
    row = replace(STEPS["sample"], reason=Reason("Say why it is taken.", field="note"))
    monkeypatch.setitem(STEPS, "sample", row)

    with pytest.raises(NoReason, match="Say why it is taken") as caught:
        take(case.cast.lin)

    assert caught.value.field == "note"


def test_decision_puts_the_lot_where_its_row_leads(world, at, monkeypatch):
    case = Case(world, at)
    row = replace(
        STEPS["reject"], leads_to=LotState.ON_HOLD, signed_wording="Set aside"
    )
    monkeypatch.setitem(STEPS, "reject", row)

    bench.decide(case.cast, disposition.reject, case.lot, at=at, reason="Why")

    case.lot.refresh_from_db()
    assert case.lot.state == LotState.ON_HOLD
    assert case.lot.signatures.get().wording == "Set aside"


def test_decision_is_signed_where_its_row_is(world, at, monkeypatch):
    case = Case(world, at)
    monkeypatch.setitem(STEPS, "reject", replace(STEPS["reject"], signed_as=None))

    bench.decide(case.cast, disposition.reject, case.lot, at=at, reason="Why")

    assert not case.lot.signatures.exists()


# As they stand in signatures of the first version; a certificate prints them.
WORDINGS = {
    "confirm_correction": "Correction compared with the raw data",
    "review": "Compared with the raw data, complete and correct",
    "phase_one": "Phase I of investigation %(number)s checked in the laboratory",
    "conclude": "Investigation %(number)s concluded: %(finding)s",
    "release": "Released for the manufacture of %(products)s",
    "refuse": "Release against %(specification)s refused",
    "keep": "Release kept under the minimum specification %(minimum)s",
    "unaffected": "Not affected by the %(cause)s: %(source)s",
    "conclude_finding": "Finding concluded",
    "reinstate": "Periodic testing of %(test)s reinstated",
    "resume": "Hold ended",
    "reject": "Lot rejected",
    "recall": "Lot recalled",
    "void": "Lot voided: logged by mistake",
    "reopen": "Lot reopened, its releases withdrawn",
    "approve": "",
    "approve_map": "Column map approved",
    "confirm_person": "Is the person of this account",
    "tell_apart": "Another person than the accounts shown",
}


def test_wordings_of_signatures_never_change():
    assert {
        code: step.signed_wording for code, step in STEPS.items() if step.signed_as
    } == WORDINGS


# --- the verbs, on real lots --------------------------------------------------------

# What the oral assessment of an intrathecal lot needs, and what only its own needs.
# A lot that had an investigation is never void: voiding must not bury it.
NEVER_VOID = {"confirm_correction", "send_back", "phase_one", "plan", "conclude"}
WHO = {"analyst": "lin", "reviewer": "sofia", "qa": "chen"}


def refused(call, by):
    """Return the code with which the table refuses the call, blank where it does not.

    A refusal of another kind is a fault of the test's situation, and rises.
    """
    try:
        call(by)
    except NotAllowed as refusal:
        return refusal.code
    except Refusals as several:
        # Release of an incomplete assessment also says what is missing.
        first = several.refusals[0]
        if not isinstance(first, NotAllowed):
            raise
        return first.code
    return ""


@pytest.mark.parametrize(
    ("code", "state"),
    [
        (code, state)
        for code in VERBS
        for state in LOT_STATES
        if not (state == "void" and code in NEVER_VOID)
    ],
)
def test_verb_takes_the_lot_states_of_the_table(world, at, code, state):
    case, call = prepared(world, at, code, state)
    row = TABLE[code]

    told = refused(call, getattr(case.cast, WHO[row.roles[-1]]))

    assert told == ("" if state in row.lot else "lot-state")
    case.lot.refresh_from_db()
    moves = not told and row.leads_to in LOT_STATES
    assert case.lot.state == (row.leads_to if moves else state)


@pytest.mark.parametrize("code", VERBS)
def test_verb_takes_the_roles_of_the_table(world, at, code):
    """One person of each role, who had no part in the lot, tries; outsiders first."""
    row = TABLE[code]
    state = row.lot[0]
    _case, call = prepared(world, at, code, state)
    strangers = {
        "analyst": "marek",
        "reviewer": "tomas",
        "qa": "olga",
        "manager": "maria",
        "auditor": "ines",
        "administrator": "admin",
    }

    outside = [role for role in ROLES if role not in row.roles]
    assert {
        role: refused(call, getattr(world.cast, strangers[role])) for role in outside
    } == dict.fromkeys(outside, "role")
    assert refused(call, getattr(world.cast, strangers[row.roles[0]])) == ""


@pytest.mark.parametrize("code", [code for code in VERBS if TABLE[code].not_by])
def test_verb_is_refused_to_the_person_who_did_the_work(world, at, code):
    """Lin entered and performed; the roles of today do not make up for it."""
    row = TABLE[code]
    case, call = prepared(world, at, code, row.lot[0])
    case.cast.lin.roles = list(row.roles)
    case.cast.lin.save()

    assert refused(call, case.cast.lin) == "independence"


@pytest.mark.parametrize(
    "code", [code for code in VERBS if "reviewed" in TABLE[code].not_by]
)
def test_verb_is_refused_to_the_person_who_reviewed(world, at, code):
    case = Case(world, at)
    case.enter(bench.IT_RESULTS)
    bench.review(case.cast, case.lot, at=at, by=case.cast.sofia)
    call = getattr(bench, code)
    more = {"reason": "Why"} if code == "refuse" else {}
    case.cast.sofia.roles = ["qa"]
    case.cast.sofia.save()

    assert (
        refused(
            lambda by: call(case.cast, case.lot, "BAC-IT", at=at, by=by, **more),
            case.cast.sofia,
        )
        == "independence"
    )


def assessment_in(world, at, state):
    """Return a lot whose own assessment has come to the state."""
    case = Case(world, at)
    if state in ("complete", "released", "release_withdrawn"):
        case.enter(bench.IT_RESULTS)
        bench.review(case.cast, case.lot, at=at)
    if state in ("released", "release_withdrawn"):
        bench.release(case.cast, case.lot, "BAC-IT", at=at)
    if state == "release_withdrawn":
        bench.decide(
            case.cast,
            disposition.reopen,
            case.lot,
            at=at,
            reason="Why",
            deviation="DEV-1",
        )
    if state == "refused":
        bench.refuse(case.cast, case.lot, "BAC-IT", at=at, reason="Why")
    found = case.lot.assessments.filter(specification__code="BAC-IT", state=state)
    return case, found.get()


@pytest.mark.parametrize("state", ASSESSMENT_STATES)
@pytest.mark.parametrize("code", ["release", "refuse"])
def test_verb_takes_the_assessment_states_of_the_table(world, at, code, state):
    case, assessment = assessment_in(world, at, state)
    chen = case.cast.chen
    lot = Lot.objects.get(pk=case.lot.pk)
    text = signed_text.assessment_text(evaluator.evaluate(lot), assessment.pk)
    signed = {
        "assessment": assessment,
        "at": at,
        "confirmation": case.cast.confirmation(chen, at=at),
        "shown": signatures.shown(text),
    }
    more = (
        {
            "batch_record": "BR-1",
            "deviations": "none",
            "stated": statements.of("release"),
        }
        if code == "release"
        else {"reason": "Foreign particles"}
    )

    told = refused(lambda by: getattr(disposition, code)(by=by, **signed, **more), chen)

    row = TABLE[code]
    assert told == ("" if state in row.assessment else "assessment-state")
    assessment.refresh_from_db()
    assert assessment.state == (state if told else row.leads_to)

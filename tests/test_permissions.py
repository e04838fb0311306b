"""Every address for every kind of visitor: who may read it, who may send to it.

One table declares it; an address of the site that is not in the table fails, and so
does one that is gone (architecture.md 6.8, assurance.md F-01, F-02). What is sent has
nothing in it, so that whoever may send is told so (422) and nothing changes.
"""

from dataclasses import dataclass

import pytest
from django.conf import settings
from django.db import transaction
from django.test import Client
from django.urls import get_resolver, reverse
from django.urls.resolvers import URLResolver

from lots import accounts, audit, entering, qualifying, register, versioning
from lots.demo import bench
from lots.documents import Upload
from lots.models import (
    AuditEntry,
    Document,
    ImportedFile,
    Investigation,
    Qualification,
    Result,
    Role,
    Specification,
    StandIn,
    Statement,
)
from lots.versioning import CriterionDraft
from reports import issuing

ROLES = tuple(Role.values)
# An administrator keeps accounts and nothing else.
READERS = ("analyst", "reviewer", "qa", "manager", "auditor")
ANYBODY = "anybody"
SIGNED_IN = (*ROLES, "no role")
VISITORS = ("anonymous", "deactivated", *SIGNED_IN)
SIGN_IN = "to the sign-in"


@dataclass(frozen=True)
class Page:
    """Who gets which answer; None: the address does not take the method.

    Signed in but not named: 403. Not signed in: sent to the sign-in, except where
    anybody may.
    """

    who: tuple[str, ...] | str
    get: int | None = 200
    post: int | None = None

    def answer(self, visitor, method):
        out = visitor in ("anonymous", "deactivated")
        if out and self.who != ANYBODY:
            return SIGN_IN
        answer = self.get if method == "get" else self.post
        if answer is None:
            return 405
        return answer if self.who == ANYBODY or visitor in self.who else 403


def reads(*who):
    return Page(who or READERS)


def asks(*who):
    """A page with a form: shown, and shown again when nothing was typed."""
    return Page(who, post=422)


def takes(*who, answer=422):
    """No page of its own: only sent to, from another page."""
    return Page(who, get=None, post=answer)


QA = asks("qa")
ADMINISTRATOR = asks("administrator")
TABLE = {
    # Signing in and out, and one's own password.
    "login": Page(ANYBODY, post=200),
    "logout": takes(*SIGNED_IN, answer=302),
    "lots:own_password": asks(*SIGNED_IN),
    # Open to the world.
    "reports:check": Page(ANYBODY, post=422),
    "reports:check_certificate": Page(ANYBODY, post=422),
    # What is said about lots.
    "reports:my_work": reads(),
    "reports:dashboard": reads(),
    "reports:lot_record": reads(),
    "reports:lot_certificates": reads(),
    "reports:certificate_list": reads(),
    "reports:certificate_detail": reads(),
    "reports:certificate_pdf": reads(),
    "reports:preview": reads(),
    "reports:issue": reads(),
    "reports:issue_now": takes("qa"),
    "reports:finish_left_over": takes("qa", answer=302),
    "reports:certificate_revise": takes("qa"),
    "reports:certificate_duplicate": takes("qa"),
    "reports:certificate_withdraw": takes("qa"),
    # Lots.
    "lots:lot_list": reads(),
    "lots:lot_detail": reads(),
    "lots:log_lot": asks("analyst"),
    "lots:standing_qualifications": reads("analyst"),
    "lots:take_sample": asks("analyst"),
    "lots:attach": asks("analyst"),
    "lots:attach_original": asks("analyst"),
    "lots:open_examination": asks("analyst", "qa"),
    "lots:add_assessment": asks("analyst", "qa"),
    "lots:examination": reads(),
    "lots:enter_result": takes("analyst"),
    "lots:submit": takes("analyst"),
    "lots:review": reads("reviewer"),
    "lots:sign_review": asks("reviewer"),
    "lots:send_back": asks("reviewer"),
    "lots:confirm_correction": asks("reviewer"),
    "lots:release": QA,
    "lots:refuse": QA,
    "lots:hold": asks("analyst", "reviewer", "qa"),
    "lots:resume": QA,
    "lots:reject": QA,
    "lots:recall": QA,
    "lots:void": QA,
    "lots:reopen": QA,
    "lots:investigation_list": reads(),
    "lots:investigation_detail": reads(),
    "lots:plan_investigation": QA,
    "lots:conclude_investigation": QA,
    "lots:investigate": asks("analyst", "qa"),
    "lots:document": reads(),
    # Set-up: everybody reads, QA keeps.
    "lots:material_list": reads(),
    "lots:material_detail": reads(),
    "lots:add_material": QA,
    "lots:change_material": QA,
    "lots:test_detail": reads(),
    "lots:add_test": QA,
    "lots:change_test": QA,
    "lots:add_procedure": QA,
    "lots:add_statement": QA,
    "lots:retire_statement": QA,
    "lots:draft_stand_in": QA,
    "lots:approve_stand_in": QA,
    "lots:withdraw_stand_in": QA,
    "lots:specification_list": reads(),
    "lots:specification_detail": reads(),
    # What has no rows yet is asked for its first.
    "lots:draft_specification": Page(("qa",), post=200),
    "lots:change_draft": QA,
    "lots:next_version": QA,
    "lots:approve_specification": QA,
    "lots:withdraw_draft": QA,
    "lots:withdraw_specification": QA,
    "lots:qualification_list": reads(),
    "lots:qualification_detail": reads(),
    "lots:draft_qualification": QA,
    "lots:approve_qualification": QA,
    "lots:suspend_qualification": QA,
    "lots:resume_qualification": QA,
    "lots:withdraw_qualification": QA,
    "lots:organisation_list": reads(),
    "lots:organisation_detail": reads(),
    "lots:add_organisation": QA,
    "lots:change_organisation": QA,
    "lots:add_site": QA,
    "lots:change_site": QA,
    "lots:letterhead": reads(),
    "lots:draft_letterhead": QA,
    "lots:approve_letterhead": QA,
    "lots:withdraw_letterhead": QA,
    # Imports.
    "lots:import_list": reads(),
    "lots:import_detail": reads(),
    "lots:import_new": asks("analyst"),
    "lots:import_run": takes("analyst"),
    "lots:import_template": Page(("analyst",), get=302),
    # The trail, and accounts.
    "lots:audit_trail": reads("qa", "auditor"),
    "lots:audit_export": reads("qa", "auditor"),
    "lots:account_list": reads("administrator"),
    "lots:account_detail": reads("administrator"),
    "lots:add_account": ADMINISTRATOR,
    "lots:change_account": ADMINISTRATOR,
    "lots:set_roles": ADMINISTRATOR,
    "lots:set_password": ADMINISTRATOR,
    "lots:deactivate": ADMINISTRATOR,
    "lots:reactivate": ADMINISTRATOR,
}
# My work sends who keeps accounts to where that is done.
ELSEWHERE = {
    ("reports:my_work", "administrator", "get"): 302,
}


def places(resolver=None, space=""):
    """Yield (name, variables) of every address of the site."""
    for pattern in (resolver or get_resolver()).url_patterns:
        if isinstance(pattern, URLResolver):
            inner = f"{space}{pattern.namespace}:" if pattern.namespace else space
            yield from places(pattern, inner)
        else:
            yield f"{space}{pattern.name}", tuple(pattern.pattern.converters)


def test_every_address_is_declared():
    names = [name for name, _variables in places()]

    assert len(names) == len(set(names))
    assert set(names) == set(TABLE)


# --- real records for every address that names one ----------------------------------


def addresses(world, at):
    """Make a record for every address and return the addresses by name."""
    cast = world.cast
    signed = {"by": cast.chen, "at": at}
    released = bench.log(cast, world, at=at, number="BAC-26-001")
    bench.enter(
        released, world, {**bench.ORAL_RESULTS, **bench.ELEMENTS}, by=cast.lin, at=at
    )
    bench.review(cast, released, at=at)
    bench.release(cast, released, "BAC-ORAL", at=at)
    assessment = bench.assessment(released, "BAC-ORAL")
    certificate = issuing.issue(assessment=assessment, **signed)
    lot = bench.log(cast, world, at=at, number="BAC-26-901", use="intrathecal")
    examination = lot.examinations.get()
    # A fail with its investigation, a correction of it that waits, and a result that
    # nobody can decide.
    bench.enter(lot, world, {"BET": "4.2", "MEOH": "<4000"}, by=cast.lin, at=at)
    correction, _ = entering.enter_result(
        examination=examination,
        test=world.tests["BET"],
        by=cast.lin,
        at=at,
        determinations=bench.typed("0.42"),
        seen=1,
        kind="transcription",
        reason="Point misplaced",
    )
    open_assessment = bench.assessment(lot, "BAC-IT")
    draft = versioning.draft_specification(
        **signed,
        material=world.material,
        code="BAC-NEW",
        use="oral",
        grade="In-house",
        compendium="In-house",
        effective_on=lot.manufactured_on,
        change_reason="First version",
        criteria=[CriterionDraft(test=world.tests["MEOH"], kind="nmt", high="3000")],
    )
    qualification = qualifying.draft_qualification(
        **signed,
        site=world.works,
        material=world.material,
        use="oral",
        process="Another process",
        valid_from=lot.manufactured_on,
        storage="Dry",
        retest_months=12,
        evidence=Upload("audit.txt", b"An audit report"),
        evidence_reference="AR-1",
    )
    suspended = Qualification.objects.get(site=world.partner, use="oral")
    qualifying.suspend_qualification(
        qualification=suspended, **signed, reason="Audit overdue"
    )
    letterhead = register.draft_letterhead(
        **signed, name="New Name Co., Ltd.", address="1 Quay", telephone="+86 1"
    )
    with audit.act(by=cast.lin, at=at, action="import") as act:
        imported = act.create(
            ImportedFile(
                document=Document.objects.first(),
                sha256="0" * 64,
                map="",
                rows=0,
                by=cast.lin,
                at=at,
            )
        )
    stand_in = StandIn.objects.get()
    approved = Specification.objects.get(code="BAC-ORAL")
    in_force = Qualification.objects.filter(site=world.works, state="approved").first()
    of = {
        **dict.fromkeys(
            ("lot_detail", "lot_certificates", "lot_record", "take_sample", "attach",
             "attach_original",
             "open_examination", "hold", "resume", "reject", "recall", "void",
             "reopen"),
            lot,
        ),
        **dict.fromkeys(
            ("add_assessment", "examination", "submit", "review", "sign_review",
             "send_back"),
            examination,
        ),
        **dict.fromkeys(("release", "refuse"), open_assessment),
        **dict.fromkeys(("issue", "issue_now", "preview"), assessment),
        **dict.fromkeys(
            ("certificate_detail", "certificate_pdf", "certificate_revise",
             "certificate_duplicate", "certificate_withdraw"),
            certificate,
        ),
        "confirm_correction": correction,
        "investigate": Result.objects.get(
            test=world.tests["MEOH"], examination=examination
        ),
        **dict.fromkeys(
            ("investigation_detail", "plan_investigation", "conclude_investigation"),
            Investigation.objects.get(),
        ),
        "document": Document.objects.first(),
        **dict.fromkeys(
            ("material_detail", "change_material", "add_test", "add_statement",
             "draft_stand_in"),
            world.material,
        ),
        **dict.fromkeys(
            ("test_detail", "change_test", "add_procedure"), world.tests["CD"]
        ),
        "retire_statement": Statement.objects.filter(is_current=True).first(),
        **dict.fromkeys(("approve_stand_in", "withdraw_stand_in"), stand_in),
        **dict.fromkeys(
            ("specification_detail", "next_version", "withdraw_specification"), approved
        ),
        **dict.fromkeys(
            ("change_draft", "approve_specification", "withdraw_draft"), draft
        ),
        **dict.fromkeys(
            ("qualification_detail", "approve_qualification"), qualification
        ),
        **dict.fromkeys(
            ("suspend_qualification", "withdraw_qualification"), in_force
        ),
        "resume_qualification": suspended,
        **dict.fromkeys(
            ("organisation_detail", "change_organisation", "add_site"),
            world.works.organisation,
        ),
        "change_site": world.works,
        "import_detail": imported,
        "approve_letterhead": letterhead,
        "withdraw_letterhead": letterhead,
        **dict.fromkeys(
            ("account_detail", "change_account", "set_roles", "set_password",
             "deactivate", "reactivate"),
            cast.marek,
        ),
    }  # fmt: skip

    def keys(name, variables):
        if variables == ("token",):
            return {"token": certificate.token}
        if "test_pk" in variables:
            return {"pk": examination.pk, "test_pk": world.tests["CD"].pk}
        return {"pk": of[name.partition(":")[2]].pk} if variables else {}

    return {
        name: reverse(name, kwargs=keys(name, variables))
        for name, variables in places()
    }


def visitor(world, at, kind):
    """Return a browser of this kind of visitor."""
    browser = Client()
    if kind == "anonymous":
        return browser
    person = accounts.add_account(
        by=world.cast.admin,
        at=at,
        username="visitor",
        printed_name="Vera Visitor",
        title="Visitor",
        roles=[kind] if kind in ROLES else ["qa"],
        password="visiting-2026-only",
    )
    person.must_change_password = False
    if kind == "no role":
        person.roles = []
    person.save()
    browser.force_login(person)
    if kind == "deactivated":
        accounts.deactivate(person=person, by=world.cast.admin, at=at, reason="Left")
    return browser


def answered(response):
    if (
        response.status_code == 302
        and response["Location"].startswith(reverse(settings.LOGIN_URL))
        and "next=" in response["Location"]
    ):
        return SIGN_IN
    return response.status_code


def sent(browser, address, method):
    """Send and forget what it did; the browser stays signed in."""
    point = transaction.savepoint()
    cookies = browser.cookies.copy()
    try:
        return getattr(browser, method)(
            address, {"nothing": "typed"} if method == "post" else {}
        )
    finally:
        browser.cookies = cookies
        transaction.savepoint_rollback(point)


@pytest.mark.parametrize("kind", VISITORS)
def test_visitor_gets_exactly_what_is_declared(world, at, kind):
    found = addresses(world, at)
    browser = visitor(world, at, kind)

    assert {
        (name, method): answered(sent(browser, address, method))
        for name, address in found.items()
        for method in ("get", "post")
    } == {
        (name, method): ELSEWHERE.get((name, kind, method), page.answer(kind, method))
        for name, page in TABLE.items()
        for method in ("get", "post")
    }


@pytest.mark.postgres
def test_reading_changes_nothing(world, at):
    """GET never changes anything: not one entry in the trail, whoever reads."""
    found = addresses(world, at)
    browsers = [visitor(world, at, "qa")]
    before = AuditEntry.objects.count()

    for browser in browsers:
        for address in found.values():
            browser.get(address)

    assert AuditEntry.objects.count() == before


@pytest.mark.parametrize("kind", READERS)
def test_what_does_not_exist_is_404_to_whoever_may_read_it(world, at, kind):
    browser = visitor(world, at, kind)
    unknown = {
        name: reverse(
            name,
            kwargs={
                variable: "unknown-token" if variable == "token" else 999_999
                for variable in variables
            },
        )
        for name, variables in places()
        if variables and kind in TABLE[name].who
    }

    assert unknown
    assert {
        name: browser.get(address).status_code
        for name, address in unknown.items()
        if TABLE[name].get
    } == {name: 404 for name in unknown if TABLE[name].get}


def test_unknown_records_tell_nothing_to_who_may_not_read(world, at):
    """Signed in without role: the same 403 for what is there and what is not."""
    browser = visitor(world, at, "no role")
    found = addresses(world, at)
    named = [
        (name, variables)
        for name, variables in places()
        if variables and TABLE[name].who != ANYBODY and TABLE[name].get
    ]

    assert {
        name: (
            browser.get(found[name]).status_code,
            browser.get(
                reverse(name, kwargs=dict.fromkeys(variables, 999_999))
            ).status_code,
        )
        for name, variables in named
    } == {name: (403, 403) for name, _variables in named}


def test_unknown_address_asks_for_the_sign_in_first(world, at):
    assert answered(Client().get("/nowhere/")) in (404, SIGN_IN)
    assert visitor(world, at, "qa").get("/nowhere/").status_code == 404

"""Every address of the site: who may read it and send to it, and one that exists."""

from dataclasses import dataclass

from django.urls import get_resolver, reverse
from django.urls.resolvers import URLResolver

from lots import calendar
from lots.demo import bench
from lots.evidence import audit
from lots.evidence.documents import Upload
from lots.imports import map_approval
from lots.models import (
    AlternativeUse,
    AuditEntry,
    ConsistencyFinding,
    Document,
    ImportedFile,
    Investigation,
    PeriodicFailure,
    PrintedIdentity,
    Qualification,
    Result,
    Role,
    Specification,
    Statement,
)
from lots.results import result_entry
from lots.setup import (
    certificate_headers,
    materials,
    methods,
    qualifications,
    specification_versions,
)
from lots.setup.specification_versions import CriterionDraft
from reports.issuing import certificates
from tests.lots.imports import files

ROLES = tuple(Role)


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
    "lots:own": asks(*SIGNED_IN),
    "lots:own_password": asks(*SIGNED_IN),
    # Open to the world.
    "reports:check": Page(ANYBODY, post=422),
    "reports:check_certificate": Page(ANYBODY, post=422),
    # What is said about lots.
    "reports:my_work": reads(),
    "reports:below_minimum": reads(),
    "reports:dashboard": reads(),
    "reports:trends": reads(),
    "reports:trend": reads(),
    "reports:find": reads(),
    "reports:commands": reads(),
    "reports:lot_record": reads(),
    "reports:lot_certificates": reads(),
    "reports:lot_consistency": reads(),
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
    "lots:lot_attempts": reads(),
    "lots:lot_documents": reads(),
    "lots:lot_history": reads(),
    "lots:log_lot": asks("analyst"),
    "lots:valid_qualifications": reads("analyst"),
    "lots:take_sample": asks("analyst"),
    "lots:attach": asks("analyst"),
    "lots:invalid_run": asks("analyst"),
    "lots:attach_original": asks("analyst"),
    "lots:open_test_order": asks("analyst", "qa"),
    "lots:add_assessment": asks("analyst", "qa"),
    "lots:test_order": reads(),
    "lots:enter_result": takes("analyst"),
    "lots:submit": takes("analyst"),
    "lots:remark": asks("analyst"),
    "lots:review": reads("reviewer"),
    "lots:sign_review": asks("reviewer"),
    "lots:send_back": asks("reviewer"),
    "lots:confirm_correction": asks("reviewer"),
    "lots:release": QA,
    "lots:refuse": QA,
    "lots:keep": QA,
    "lots:unaffected": QA,
    "lots:reinstate": QA,
    "lots:conclude_finding": QA,
    "lots:hold": asks("analyst", "reviewer", "qa"),
    "lots:resume": QA,
    "lots:reject": QA,
    "lots:recall": QA,
    "lots:void": QA,
    "lots:reopen": QA,
    "lots:investigation_list": reads(),
    "lots:investigation_detail": reads(),
    "lots:phase_one": asks("reviewer"),
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
    "lots:add_method": QA,
    "lots:add_statement": QA,
    "lots:retire_statement": QA,
    "lots:draft_alternative_use": QA,
    "lots:approve_alternative_use": QA,
    "lots:withdraw_alternative_use": QA,
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
    "lots:certificate_header": reads(),
    "lots:draft_certificate_header": QA,
    "lots:approve_certificate_header": QA,
    "lots:withdraw_certificate_header": QA,
    "lots:printed_identity": reads(),
    "lots:draft_identities": takes("qa"),
    # With nothing selected it says so.
    "lots:approve_identities": QA,
    "lots:withdraw_identity": QA,
    "lots:method_list": reads(),
    "lots:draft_methods": takes("qa"),
    "lots:approve_methods": QA,
    "lots:withdraw_method": QA,
    # Imports.
    "lots:import_list": reads(),
    "lots:import_detail": reads(),
    "lots:import_new": asks("analyst"),
    "lots:import_run": takes("analyst"),
    "lots:import_map": reads(),
    "lots:approve_map": asks("reviewer", "qa"),
    "lots:withdraw_map": asks("reviewer", "qa"),
    "lots:import_template": Page(("analyst",), get=302),
    # The trail, and accounts.
    "lots:audit_trail": reads("qa", "auditor"),
    "lots:audit_act": reads("qa", "auditor"),
    "lots:audit_export": reads("qa", "auditor"),
    "lots:account_list": reads("administrator"),
    "lots:account_detail": reads("administrator"),
    "lots:add_account": ADMINISTRATOR,
    "lots:change_account": ADMINISTRATOR,
    "lots:change_employee_number": ADMINISTRATOR,
    "lots:tell_apart": asks("qa", "administrator"),
    "lots:confirm_person": asks("qa"),
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
    certificate = certificates.issue(
        assessment=assessment, **signed, stated=bench.LABEL
    )
    lot = bench.log(cast, world, at=at, number="BAC-26-901", use="intrathecal")
    test_order = lot.test_orders.get()
    # A fail with its investigation, a correction of it that waits, and a result that
    # nobody can decide.
    bench.enter(lot, world, {"BET": "4.2", "MEOH": "<4000"}, by=cast.lin, at=at)
    correction, _ = result_entry.enter_result(
        test_order=test_order,
        test=world.tests["BET"],
        by=cast.lin,
        at=at,
        determinations=bench.typed("0.42"),
        seen=1,
        kind="transcription",
        reason="Point misplaced",
        raw_reference="LN-1, page 7",
    )
    open_assessment = bench.assessment(lot, "BAC-IT")
    draft = specification_versions.draft_specification(
        **signed,
        material=world.material,
        code="BAC-NEW",
        use="oral",
        owner="pharmacopoeia",
        grade="In-house",
        compendium="In-house",
        effective_on=lot.manufactured_on,
        change_reason="First version",
        criteria=[CriterionDraft(test=world.tests["MEOH"], kind="nmt", high="3000")],
    )
    qualification = qualifications.draft_qualification(
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
    qualifications.suspend_qualification(
        qualification=suspended,
        **signed,
        since=calendar.today(at),
        reason="Audit overdue",
    )
    certificate_header = certificate_headers.draft_certificate_header(
        **signed, name="New Name Co., Ltd.", address="1 Quay", telephone="+86 1"
    )
    materials.add_statement(
        **signed, material=world.material, title="Nitrosamines", text="None likely."
    )
    drafted = PrintedIdentity.objects.get(state="draft")
    method = methods.add_method(
        **signed, test=world.tests["CD"], code="ICP-MS 2", lod="0.02", loq="0.05"
    )
    with audit.act(by=cast.lin, at=at, action="import") as act:
        imported = act.create(
            ImportedFile(
                document=Document.objects.first(),
                sha256="0" * 64,
                map="[columns]\n",
                rows=0,
                by=cast.lin,
                at=at,
            )
        )
    with audit.act(by=cast.lin, at=at, action="check_import") as act:
        column = map_approval.propose(
            act, f'{files.MAP}[translate.water]\n"n.d." = "ND"\n'
        )
    failed = Result.objects.get(test=world.tests["BET"], attempt=1)
    with audit.act(by=cast.lin, at=at, action="enter") as act:
        failure = act.create(
            PeriodicFailure(lot=lot, test=failed.test, result=failed, failed_at=at)
        )
        finding = act.create(
            ConsistencyFinding(
                lot=lot, other=released, kind="copied", text="As that.", found_at=at
            ),
            lot=lot,
        )
    alternative_use = AlternativeUse.objects.get()
    approved = Specification.objects.get(code="BAC-ORAL")
    effective = Qualification.objects.filter(site=world.works, state="approved").first()
    of = {
        **dict.fromkeys(
            ("lot_detail", "lot_attempts", "lot_documents", "lot_history",
             "lot_certificates", "lot_consistency", "lot_record", "take_sample",
             "attach",
             "invalid_run",
             "attach_original",
             "open_test_order", "hold", "resume", "reject", "recall", "void",
             "reopen", "unaffected"),
            lot,
        ),
        **dict.fromkeys(
            ("add_assessment", "test_order", "submit", "review", "sign_review",
             "send_back"),
            test_order,
        ),
        **dict.fromkeys(("release", "refuse"), open_assessment),
        **dict.fromkeys(("issue", "issue_now", "keep", "preview"), assessment),
        **dict.fromkeys(
            ("certificate_detail", "certificate_pdf", "certificate_revise",
             "certificate_duplicate", "certificate_withdraw"),
            certificate,
        ),
        "confirm_correction": correction,
        "remark": correction,
        "investigate": Result.objects.get(
            test=world.tests["MEOH"], test_order=test_order
        ),
        **dict.fromkeys(
            ("investigation_detail", "phase_one", "plan_investigation",
             "conclude_investigation"),
            Investigation.objects.get(),
        ),
        "reinstate": failure,
        "conclude_finding": finding,
        "document": Document.objects.first(),
        "audit_act": AuditEntry.objects.get(table="lots_investigation"),
        **dict.fromkeys(
            ("material_detail", "change_material", "add_test", "add_statement",
             "draft_alternative_use"),
            world.material,
        ),
        **dict.fromkeys(
            ("test_detail", "change_test", "add_method"), world.tests["CD"]
        ),
        "retire_statement": Statement.objects.filter(is_current=True).first(),
        **dict.fromkeys(
            ("approve_alternative_use", "withdraw_alternative_use"), alternative_use
        ),
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
            ("suspend_qualification", "withdraw_qualification"), effective
        ),
        "resume_qualification": suspended,
        **dict.fromkeys(
            ("organisation_detail", "change_organisation", "add_site"),
            world.works.organisation,
        ),
        "change_site": world.works,
        "import_detail": imported,
        **dict.fromkeys(("import_map", "approve_map", "withdraw_map"), column),
        "withdraw_identity": drafted,
        "withdraw_method": method,
        "approve_certificate_header": certificate_header,
        "withdraw_certificate_header": certificate_header,
        **dict.fromkeys(
            ("account_detail", "change_account", "change_employee_number",
             "tell_apart", "confirm_person", "set_roles", "set_password",
             "deactivate", "reactivate"),
            cast.marek,
        ),
    }  # fmt: skip

    def keys(name, variables):
        if variables == ("token",):
            return {"token": certificate.token}
        if "material" in variables:
            return {"material": world.material.pk, "test": world.tests["CD"].pk}
        if "test_pk" in variables:
            return {"pk": test_order.pk, "test_pk": world.tests["CD"].pk}
        return {"pk": of[name.partition(":")[2]].pk} if variables else {}

    return {
        name: reverse(name, kwargs=keys(name, variables))
        for name, variables in places()
    }

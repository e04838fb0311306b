"""A real act of every kind, made through the verbs, with its sentence.

`MADE` lists the code of an action, a function that takes it (the last act of that code
is the one meant) and the whole sentence.
"""

import dataclasses
import hashlib
import re

from lots import calendar
from lots.accounts import identity, people, users
from lots.consistency import findings
from lots.demo import baclofen, bench
from lots.evaluation import signed_text
from lots.evidence import audit, signatures
from lots.evidence.documents import Upload
from lots.imports import map_approval
from lots.intake import log
from lots.investigations import conduct, opening, periodic_failures
from lots.models import (
    AlternativeUse,
    Document,
    ImportedFile,
    Investigation,
    Lot,
    Method,
    PeriodicFailure,
    PrintedIdentity,
    Qualification,
    Result,
    Specification,
    User,
)
from lots.release import disposition, minimums, unaffected
from lots.results import raw_data_opening, remarks, result_entry
from lots.setup import (
    alternative_uses,
    certificate_headers,
    identity_approval,
    material_tests,
    materials,
    method_approval,
    methods,
    organisations,
    qualifications,
    signed_specification,
    specification_versions,
)
from lots.setup.specification_versions import CriterionDraft
from reports.issuing import certificates
from tests.lots import situations
from tests.lots.imports import files
from tests.lots.pages import PASSWORD
from tests.lots.setup import identities, specifications

OTHER = "another-2026-only"
TRANSLATING = f'{files.MAP}[translate.water]\n"n.d." = "ND"\n'
DENSITY = material_tests.TestFacts(
    code="DENS", name="Bulk density", group="physical", unit="g/mL"
)


def raw(history):
    """Return the sentences that hold a column, a count of values or a bare key."""
    columns = {
        column
        for told in history
        for entry in told.act.entries
        for column in entry.changes
        if "_" in column
    }
    words = re.compile(
        rf"\b({'|'.join(sorted(columns))})\b|\b[0-9]+ values?\b"
        r"|\b(account|assessment|certificate|criterion|document|lot|mark|method|result"
        r"|signature|site|specification|test|test order) [0-9]+\b"
    )
    return [told.sentence for told in history if words.search(told.sentence)]


class Case(situations.Case):
    """A lot in its world, with what the acts of this module need beside it."""

    @property
    def olga(self):
        return {"by": self.cast.olga, "at": self.at}

    @property
    def admin(self):
        return {"by": self.cast.admin, "at": self.at}

    def signed(self, text):
        return {
            "by": self.cast.chen,
            "at": self.at,
            "confirmation": self.cast.confirmation(self.cast.chen, at=self.at),
            "shown": signatures.shown(text),
        }


def keep_release(case):
    """Keep a release under a minimum for which toluene was tightened since."""
    case.release_for_oral()
    specifications.minimum(case.world, case.at, TOL={"high": "100"})
    minimums.keep_release(
        assessment=bench.assessment(case.lot, "BAC-ORAL"),
        **case.signed(signed_text.lot_text(Lot.objects.get(pk=case.lot.pk))),
        reason="Toluene is below 20 ppm",
    )


def sign_unaffected(case):
    """Sign that the hold of its parent does not touch a reworked lot."""
    made = bench.log(
        case.cast, case.world, at=case.at, number="BAC-26-911", use="intrathecal",
        origin="rework", parents=[(case.lot, "5")], size="5",
    )  # fmt: skip
    disposition.hold(lot=case.lot, by=case.cast.lin, at=case.at, reason="Damaged")
    unaffected.sign_unaffected(
        lot=made,
        about=f"hold-{case.lot.pk}",
        **case.signed(signed_text.lot_text(Lot.objects.get(pk=made.pk))),
        reason="The drum was torn later",
    )


def conclude_finding(case):
    """Conclude on results that are those of the lot before."""
    lots = []
    for number in ("BAC-26-913", "BAC-26-914"):
        lot = bench.log(case.cast, case.world, at=case.at, number=number)
        values = {**bench.ORAL_RESULTS, "IPA": "333"}
        bench.enter(lot, case.world, values, by=case.cast.lin, at=case.at)
        lots.append(lot)
    findings.conclude(
        finding=lots[1].findings.get(),
        **case.signed(signed_text.lot_text(Lot.objects.get(pk=lots[1].pk))),
        reason="Weighings and runs differ",
        evidence="LN-26, page 40",
    )


def reinstate(case):
    """Reinstate a periodic test, which failed on an oral lot; the fail is valid."""
    lot = bench.log(case.cast, case.world, at=case.at, number="BAC-26-912")
    bench.enter(lot, case.world, {"CD": "0.9"}, by=case.cast.lin, at=case.at)
    bench.conclude(
        case.cast, lot, lot.investigations.get(), at=case.at,
        conclusion="not_proven", cause="No error found",
    )  # fmt: skip
    periodic_failures.reinstate(
        failure=PeriodicFailure.objects.get(),
        **case.signed(signed_text.lot_text(Lot.objects.get(pk=lot.pk))),
        reason="Ten lots pass",
    )


def situation(code, state="quarantine"):
    """Return the verb of the step table, taken by the person it is for."""

    def take(case):
        if code in ("recall", "reopen"):
            case.release_for_oral()
        call = situations.VERBS[code](case)
        case.bring_to(state)
        by = case.cast.lin
        if code in ("review", "send_back", "confirm_correction", "phase_one"):
            by = case.cast.sofia
        elif code in situations.VERBS and code not in (
            "sample", "enter", "invalid_run", "submit", "examine", "hold",
        ):  # fmt: skip
            by = case.cast.chen
        call(by)

    return take


def further(kind, value, *, plan=None):
    """Return the entry of a further result of a failed one."""

    def take(case):
        case.enter({"BET": "4.2"})
        if plan is not None:
            conduct.plan(
                investigation=Investigation.objects.get(),
                **case.olga,
                hypothesis="Contaminated tube",
                planned_retests=plan,
            )
        sample = None
        if kind == "resample":
            sample = bench.sample(
                case.lot, number="S-2", taken_on=calendar.today(case.at),
                by=case.cast.lin, at=case.at,
            )  # fmt: skip
        result_entry.enter_result(
            test_order=case.test_order,
            test=case.world.tests["BET"],
            by=case.cast.lin,
            at=case.at,
            determinations=bench.typed(value),
            seen=1,
            kind=kind,
            reason="Point misplaced",
            sample=sample,
            raw_reference="LN-1, page 7",
        )

    return take


def reprocessed(case):
    case.enter({"MEOH": "112"})
    result_entry.enter_result(
        test_order=case.test_order,
        test=case.world.tests["MEOH"],
        by=case.cast.lin,
        at=case.at,
        determinations=bench.typed("114"),
        seen=1,
        kind="reprocessing",
        reason="The weight was of another vial",
        raw_reference="CDS result 118, version 2",
    )


def remark(case):
    [result] = case.enter({"WATER": "0.21"}, submit=False)
    remarks.add_remark(
        result=result,
        by=case.cast.lin,
        at=case.at,
        remark="Second titrator used",
        is_printed=True,
    )


def many(case):
    case.enter(
        {"BET": "4.2", "APP": "White powder", "MEOH": "112", "WATER": "0.21"},
        submit=False,
    )


def failing(case):
    case.enter({"WATER": "1.8"}, submit=False)


def undecided(case):
    case.enter({"MEOH": "<4000"})
    opening.open_for_undecided(
        result=Result.objects.get(), by=case.cast.lin, at=case.at, reason="Why"
    )


def proven(case):
    case.enter({"BET": "4.2"})
    bench.conclude(
        case.cast,
        case.lot,
        Investigation.objects.get(),
        at=case.at,
        conclusion="proven",
        cause="The tube was dirty",
    )


def of_run(case):
    """The error of the instrument, which takes another result of the run."""
    case.enter({"BET": "4.2", "MEOH": "112", "TOL": "<20"}, run="R-1")
    results = {one.test.code: one.pk for one in Result.objects.all()}
    bench.conclude(
        case.cast,
        case.lot,
        Investigation.objects.get(),
        at=case.at,
        conclusion="proven",
        cause="The reader was not calibrated",
        kind="instrument",
        run={
            results["MEOH"]: ("invalid", "Read by the same reader"),
            results["TOL"]: ("stands", "Read by another reader"),
        },
    )


def computed(case):
    """Correct the water, so that the assay is worked out again."""
    case.enter({"WATER": "0.21", "ASSAY": bench.typed("99.4", "99.7")})
    result_entry.enter_result(
        test_order=case.test_order,
        test=case.world.tests["WATER"],
        by=case.cast.lin,
        at=case.at,
        determinations=bench.typed("0.12"),
        seen=1,
        kind="transcription",
        reason="Digits exchanged",
        raw_reference="LN-1, page 7",
    )


def attach(case):
    result_entry.attach(
        lot=case.lot,
        by=case.cast.lin,
        at=case.at,
        upload=Upload("chromatogram.txt", b"Peaks"),
        title="Chromatograms",
    )


def open_raw_data(case):
    file = result_entry.attach(
        lot=case.lot,
        by=case.cast.lin,
        at=case.at,
        upload=Upload("chromatogram.txt", b"Peaks"),
        title="Chromatograms",
    )
    raw_data_opening.opened(document=file.document, by=case.cast.sofia, at=case.at)


def attach_original(case):
    lot = bench.log(
        case.cast,
        case.world,
        at=case.at,
        number="BAC-26-902",
        process="Taihu process T-3",
        **{**case.world.bought, "original_certificate": None},
    )
    log.attach_original(
        lot=lot,
        by=case.cast.lin,
        at=case.at,
        upload=Upload("maker.txt", b"Certificate"),
    )


def check_import(case):
    with audit.act(by=case.cast.lin, at=case.at, action="check_import") as act:
        act.note(file="lots.csv", sha256="0", map_sha256="0", rows=5, new=4)


def propose_map(case):
    with audit.act(by=case.cast.lin, at=case.at, action="check_import") as act:
        column = map_approval.propose(act, TRANSLATING)
        act.note(file="lots.csv", sha256="0", map_sha256="0", rows=5, new=4)
    return column


def approve_map(case):
    column = propose_map(case)
    map_approval.approve_map(
        column=column, **case.signed(map_approval.map_text(column))
    )


def withdraw_map(case):
    map_approval.withdraw_map(
        column=propose_map(case), by=case.cast.chen, at=case.at, reason="Wrong word"
    )


def imported(case):
    with audit.act(by=case.cast.lin, at=case.at, action="import") as act:
        document = act.create(
            Document(
                name="lots.csv",
                content_type="text/csv",
                size=1,
                sha256=hashlib.sha256(b"1").hexdigest(),
                content=b"1",
                added_by=case.cast.lin,
                added_at=case.at,
            )
        )
        act.create(
            ImportedFile(
                document=document,
                sha256=document.sha256,
                map="lot = 1",
                rows=12,
                by=case.cast.lin,
                at=case.at,
            )
        )


def restored(case):
    with (
        audit.as_account("root"),
        audit.act(by=None, at=case.at, action="restore") as act,
    ):
        act.note(
            made_at="2026-11-23T02:00:00+00:00", sha256="0", entries=5496, head="0"
        )


def passwords_told(case):
    with audit.act(by=None, at=case.at, action="tell_passwords") as act:
        for person in (case.cast.lin, case.cast.chen):
            act.tell(person, "password")


def clock_accepted(case):
    with (
        audit.as_account("root"),
        audit.act(
            by=case.cast.olga, at=case.at, action="accept_clock", reason="NTP mended."
        ) as act,
    ):
        act.note(second="Ada Byron (admin)", latest_before="2026-12-01T02:00:00+00:00")


def replaced(case):
    with (
        audit.as_account("root"),
        audit.act(by=None, at=case.at, action="restore", reason="Disk lost") as act,
    ):
        act.note(
            made_at="2026-11-23T02:00:00+00:00",
            entries=5496,
            person="Ada Byron (admin)",
            replaced_entries="5600",
        )


# --- set-up -------------------------------------------------------------------------


def add_organisation(case):
    organisations.add_organisation(
        **case.olga, name="Taihu Chemical", address="6 Lake Road", telephone="1"
    )


def change_organisation(case, **changed):
    organisation = organisations.add_organisation(
        **case.olga, name="Taihu Chemical", address="6 Lake Road", telephone="1"
    )
    values = {
        "name": "Taihu Chemical", "address": "6 Lake Road", "telephone": "1",
        "is_customer": False, "is_ours": False,
    }  # fmt: skip
    organisations.change_organisation(
        organisation=organisation, **case.olga, reason="Moved", **(values | changed)
    )


def move_organisation(case):
    change_organisation(case, address="1 Quay")


def move_and_call_organisation(case):
    change_organisation(case, address="1 Quay", telephone="2")


def change_site(case):
    site = case.world.works
    organisations.change_site(
        site=site,
        **case.olga,
        reason="The laboratory moved out",
        name=site.name,
        address=site.address,
        telephone=site.telephone,
        manufactures=True,
        tests=False,
    )


def add_site(case):
    organisations.add_site(
        **case.olga,
        organisation=case.world.partner.organisation,
        name="Warehouse",
        address="1 Quay",
        telephone="1",
    )


def add_material(case):
    materials.add_material(
        **case.olga,
        name="Tizanidine",
        item_code="TIZ",
        cas_number="51322-75-9",
        formula="",
        storage="Dry",
        note="",
    )


def change_material(case):
    material = case.world.material
    materials.change_material(
        material=material,
        **case.olga,
        reason="Worded anew",
        name=material.name,
        item_code=material.item_code,
        cas_number=material.cas_number,
        formula=material.formula,
        storage="Dry, below 25 °C",
        note=material.note,
    )


def add_statement(case):
    return materials.add_statement(
        **case.olga, material=case.world.material, title="Origin", text="Synthetic."
    )


def retire_statement(case):
    return materials.retire_statement(
        statement=case.world.material.statements.get(title="BSE/TSE"),
        **case.olga,
        reason="Said elsewhere",
    )


def approve_identities(case):
    change_material(case)
    retire_statement(case)
    identities.approve(case.world, case.at)


def withdraw_identity(case):
    identity_approval.withdraw(
        identity=retire_statement(case), **case.olga, reason="It stays"
    )


def draft_identities(case):
    """As after an update: records with no version at all."""
    PrintedIdentity.objects.filter(site=case.world.partner).delete()
    identity_approval.draft_all(**case.olga)


def add_test(case):
    return material_tests.add_test(
        **case.olga,
        material=case.world.material,
        facts=DENSITY,
    )


def change_test(case):
    test = add_test(case)
    material_tests.change_test(
        test=test,
        **case.olga,
        reason="As the monograph says",
        facts=dataclasses.replace(DENSITY, name="Tapped density"),
    )


def add_method(case):
    methods.add_method(**case.olga, test=case.world.tests["MEOH"], code="GC 12")


def approve_methods(case):
    add_method(case)
    baclofen.approve_methods(case.world.cast, at=case.at)


def withdraw_method(case):
    add_method(case)
    method_approval.withdraw(
        method=method_approval.drafts().get(), **case.olga, reason="Not validated yet"
    )


def draft_methods(case):
    """As after an update: a method in use that nobody approved."""
    Method.objects.filter(test=case.world.tests["MEOH"]).update(
        state="", drafted_by=None, drafted_at=None, signature=None
    )
    method_approval.draft_all(**case.olga)


def draft_header(case):
    return certificate_headers.draft_certificate_header(
        **case.olga, name="New Name Co.", address="1 Quay", telephone="1"
    )


def approve_header(case):
    header = draft_header(case)
    certificate_headers.approve_certificate_header(
        certificate_header=header,
        **case.signed(certificate_headers.certificate_header_text(header)),
    )


def withdraw_header(case):
    certificate_headers.withdraw_certificate_header(
        certificate_header=draft_header(case), **case.olga, reason="Not now"
    )


SPECIFICATION = {
    "owner": "pharmacopoeia",
    "customer": None,
    "grade": "In-house",
    "compendium": "In-house",
    "change_reason": "First version",
}


def draft_specification(case):
    return specification_versions.draft_specification(
        **case.olga,
        **SPECIFICATION,
        material=case.world.material,
        code="BAC-NEW",
        use="oral",
        effective_on=calendar.today(case.at),
        criteria=[
            CriterionDraft(test=case.world.tests["MEOH"], kind="nmt", high="3000"),
            CriterionDraft(test=case.world.tests["ROI"], kind="nmt", high="0.1"),
        ],
    )


def change_draft(case):
    draft = draft_specification(case)
    specification_versions.change_draft(
        specification=draft,
        **case.olga,
        **SPECIFICATION | {"grade": "Purified"},
        effective_on=draft.effective_on,
        criteria=[
            CriterionDraft(test=case.world.tests["MEOH"], kind="nmt", high="2000"),
            CriterionDraft(test=case.world.tests["ROI"], kind="nmt", high="0.1"),
        ],
    )


def approve_specification(case):
    draft = draft_specification(case)
    specification_versions.approve_specification(
        specification=draft,
        **case.signed(signed_specification.specification_text(draft)),
    )


def withdraw_draft(case):
    specification_versions.withdraw_draft(
        specification=draft_specification(case), **case.olga, reason="Not now"
    )


def withdraw_specification(case):
    specification_versions.withdraw_specification(
        specification=Specification.objects.get(code="BAC-IT"),
        **case.olga,
        reason="No longer made",
    )


def draft_qualification(case):
    return qualifications.draft_qualification(
        **case.olga,
        site=case.world.works,
        material=case.world.material,
        use="oral",
        process="BP-02",
        valid_from=calendar.today(case.at),
        storage="Dry",
        retest_months=12,
        evidence=Upload("audit.txt", b"An audit report"),
        evidence_reference="AR-1",
    )


def approve_qualification(case):
    drafted = draft_qualification(case)
    qualifications.approve_qualification(
        qualification=drafted,
        **case.signed(qualifications.qualification_text(drafted)),
    )


def suspend_qualification(case):
    qualification = Qualification.objects.get(site=case.world.partner, use="oral")
    qualifications.suspend_qualification(
        qualification=qualification,
        **case.olga,
        since=calendar.today(case.at),
        reason="Audit overdue",
    )
    qualification.refresh_from_db()
    return qualification


def resume_qualification(case):
    qualification = suspend_qualification(case)
    qualifications.resume_qualification(
        qualification=qualification,
        **case.signed(qualifications.qualification_text(qualification)),
        reason="Audit closed",
    )


def withdraw_qualification(case):
    qualifications.withdraw_qualification(
        qualification=draft_qualification(case), **case.olga, reason="Not now"
    )


def withdraw_alternative_use(case):
    alternative_uses.withdraw_alternative_use(
        alternative_use=AlternativeUse.objects.get(), **case.olga, reason="Not now"
    )


def draft_alternative_use(case):
    withdraw_alternative_use(case)
    return alternative_uses.draft_alternative_use(
        **case.olga,
        material=case.world.material,
        made_for="intrathecal",
        use_for="oral",
        justification="The route meets every control of the oral one.",
    )


def approve_alternative_use(case):
    drafted = draft_alternative_use(case)
    alternative_uses.approve_alternative_use(
        alternative_use=drafted,
        **case.signed(alternative_uses.alternative_use_text(drafted)),
    )


# --- people -------------------------------------------------------------------------


def add_account(case):
    users.add_account(
        **case.admin,
        username="vera",
        printed_name="Vera Visitor",
        title="Visitor",
        employee_number="E-201",
        reason="Passport seen",
        roles=["analyst", "reviewer"],
        password=OTHER,
    )


def change_account(case):
    users.change_account(
        person=case.cast.marek,
        **case.admin,
        printed_name="Marek Novák",
        title=case.cast.marek.title,
        reason="Spelt as in the passport",
    )


def add_namesake(case):
    users.add_account(
        **case.admin,
        username="yue",
        printed_name="Yue Lín",
        title="QA Specialist",
        employee_number="E-201",
        reason="Passport seen.",
        roles=["qa"],
        password=OTHER,
    )


def change_employee_number(case):
    users.change_employee_number(
        person=case.cast.marek,
        **case.admin,
        employee_number="E-0301",
        reason="Moved to the company's new numbers",
    )


def enter_employee_number(case):
    User.objects.filter(pk=case.cast.marek.pk).update(
        employee_number="", employee_key=""
    )
    change_employee_number(case)


def tell_apart(case):
    add_namesake(case)
    person = User.objects.get(username="yue")
    people.tell_apart(
        person=person,
        **case.signed(people.account_text(person)),
        reason="Both were seen together",
    )


def count_people(case):
    User.objects.filter(pk=case.cast.marek.pk).update(
        printed_name="Yue Lin", employee_number="", employee_key=""
    )
    people.count_people(at=case.at)


def confirm_person(case):
    set_password(case)
    marek = users.change_own_password(
        by=case.cast.marek, at=case.at, current=OTHER, new=PASSWORD
    )
    identity.confirm_person(
        person=marek,
        **case.signed(people.account_text(marek)),
        reason="Staff card seen",
    )


def confirm_at_server(case):
    User.objects.filter(roles=["qa"]).update(awaits_confirmation=True)
    with audit.as_account("root"):
        identity.confirm_at_server(
            person=case.cast.olga, **case.admin, reason="Staff card seen"
        )


def await_confirmation(case):
    User.objects.filter(username="marek").update(must_change_password=True)
    identity.await_confirmation(at=case.at)


def set_roles(case):
    users.set_roles(
        person=case.cast.marek,
        **case.admin,
        roles=["analyst", "reviewer"],
        reason="Trained",
    )


def set_password(case):
    users.set_password(
        person=case.cast.marek, **case.admin, password=OTHER, reason="Forgotten"
    )


def change_own_password(case):
    users.change_own_password(
        by=case.cast.marek, at=case.at, current=PASSWORD, new=OTHER
    )


def deactivate(case):
    users.deactivate(person=case.cast.marek, **case.admin, reason="Left")


def reactivate(case):
    deactivate(case)
    users.reactivate(
        person=case.cast.marek, **case.admin, password=OTHER, reason="Back"
    )


def signature_refused(case):
    try:
        signatures.confirm(by=case.cast.sofia, at=case.at, password="wrong")
    except signatures.NotConfirmed:
        return
    raise AssertionError("A wrong password was taken.")


# --- certificates -------------------------------------------------------------------


def customer(case):
    return organisations.add_organisation(
        **case.olga,
        name="Tabletten Nord GmbH",
        address="1 Quay",
        telephone="1",
        is_customer=True,
    )


def issue(case, **more):
    case.release_for_oral()
    return certificates.issue(
        assessment=bench.assessment(case.lot, "BAC-ORAL"),
        **case.olga,
        **more,
        stated=bench.LABEL,
    )


def issue_to_customer(case):
    issue(case, customer=customer(case))


def revise(case):
    certificates.revise(
        certificate=issue(case),
        **case.olga,
        reason="New order",
        order="PO 12",
        stated=bench.LABEL,
    )


def duplicate(case):
    certificates.duplicate(
        certificate=issue(case),
        **case.olga,
        customer=customer(case),
        stated=bench.LABEL,
    )


def withdraw(case):
    certificates.withdraw(
        certificate=issue(case), **case.olga, reason="Sent to the wrong customer"
    )


def logged(case):
    """Leave it at the lot, which every case has."""


QUALIFICATION = (
    "the qualification of Ningbo Harbour Pharma Supply Co., Ltd., Plant 1 for Baclofen,"
    " oral use (BP-02)"
)
PARTNER = (
    "the qualification of Taihu Fine Chemicals Co., Ltd., Wuxi works for Baclofen, oral"
    " use (Taihu process T-3)"
)
ALTERNATIVE = "the alternative use of Baclofen made for intrathecal use, for oral use"
CORRECTED = (
    "Lin Yue corrected the transcription of Bacterial endotoxins from 4.2 EU/mg to 0.42"
    " EU/mg; a second person must confirm the correction; reason: Point misplaced."
)

# (the action, how to take it, the sentence).
MADE = [
    ("log", logged, "Lin Yue logged lot BAC-26-901 for intrathecal use."),
    (
        "sample",
        situation("sample"),
        "Lin Yue recorded sample S-2 of lot BAC-26-901: 10 g, taken by Lin Yue on"
        " {day}; purpose: Reserve.",
    ),
    (
        "attach",
        attach,
        "Lin Yue attached Chromatograms (chromatogram.txt) to lot BAC-26-901.",
    ),
    (
        "open_raw_data",
        open_raw_data,
        "Sofia Almeida opened Chromatograms of lot BAC-26-901.",
    ),
    (
        "attach_original",
        attach_original,
        "Lin Yue attached the manufacturer's certificate (maker.txt) to lot"
        " BAC-26-902.",
    ),
    (
        "examine",
        situation("examine"),
        "Lin Yue opened a test order of lot BAC-26-901 for a stability point, against"
        " BAC-IT v1 and BAC-ORAL v1.",
    ),
    (
        "assess",
        situation("assess"),
        "Chen Fang added an assessment of lot BAC-26-901 against BAC-IT v1 to release"
        " testing.",
    ),
    (
        "check_import",
        check_import,
        "Lin Yue checked lots.csv for import: 5 rows, 4 of new lots.",
    ),
    (
        "check_import",
        propose_map,
        "Lin Yue checked lots.csv for import: 5 rows, 4 of new lots; proposed column"
        f" map {map_approval.digest(TRANSLATING)[:16]}… for approval.",
    ),
    (
        "approve_map",
        approve_map,
        f"Chen Fang approved column map {map_approval.digest(TRANSLATING)[:16]}…,"
        " signed.",
    ),
    (
        "withdraw_map",
        withdraw_map,
        f"Chen Fang withdrew column map {map_approval.digest(TRANSLATING)[:16]}…;"
        " reason: Wrong word.",
    ),
    ("import", imported, "Lin Yue imported 12 lots from lots.csv."),
    ("enter", situation("enter"), "Lin Yue entered Bacterial endotoxins 0.2 EU/mg."),
    (
        "enter",
        failing,
        "Lin Yue entered Water (Karl Fischer) 1.8 % (fails NMT 0.5 %); OOS-{year}-00001"
        " opened.",
    ),
    (
        "enter",
        many,
        "Lin Yue entered 4 results of release testing; Bacterial endotoxins 4.2 EU/mg"
        " fails NMT 2.0 EU/mg; OOS-{year}-00001 opened.",
    ),
    ("transcription", further("transcription", "0.42"), CORRECTED),
    (
        "transcription",
        computed,
        "Lin Yue corrected the transcription of Water (Karl Fischer) from 0.21 % to"
        " 0.12 %; Assay (anhydrous basis) calculated; reason: Digits exchanged.",
    ),
    (
        "retest",
        further("retest", "0.2", plan=2),
        "Lin Yue entered Bacterial endotoxins 0.2 EU/mg as a retest under"
        " OOS-{year}-00001; reason: Point misplaced.",
    ),
    (
        "resample",
        further("resample", "0.2", plan=1),
        "Lin Yue entered Bacterial endotoxins 0.2 EU/mg from a resample under"
        " OOS-{year}-00001; reason: Point misplaced.",
    ),
    (
        "remeasurement",
        further("remeasurement", "0.2", plan=1),
        "Lin Yue entered Bacterial endotoxins 0.2 EU/mg as a re-measurement under"
        " OOS-{year}-00001; reason: Point misplaced.",
    ),
    (
        "invalid_run",
        situation("invalid_run"),
        "Lin Yue recorded run SEQ-1 of BAC-26-901 as invalid: Aborted; reason: The pump"
        " stopped at noon.",
    ),
    (
        "reprocessing",
        reprocessed,
        "Lin Yue reprocessed the data of Methanol from 112 ppm to 114 ppm; a second"
        " person must confirm the correction; reason: The weight was of another vial.",
    ),
    (
        "remark",
        remark,
        "Lin Yue put a remark on Water (Karl Fischer) 0.21 %, to be printed: “Second"
        " titrator used”.",
    ),
    (
        "submit",
        situation("submit"),
        "Lin Yue submitted Bacterial endotoxins 0.2 EU/mg for review.",
    ),
    (
        "review",
        situation("review"),
        "Sofia Almeida reviewed Bacterial endotoxins 0.2 EU/mg and signed.",
    ),
    (
        "review",
        situation("release"),
        "Sofia Almeida reviewed 34 results of release testing and signed; testing"
        " against BAC-IT v1 is complete.",
    ),
    (
        "send_back",
        situation("send_back"),
        "Sofia Almeida returned Bacterial endotoxins 0.42 EU/mg to the analyst; reason:"
        " No raw data.",
    ),
    (
        "confirm_correction",
        situation("confirm_correction"),
        "Sofia Almeida confirmed the correction to Bacterial endotoxins 0.42 EU/mg and"
        " signed; OOS-{year}-00001 closed.",
    ),
    (
        "open_investigation",
        undecided,
        "Lin Yue opened investigation OOS-{year}-00001: Methanol <4000 ppm is"
        " undecided against NMT 3000 ppm; reason: Why.",
    ),
    (
        "plan",
        situation("plan"),
        "Chen Fang planned 2 retests for investigation OOS-{year}-00001; hypothesis:"
        " Contaminated tube.",
    ),
    (
        "phase_one",
        situation("phase_one"),
        "Sofia Almeida signed phase I of Bacterial endotoxins 4.2 EU/mg: everything is"
        " in order.",
    ),
    (
        "phase_one",
        proven,
        "Sofia Almeida signed phase I of Bacterial endotoxins 4.2 EU/mg: not in order:"
        " Preparation.",
    ),
    (
        "conclude",
        of_run,
        "Chen Fang concluded investigation OOS-{year}-00001, signed; laboratory error"
        " proven; Bacterial endotoxins 4.2 EU/mg and Methanol 112 ppm"
        " invalidated; Methanol 112 ppm of the same run is also invalid; Toluene <20"
        " ppm of the same run stays valid; OOS-{year}-00002 opened; cause: The"
        " reader was not calibrated.",
    ),
    (
        "conclude",
        situation("conclude"),
        "Chen Fang concluded investigation OOS-{year}-00001, signed; no laboratory"
        " error proven, the result stays valid; cause: No error found.",
    ),
    (
        "conclude",
        proven,
        "Chen Fang concluded investigation OOS-{year}-00001, signed; laboratory error"
        " proven; Bacterial endotoxins 4.2 EU/mg invalidated; cause: The tube was"
        " dirty.",
    ),
    (
        "release",
        situation("release"),
        "Chen Fang released lot BAC-26-901 for intrathecal use (BAC-IT v1), signed.",
    ),
    (
        "release",
        situation("recall"),
        "Chen Fang released lot BAC-26-901 for oral use (BAC-ORAL v1), signed;"
        " justification: Stands in.",
    ),
    (
        "refuse",
        situation("refuse"),
        "Chen Fang refused to release lot BAC-26-901 for intrathecal use (BAC-IT v1),"
        " signed; reason: Foreign particles.",
    ),
    (
        "keep_release",
        keep_release,
        "Chen Fang kept the release of lot BAC-26-901 for oral use under BAC-ORAL-MIN"
        " v2, signed; reason: Toluene is below 20 ppm.",
    ),
    (
        "conclude_finding",
        conclude_finding,
        "Chen Fang concluded on a finding of lot BAC-26-914: 8 of 8 results are the"
        " same as those of lot BAC-26-913, all that both lots have, signed; reason:"
        " Weighings and runs differ.",
    ),
    (
        "reinstate",
        reinstate,
        "Chen Fang reinstated the periodic testing after the failure of Cadmium of lot"
        " BAC-26-912, signed; reason: Ten lots pass.",
    ),
    (
        "unaffected",
        sign_unaffected,
        "Chen Fang signed that lot BAC-26-911 is not affected by the hold of lot"
        " BAC-26-901, signed; reason: The drum was torn later.",
    ),
    (
        "hold",
        situation("hold"),
        "Lin Yue put lot BAC-26-901 on hold; reason: Damaged.",
    ),
    (
        "resume",
        situation("resume", "on_hold"),
        "Chen Fang ended the hold of lot BAC-26-901, signed; reason: Why.",
    ),
    (
        "reject",
        situation("reject"),
        "Chen Fang rejected lot BAC-26-901, signed; reason: Why.",
    ),
    (
        "recall",
        situation("recall"),
        "Chen Fang recalled lot BAC-26-901, signed; reason: Why.",
    ),
    (
        "void",
        situation("void"),
        "Chen Fang voided lot BAC-26-901, logged in error, signed; reason: Why.",
    ),
    (
        "reopen",
        situation("reopen"),
        "Chen Fang reopened lot BAC-26-901 under DEV-1, signed; release against"
        " BAC-ORAL v1 withdrawn; reason: Why.",
    ),
    (
        "issue",
        issue,
        "Olga Petrova issued certificate TRN-{year}-000001 of lot BAC-26-901"
        " (BAC-ORAL v1).",
    ),
    (
        "issue",
        issue_to_customer,
        "Olga Petrova issued certificate TRN-{year}-000001 of lot BAC-26-901"
        " (BAC-ORAL v1) to Tabletten Nord GmbH.",
    ),
    (
        "store_certificate",
        revise,
        "Olga Petrova stored the file of certificate TRN-{year}-000001 revision 1;"
        " TRN-{year}-000001 superseded.",
    ),
    (
        "revise",
        revise,
        "Olga Petrova revised certificate TRN-{year}-000001 of lot BAC-26-901"
        " (BAC-ORAL v1) as TRN-{year}-000001 revision 1; reason: New order.",
    ),
    (
        "duplicate",
        duplicate,
        "Olga Petrova issued certificate TRN-{year}-000002 to Tabletten Nord GmbH as a"
        " duplicate of TRN-{year}-000001.",
    ),
    (
        "withdraw",
        withdraw,
        "Olga Petrova withdrew certificate TRN-{year}-000001; reason: Sent to the wrong"
        " customer.",
    ),
    (
        "add_organisation",
        add_organisation,
        "Olga Petrova added the organisation Taihu Chemical.",
    ),
    (
        "change_organisation",
        move_organisation,
        "Olga Petrova changed the address of Taihu Chemical from 6 Lake Road to 1 Quay;"
        " reason: Moved.",
    ),
    (
        "change_organisation",
        move_and_call_organisation,
        "Olga Petrova changed Taihu Chemical: address from 6 Lake Road to 1 Quay and"
        " telephone from 1 to 2; reason: Moved.",
    ),
    (
        "add_site",
        add_site,
        "Olga Petrova added the site Taihu Fine Chemicals Co., Ltd., Warehouse.",
    ),
    (
        "change_site",
        change_site,
        "Olga Petrova changed “tests” of Ningbo Harbour Pharma Supply Co., Ltd., Plant"
        " 1 from Yes to No; reason: The laboratory moved out.",
    ),
    ("add_material", add_material, "Olga Petrova added the material Tizanidine."),
    (
        "change_material",
        change_material,
        "Olga Petrova drafted version 2 of the printed identity of Baclofen: name"
        " Baclofen, item code BAC, CAS number 1134-47-0, molecular formula C10H12ClNO2,"
        " storage Dry, below 25 °C, note printed on every certificate Training"
        " document: all names, results and dates are fictional; compendial limits are"
        " to be checked in a licensed pharmac…; reason: Worded anew.",
    ),
    (
        "add_statement",
        add_statement,
        "Olga Petrova added a statement for Baclofen: Origin (version 1).",
    ),
    (
        "retire_statement",
        retire_statement,
        "Olga Petrova drafted that certificates leave out the statement BSE/TSE"
        " (version 1); reason: Said elsewhere.",
    ),
    (
        "approve_identities",
        approve_identities,
        "Chen Fang approved 2 printed identities: Baclofen, version 2 and BSE/TSE,"
        " version 2, signed.",
    ),
    (
        "withdraw_identity",
        withdraw_identity,
        "Olga Petrova withdrew the draft of the printed identity BSE/TSE, version 2;"
        " reason: It stays.",
    ),
    (
        "draft_identities",
        draft_identities,
        "Olga Petrova drafted 1 printed identity as it is: Taihu Fine Chemicals Co.,"
        " Ltd., Wuxi works, version 1.",
    ),
    ("add_test", add_test, "Olga Petrova added a test of Baclofen: Bulk density."),
    (
        "change_test",
        change_test,
        "Olga Petrova changed the name of Bulk density from Bulk density to Tapped"
        " density; reason: As the monograph says.",
    ),
    (
        "add_procedure",
        add_method,
        "Olga Petrova drafted a method for Methanol: GC 12 v2.",
    ),
    (
        "approve_methods",
        approve_methods,
        "Chen Fang approved 1 method: GC 12 v2, signed.",
    ),
    (
        "withdraw_method",
        withdraw_method,
        "Olga Petrova withdrew the draft of the method GC 12 v2; reason: Not validated"
        " yet.",
    ),
    (
        "draft_methods",
        draft_methods,
        "Olga Petrova drafted 1 method as it is in use: GC USP <467> / 2.4.24 v1.",
    ),
    (
        "draft_letterhead",
        draft_header,
        "Olga Petrova drafted version 2 of the certificate header.",
    ),
    (
        "approve_letterhead",
        approve_header,
        "Chen Fang approved version 2 of the certificate header, signed; version 1"
        " superseded.",
    ),
    (
        "withdraw_letterhead",
        withdraw_header,
        "Olga Petrova withdrew the draft of version 2 of the certificate header;"
        " reason: Not now.",
    ),
    (
        "draft_specification",
        draft_specification,
        "Olga Petrova drafted specification BAC-NEW v1 for oral use with 2 criteria.",
    ),
    (
        "change_draft",
        change_draft,
        "Olga Petrova changed the draft of specification BAC-NEW v1; grade from"
        " In-house to Purified; criteria changed: Methanol.",
    ),
    (
        "approve_specification",
        approve_specification,
        "Chen Fang approved specification BAC-NEW v1 for oral use, signed.",
    ),
    (
        "withdraw_draft",
        withdraw_draft,
        "Olga Petrova withdrew the draft of specification BAC-NEW v1; reason: Not now.",
    ),
    (
        "withdraw_specification",
        withdraw_specification,
        "Olga Petrova retired specification BAC-IT v1; reason: No longer made.",
    ),
    (
        "draft_qualification",
        draft_qualification,
        f"Olga Petrova drafted {QUALIFICATION}.",
    ),
    (
        "approve_qualification",
        approve_qualification,
        f"Chen Fang approved {QUALIFICATION}, signed.",
    ),
    (
        "withdraw_qualification",
        withdraw_qualification,
        f"Olga Petrova withdrew {QUALIFICATION}; reason: Not now.",
    ),
    (
        "suspend_qualification",
        suspend_qualification,
        f"Olga Petrova suspended {PARTNER}; reason: Audit overdue.",
    ),
    (
        "resume_qualification",
        resume_qualification,
        f"Chen Fang resumed {PARTNER}, signed; reason: Audit closed.",
    ),
    (
        "draft_stand_in",
        draft_alternative_use,
        f"Olga Petrova drafted {ALTERNATIVE}.",
    ),
    (
        "approve_stand_in",
        approve_alternative_use,
        f"Chen Fang approved {ALTERNATIVE}, signed.",
    ),
    (
        "withdraw_stand_in",
        withdraw_alternative_use,
        f"Olga Petrova withdrew {ALTERNATIVE}; reason: Not now.",
    ),
    (
        "add_account",
        add_account,
        "Ada Byron added an account for Vera Visitor (vera) as Analyst and Reviewer;"
        " reason: Passport seen.",
    ),
    (
        "add_account",
        add_namesake,
        "Ada Byron added an account for Yue Lín (yue) as QA; it counts as one person"
        " with Lin Yue (lin); reason: Passport seen.",
    ),
    (
        "change_employee_number",
        change_employee_number,
        "Ada Byron changed the employee number of Marek Novak (marek) from E-102 to"
        " E-0301; reason: Moved to the company's new numbers.",
    ),
    (
        "change_employee_number",
        enter_employee_number,
        "Ada Byron entered the employee number of Marek Novak (marek): E-0301; reason:"
        " Moved to the company's new numbers.",
    ),
    (
        "confirm_person",
        confirm_person,
        "Chen Fang confirmed who has the account of Marek Novak (marek), signed;"
        " reason: Staff card seen.",
    ),
    (
        "confirm_at_server",
        confirm_at_server,
        "Ada Byron confirmed at the server who has the account of Olga Petrova (olga);"
        " reason: Staff card seen.",
    ),
    (
        "await_confirmation",
        await_confirmation,
        "The server lets QA confirm who has a one-time password: Marek Novak (marek).",
    ),
    (
        "tell_apart",
        tell_apart,
        "Chen Fang told Yue Lín (yue) apart from Lin Yue (lin), signed; reason: Both"
        " were seen together.",
    ),
    (
        "count_people",
        count_people,
        "The server found accounts that read alike, which count as one person until"
        " they are told apart: Lin Yue (lin) and Yue Lin (marek).",
    ),
    (
        "change_account",
        change_account,
        "Ada Byron changed the printed name of the account of Marek Novak (marek) from"
        " Marek Novak to Marek Novák; reason: Spelt as in the passport.",
    ),
    (
        "set_roles",
        set_roles,
        "Ada Byron changed the roles of Marek Novak (marek) from Analyst to Analyst and"
        " Reviewer; reason: Trained.",
    ),
    (
        "set_password",
        set_password,
        "Ada Byron set a one-time password for Marek Novak (marek); reason: Forgotten.",
    ),
    (
        "change_own_password",
        change_own_password,
        "Marek Novak changed their own password.",
    ),
    (
        "deactivate",
        deactivate,
        "Ada Byron deactivated the account of Marek Novak (marek); reason: Left.",
    ),
    (
        "reactivate",
        reactivate,
        "Ada Byron reactivated the account of Marek Novak (marek) with a one-time"
        " password; reason: Back.",
    ),
    (
        "signature_refused",
        signature_refused,
        "Sofia Almeida gave a wrong password for a signature; nothing was signed.",
    ),
    (
        "restore",
        restored,
        "Server account root restored the backup of 2026-11-23 10:00 +08:00, which"
        " holds 5496 audit entries.",
    ),
    (
        "restore",
        replaced,
        "Ada Byron restored the backup of 2026-11-23 10:00 +08:00, which holds 5496"
        " audit entries, in the place of a database with 5600; every password is"
        " one-time; reason: Disk lost.",
    ),
    (
        "tell_passwords",
        passwords_told,
        "The server recorded the checksums of the passwords of 2 accounts.",
    ),
    (
        "accept_clock",
        clock_accepted,
        "Olga Petrova and Ada Byron accepted the clock of the server, after an entry of"
        " 2026-12-01 10:00 +08:00; reason: NTP mended.",
    ),
    (
        "start_training",
        logged,
        "The server started the training site with 9 accounts: Lin Yue (lin), Marek"
        " Novak (marek), Sofia Almeida (sofia), Tomas Berg (tomas), Chen Fang (chen),"
        " Olga Petrova (olga), Maria Rossi (maria), Ines Keller (ines) and Ada Byron"
        " (admin).",
    ),
]

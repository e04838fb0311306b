"""A QA department starts on an empty site and sends its customer a certificate.

Everything is done on the pages by the people who may, as they find it there: the test
knows no address but that of the site, and the code on the certificate.
"""

import io
import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from django.core.management import call_command

from tests.steps import (
    added,
    days_ago,
    name_raw_data,
    next_step,
    open_tab,
    press_counted,
    save,
    sign,
    sign_selected,
    take_next_step,
    tick_statements,
)
from tests.visiting import Visitor

pytestmark = pytest.mark.postgres(once=True)

ROOT = Path(__file__).resolve().parents[1]
PEOPLE = {
    "anton": ("Anton Weiss", "Laboratory Analyst", ["Analyst"]),
    "rita": ("Rita Okafor", "Laboratory Reviewer", ["Reviewer"]),
    "quinn": ("Quinn Harper", "QA Specialist", ["QA"]),
    "rosa": ("Rosa Lindqvist", "Head of Quality", ["QA"]),
}
ONE_TIME = "given once by the administrator"
WORKS = "Halden Fine Chemicals AG, Works 2"
PROCESS = "HP-07 low-endotoxin route, revision 1"
STORAGE = "Well-closed container, below 25 °C"
PDF_EVIDENCE = b"%PDF-1.4\n% Audit report AR-26-004: Works 2 meets the agreement.\n"
RAW_DATA = b"Sequence 2611-04: two preparations of baclofen, LC at 225 nm.\n"

# The order follows what rests on what: water before assay, the total before its parts.
TESTS = (
    {
        "Code": "APP",
        "Name": "Appearance",
        "Quality attribute": "Appearance",
        "Group": "Description and identity",
        "Possible results": "White powder\nOff-white powder",
    },
    {
        "Code": "ID",
        "Name": "Identification (IR)",
        "Quality attribute": "Identity",
        "Group": "Description and identity",
        "Possible results": "Conforms\nDoes not conform",
    },
    {
        "Code": "WATER",
        "Name": "Water",
        "Quality attribute": "Water",
        "Group": "Water and residue",
        "Unit": "%",
    },
    {
        "Code": "ASSAY",
        "Name": "Assay",
        "Quality attribute": "Assay",
        "Group": "Assay",
        "Unit": "%",
        "Reportable value": "On the anhydrous basis",
        "Preparations": "2",
        "Max. difference of preparations": "1.0",
        "Corrected with the result of": "Water",
    },
    {
        "Code": "TOTAL",
        "Name": "Total impurities",
        "Quality attribute": "Related substances",
        "Group": "Related substances",
        "Unit": "%",
        "Reportable value": "Total of the peaks",
        "Reporting threshold of peaks": "0.05",
    },
    {
        "Code": "IMPA",
        "Name": "Impurity A",
        "Quality attribute": "Related substances",
        "Group": "Related substances",
        "Unit": "%",
        "Contributes to": "Total impurities",
    },
    {
        "Code": "UNSPEC",
        "Name": "Largest unspecified impurity",
        "Quality attribute": "Related substances",
        "Group": "Related substances",
        "Unit": "%",
        "Reportable value": "Largest unspecified peak",
        "Reporting threshold of peaks": "0.05",
        "Contributes to": "Total impurities",
    },
    {
        "Code": "ROI",
        "Name": "Residue on ignition",
        "Quality attribute": "Residue on ignition",
        "Group": "Water and residue",
        "Unit": "%",
    },
    {
        "Code": "BET",
        "Name": "Bacterial endotoxins",
        "Quality attribute": "Bacterial endotoxins",
        "Group": "Microbiology and endotoxins",
        "Unit": "EU/mg",
    },
    {
        "Code": "TAMC",
        "Name": "Total aerobic microbial count",
        "Quality attribute": "Bioburden",
        "Group": "Microbiology and endotoxins",
        "Unit": "CFU/g",
    },
    {
        "Code": "PB",
        "Name": "Lead",
        "Quality attribute": "Elemental impurities",
        "Group": "Elemental impurities",
        "Unit": "µg/g",
    },
    {
        "Code": "CLARITY",
        "Name": "Clarity of solution",
        "Quality attribute": "Clarity of solution",
        "Group": "Physical",
        "Possible results": "Clear\nOpalescent",
    },
    {
        "Code": "PARTICLES",
        "Name": "Foreign particles",
        "Quality attribute": "Foreign particles",
        "Group": "Physical",
        "Possible results": "None seen\nSeen",
    },
    {"Code": "PH", "Name": "pH", "Group": "Physical"},
    {"Code": "D90", "Name": "Particle size D90", "Group": "Physical", "Unit": "µm"},
)
PROCEDURES = {
    "Appearance": {"Method": "Visual"},
    "Identification (IR)": {"Method": "USP <197M>"},
    "Water": {"Method": "USP <921> Ia", "LOQ": "0.05"},
    "Assay": {"Method": "LC-014"},
    "Total impurities": {"Method": "LC-015, computed"},
    "Impurity A": {"Method": "LC-015", "LOD": "0.01", "LOQ": "0.03"},
    "Largest unspecified impurity": {
        "Method": "LC-015",
        "LOD": "0.01",
        "LOQ": "0.03",
    },
    "Residue on ignition": {"Method": "USP <281>", "LOQ": "0.05"},
    "Bacterial endotoxins": {"Method": "USP <85>", "LOQ": "0.1"},
    "Total aerobic microbial count": {"Method": "USP <61>", "LOQ": "10"},
    "Lead": {"Method": "USP <233>", "LOQ": "0.05"},
    "Clarity of solution": {"Method": "Visual"},
    "Foreign particles": {"Method": "Visual"},
    "pH": {"Method": "USP <791>"},
    "Particle size D90": {"Method": "Laser diffraction"},
}
COMMON = (
    {"Test": "Appearance", "Kind": "Choice", "Permitted results": "White powder"},
    {"Test": "Identification (IR)", "Kind": "Choice", "Permitted results": "Conforms"},
    {"Test": "Assay", "Kind": "Range", "Lower limit": "98.0", "Upper limit": "101.0"},
    {"Test": "Impurity A", "Kind": "Not more than", "Upper limit": "0.15"},
    {
        "Test": "Largest unspecified impurity",
        "Kind": "Not more than",
        "Upper limit": "0.10",
    },
    {"Test": "Total impurities", "Kind": "Not more than", "Upper limit": "0.30"},
    {"Test": "Water", "Kind": "Not more than", "Upper limit": "0.5"},
    {"Test": "Residue on ignition", "Kind": "Not more than", "Upper limit": "0.1"},
)
FOR_INJECTIONS = (
    {"Test": "Bacterial endotoxins", "Kind": "Not more than", "Upper limit": "2.0"},
    {
        "Test": "Total aerobic microbial count",
        "Kind": "Not more than",
        "Upper limit": "100",
    },
    {"Test": "Lead", "Kind": "Not more than", "Upper limit": "0.50"},
    {"Test": "Clarity of solution", "Kind": "Choice", "Permitted results": "Clear"},
    {"Test": "Foreign particles", "Kind": "Choice", "Permitted results": "None seen"},
)
FOR_INFORMATION = ({"Test": "pH", "Kind": "Report only"},)
# What the endotoxin limit of the minimum specification rests on: K/M is 2.50 EU/mg.
LEAST = {"Purpose": "Minimum specification", "Compendium and edition": ""}
LEAST_FOR_INJECTIONS = LEAST | {
    "K of the endotoxin limit, in EU/kg": "0.2",
    "Largest dose in one hour, in mg": "1.199",
    "Body weight, in kg": "15",
    "Source of K, dose and body weight": "USP <85>; label of baclofen injection",
}


@pytest.mark.long
def test_a_qa_department_sends_its_customer_a_certificate(empty, tmp_path, fresh):
    start_the_site()
    people = make_accounts()
    set_up(people["quinn"], people["rosa"])
    lot = log(people["anton"])
    enter(people["anton"])
    confirm_the_correction(people["rita"], people["anton"])
    review(people["rita"])
    release(people["rosa"], "BAC-ORAL v1")
    pdf, number = issue(people["quinn"], "BAC-ORAL v1")
    file = tmp_path / f"{number}.pdf"
    file.write_bytes(pdf)
    assert re.fullmatch(r"COA-\d{4}-000001", number)

    stranger = Visitor()
    code = people["quinn"].page_of_code
    stranger.open(code)
    assert "Current" in stranger.says()
    assert f"Manufacturer's lot {lot}" in stranger.says()
    assert verdict_on(stranger, pdf) == "Authentic"
    assert verdict_on(stranger, pdf + b" ") == "Not a file issued here"

    finish_the_intrathecal_part(people["anton"], people["rita"])
    release(people["rosa"], "BAC-IT v1")
    second, second_number = issue(people["quinn"], "BAC-IT v1")
    second_file = tmp_path / f"{second_number}.pdf"
    second_file.write_bytes(second)
    assert second_number.endswith("-000002")
    assert verdict_on(stranger, second) == "Authentic, but another certificate"

    hold_and_end_it(people["anton"], people["rosa"], stranger, code)
    print_the_record(people["anton"])
    revise(people["quinn"], number, stranger, code)

    checked = {file: (True, "superseded", 1), second_file: (True, "current", 0)}
    assert {one: verified(one) for one in checked} == checked
    call_command("verify_audit_trail", stdout=io.StringIO())

    backup = tmp_path / "evening.backup"
    call_command("backup", str(backup), stdout=io.StringIO())
    restored = Elsewhere(fresh)
    assert restored.run("restore", backup)[0] == 0
    assert restored.run("verify_audit_trail")[0] == 0
    assert {one: restored.verified(one) for one in checked} == checked


# -- the parts of the journey ---------------------------------------------------------


def start_the_site():
    manage("start_site", "ada", "--name", "Ada Brandt", "--employee-number", "0001")


def manage(*arguments):
    """Run a command of the administrator, with the password that Ada chose."""
    read, write = os.pipe()
    os.write(write, b"the first password of this site\n")
    os.close(write)
    call_command(*arguments, "--password-fd", str(read), stdout=io.StringIO())
    os.close(read)


def make_accounts():
    """The administrator adds the people, and each chooses a password of their own."""
    ada = Visitor()
    ada.sign_in("ada", "the first password of this site")
    assert "TRAINING" not in ada.page.words()
    for number, (username, (name, title, roles)) in enumerate(PEOPLE.items(), 2):
        ada.follow("Accounts")
        ada.follow("Add an account")
        ada.fill(
            {
                "Username": username,
                "Printed name": name,
                "Title": title,
                "Employee number": f"{number:04}",
                "Identity checked against": "Passport and contract of employment",
                "One-time password": ONE_TIME,
            }
        )
        for role in roles:
            ada.tick(role)
        ada.press("Add")
        assert ada.refusals() == []
        assert name in ada.says()
    people = {}
    for username, (name, _, _) in PEOPLE.items():
        person = people[username] = Visitor()
        person.password = f"only {username} knows this one"
        person.sign_in(username, ONE_TIME)
        assert "An administrator set your password. Change it first" in person.says()
        person.follow("Change password", within=person.part("content"))
        person.fill(
            {
                "Current password": ONE_TIME,
                "New password": person.password,
                "New password again": person.password,
            }
        )
        person.press("Change password")
        assert "somebody of QA confirms who you are" in person.says()
        assert name in person.page.words()
    confirm(people)
    return people


def confirm(people):
    """The administrator confirms at the server who Rosa is, and Rosa the others."""
    manage("confirm_person", "rosa", "--by", "ada", "--reason", "Staff card seen")
    rosa = people["rosa"]
    for username in ("anton", "rita", "quinn"):
        rosa.follow("My work")
        rosa.follow(PEOPLE[username][0])
        rosa.type("How you know who it is", "Staff card seen")
        sign(rosa, "Sign: it is this person")
        people[username].follow("My work")
        assert "somebody of QA confirms" not in people[username].says()


def set_up(drafter, approver):
    add_organisations(drafter)
    add_material(drafter)
    approve_the_printed_identity(approver)
    add_tests(drafter)
    approve_the_methods(approver)
    approve_the_certificate_header(drafter, approver)
    for use, evidence in (("Intrathecal", "AR-26-004"),):
        approve_the_qualification(drafter, approver, use, evidence)
    approve_the_alternative_use(drafter, approver)
    for code, use, criteria, least, more in (
        ("BAC-ORAL", "Oral", COMMON, LEAST, ()),
        (
            "BAC-IT",
            "Intrathecal",
            COMMON + FOR_INJECTIONS,
            LEAST_FOR_INJECTIONS,
            FOR_INFORMATION,
        ),
    ):
        specify(drafter, approver, f"{code}-MIN", use, criteria, **least)
        specify(drafter, approver, code, use, criteria + more)


def add_organisations(qa):
    for name, is_customer, site in (
        ("Halden Fine Chemicals AG", False, "Works 2"),
        ("Fjord Infusion AS", True, ""),
    ):
        qa.follow("Set-up")
        qa.follow("Organisations")
        qa.follow("Add an organisation")
        where = {
            "Address": "Fabrikgasse 7, 4057 Basel",
            "Telephone": "+41 61 555 01 17",
        }
        qa.fill({"Name": name, **where})
        qa.tick("Our own company", on=bool(site))
        qa.tick("A customer", on=is_customer)
        added(qa)
        if site:
            qa.follow("Add a site")
            qa.fill({"Name": site, **where})
            qa.tick("Material is made here")
            qa.tick("Material is tested here")
            added(qa)


def add_material(qa):
    qa.follow("Set-up")
    qa.follow("Add a material")
    qa.fill(
        {
            "Name": "Baclofen",
            "Item code": "BAC",
            "CAS number": "1134-47-0",
            "Molecular formula": "C10H12ClNO2",
            "Storage": STORAGE,
        }
    )
    added(qa)
    qa.follow("Add a statement")
    qa.fill(
        {
            "Title": "Residual solvents",
            "Text": "No class 1 solvent is used in the route.",
        }
    )
    added(qa)


def approve_the_printed_identity(approver):
    """Company, site, material and statement, with one signature of a second person."""
    approver.follow("Set-up")
    approver.follow("Printed identity")
    for box in approver.page.all("input"):
        if box["name"] == "identity":
            assert not box.has("checked")
            approver.tick(box["aria-label"], within=box.within("tr"))
    approver.press("Approve the selected…")
    sign(approver, "Sign and approve")
    assert "No drafts wait for approval." in approver.says()


def the_material(qa):
    qa.follow("Set-up")
    qa.follow("Materials")
    qa.follow("Baclofen")


def add_tests(qa):
    for test in TESTS:
        the_material(qa)
        qa.follow("Add a test")
        qa.fill(test)
        added(qa)
        qa.follow("New version of the method")
        qa.fill(PROCEDURES[test["Name"]])
        added(qa, "Draft")


def approve_the_methods(approver):
    """Every method with its LOD and LOQ, with one signature of a second person."""
    the_material(approver)
    approver.follow("Methods")
    approver.follow("Approve all…")
    sign(approver, "Sign and approve")
    assert "No drafts wait for approval." in approver.says()


def approve_the_certificate_header(drafter, approver):
    drafter.follow("Set-up")
    drafter.follow("Certificate header")
    drafter.follow("Draft the certificate header")
    drafter.fill(
        {
            "Name": "Halden Fine Chemicals AG",
            "Address": "Fabrikgasse 7, 4057 Basel",
            "Telephone": "+41 61 555 01 17",
        }
    )
    added(drafter, "Draft")
    approver.follow("Set-up")
    approver.follow("Certificate header")
    approver.follow("Approve")
    sign(approver, "Sign and approve")


def approve_the_qualification(drafter, approver, use, evidence):
    drafter.follow("Set-up")
    drafter.follow("Qualifications")
    drafter.follow("Draft a qualification")
    drafter.fill(
        {
            "Site": WORKS,
            "Material": "Baclofen",
            "Qualified for": use,
            "Manufacturing process": PROCESS,
            "Valid from": days_ago(200),
            "Storage": STORAGE,
            "Kind of date": "Retest date",
            "Period (months)": "24",
            "Evidence reference": evidence,
        }
    )
    drafter.choose_file("Evidence", "audit-report.pdf", PDF_EVIDENCE)
    added(drafter, "Draft")
    assert "another person of QA must approve it" in drafter.says()
    approver.follow("Set-up")
    approver.follow("Qualifications")
    approver.follow(WORKS)
    approver.follow("Read the evidence: audit-report.pdf")
    assert approver.answer.content == PDF_EVIDENCE
    approver.follow("Approve")
    sign(approver, "Sign and approve")


def approve_the_alternative_use(drafter, approver):
    the_material(drafter)
    drafter.follow("Draft an alternative use")
    drafter.fill(
        {
            "Intended use of the lot": "Intrathecal",
            "Also suitable for": "Oral",
            "Justification": "The low-endotoxin route meets every oral control.",
        }
    )
    added(drafter, "Draft")
    the_material(approver)
    approver.follow("Approve")
    sign(approver, "Sign and approve")


def specify(drafter, approver, code, use, criteria, **facts):
    drafter.follow("Set-up")
    drafter.follow("Specifications")
    drafter.follow("Draft a specification")
    drafter.follow("Baclofen")
    drafter.fill(
        {
            "Code": code,
            "Use": use,
            "Owner": "In-house",
            "Grade": "USP",
            "Compendium and edition": "USP–NF 2026 Issue 1",
            "Effective from": days_ago(0),
            **facts,
        }
    )
    for number, criterion in enumerate(criteria):
        rows = criteria_rows(drafter)
        if number == len(rows):
            drafter.press("Add rows")
            rows = criteria_rows(drafter)
        drafter.fill({"No.": str(number + 1), **criterion}, within=rows[number])
    added(drafter, "Save the draft")
    assert not drafter.offers("Approve")
    approver.follow("Set-up")
    approver.follow("Specifications")
    approver.follow(code)
    approver.follow("Approve")
    sign(approver, "Sign and approve")
    assert "Effective" in approver.says()


def criteria_rows(person):
    (grid,) = [
        one for one in person.page.all("table") if "criteria-grid" in one["class"]
    ]
    return [row for row in grid.all("tr") if row.all("input")]


def log(analyst):
    """Log the lot, with the page that says what it was made for; return its number."""
    analyst.follow("My work")
    analyst.follow("Log a lot")
    assert PROCESS in analyst.says()
    analyst.fill(
        {
            "Lot number": "HB-26-031",
            "Material": "Baclofen",
            "Original manufacturer's site": WORKS,
            "Manufacturer's lot number": "HB-26-031",
            "Manufacturing process": PROCESS,
            "Intended use": "Intrathecal",
            "Basis for intended use": "Batch record",
            "Document number": "BR-26-031",
            "Manufactured": days_ago(9),
            "Batch size": "12.5",
            "Packaging": "1 aluminium drum",
        }
    )
    analyst.choose_file("Document", "batch-record.pdf", PDF_EVIDENCE)
    added(analyst, "Log the lot")
    assert next_step(analyst) == (
        "The lot has no sample yet: take one, then enter the results. Waits for an"
        " analyst Take a sample"
    )
    take_next_step(analyst)
    analyst.fill(
        {"Sample number": "S-26-031", "Quantity": "30 g", "Purpose": "Release testing"}
    )
    added(analyst, "Record the sample")
    assert next_step(analyst) == (
        "14 results are missing. Waits for an analyst Enter results"
    )
    return "HB-26-031"


def from_my_work(person, task, lot="HB-26-031"):
    """Open the lot where My work says that it waits."""
    person.follow("My work")
    person.follow(lot, within=person.part(f"work-{task}").within("section"))


def find(person, lot="HB-26-031"):
    """Find the lot as anybody would, by the search that every page has."""
    person.follow("Lots")
    (form,) = [
        one for one in person.page.all("form") if one["aria-label"] == "Whole site"
    ]
    assert not form.all("button")
    person.open(f"{form['action']}?q={lot}")
    assert lot in person.says()


def stored(person, test):
    return person.row(test, within=person.page.all("main")[0]).words()


def enter(analyst):
    find(analyst)
    take_next_step(analyst)
    name_raw_data(analyst, "Notebook 12, page 40")
    save(analyst, "Appearance", "White powder")
    save(analyst, "Identification (IR)", "Conforms")
    save(analyst, "Water", "0,21")
    assert len(analyst.refusals()) == 1
    save(analyst, "Water", "0.12")
    assert "Pass" in stored(analyst, "Water")
    save(analyst, "Assay", "99.1", "99.4")
    assert "Pass" in stored(analyst, "Assay")
    save(analyst, "Impurity A", "<0.03")
    row = analyst.row("Largest unspecified impurity")
    for number, (name, value) in enumerate(
        (("RRT 0.83", "0.06"), ("RRT 1.27", "0.04"))
    ):
        peak = f"Largest unspecified impurity: peak {number + 1}, "
        analyst.type(f"{peak}name or RRT", name, within=row)
        analyst.type(f"{peak}value", value, within=row)
    analyst.press("Save", within=row)
    assert "Pass" in stored(analyst, "Total impurities")
    save(analyst, "Residue on ignition", "0.8")
    assert "OOS" in stored(analyst, "Residue on ignition")
    save(analyst, "pH", "6.8")

    # Both mistakes are corrected beside what was typed; the fail waits for a second
    # person.
    for test, value, reason in (
        ("Water", "0.21", "Digits turned when copied from the titrator's print"),
        ("Residue on ignition", "0.08", "Decimal point slipped; the balance says 0.08"),
    ):
        row = analyst.row(test)
        analyst.type(f"{test}: Kind", "Transcription correction", within=row)
        analyst.type(f"{test}: Reason", reason, within=row)
        analyst.type(f"{test}: result", value, within=row)
        analyst.press("Save", within=row)
        assert analyst.refusals() == []
    assert "0.12" in stored(analyst, "Water")

    analyst.type("Additional test (not in specification)", "Particle size D90")
    analyst.press("Add")
    save(analyst, "Particle size D90", "141")
    assert analyst.refusals() == []

    analyst.follow("Attach", within=analyst.row("Assay"))
    analyst.type("Title", "Chromatograms of the assay")
    analyst.choose_file("File", "sequence.txt", RAW_DATA)
    added(analyst, "Attach the file")
    find(analyst)
    analyst.follow("Enter results")
    press_counted(analyst, "Submit", "for review")
    assert analyst.refusals() == []


def confirm_the_correction(reviewer, analyst):
    """Compare it with the raw data; it stands from then on, and is submitted."""
    from_my_work(reviewer, "to_confirm")
    reviewer.follow("Review results", within=reviewer.part("results"))
    reviewer.follow("Verify the correction")
    sign(reviewer, "Confirm the correction")
    from_my_work(analyst, "to_submit")
    analyst.follow("Enter results")
    press_counted(analyst, "Submit", "for review")
    assert analyst.refusals() == []


def review(reviewer):
    """Review in two parts: the assay, whose raw data are read first, comes second."""
    from_my_work(reviewer, "to_review")
    reviewer.follow("Review results", within=reviewer.part("results"))
    for box in reviewer.page.all("input"):
        if box["type"] == "checkbox" and box["name"] == "result":
            reviewer.tick(box["aria-label"], on="Assay" not in box["aria-label"])
    sign_selected(reviewer)
    reviewer.follow("Review results", within=reviewer.part("results"))
    reviewer.follow("Chromatograms of the assay")
    assert reviewer.answer.content == RAW_DATA
    for box in reviewer.page.all("input"):
        if box["type"] == "checkbox" and box["name"] == "result":
            assert "Assay" in box["aria-label"]
            reviewer.tick(box["aria-label"])
    sign_selected(reviewer)


def release(qa, specification):
    find(qa)
    assert next_step(qa) == "Decide on the release. Waits for QA Release"
    (panel,) = [
        one
        for one in qa.page.all("div")
        if "gates-of" in one["class"].split() and specification in one.words()
    ]
    qa.follow("Release…", within=panel)
    qa.fill(
        {
            "Number of the batch record that you reviewed": "BR-26-031",
            "Closed deviations and investigations": "none",
        }
    )
    qa.type("Your password", qa.password)
    qa.press("Sign and release")
    assert any("write in the justification why" in one for one in qa.refusals())
    qa.type(
        "Justification",
        "The fail was a slipped decimal point, confirmed against the balance's print.",
    )
    sign(qa, "Sign and release")


def issue(qa, specification):
    """Issue from the lot's page; return the file and the certificate's number."""
    find(qa)
    open_tab(qa, "Certificates")
    qa.follow(f"Certificate for {specification}")
    qa.type("Customer", "Fjord Infusion AS")
    qa.type("Order", "PO 7714")
    qa.press("Check what is missing")
    assert qa.refusals() == []
    tick_statements(qa)
    qa.press("Issue the certificate")
    number = qa.page.all("h1")[0].words().split()[0]
    (qa.page_of_code,) = [
        one["href"] for one in qa.page.all("a") if "/check/" in one["href"]
    ]
    qa.follow("Download the PDF")
    assert qa.answer["Content-Type"] == "application/pdf"
    return b"".join(qa.answer) if qa.answer.streaming else qa.answer.content, number


def verdict_on(stranger, pdf):
    """Drop a file on the check page; return the heading of the answer."""
    (field,) = [one for one in stranger.page.all("input") if one["type"] == "file"]
    label = next(
        one.words() for one in stranger.page.all("label") if one["for"] == field["id"]
    )
    stranger.choose_file(label, "certificate.pdf", pdf)
    stranger.press("Check the file")
    return stranger.part("file-answer").words()


def finish_the_intrathecal_part(analyst, reviewer):
    from_my_work(analyst, "to_enter")
    analyst.follow("Enter results")
    name_raw_data(analyst, "Notebook 12, page 44")
    save(analyst, "Bacterial endotoxins", "0.3")
    save(analyst, "Total aerobic microbial count", "<10")
    save(analyst, "Lead", "<0.05")
    save(analyst, "Clarity of solution", "Clear")
    save(analyst, "Foreign particles", "None seen")
    press_counted(analyst, "Submit", "for review")
    from_my_work(reviewer, "to_review")
    reviewer.follow("Review results", within=reviewer.part("results"))
    sign_selected(reviewer)


def hold_and_end_it(analyst, qa, stranger, code):
    find(analyst)
    analyst.follow("Put on hold")
    analyst.type("Reason", "Customer complaint C-26-008 about the drum's seal")
    added(analyst, "Put on hold")
    stranger.open(code)
    assert "Under review" in stranger.says()
    find(qa)
    assert (
        next_step(qa)
        == "On hold: nothing is released until the hold ends. Waits for QA End the hold"
    )
    take_next_step(qa)
    qa.type("Reason", "The seal was damaged in transport; the lot is not touched")
    sign(qa, "End the hold")
    stranger.open(code)
    assert "Under review" not in stranger.says()


def print_the_record(person):
    find(person)
    person.follow("Print record")
    said = person.says()
    for words in ("0.12", "0.21", "Digits turned", "Rita Okafor", "C-26-008"):
        assert words in said


def revise(qa, number, stranger, code):
    qa.follow("Certificates")
    qa.follow(number)
    step = qa.part("revise")
    qa.type("Order", "PO 7741", within=step)
    qa.type("Reason", "The customer's order number was mistyped", within=step)
    qa.press("Show what changes", within=step)
    assert "PO 7741" in qa.part("revise").all("table")[0].words()
    tick_statements(qa, within=qa.part("revise"))
    qa.press("Revise", within=qa.part("revise"))
    assert qa.refusals() == []
    assert f"{number} revision 1" in qa.page.all("h1")[0].words()
    stranger.open(code)
    assert "Superseded" in stranger.says()


def verified(file):
    """Return whether the file is known, its status, and the exit code."""
    said = io.StringIO()
    code = 0
    try:
        call_command("verify_certificate", str(file), "--json", stdout=said)
    except SystemExit as left:
        code = left.code
    return _told(said.getvalue(), code)


def _told(said, code):
    facts = json.loads(said)
    return facts["known"], facts["status"], code


class Elsewhere:
    """Commands on a second database, each in a process of its own."""

    def __init__(self, address):
        self.address = address

    def run(self, *arguments):
        """Return the exit code and what was printed."""
        done = subprocess.run(
            [sys.executable, "manage.py", *map(str, arguments)],
            cwd=ROOT,
            env=os.environ
            | {
                "DATABASE_URL": self.address,
                "DJANGO_SETTINGS_MODULE": "qatracker.settings",
            },
            capture_output=True,
            text=True,
            check=False,
        )
        return done.returncode, done.stdout

    def verified(self, file):
        """Return the same as `verified` does."""
        code, said = self.run("verify_certificate", file, "--json")
        return _told(said, code)

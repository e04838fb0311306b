"""Rows of lists, one more at each call, for counting queries."""

from lots import calendar
from lots.accounts import users
from lots.demo import bench
from lots.evidence import audit, signatures
from lots.evidence.documents import Upload
from lots.intake import samples
from lots.models import Document, ImportedFile
from lots.results import result_entry
from lots.setup import (
    materials,
    methods,
    organisations,
    signed_specification,
    specification_versions,
)
from lots.setup.specification_versions import CriterionDraft


def failed_lot(world, at, number):
    lot = bench.log(world.cast, world, at=at, number=f"F-{number}")
    bench.enter(lot, world, {"ROI": "0.4"}, by=world.cast.lin, at=at)


def account(world, at, number):
    users.add_account(
        by=world.cast.admin,
        at=at,
        username=f"visitor{number}",
        printed_name=f"Vera Visitor {number}",
        title="Visitor",
        employee_number=f"V-{number}",
        reason="Passport seen",
        roles=["auditor"],
        password="visiting-2026-only",
    )


def imported(world, at, number):
    with audit.act(by=world.cast.lin, at=at, action="import") as act:
        act.create(
            ImportedFile(
                document=Document.objects.first(),
                sha256=f"{number:064}",
                map="[columns]\n",
                rows=0,
                by=world.cast.lin,
                at=at,
            )
        )


def site_of(world, at, number):
    organisations.add_site(
        by=world.cast.olga,
        at=at,
        organisation=world.works.organisation,
        name=f"Warehouse {number}",
        address="88 Harbour Avenue",
        telephone="+86 574 5550 118",
    )


def statement(world, at, number):
    materials.add_statement(
        by=world.cast.olga,
        at=at,
        material=world.material,
        title=f"Statement {number}",
        text="None is used.",
    )


def method(world, at, number):
    methods.add_method(
        by=world.cast.olga, at=at, test=world.tests["MEOH"], code=f"GC {number}"
    )


def renamed(world, at, number):
    users.change_account(
        person=world.cast.lin,
        by=world.cast.admin,
        at=at,
        printed_name=f"Lin Yue {number}",
        title="Analyst",
        reason="Marriage",
    )


def specification_in_force(world, at, number):
    """A further code for oral products, with one criterion."""
    draft = specification_versions.draft_specification(
        by=world.cast.olga,
        at=at,
        material=world.material,
        code=f"BAC-X{number}",
        use="oral",
        owner="pharmacopoeia",
        grade="In-house",
        compendium="In-house",
        effective_on=calendar.today(at),
        change_reason="First version",
        criteria=[CriterionDraft(test=world.tests["MEOH"], kind="nmt", high="3000")],
    )
    specification_versions.approve_specification(
        specification=draft,
        by=world.cast.chen,
        at=at,
        confirmation=world.cast.confirmation(world.cast.chen, at=at),
        shown=signatures.shown(signed_specification.specification_text(draft)),
    )


def sample(world, at, lot, number):
    samples.take_sample(
        lot=lot,
        by=world.cast.lin,
        at=at,
        number=f"{lot.number}/R{number}",
        taken_on=calendar.today(at),
        taken_by="Lin Yue",
        quantity="20 g",
        purpose="Retained",
    )


def attachment(world, at, lot, number, result=None):
    result_entry.attach(
        lot=lot,
        result=result,
        by=world.cast.lin,
        at=at,
        upload=Upload(f"scan-{number}.txt", f"Scan {number}".encode()),
        title=f"Scan {number}",
    )

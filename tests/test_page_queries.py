"""Every page asks the database as often in a site that has grown as in a small one.

The numbers are written out, so that a query in a loop and a query more both show.
Pages with a list are held to thirty rows of it beside their own tests too.
"""

from types import SimpleNamespace

import pytest
from django.core.cache import cache
from django.db import connection
from django.test.utils import CaptureQueriesContext

from lots.demo import bench
from lots.models import ImportedFile, Lot, TestOrder
from lots.setup import organisations
from reports.issuing import certificates
from reports.models import Certificate
from tests.addresses import ANYBODY, TABLE, addresses
from tests.lots.lot import rows
from tests.lots.pages import signed_in

MANY = 30
QUERIES = {
    "login": 6,
    "lots:own_password": 6,
    "reports:check": 6,
    "reports:check_certificate": 10,
    "reports:below_minimum": 8,
    "lots:keep": 24,
    "lots:unaffected": 16,
    "lots:reinstate": 19,
    "reports:my_work": 54,
    "reports:dashboard": 16,
    "reports:lot_record": 30,
    "reports:lot_certificates": 8,
    "reports:certificate_list": 15,
    "reports:certificate_detail": 23,
    "reports:certificate_pdf": 9,
    "reports:preview": 31,
    "reports:issue": 33,
    "lots:lot_list": 11,
    "lots:lot_detail": 39,
    "lots:log_lot": 10,
    "lots:valid_qualifications": 6,
    "lots:take_sample": 11,
    "lots:attach": 13,
    "lots:invalid_run": 12,
    "lots:attach_original": 11,
    "lots:open_test_order": 11,
    "lots:add_assessment": 13,
    "lots:test_order": 24,
    "lots:review": 24,
    "lots:sign_review": 28,
    "lots:send_back": 23,
    "lots:confirm_correction": 28,
    "lots:release": 43,
    "lots:refuse": 43,
    "lots:hold": 30,
    "lots:resume": 28,
    "lots:reject": 30,
    "lots:recall": 30,
    "lots:void": 28,
    "lots:reopen": 30,
    "lots:investigation_list": 8,
    "lots:investigation_detail": 34,
    "lots:phase_one": 34,
    "lots:plan_investigation": 34,
    "lots:conclude_investigation": 34,
    "lots:investigate": 10,
    "lots:document": 9,
    "lots:material_list": 8,
    "lots:material_detail": 12,
    "lots:add_material": 6,
    "lots:change_material": 7,
    "lots:test_detail": 9,
    "lots:add_test": 9,
    "lots:change_test": 10,
    "lots:add_method": 7,
    "lots:add_statement": 7,
    "lots:retire_statement": 7,
    "lots:draft_alternative_use": 7,
    "lots:approve_alternative_use": 7,
    "lots:withdraw_alternative_use": 7,
    "lots:specification_list": 7,
    "lots:specification_detail": 10,
    "lots:draft_specification": 8,
    "lots:change_draft": 10,
    "lots:next_version": 11,
    "lots:approve_specification": 15,
    "lots:withdraw_draft": 7,
    "lots:withdraw_specification": 7,
    "lots:qualification_list": 8,
    "lots:qualification_detail": 11,
    "lots:draft_qualification": 8,
    "lots:approve_qualification": 7,
    "lots:suspend_qualification": 7,
    "lots:resume_qualification": 7,
    "lots:withdraw_qualification": 7,
    "lots:organisation_list": 9,
    "lots:organisation_detail": 9,
    "lots:add_organisation": 6,
    "lots:change_organisation": 7,
    "lots:add_site": 7,
    "lots:change_site": 7,
    "lots:certificate_header": 7,
    "lots:draft_certificate_header": 7,
    "lots:approve_certificate_header": 7,
    "lots:withdraw_certificate_header": 7,
    "lots:printed_identity": 12,
    "lots:approve_identities": 9,
    "lots:withdraw_identity": 8,
    "lots:import_list": 9,
    "lots:import_detail": 11,
    "lots:import_map": 8,
    "lots:approve_map": 8,
    "lots:withdraw_map": 8,
    "lots:import_new": 8,
    "lots:audit_trail": 12,
    "lots:audit_act": 9,
    "lots:audit_export": 5,
    "lots:account_list": 26,
    "lots:account_detail": 10,
    "lots:add_account": 6,
    "lots:change_account": 7,
    "lots:set_roles": 7,
    "lots:set_password": 7,
    "lots:change_employee_number": 7,
    "lots:tell_apart": 7,
    "lots:confirm_person": 7,
    "lots:deactivate": 7,
    "lots:reactivate": 7,
}


@pytest.fixture
def site(world, at):
    """The address of every page, and who may read it."""
    cast = world.cast
    people = {
        "qa": cast.olga,
        "analyst": cast.lin,
        "reviewer": cast.tomas,
        "administrator": cast.admin,
    }
    readers = {}
    for name, page in TABLE.items():
        if page.get != 200:
            continue
        roles = page.who if page.who != ANYBODY else ()
        found = [people[role] for role in people if role in roles]
        readers[name] = found[0] if found else cast.ines
    of = addresses(world, at)
    rows.failed_lot(world, at, 0)
    brought()
    return SimpleNamespace(of=of, readers=readers)


def brought():
    """Take the lots that failed for those of one file."""
    Lot.objects.filter(number__startswith="F-").update(
        imported=ImportedFile.objects.get(sha256="0" * 64)
    )


def grow(world, at):
    """Add thirty of what the pages show, a few where it takes long to make."""
    failing = TestOrder.objects.get(lot__number="BAC-26-901")
    there = set(failing.results.values_list("test__code", flat=True))
    bench.enter(
        failing.lot,
        world,
        {
            code: value
            for code, value in bench.IT_RESULTS.items()
            if code not in there and code not in ("ASSAY", "WATER")
        },
        by=world.cast.lin,
        at=at,
    )
    released = Lot.objects.get(number="BAC-26-001")
    for number in range(1, MANY + 1):
        for lot in (failing.lot, released):
            rows.sample(world, at, lot, number)
            rows.attachment(world, at, lot, number)
        for add in (
            rows.failed_lot,
            rows.imported,
            rows.account,
            rows.site_of,
            rows.statement,
            rows.method,
            rows.renamed,
            rows.specification_in_force,
        ):
            add(world, at, number)
    brought()
    for number in range(3):
        customer = organisations.add_organisation(
            by=world.cast.olga,
            at=at,
            name=f"Meridian Pumps {number} Inc.",
            address="4 Long Wharf",
            telephone="+1 617 555 0144",
            is_customer=True,
        )
        certificates.duplicate(
            certificate=Certificate.objects.get(kind="original"),
            customer=customer,
            by=world.cast.chen,
            at=at,
            stated=bench.LABEL,
        )


@pytest.mark.long
def test_every_page_asks_as_often_in_a_site_that_has_grown(world, at, site):
    clients = {person.pk: signed_in(person) for person in set(site.readers.values())}

    def counted():
        found = {}
        for name, person in site.readers.items():
            cache.clear()
            with CaptureQueriesContext(connection) as caught:
                answer = clients[person.pk].get(site.of[name])
            assert answer.status_code == 200, name
            found[name] = len(caught)
        return found

    counted()
    small = counted()
    grow(world, at)
    grown = counted()

    assert {n: (small[n], grown[n]) for n in small if small[n] != grown[n]} == {}
    assert small == QUERIES

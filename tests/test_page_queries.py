"""Every page asks the database as often in a site that has grown as in a small one.

The numbers are written out, so that a query in a loop and a query more both show. The
counters of the side bar are at hand, as where nothing happened since the last page: one
query asks whether they still hold.
Pages with a list are held to thirty rows of it beside their own tests too.
"""

from types import SimpleNamespace

import pytest
from django.core.cache import cache
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from lots.accounts.roles import READERS
from lots.demo import bench
from lots.models import ImportedFile, Lot, TestOrder
from lots.setup import organisations
from reports.dashboard import counters
from reports.issuing import certificates
from reports.models import Certificate
from tests import addresses
from tests.addresses import ANYBODY, TABLE
from tests.lots.lot import rows
from tests.lots.pages import signed_in

MANY = 30
QUERIES = {
    "login": 4,
    "lots:own": 5,
    "lots:own_password": 4,
    "reports:check": 4,
    "reports:check_certificate": 8,
    "reports:below_minimum": 6,
    "lots:keep": 14,
    "lots:unaffected": 12,
    "lots:conclude_finding": 10,
    "lots:reinstate": 15,
    "reports:my_work": 53,
    "reports:dashboard": 45,
    "reports:trends": 13,
    "reports:trend": 17,
    "reports:find": 4,
    "reports:commands": 2,
    "reports:lot_record": 20,
    "reports:lot_certificates": 23,
    "reports:lot_consistency": 29,
    "reports:certificate_list": 14,
    "reports:certificate_detail": 21,
    "reports:certificate_pdf": 6,
    "reports:preview": 20,
    "reports:issue": 23,
    "lots:lot_list": 9,
    "lots:lot_detail": 23,
    "lots:lot_attempts": 22,
    "lots:lot_documents": 25,
    "lots:lot_history": 25,
    "lots:log_lot": 8,
    "lots:valid_qualifications": 3,
    "lots:take_sample": 9,
    "lots:attach": 11,
    "lots:invalid_run": 10,
    "lots:remark": 11,
    "lots:attach_original": 9,
    "lots:open_test_order": 9,
    "lots:add_assessment": 11,
    "lots:test_order": 10,
    "lots:review": 19,
    "lots:sign_review": 18,
    "lots:send_back": 12,
    "lots:confirm_correction": 17,
    "lots:release": 36,
    "lots:refuse": 32,
    "lots:hold": 17,
    "lots:resume": 15,
    "lots:reject": 17,
    "lots:recall": 17,
    "lots:void": 15,
    "lots:reopen": 17,
    "lots:investigation_list": 6,
    "lots:investigation_detail": 19,
    "lots:phase_one": 19,
    "lots:plan_investigation": 19,
    "lots:conclude_investigation": 19,
    "lots:investigate": 8,
    "lots:document": 6,
    "lots:material_list": 6,
    "lots:material_detail": 11,
    "lots:add_material": 4,
    "lots:change_material": 5,
    "lots:test_detail": 7,
    "lots:add_test": 7,
    "lots:change_test": 8,
    "lots:add_method": 5,
    "lots:add_statement": 5,
    "lots:retire_statement": 5,
    "lots:draft_alternative_use": 5,
    "lots:approve_alternative_use": 5,
    "lots:withdraw_alternative_use": 5,
    "lots:specification_list": 5,
    "lots:specification_detail": 9,
    "lots:draft_specification": 6,
    "lots:change_draft": 8,
    "lots:next_version": 9,
    "lots:approve_specification": 22,
    "lots:withdraw_draft": 5,
    "lots:withdraw_specification": 5,
    "lots:qualification_list": 6,
    "lots:qualification_detail": 9,
    "lots:draft_qualification": 6,
    "lots:approve_qualification": 5,
    "lots:suspend_qualification": 5,
    "lots:resume_qualification": 5,
    "lots:withdraw_qualification": 5,
    "lots:organisation_list": 7,
    "lots:organisation_detail": 7,
    "lots:add_organisation": 4,
    "lots:change_organisation": 5,
    "lots:add_site": 5,
    "lots:change_site": 5,
    "lots:certificate_header": 5,
    "lots:draft_certificate_header": 5,
    "lots:approve_certificate_header": 5,
    "lots:withdraw_certificate_header": 5,
    "lots:printed_identity": 10,
    "lots:approve_identities": 7,
    "lots:withdraw_identity": 6,
    "lots:method_list": 7,
    "lots:approve_methods": 4,
    "lots:withdraw_method": 5,
    "lots:import_list": 7,
    "lots:import_detail": 9,
    "lots:import_map": 6,
    "lots:approve_map": 6,
    "lots:withdraw_map": 6,
    "lots:import_new": 6,
    "lots:audit_trail": 10,
    "lots:audit_act": 7,
    "lots:audit_export": 2,
    "lots:account_list": 24,
    "lots:account_detail": 7,
    "lots:add_account": 3,
    "lots:change_account": 4,
    "lots:set_roles": 4,
    "lots:set_password": 4,
    "lots:change_employee_number": 4,
    "lots:tell_apart": 5,
    "lots:confirm_person": 5,
    "lots:deactivate": 4,
    "lots:reactivate": 4,
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
    of = addresses.addresses(world, at)
    rows.failed_lot(world, at, 0)
    for number in ("BAC-26-001", "BAC-26-901"):
        rows.attachment(world, at, Lot.objects.get(number=number), 0)
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
    def counted():
        found = {}
        # A session of more than a minute is stored again.
        readers = set(site.readers.values())
        clients = {person.pk: signed_in(person) for person in readers}
        for name, person in site.readers.items():
            cache.clear()
            if person.is_a(*READERS):
                counters.of(person, at=timezone.now())
            with CaptureQueriesContext(connection) as caught:
                answer = clients[person.pk].get(site.of[name])
            assert answer.status_code == 200, name
            found[name] = len(caught)
        return found

    def warm():
        """Read what a process keeps between requests: the master data."""
        for name in (
            "reports:lot_record",
            "reports:preview",
            "lots:approve_specification",
        ):
            signed_in(site.readers[name]).get(site.of[name])

    warm()
    small = counted()
    grow(world, at)
    warm()
    grown = counted()

    assert {n: (small[n], grown[n]) for n in small if small[n] != grown[n]} == {}
    assert small == QUERIES

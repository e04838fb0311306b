"""Seven certificates from set-up to PDF: every row as its document has it."""

import datetime
import re
import subprocess
from types import SimpleNamespace

import pytest

from lots import calendar
from lots.demo import baclofen, bench
from lots.results import remarks
from lots.setup import material_tests, materials, methods
from lots.setup.material_tests import TestFacts
from lots.setup.specification_versions import CriterionDraft
from reports.issuing import certificates
from reports.status import verification
from tests.lots.setup import specifications
from tests.lots.setup.qualified import qualified
from tests.reports.documents import DOCUMENTS


def set_up(world, document, *, at):
    """Set the material up with its tests, specification and qualification."""
    by = world.cast.olga
    material = materials.add_material(
        by=by,
        at=at,
        name=document.material,
        item_code=document.item,
        cas_number=document.cas,
        storage="Well-closed container",
    )
    baclofen.approve_identities(world.cast, at=at)
    least = specifications.least(world, at, material)
    tests = {}
    for place, row in enumerate(document.rows):
        facts = dict(row.test)
        total = facts.pop("total", None)
        tests[row.name] = material_tests.add_test(
            by=by,
            at=at,
            material=material,
            facts=TestFacts(
                code=f"T{place}",
                name=row.name,
                group=row.group,
                unit=row.unit,
                component_of=tests[total] if total else None,
                **facts,
            ),
        )
        methods.add_method(
            by=by, at=at, test=tests[row.name], code=row.code, **row.method
        )
    asked = [one.test for one in least.criteria.select_related("test")]
    for test in asked:
        methods.add_method(by=by, at=at, test=test, code="In-house")
    baclofen.approve_methods(world.cast, at=at)
    code = f"{document.item}-1"
    baclofen.specify(
        world.cast,
        at=at,
        material=material,
        code=code,
        use="oral",
        grade="In-house",
        compendium="",
        prints_in_order=document.in_order,
        effective_on=calendar.today(at) - datetime.timedelta(days=30),
        criteria=[
            *(CriterionDraft(tests[row.name], row.kind, **row.facts)
              for row in document.rows),
            *(CriterionDraft(test, "choice", choices=("Conforms",)) for test in asked),
        ],
    )  # fmt: skip
    qualified(world, at, material=material, process="P-1")
    return SimpleNamespace(
        material=material,
        works=world.works,
        processes={"oral": "P-1"},
        tests=tests | {test.name: test for test in asked},
        asked=[test.name for test in asked],
        code=code,
    )


def issued(world, document, *, at):
    """Enter the rows, review, release, and issue the certificate; return it."""
    place = set_up(world, document, at=at)
    lot = bench.log(world.cast, place, at=at, number=f"{document.item}-26-001")
    stored = bench.enter(
        lot,
        place,
        {row.name: row.typed for row in document.rows if row.typed}
        | dict.fromkeys(place.asked, "Conforms"),
        by=world.cast.lin,
        at=at,
        submit=False,
    )
    said = {row.name: row.remark for row in document.rows if row.remark}
    for result in stored:
        if result.test.name in said:
            remarks.add_remark(
                result=result,
                by=world.cast.lin,
                at=at,
                remark=said[result.test.name],
                is_printed=True,
            )
    bench.submit(lot, by=world.cast.lin, at=at)
    bench.review(world.cast, lot, at=at)
    bench.release(world.cast, lot, place.code, at=at)
    return certificates.issue(
        assessment=bench.assessment(lot, place.code),
        by=world.cast.olga,
        at=at,
        stated=bench.LABEL,
    )


def read(printed):
    """Return the text of a PDF in the order in which it is drawn, cell by cell."""
    text = subprocess.run(
        ["pdftotext", "-raw", "-", "-"], input=printed, capture_output=True, check=True
    ).stdout.decode()
    return " ".join(text.split())


@pytest.mark.poppler
@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda one: one.item)
def test_certificate_prints_every_row_as_its_document(world, at, document):
    certificate = issued(world, document, at=at)

    text = read(bytes(certificate.pdf))
    lacking, places = [], []
    for row in document.rows:
        # Marks of footnotes stand behind the name of the test.
        wanted = re.escape(" ".join((row.code, *row.printed)))
        name = re.escape(row.called or row.name)
        found = re.search(rf"{name}(?: \d+)* {wanted}", text)
        places.append(found.start() if found else -1)
        if found is None or row.note not in text:
            lacking.append(row.name)
    assert lacking == [], text
    assert places == sorted(places)
    for heading in document.headings:
        assert f" {heading} " in text
    assert document.in_order is (not document.headings)
    assert "complies with" in text
    assert verification.of_certificate(certificate).authentic

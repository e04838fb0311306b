"""Specifications drafted and approved for a test."""

from dataclasses import fields

from lots import calendar
from lots.demo import baclofen
from lots.evidence import signatures
from lots.models import Specification
from lots.release import minimums
from lots.rules import uses
from lots.rules.quality_attributes import Attribute
from lots.setup import material_tests, signed_specification, specification_versions
from lots.setup.specification_versions import CriterionDraft

FACTS = tuple(fact.name for fact in fields(CriterionDraft) if fact.name != "test")


def rows_of(code, *, without=(), version=None, **changed):
    """Return the criteria of the latest version of the code, some facts changed.

    By the code of their test, as in MEOH={"high": "3500"}.
    """
    found = Specification.objects.filter(code=code).order_by("-version")
    latest = found.get(version=version) if version else found.first()
    return [
        CriterionDraft(
            row.test,
            **{name: getattr(row, name) for name in FACTS}
            | changed.get(row.test.code, {}),
        )
        for row in latest.criteria.order_by("position").select_related("test")
        if row.test.code not in without
    ]


def minimum(world, at, code="BAC-ORAL-MIN", *, rows=None, **changed):
    """Approve the next version of a minimum, with other rows or some changed."""
    old = Specification.objects.filter(code=code).order_by("-version").first()
    draft = specification_versions.draft_specification(
        by=world.cast.olga,
        at=at,
        material=old.material,
        code=code,
        use=old.use,
        purpose="minimum",
        grade=old.grade,
        compendium="",
        effective_on=calendar.today(at),
        change_reason="Reviewed",
        criteria=rows or rows_of(code, **changed),
        **{
            name: getattr(old, name)
            for name in (
                "endotoxin_constant",
                "endotoxin_dose",
                "body_weight",
                "endotoxin_source",
            )
        },
    )
    return approve(world, at, draft)


def least(world, at, material, use="oral"):
    """Approve a minimum of another material: a test of each attribute it needs."""
    needs = (*uses.use(use).needs, *uses.use(use).needs_on_every_lot)
    criteria = []
    for attribute in needs or (Attribute.IDENTITY,):
        is_limited = attribute == Attribute.ENDOTOXINS
        test = material_tests.add_test(
            by=world.cast.olga,
            at=at,
            material=material,
            facts=material_tests.TestFacts(
                code=attribute.upper(),
                name=attribute.word,
                group="identity",
                attribute=attribute,
                unit="EU/mg" if is_limited else "",
                vocabulary=() if is_limited else ("Conforms", "Does not conform"),
            ),
        )
        asked = {"high": "2.0"} if is_limited else {"choices": ("Conforms",)}
        kind = "nmt" if is_limited else "choice"
        criteria.append(CriterionDraft(test, kind, **asked))
    basis = baclofen.ENDOTOXIN_BASIS if uses.use(use).endotoxin_constant else {}
    return baclofen.specify(
        world.cast,
        at=at,
        material=material,
        code=f"{material.item_code}-{use[:4].upper()}-LEAST",
        use=use,
        purpose="minimum",
        grade="Minimum",
        compendium="",
        effective_on=calendar.today(at),
        criteria=criteria,
        **basis,
    )


def draft(world, at, *rows, **facts):
    """Draft a version of BAC-ORAL: the one before, but for a tighter assay."""
    rows = rows or rows_of(
        "BAC-ORAL", ASSAY={"low": "98.5", "high": "101.0", "alert_low": ""}
    )
    return specification_versions.draft_specification(
        **{
            "by": world.cast.olga,
            "at": at,
            "material": world.material,
            "code": "BAC-ORAL",
            "use": "oral",
            "grade": "USP",
            "compendium": "USP–NF 2026 Issue 1",
            "effective_on": at.date(),
            "change_reason": "Annual review",
            "criteria": rows,
            **facts,
        }
    )


def approve(world, at, specification, *, by=None):
    by = by or world.cast.chen
    verb = (
        minimums.approve_minimum
        if specification.purpose == "minimum"
        else specification_versions.approve_specification
    )
    return verb(
        specification=specification,
        by=by,
        at=at,
        confirmation=world.cast.confirmation(by, at=at),
        shown=signatures.shown(signed_specification.specification_text(specification)),
    )


def wider(world, at, *, without=(), further=(), code=""):
    """Approve the next version of the oral specification: methanol up to 3500.

    Or, with a code, another specification that says the same.
    """
    if without:
        # What the minimum asks, no specification of ours leaves out.
        asked = {row.test.code for row in rows_of("BAC-ORAL-MIN")}
        if not asked.isdisjoint(without):
            minimum(world, at, rows=rows_of("BAC-ORAL-MIN", without=without))
    old = Specification.objects.filter(code="BAC-ORAL").order_by("version").last()
    draft = specification_versions.draft_specification(
        by=world.cast.olga,
        at=at,
        material=world.material,
        code=code or old.code,
        use=old.use,
        grade=old.grade,
        compendium=old.compendium,
        effective_on=calendar.today(at),
        change_reason="Methanol up to 3500",
        criteria=[
            *rows_of("BAC-ORAL", without=without, MEOH={"high": "3500"}),
            *further,
        ],
    )
    return approve(world, at, draft)


def approved(world, at, code, **criteria):
    """Approve a pharmacopoeia's specification for oral use, however short it is.

    (kind, low, high) by the code of a test.
    """
    draft = specification_versions.draft_specification(
        by=world.cast.olga,
        at=at,
        material=world.material,
        code=code,
        use="oral",
        owner="pharmacopoeia",
        grade="USP",
        compendium="USP 2025",
        effective_on=calendar.today(at),
        change_reason="Asked for by a customer",
        criteria=[
            specification_versions.CriterionDraft(
                test=world.tests[test], kind=kind, low=low, high=high
            )
            for test, (kind, low, high) in criteria.items()
        ],
    )
    return approve(world, at, draft)

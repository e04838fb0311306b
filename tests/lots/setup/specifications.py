"""Specifications drafted and approved for a test."""

from lots import calendar
from lots.evidence import signatures
from lots.models import Specification
from lots.setup import specification_content, specification_versions
from lots.setup.specification_versions import CriterionDraft


def draft(world, at, *rows, **facts):
    rows = rows or (CriterionDraft(world.tests["ASSAY"], "range", "98.5", "101.0"),)
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
    return specification_versions.approve_specification(
        specification=specification,
        by=by,
        at=at,
        confirmation=world.cast.confirmation(by, at=at),
        shown=signatures.shown(specification_content.specification_text(specification)),
    )


def wider(world, at, *, without=(), further=(), code=""):
    """Approve the next version of the oral specification: methanol up to 3500.

    Or, with a code, another specification that says the same.
    """
    old = Specification.objects.get(code="BAC-ORAL")
    names = [
        "kind", "low", "high", "choices", "wording", "portion", "rounding",
        "alert_low", "alert_high", "requirement", "every_lots", "every_months",
    ]  # fmt: skip
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
            specification_versions.CriterionDraft(
                test=row.test,
                **{name: getattr(row, name) for name in names}
                | ({"high": "3500"} if row.test.code == "MEOH" else {}),
            )
            for row in old.criteria.order_by("position").select_related("test")
            if row.test.code not in without
        ]
        + list(further),
    )
    return approve(world, at, draft)


def approved(world, at, code, **criteria):
    """Approve a specification for oral use: (kind, low, high) by the code of a test."""
    draft = specification_versions.draft_specification(
        by=world.cast.olga,
        at=at,
        material=world.material,
        code=code,
        use="oral",
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

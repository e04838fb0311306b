"""Drafts: what one person drafted or stopped, and another must approve or end.

Every kind of record with an approval is a row here; My work lists them with their age.
Reads, never writes (EU GMP chapter 4, 4.3; Annex 11, 6).
"""

import datetime
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from lots.models import (
    AlternativeUse,
    Approval,
    CertificateHeader,
    ColumnMap,
    Method,
    PrintedIdentity,
    Purpose,
    Qualification,
    Specification,
    User,
)
from lots.rules.step_table import STEPS

_MINIMUM = Q(purpose=Purpose.MINIMUM)


def _in_draft(
    model: type[Any], *related: str, of: Q | None = None
) -> Callable[[], QuerySet[Any]]:
    """Return the query of the drafts of a model, with the records that they name."""
    return lambda: (
        model._default_manager.filter(of or Q(), state=Approval.DRAFT)
        .select_related("drafted_by", *related)
        .order_by("drafted_at", "pk")
    )


def _first_methods() -> QuerySet[Any]:
    """Return of each material, and each drafter, the draft of a method that is first.

    A new material has some thirty of them, and one signature approves them all.
    """
    earlier = Method.objects.filter(
        state=Approval.DRAFT,
        test__material=OuterRef("test__material"),
        drafted_by=OuterRef("drafted_by"),
        pk__lt=OuterRef("pk"),
    )
    return (
        Method.objects.filter(~Exists(earlier), state=Approval.DRAFT)
        .select_related("drafted_by", "test__material")
        .order_by("drafted_at", "pk")
    )


@dataclass(frozen=True)
class Kind:
    """A kind of record that waits for a second person, and who that may be.

    `by` and `since` are the columns of who drafted it and when.
    """

    code: str
    name: str | Promise
    roles: tuple[str, ...]
    rows: Callable[[], QuerySet[Any]]
    by: str = "drafted_by"
    since: str = "drafted_at"

    def found(self) -> list["Draft"]:
        """Return what waits of the kind, the oldest first."""
        return [
            Draft(
                self,
                record,
                getattr(record, self.by),
                getattr(record, self.since) or record.drafted_at,
            )
            for record in self.rows()
        ]


@dataclass(frozen=True)
class Draft:
    """A record that waits for a second person."""

    kind: Kind
    record: Any
    drafted_by: User
    since: datetime.datetime

    def is_open_to(self, person: User) -> bool:
        """Say whether this person may approve it."""
        return (
            person.takes(*self.kind.roles) and self.drafted_by.pk not in person.accounts
        )


KINDS = {
    kind.code: kind
    for kind in (
        Kind(
            "specification",
            _("Specification to approve"),
            STEPS["approve"].roles,
            _in_draft(Specification, of=~_MINIMUM),
        ),
        Kind(
            "minimum",
            _("Minimum specification to approve"),
            STEPS["approve"].roles,
            _in_draft(Specification, of=_MINIMUM),
        ),
        Kind(
            "qualification",
            _("Qualification to approve"),
            STEPS["approve"].roles,
            _in_draft(Qualification, "material", "site__organisation"),
        ),
        Kind(
            "suspension",
            _("Suspended qualification to resume or withdraw"),
            STEPS["approve"].roles,
            lambda: (
                Qualification.objects.filter(state=Approval.SUSPENDED)
                .select_related("drafted_by", "material", "site__organisation")
                .order_by("caused_at", "pk")
            ),
            since="caused_at",
        ),
        Kind(
            "alternative_use",
            _("Alternative use to approve"),
            STEPS["approve"].roles,
            _in_draft(AlternativeUse, "material"),
        ),
        Kind(
            "certificate_header",
            _("Certificate header to approve"),
            STEPS["approve"].roles,
            _in_draft(CertificateHeader),
        ),
        Kind(
            "printed_identity",
            _("Printed identity to approve"),
            STEPS["approve"].roles,
            _in_draft(
                PrintedIdentity,
                "organisation",
                "site__organisation",
                "material",
                "statement",
            ),
        ),
        Kind(
            "method",
            _("Methods to approve"),
            STEPS["approve"].roles,
            _first_methods,
        ),
        Kind(
            "column_map",
            _("Column map to approve"),
            STEPS["approve_map"].roles,
            lambda: (
                ColumnMap.objects.filter(signature=None, withdrawn_at=None)
                .select_related("proposed_by")
                .order_by("proposed_at", "pk")
            ),
            by="proposed_by",
            since="proposed_at",
        ),
    )
}


def waiting() -> list[Draft]:
    """Return what waits for a second person, the oldest first."""
    found = [draft for kind in KINDS.values() for draft in kind.found()]
    return sorted(found, key=lambda draft: draft.since)


def waiting_for(person: User) -> list[Draft]:
    """Return what waits for this person, the oldest first."""
    own = [kind for kind in KINDS.values() if person.takes(*kind.roles)]
    found = [draft for kind in own for draft in kind.found()]
    return sorted(
        (draft for draft in found if draft.is_open_to(person)),
        key=lambda draft: draft.since,
    )

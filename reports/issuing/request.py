"""Request for a certificate, and what preflight found of it."""

import datetime
from dataclasses import dataclass, field

from lots.models import Assessment, CertificateHeader
from lots.rules.refusal import Refusals
from reports.content import certificate as content_of
from reports.content import differences
from reports.issuing.remedies import Blocker
from reports.models import Asked, Certificate, Kind


def assessments():
    """Return the assessments, each with the records that its certificate prints."""
    return Assessment.objects.select_related(
        "lot__material",
        "lot__site__organisation",
        "lot__qualification",
        "lot__original_certificate",
        "test_order",
        "specification__customer",
        "signature",
    )


@dataclass(frozen=True)
class Proposal:
    """What is asked for: a certificate of this assessment, for whom, in place of what.

    The assessment comes with its lot, test order, specification and signature.
    """

    assessment: Assessment
    at: datetime.datetime
    asked: Asked = field(default_factory=Asked)
    revises: Certificate | None = None
    duplicates: Certificate | None = None
    reason: str = ""
    # The checksum of what QA looked at, of a revision or a duplicate its changes; blank
    # for nothing.
    shown: str = ""

    @property
    def kind(self):
        if self.revises:
            return Kind.REVISION
        return Kind.DUPLICATE if self.duplicates else Kind.ORIGINAL


class NotIssuable(Refusals):
    """The certificate cannot be issued; carries every reason."""

    def __init__(self, blockers):
        super().__init__([blocker.refusal for blocker in blockers])
        self.blockers = tuple(blockers)


@dataclass(frozen=True)
class Findings:
    """Every blocker, and the content as far as one could be worded.

    `changes` is what a revision or a duplicate prints otherwise; None for an original,
    and where what it revises or repeats cannot be read. `renamed` is what the printed
    identity that is approved today changes against the one that was signed.
    """

    blockers: tuple[Blocker, ...]
    draft: content_of.Certificate | None = None
    certificate_header: CertificateHeader | None = None
    changes: tuple[differences.Difference, ...] | None = None
    renamed: tuple[differences.Difference, ...] = ()

"""Verification of a file or a certificate, as separate facts.

Compares bytes and digests, and never reads a PDF (assurance.md T-64).
"""

import hashlib
from dataclasses import dataclass

from lots.evidence import verification as trail
from lots.rules import chain
from lots.rules.refusal import Refusal
from reports.content import certificate as content_of
from reports.models import Certificate
from reports.status.certificate_status import (
    CertificateStatus,
    Status,
    asked,
    code,
    status,
)

LARGEST = 10 * 1024 * 1024


class Harmed(Refusal):
    """A stored content is not the one that was issued."""


@dataclass(frozen=True)
class Verification:
    """Facts one by one; `holds` is all of them together.

    `known`: the SHA-256 is that of a file issued here. `file_intact`: our copy still
    has the SHA-256 that was stored at issue. `content_intact`: the content still has
    its digest, and is in canonical form. `as_recorded`: file, content and all else are
    what the audit trail tells of them, so that nobody replaced a file and its digest
    together.
    """

    sha256: str
    known: bool
    certificate: Certificate | None = None
    file_intact: bool = False
    content_intact: bool = False
    as_recorded: bool = False
    status: Status | None = None

    @property
    def authentic(self):
        """Say whether these are the bytes issued, unharmed on our side."""
        return (
            self.known and self.file_intact and self.content_intact and self.as_recorded
        )

    @property
    def holds(self):
        return self.authentic and self.status is not None and self.status.is_current


def of_digest(sha256):
    """Return the facts on a file of this SHA-256."""
    found = (
        asked(Certificate.objects.printed())
        .select_related(
            "lot__material", "assessment__specification", "customer", "issued_by"
        )
        .filter(pdf_sha256=sha256)
        .first()
    )
    if found is None:
        return Verification(sha256, known=False)
    return of_certificate(found)


def of_bytes(data):
    """Return the facts on a file."""
    return of_digest(hashlib.sha256(data).hexdigest())


def of_certificate(certificate):
    """Return the facts on a stored certificate, its own file among them."""
    return Verification(
        certificate.pdf_sha256,
        known=True,
        certificate=certificate,
        file_intact=hashlib.sha256(certificate.pdf or b"").hexdigest()
        == certificate.pdf_sha256,
        content_intact=content_intact(certificate),
        as_recorded=as_recorded(certificate),
        status=status(certificate),
    )


def codes(certificates):
    """Return what is to be said of each certificate's status today, by key.

    The code of its status, or ALTERED where that would be current and its stored
    content does not have its digest any more, or is not what the audit trail tells.
    A few queries for all of them, which leave the files where they are. Whether a
    content that has its digest is in canonical form too is asked of one certificate at
    a time: it takes milliseconds.
    """
    keys = [each.pk for each in certificates]
    found = asked(Certificate.objects.defer("pdf").filter(pk__in=keys)) if keys else ()
    codes = {each.pk: code(each) for each in found}
    current = [each for each in found if codes[each.pk] == CertificateStatus.CURRENT]
    sound = trail.vouched([each for each in current if _has_digest(each)])
    altered = {each.pk for each in current} - sound
    return codes | dict.fromkeys(altered, CertificateStatus.ALTERED)


def as_recorded(certificate):
    """Say whether the stored certificate is what the audit trail tells of it."""
    return bool(trail.vouched([certificate]))


def to_be_trusted(certificate):
    """Say whether its stored content can be shown as what was issued."""
    return content_intact(certificate) and as_recorded(certificate)


def _has_digest(certificate):
    return chain.digest(certificate.content) == certificate.digest


def content_intact(certificate):
    """Say whether the stored content still has its digest and can be read."""
    try:
        read(certificate)
    except (Harmed, content_of.Unreadable):
        return False
    return True


def read_as_recorded(certificate):
    """Return the stored content of a certificate that the audit trail vouches for.

    Raises Harmed and Unreadable as `read` does, and Harmed where the trail tells
    something else.
    """
    content = read(certificate)
    if not as_recorded(certificate):
        raise Harmed(
            "certificate_not_as_recorded",
            "The stored record of %(certificate)s is not what the audit trail tells of"
            " it, so it cannot be trusted. Do not use the certificate, and have the"
            " administrator restore the records from a backup.",
            certificate=str(certificate),
        )
    return content


def read(certificate):
    """Return the stored content of a certificate.

    Raises Harmed where it does not have its digest any more, Unreadable where it has
    and is still not in canonical form.
    """
    if not _has_digest(certificate):
        raise Harmed(
            "certificate_harmed",
            "The stored content of %(certificate)s does not match its checksum, so it"
            " cannot be trusted. Do not use the certificate, and have the"
            " administrator restore the records from a backup.",
            certificate=str(certificate),
        )
    return content_of.from_json(certificate.content)

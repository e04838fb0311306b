"""Certificate headers: the issuer as certificates print it, in approved versions."""

from lots.accounts import permissions
from lots.evidence import audit, text_checks
from lots.models import Approval, CertificateHeader
from lots.rules import chain
from lots.rules.formats import Format
from lots.rules.step_table import STEPS
from lots.setup import approval

CERTIFICATE_HEADER = Format("letterhead", number=1)


@CERTIFICATE_HEADER.reads(1)
def _with_the_fields_of_today(stored):
    return stored


def draft_certificate_header(*, by, at, name, address, telephone, email=""):
    """Draft the next version of the issuer as certificates print it."""
    with audit.act(by=by, at=at, action="draft_letterhead") as act:
        permissions.check(act, STEPS["draft"], subject="the certificate header")
        latest = CertificateHeader.objects.order_by("-version").first()
        drafted = text_checks.sound(
            CertificateHeader(
                version=latest.version + 1 if latest else 1,
                name=name,
                address=address,
                telephone=telephone,
                email=email,
                drafted_by=act.by,
                drafted_at=at,
            )
        )
        text_checks.once(
            CertificateHeader.objects.filter(state=Approval.DRAFT),
            sentence="There is already a draft of the certificate header;"
            " approve or withdraw it first.",
            field="",
        )
        return act.create(drafted)


def approve_certificate_header(*, certificate_header, by, at, confirmation, shown):
    """Sign the drafted certificate header; it supersedes the one before."""
    with audit.act(by=by, at=at, action="approve_letterhead") as act:
        before = CertificateHeader.objects.select_for_update().filter(
            state=Approval.APPROVED
        )
        for earlier in before:
            act.change(earlier, state=Approval.SUPERSEDED)
        return approval.approve(
            act,
            certificate_header,
            subject=f"certificate header version {certificate_header.version}",
            confirmation=confirmation,
            shown=shown,
            text=certificate_header_text,
            wording="Certificate header approved",
        )


def withdraw_certificate_header(*, certificate_header, by, at, reason):
    """Withdraw a certificate header that is still a draft."""
    with audit.act(by=by, at=at, action="withdraw_letterhead", reason=reason) as act:
        permissions.check(act, STEPS["draft"], subject="the certificate header")
        text_checks.reason_given(reason)
        certificate_header = act.lock(certificate_header)
        if closed := to_withdraw(certificate_header):
            raise closed
        return act.change(certificate_header, state=Approval.WITHDRAWN)


def to_withdraw(certificate_header):
    """Return why a version is no draft to withdraw; None where it is one."""
    subject = f"Certificate header version {certificate_header.version}"
    return approval.to_withdraw(certificate_header, subject=subject)


def certificate_header_text(certificate_header):
    """Return the canonical text that an approval of the certificate header signs."""
    return chain.canonical(
        {
            "format": CERTIFICATE_HEADER.number,
            CERTIFICATE_HEADER.record: {
                "version": certificate_header.version,
                "name": certificate_header.name,
                "address": certificate_header.address,
                "telephone": certificate_header.telephone,
                "email": certificate_header.email,
            },
        }
    )

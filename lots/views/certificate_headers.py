"""Pages of the certificate header and its versions."""

from django.shortcuts import get_object_or_404
from django.urls import path, reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from lots.accounts.roles import readable
from lots.forms.setup import CertificateHeaderForm
from lots.models import Approval, CertificateHeader
from lots.setup import certificate_headers
from lots.views.setup_base import (
    APPROVE,
    Page,
    ask,
    ask_reason,
    ask_signature,
    initial,
    keeps_set_up,
    show,
)
from lots.wording import sentence


@require_safe
@readable
def certificate_header(request):
    versions = list(
        CertificateHeader.objects.select_related("drafted_by", "signature").order_by(
            "-version"
        )
    )
    return show(
        request,
        "lots/setup/certificate_header.html",
        versions=versions,
        current=_first(versions, Approval.APPROVED),
        draft=_first(versions, Approval.DRAFT),
    )


@keeps_set_up
def draft_certificate_header(request):
    latest = CertificateHeader.objects.order_by("-version").first()
    return ask(
        request,
        CertificateHeaderForm(
            request.POST or None,
            initial=initial(latest, CertificateHeaderForm) if latest else None,
        ),
        certificate_headers.draft_certificate_header,
        page=Page(
            _("Draft a new version of the certificate header"),
            _("Draft"),
            reverse("lots:certificate_header"),
            lead=_("Another person of QA must approve and sign it."),
        ),
        then=reverse("lots:certificate_header"),
    )


@keeps_set_up
def approve_certificate_header(request, pk):
    drafted = get_object_or_404(CertificateHeader, pk=pk)
    return ask_signature(
        request,
        certificate_headers.approve_certificate_header,
        text=certificate_headers.certificate_header_text(drafted),
        page=Page(
            _("Approve certificate header version %(version)s")
            % {"version": drafted.version},
            APPROVE,
            reverse("lots:certificate_header"),
            lead=_("Certificates issued from now on use it."),
            facts=(
                (_("Name"), drafted.name),
                (_("Address"), drafted.address),
                (_("Telephone"), drafted.telephone),
                (_("E-mail"), drafted.email),
            ),
        ),
        then=reverse("lots:certificate_header"),
        certificate_header=drafted,
    )


@keeps_set_up
def withdraw_certificate_header(request, pk):
    drafted = get_object_or_404(CertificateHeader, pk=pk)
    closed = certificate_headers.to_withdraw(drafted)
    return ask_reason(
        request,
        certificate_headers.withdraw_certificate_header,
        page=Page(
            _("Withdraw the draft of the certificate header"),
            _("Withdraw"),
            reverse("lots:certificate_header"),
            closed=sentence(closed) if closed else "",
        ),
        then=reverse("lots:certificate_header"),
        certificate_header=drafted,
    )


def _first(versions, state):
    return next((row for row in versions if row.state == state), None)


urls = [
    path("certificate-header/", certificate_header, name="certificate_header"),
    path(
        "certificate-header/draft/",
        draft_certificate_header,
        name="draft_certificate_header",
    ),
    path(
        "certificate-header/<int:pk>/approve/",
        approve_certificate_header,
        name="approve_certificate_header",
    ),
    path(
        "certificate-header/<int:pk>/withdraw/",
        withdraw_certificate_header,
        name="withdraw_certificate_header",
    ),
]

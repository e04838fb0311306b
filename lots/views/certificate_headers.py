"""The page of the letterhead: the issuer as certificates print it, in versions."""

from django.shortcuts import get_object_or_404
from django.urls import path, reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from lots.accounts.roles import readable
from lots.forms.setup import LetterheadForm
from lots.models import Approval, Letterhead
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


@require_safe
@readable
def letterhead(request):
    versions = list(
        Letterhead.objects.select_related("drafted_by", "signature").order_by(
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
def draft_letterhead(request):
    latest = Letterhead.objects.order_by("-version").first()
    return ask(
        request,
        LetterheadForm(
            request.POST or None,
            initial=initial(latest, LetterheadForm) if latest else None,
        ),
        certificate_headers.draft_letterhead,
        page=Page(
            _("Draft the next letterhead"),
            _("Draft"),
            reverse("lots:letterhead"),
            lead=_("Another person of QA approves and signs it."),
        ),
        then=reverse("lots:letterhead"),
    )


@keeps_set_up
def approve_letterhead(request, pk):
    drafted = get_object_or_404(Letterhead, pk=pk)
    return ask_signature(
        request,
        certificate_headers.approve_letterhead,
        text=certificate_headers.letterhead_text(drafted),
        page=Page(
            _("Approve letterhead version %(version)s") % {"version": drafted.version},
            APPROVE,
            reverse("lots:letterhead"),
            lead=_("Certificates issued from now on carry it."),
            facts=(
                (_("Name"), drafted.name),
                (_("Address"), drafted.address),
                (_("Telephone"), drafted.telephone),
                (_("E-mail"), drafted.email),
            ),
        ),
        then=reverse("lots:letterhead"),
        letterhead=drafted,
    )


@keeps_set_up
def withdraw_letterhead(request, pk):
    drafted = get_object_or_404(Letterhead, pk=pk)
    return ask_reason(
        request,
        certificate_headers.withdraw_letterhead,
        page=Page(
            _("Withdraw the draft of the letterhead"),
            _("Withdraw"),
            reverse("lots:letterhead"),
        ),
        then=reverse("lots:letterhead"),
        letterhead=drafted,
    )


def _first(versions, state):
    return next((row for row in versions if row.state == state), None)


urls = [
    path("letterhead/", letterhead, name="letterhead"),
    path("letterhead/draft/", draft_letterhead, name="draft_letterhead"),
    path("letterhead/<int:pk>/approve/", approve_letterhead, name="approve_letterhead"),
    path(
        "letterhead/<int:pk>/withdraw/",
        withdraw_letterhead,
        name="withdraw_letterhead",
    ),
]

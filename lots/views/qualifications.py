"""Pages of qualifications."""

import functools

from django.shortcuts import get_object_or_404
from django.urls import path, reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from lots.accounts.roles import readable
from lots.forms.release import SignedReasonForm
from lots.forms.setup import CauseForm, EndForm, QualificationForm
from lots.history import history
from lots.models import Approval, Qualification
from lots.rules.uses import USES
from lots.setup import qualifications
from lots.tables.setup import QualificationTable
from lots.views.setup_base import (
    APPROVE,
    Page,
    ask,
    ask_reason,
    ask_signature,
    detail,
    keeps_set_up,
    listed,
    show,
)
from lots.wording import now_called


@require_safe
@readable
def qualification_list(request):
    rows = Qualification.objects.select_related(
        "site__organisation", "material"
    ).order_by("material__name", "site__organisation__name", "use", "-valid_from", "pk")
    return show(
        request,
        "lots/setup/list.html",
        title=_("Qualifications"),
        lead=_(
            "Each qualification allows a site to make a material for a use. A lot can"
            " be logged, released and certified only on a valid qualification."
        ),
        table=listed(request, QualificationTable(rows)),
        add_url=reverse("lots:draft_qualification"),
        add_label=_("Draft a qualification"),
    )


@require_safe
@readable
def qualification_detail(request, pk):
    qualification = _qualification(pk)
    steps = {
        Approval.DRAFT: ("approve", "withdraw"),
        Approval.APPROVED: ("suspend", "withdraw"),
        Approval.SUSPENDED: ("resume", "withdraw"),
    }
    return show(
        request,
        "lots/setup/qualification.html",
        qualification=qualification,
        facts=_facts(qualification),
        open_steps=steps.get(qualification.state, ()),
        is_own_draft=qualification.drafted_by_id in request.user.accounts,
        lot_count=qualification.lots.count(),
        history=history.of_record(qualification),
    )


@keeps_set_up
def draft_qualification(request):
    return ask(
        request,
        QualificationForm(
            request.POST or None, request.FILES or None, initial=request.GET.dict()
        ),
        qualifications.draft_qualification,
        page=Page(
            _("Draft a qualification"),
            _("Draft"),
            reverse("lots:qualification_list"),
            lead=_("Another person of QA must approve and sign it."),
        ),
        then=lambda made: detail("qualification", made),
    )


@keeps_set_up
def approve_qualification(request, pk):
    return _sign(
        request,
        pk,
        qualifications.approve_qualification,
        title=_("Approve a qualification"),
        button=APPROVE,
    )


@keeps_set_up
def resume_qualification(request, pk):
    return _sign(
        request,
        pk,
        qualifications.resume_qualification,
        title=_("Resume a qualification"),
        button=_("Sign and resume"),
        form_class=SignedReasonForm,
    )


@keeps_set_up
def suspend_qualification(request, pk):
    return _end(
        request,
        pk,
        qualifications.suspend_qualification,
        title=_("Suspend a qualification"),
        button=_("Suspend"),
        lead=_(
            "From now on no lot is logged or released on it and no certificate is"
            " issued. Certificates of lots made since the day that you type are under"
            " review until another person resumes the qualification, or QA decides"
            " about the lot."
        ),
        form_class=CauseForm,
    )


@keeps_set_up
def withdraw_qualification(request, pk):
    return _end(
        request,
        pk,
        qualifications.withdraw_qualification,
        title=_("Withdraw a qualification"),
        button=_("Withdraw for good"),
        lead=_(
            "This cannot be undone. If you need it again, draft a new qualification."
        ),
        form_class=EndForm,
        to_form=_of_suspended,
    )


def _of_suspended(qualification):
    """Return what the form of a withdrawal takes: the day of the suspension, if any."""
    return {
        "initial": {"since": qualification.cause_since},
        "is_suspended": qualification.state == Approval.SUSPENDED,
    }


def _sign(request, pk, verb, *, title, button, **options):
    qualification = _qualification(pk)
    back = detail("qualification", qualification)
    return ask_signature(
        request,
        verb,
        text=qualifications.qualification_text(qualification),
        page=Page(
            title,
            button,
            back,
            facts=(
                *_facts(qualification),
                (_("Item code"), qualification.material.item_code),
                (_("CAS number"), qualification.material.cas_number),
            ),
            more={"evidence": qualification.evidence},
        ),
        then=back,
        qualification=qualification,
        **options,
    )


def _end(
    request, pk, verb, *, title, button, lead, form_class, to_form=lambda _row: {}
):
    qualification = _qualification(pk)
    back = detail("qualification", qualification)
    return ask_reason(
        request,
        verb,
        page=Page(
            title,
            button,
            back,
            lead=lead,
            facts=_facts(qualification),
        ),
        then=back,
        form_class=functools.partial(form_class, **to_form(qualification)),
        qualification=qualification,
    )


def _qualification(pk):
    return get_object_or_404(
        Qualification.objects.select_related(
            "site__organisation", "material", "evidence", "drafted_by", "signature"
        ).defer("evidence__content"),
        pk=pk,
    )


def _facts(row):
    """Return what the qualification says: as it was signed, where it is signed.

    A place or a material that is called otherwise today says so beside it.
    """
    until = row.valid_until.isoformat() if row.valid_until else _("no end date")
    today = {
        "site": str(row.site),
        "address": row.site.address,
        "telephone": row.site.telephone,
        "material": row.material.name,
    }
    signed = qualifications.signed(row)
    said = today
    if signed:
        site = signed["site"]
        said = {
            "site": f"{site['organisation']}, {site['name']}",
            "address": site["address"],
            "telephone": site["telephone"],
            "material": signed["material"],
        }
    told = {name: now_called(text, today[name]) for name, text in said.items()}
    return (
        (_("Site"), told["site"]),
        (_("Address"), told["address"]),
        (_("Telephone"), told["telephone"]),
        (_("Material"), told["material"]),
        (_("Qualified for the manufacture of"), _(USES[row.use].products)),
        (_("Manufacturing process"), row.process),
        (_("Valid"), f"{row.valid_from.isoformat()} – {until}"),
        (_("Storage"), row.storage),
        (_("Kind of date"), row.get_date_kind_display()),
        (_("Period"), _("%(months)s months") % {"months": row.retest_months}),
        (
            _("Use after a retest"),
            _("%(days)s days") % {"days": row.use_by_days},
        ),
        *(
            [(_("Lots in question since"), row.cause_since.isoformat())]
            if row.cause_since
            else ()
        ),
        (_("Evidence"), f"{row.evidence_reference} ({row.evidence.name})"),
        (_("SHA-256 checksum of the evidence"), row.evidence.sha256),
    )


urls = [
    path("qualifications/", qualification_list, name="qualification_list"),
    path("qualifications/draft/", draft_qualification, name="draft_qualification"),
    path("qualifications/<int:pk>/", qualification_detail, name="qualification_detail"),
    path(
        "qualifications/<int:pk>/approve/",
        approve_qualification,
        name="approve_qualification",
    ),
    path(
        "qualifications/<int:pk>/suspend/",
        suspend_qualification,
        name="suspend_qualification",
    ),
    path(
        "qualifications/<int:pk>/resume/",
        resume_qualification,
        name="resume_qualification",
    ),
    path(
        "qualifications/<int:pk>/withdraw/",
        withdraw_qualification,
        name="withdraw_qualification",
    ),
]

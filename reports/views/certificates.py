"""Pages of one certificate: content, revise, duplicate, withdraw, the file."""

import functools
import hashlib
from dataclasses import dataclass
from typing import Any

from django.http import HttpResponseServerError
from django.shortcuts import get_object_or_404, render
from django.urls import path, reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST, require_safe

from lots.accounts.roles import readable, step_required
from lots.rules import step_table
from lots.rules.refusal import Refusal
from lots.rules.statements import NotStated
from lots.views.base import done
from lots.wording import sentence
from reports.content import differences
from reports.forms import AddresseeForm, DuplicateForm, ReviseForm, WithdrawForm
from reports.issuing import certificates, identity, preflight, revision
from reports.models import Asked, Certificate, State
from reports.status import certificate_status, verification
from reports.status.certificate_status import CertificateStatus
from reports.views import files
from reports.views.register import why_under_review, with_status


@require_safe
@readable
def certificate_detail(request, pk):
    return _detail(request, _certificate(pk))


@require_safe
@readable
def certificate_pdf(request, pk):
    """The bytes that were issued, once they are what the audit trail tells of them."""
    certificate = get_object_or_404(Certificate.objects.printed(), pk=pk)
    data = bytes(certificate.pdf)
    if hashlib.sha256(
        data
    ).hexdigest() != certificate.pdf_sha256 or not verification.as_recorded(
        certificate
    ):
        return HttpResponseServerError(
            _(
                "The file of %(certificate)s was not downloaded: the stored file is"
                " not the one that was issued. Ask the administrator to restore it"
                " from a backup."
            )
            % {"certificate": certificate},
            content_type="text/plain; charset=utf-8",
        )
    return files.pdf(data, name=f"{certificate.number}-r{certificate.revision}")


@require_POST
@step_required("revise")
def revise(request, pk):
    """Show what a revision would change; revise once that was shown."""
    certificate = _certificate(pk)
    form = _FORMS["revise"](request.POST, prefix="revise", step="revise")
    shown = request.POST.get("shown", "")
    if shown or not form.is_valid():
        return _step(
            request, pk, "revise", functools.partial(certificates.revise, shown=shown)
        )
    form.untick()  # nobody saw yet what would be stated
    try:
        changes = _changes(certificate, form, "revise")
    except certificates.NotIssuable as refusal:
        return _detail(
            request,
            certificate,
            refused={"revise": form},
            blockers=refusal.blockers,
            code=422,
        )
    return _detail(request, certificate, refused={"revise": form}, changes=changes)


@require_POST
@step_required("duplicate")
def duplicate(request, pk):
    """Duplicate; what it would say otherwise than the original is shown first."""
    shown = request.POST.get("shown", "")
    return _step(
        request, pk, "duplicate", functools.partial(certificates.duplicate, shown=shown)
    )


@require_POST
@step_required("withdraw")
def withdraw(request, pk):
    return _step(request, pk, "withdraw", certificates.withdraw)


@dataclass(frozen=True)
class Action:
    """A step on a certificate: its form, and why it is closed, if it is."""

    code: str
    title: str
    hint: str
    form: object
    url: str
    why: str = ""
    # Live duplicates, which it leaves as they are.
    leaves: tuple = ()
    # What the certificate that it makes prints otherwise.
    changes: tuple = ()


# Of a duplicate, what became of its original since.
_ORIGINALS = {
    State.SUPERSEDED: gettext_lazy(
        "The original was revised. If the reason applies to this duplicate, revise or"
        " withdraw it too."
    ),
    State.WITHDRAWN: gettext_lazy(
        "The original was withdrawn. If the reason applies to this duplicate, revise"
        " or withdraw it too."
    ),
}
_FORMS = {"revise": ReviseForm, "duplicate": DuplicateForm, "withdraw": WithdrawForm}

_DONE = {
    "revise": gettext_lazy("%(certificate)s is issued and supersedes %(first)s."),
    "duplicate": gettext_lazy("%(certificate)s is issued as a duplicate of %(first)s."),
    "withdraw": gettext_lazy("%(certificate)s is withdrawn."),
}


def _step(request, pk, code, verb):
    certificate = _certificate(pk)
    form = _FORMS[code](request.POST, prefix=code, step=code)
    blockers, changes = (), ()
    if form.is_valid():
        try:
            made = verb(
                certificate=certificate,
                by=request.user,
                at=timezone.now(),
                **form.arguments(),
            )
        except certificates.NotIssuable as refusal:
            blockers = refusal.blockers
            if {each.code for each in refusal.blockers} == {"not-the-same"}:
                form.untick()  # nobody saw yet what would be stated
                changes = _changes(certificate, form, code)
        except NotStated as refusal:
            form.refuse(refusal)
            # The boxes stand below the changes.
            changes = _changes(certificate, form, code)
        except Refusal as refusal:
            form.refuse(refusal)
        else:
            said = _DONE[code] % {"certificate": made, "first": certificate}
            address = reverse("reports:certificate_detail", args=[made.pk])
            return done(request, said, address)
    elif code != "withdraw":
        blockers = _against_the_rest(certificate, form, code)
    return _detail(
        request,
        _certificate(pk),
        refused={code: form},
        blockers=blockers,
        changes=changes,
        code=422,
    )


def _against_the_rest(certificate, form, code):
    """Return what blocks the step by a field that the form does not lack."""
    asked = {
        name: form.cleaned_data[name]
        for name in AddresseeForm.base_fields
        if name in form.cleaned_data
    }
    found = revision.against(
        certificate=certificate,
        at=timezone.now(),
        duplicates=code == "duplicate",
        **asked,
    )
    return [one for one in found if one.refusal.field in asked]


def _changes(certificate, form, code):
    asked = form.arguments()
    asked.pop("stated")
    look = {"revise": revision.changes, "duplicate": revision.changes_of_duplicate}
    return look[code](certificate=certificate, at=timezone.now(), **asked) or ()


def _detail(request, certificate, *, refused=None, blockers=(), changes=(), code=200):
    content, trouble = _read(certificate)
    before, trouble_before = _read(certificate.supersedes)
    others = (
        Certificate.objects.light()
        .select_related("lot", "assessment__specification", "customer", "issued_by")
        .filter(number=certificate.number)
        .exclude(pk=certificate.pk)
        .order_by("-revision")
    )
    today = certificate_status.status(certificate)
    is_reviewed = today.code == CertificateStatus.UNDER_REVIEW
    why = why_under_review([certificate] if is_reviewed else ())
    # Of every revision: a duplicate names the one that was current then.
    duplicates = list(
        Certificate.objects.light()
        .filter(duplicate_of__number=certificate.number)
        .order_by("pk")
    )
    return render(
        request,
        "reports/certificates/certificate_detail.html",
        {
            "asked": [
                (
                    AddresseeForm.base_fields[name].label,
                    certificate.get_identity_display() if name == "identity" else value,
                )
                for name, value in Asked.before(certificate).by_name.items()
            ],
            "certificate": certificate,
            "content": content,
            "trouble": trouble,
            "check_address": content.check.address if content else "",
            "status": today,
            "status_sentence": sentence(today),
            "why_under_review": why,
            # A word that vouches is not said of what was altered.
            "says_status": content is not None or not today.is_current,
            "verification": verification.of_certificate(certificate)
            if certificate.pdf_sha256
            else None,
            "others": with_status(others),
            "differences": differences.differences(before, content)
            if before and content
            else (),
            "trouble_before": trouble_before,
            "original": _original(certificate),
            "duplicates": duplicates,
            "actions": _actions(
                request.user,
                certificate,
                refused or {},
                why,
                duplicates,
                changes,
                is_to_choose=any(each.code in identity.CHOICES for each in blockers),
            ),
            "blockers": [(sentence(each.refusal), each.url) for each in blockers],
            "shown": preflight.digest_of(changes),
        },
        status=code,
    )


def _read(certificate):
    """Return the content of a certificate, and what keeps it from being relied on."""
    if certificate is None:
        return None, ""
    try:
        return verification.read_as_recorded(certificate), ""
    except Refusal as refusal:
        return None, sentence(refusal)


def _original(certificate):
    """Return what became of a live duplicate's original, and it; None if nothing did.

    A duplicate is a certificate by itself, so QA decides about it by itself.
    """
    original = certificate.duplicate_of
    if original is None or certificate.state != State.ISSUED:
        return None
    if original.state == State.SUPERSEDED:
        original = certificate_status.successor_of(original)
        # One that was revised later knew of it.
        if original.state == State.ISSUED and original.pk > certificate.pk:
            return _ORIGINALS[State.SUPERSEDED], original
    said = _ORIGINALS.get(original.state)
    return (said, original) if said else None


def _actions(
    user, certificate, refused, why_under_review, duplicates, changes, *, is_to_choose
):
    unchanged = Asked.before(certificate).by_name
    described: tuple[tuple[str, str, str, dict[str, Any]], ...] = (
        (
            "revise",
            _("Revise"),
            _(
                "Issues the next revision under the same number. This revision is then"
                " superseded."
            ),
            unchanged,
        ),
        (
            "duplicate",
            _("Duplicate"),
            _("Issues the same results to another customer, under a new number."),
            {},
        ),
        (
            "withdraw",
            _("Withdraw"),
            _(
                "Nobody may use the certificate any more. Its file is kept, and its"
                " status says Withdrawn for ever."
            ),
            {},
        ),
    )
    return [
        Action(
            code=code,
            title=title,
            hint=hint,
            form=_form(certificate, code, refused, initial, is_to_choose=is_to_choose),
            url=reverse(f"reports:certificate_{code}", args=[certificate.pk]),
            why=_why_closed(user, certificate, code, why_under_review),
            leaves=tuple(
                each
                for each in duplicates
                if code != "duplicate" and each.state == State.ISSUED
            ),
            changes=changes if code in refused else (),
        )
        for code, title, hint, initial in described
    ]


def _form(certificate, code, refused, initial, *, is_to_choose):
    """Return the form of a step; with the choice of a text where there is one."""
    form = refused.get(code) or _FORMS[code](prefix=code, initial=initial, step=code)
    if "identity" in form.fields and not (is_to_choose or form["identity"].value()):
        form.without_choice()
    if code == "revise":
        form.ask_customer(certificate.assessment.specification)
    return form


def _why_closed(user, certificate, code, why_under_review):
    """Return what closes this step, blank where it is open.

    The table of steps, or why the certificate is under review: nothing but its
    withdrawal is open then.
    """
    assessment = certificate.assessment
    if code == "revise":
        assessment = revision.released_now(certificate)
    try:
        step_table.check(
            step_table.STEPS[code],
            subject=str(certificate),
            roles=frozenset(user.roles),
            lot_state=certificate.lot.state,
            assessment_state=assessment.state,
        )
    except step_table.NotAllowed as refusal:
        return sentence(refusal)
    if certificate.state != State.ISSUED:
        return _("You can revise, duplicate or withdraw only the current revision.")
    if code == "withdraw":
        return ""
    today = certificate_status.status(certificate)
    if code == "duplicate" and today.code in certificate_status.PAST:
        return sentence(today)
    # What was altered is taken out of use; nothing new rests on it. Nor does it on
    # what is looked into.
    return _read(certificate)[1] or " ".join(said for said, _reason in why_under_review)


def _certificate(pk):
    return get_object_or_404(
        certificate_status.asked(Certificate.objects).select_related(
            "lot__material",
            "assessment__specification",
            "customer",
            "issued_by",
            "certificate_header",
            "supersedes",
            "duplicate_of",
        ),
        pk=pk,
    )


urls = [
    path("certificates/<int:pk>/", certificate_detail, name="certificate_detail"),
    path("certificates/<int:pk>/pdf/", certificate_pdf, name="certificate_pdf"),
    path("certificates/<int:pk>/revise/", revise, name="certificate_revise"),
    path("certificates/<int:pk>/duplicate/", duplicate, name="certificate_duplicate"),
    path("certificates/<int:pk>/withdraw/", withdraw, name="certificate_withdraw"),
]

"""Pages of issue: the addressee, what blocks the certificate, the preview, the issue.

What was checked stands in the address, with the checksum of the text that was shown,
and what is typed in the form: a certificate is issued only where they agree.
"""

from django.shortcuts import get_object_or_404, redirect, render
from django.urls import path, reverse
from django.utils import timezone
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from lots.accounts.roles import readable, step_required
from lots.forms.base import StatementsForm
from lots.rules.refusal import Refusal
from lots.rules.statements import NotStated
from lots.rules.step_table import STEPS
from lots.views.base import done
from lots.wording import sentence
from reports.forms import AddresseeForm
from reports.issuing import certificates, preflight
from reports.issuing.request import assessments
from reports.views import files

# What no text has as its checksum: of an address that names none that was shown.
NOTHING = "nothing"


@require_safe
@readable
def issue_page(request, pk):
    """What blocks the certificate, and the preview of it."""
    form = AddresseeForm(request.GET)
    return _issue_page(request, _assessment(pk), form, asked=_asked(form))


@require_POST
@step_required("issue")
def issue(request, pk):
    """Issue what was checked; nothing where something else was typed since.

    A number is permanent, so that a word which nobody checked must not be printed
    under it, nor one be left out that was typed.
    """
    assessment = _assessment(pk)
    form = AddresseeForm(request.POST)
    stated = StatementsForm(request.POST, step="issue")
    asked = _asked(form)
    if form.is_valid() and stated.is_valid():
        try:
            _same_as_checked(AddresseeForm(request.GET), form)
            made = certificates.issue(
                assessment=assessment,
                by=request.user,
                at=timezone.now(),
                shown=request.GET.get("shown") or NOTHING,
                **asked,
                **stated.arguments(),
            )
        except certificates.NotIssuable:
            pass  # the page lists the same reasons, each with its link
        except NotStated as refusal:
            stated.refuse(refusal)
        except Refusal as refusal:
            form.refuse(refusal)
        else:
            said = _("%(certificate)s is issued.") % {"certificate": made}
            address = reverse("reports:certificate_detail", args=[made.pk])
            return done(request, said, address)
    if form.errors:
        stated.untick()  # what is shown now is another certificate
    return _issue_page(
        request, _assessment(pk), form, asked=asked, stated=stated, code=422
    )


def _asked(form):
    """Return for whom the certificate is; nobody where the form is wrong."""
    return form.cleaned_data if form.is_valid() else {}


def _same_as_checked(checked, typed):
    if not checked.is_valid() or checked.cleaned_data != typed.cleaned_data:
        raise Refusal(
            "not-as-checked",
            "Not issued: customer, order, quantity or printed identity changed since"
            " the check. Check them and choose Issue the certificate again.",
        )


def _issue_page(request, assessment, form, *, asked, stated=None, code=200):
    may_issue = request.user.takes(*STEPS["issue"].roles)
    found = preflight.findings(assessment, at=timezone.now(), **asked)
    if not found.renamed and not asked.get("identity"):
        form.without_choice()
    form.ask_customer(assessment.specification)
    return render(
        request,
        "reports/certificates/issue.html",
        {
            "assessment": assessment,
            "lot": assessment.lot,
            "form": form,
            # Never from the address: a link ticks nothing.
            "stated": stated or StatementsForm(step="issue"),
            "address": _address(assessment, asked, found.draft),
            "blockers": [
                (
                    sentence(blocker.refusal),
                    blocker.url if may_issue else blocker.shown_at,
                )
                for blocker in found.blockers
            ],
            "renamed": found.renamed,
            "draft": found.draft,
            "may_issue": may_issue,
        },
        status=code,
    )


def _address(assessment, asked, draft):
    """Return where *Issue* sends to: the address says what this page has checked."""
    checked = {name: getattr(value, "pk", value) for name, value in asked.items()}
    checked["shown"] = preflight.digest_of_text(draft) if draft else ""
    page = reverse("reports:issue_now", args=[assessment.pk])
    query = urlencode({name: value for name, value in checked.items() if value})
    return f"{page}?{query}" if query else page


@require_safe
@readable
def preview(request, pk):
    """The file that would be issued: watermarked, without a number, not kept."""
    assessment = _assessment(pk)
    asked = _asked(AddresseeForm(request.GET))
    try:
        data = certificates.preview(assessment=assessment, at=timezone.now(), **asked)
    except Refusal:
        return redirect("reports:issue", pk)
    return files.pdf(data, name=f"preview-{assessment.lot.number}", inline=True)


def _assessment(pk):
    return get_object_or_404(assessments().select_related("lot__status"), pk=pk)


urls = [
    path("assessments/<int:pk>/issue/", issue_page, name="issue"),
    path("assessments/<int:pk>/issue/now/", issue, name="issue_now"),
    path("assessments/<int:pk>/preview/", preview, name="preview"),
]

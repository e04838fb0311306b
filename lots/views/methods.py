"""Pages of methods: what waits for approval, and its one signature."""

from dataclasses import dataclass

from django.shortcuts import get_object_or_404, render
from django.urls import path, reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST, require_safe

from lots.accounts.roles import readable
from lots.forms.base import StepForm, whole_number
from lots.models import Method
from lots.setup import method_approval
from lots.views.base import done, taken
from lots.views.setup_base import (
    APPROVE,
    Page,
    ask_reason,
    ask_signature,
    context,
    detail,
    keeps_set_up,
)
from lots.wording import sentence

_DRAFTED = gettext_lazy("The methods in use are drafted as they are.")


@dataclass(frozen=True)
class Draft:
    """A version that waits, with the one in use that it takes the place of, if any."""

    method: Method
    before: Method | None
    is_own: bool


@require_safe
@readable
def method_list(request):
    """What waits for approval, and what is in use though nobody approved it."""
    return _list(request)


@require_POST
@keeps_set_up
def draft_methods(request):
    """Draft what is in use and nobody approved, as it is."""
    form = StepForm(request.POST)
    if taken(request, form, method_approval.draft_all):
        return done(request, _DRAFTED, reverse("lots:method_list"))
    return _list(request, form=form, code=422)


def _list(request, *, form=None, code=200):
    drafts = _shown(method_approval.drafts(), request.user)
    return render(
        request,
        "lots/setup/methods.html",
        {
            **context(request),
            "drafts": drafts,
            "others": [one.method.pk for one in drafts if not one.is_own],
            "unsigned": method_approval.unsigned(),
            "form": form,
        },
        status=code,
    )


@keeps_set_up
def approve_methods(request):
    """Sign the drafts that were selected, all with one signature."""
    sent = request.POST if request.method == "POST" else request.GET
    keys = {whole_number(one) for one in sent.getlist("method")} - {None}
    chosen = list(method_approval.drafts().filter(pk__in=keys))
    back = reverse("lots:method_list")
    return ask_signature(
        request,
        method_approval.approve,
        text=method_approval.methods_text(chosen),
        page=Page(
            _("Approve methods"),
            APPROVE,
            back,
            lead=_(
                "New results use these versions from now on; earlier results keep"
                " theirs. LOD and LOQ decide what passes as not detected or below a"
                " limit, and certificates print them."
            ),
            closed=""
            if chosen
            else _("Nothing is selected. Go back and select the drafts to approve."),
            more={
                "drafts": _shown(chosen, request.user),
                "chosen": [("method", one.pk) for one in chosen],
            },
            template="lots/setup/approve_methods.html",
        ),
        then=back,
        drafted=chosen,
    )


@keeps_set_up
def withdraw_method(request, pk):
    """Withdraw a draft, with the reason."""
    method = get_object_or_404(Method.objects.select_related("test"), pk=pk)
    closed = method_approval.to_withdraw(method)
    return ask_reason(
        request,
        method_approval.withdraw,
        page=Page(
            _("Withdraw the draft of %(method)s, %(test)s")
            % {"method": method, "test": method.test},
            _("Withdraw"),
            detail("test", method.test),
            lead=_("Results use the version in use, as before."),
            closed=sentence(closed) if closed else "",
        ),
        then=reverse("lots:method_list"),
        method=method,
    )


def _shown(drafts, person):
    """Return the drafts as a page shows them."""
    drafts = list(drafts)
    before = method_approval.before(drafts)
    return [
        Draft(one, before[one.pk], one.drafted_by_id in person.accounts)
        for one in drafts
    ]


urls = [
    path("materials/methods/", method_list, name="method_list"),
    path("materials/methods/draft/", draft_methods, name="draft_methods"),
    path("materials/methods/approve/", approve_methods, name="approve_methods"),
    path(
        "materials/methods/<int:pk>/withdraw/", withdraw_method, name="withdraw_method"
    ),
]

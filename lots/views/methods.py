"""Pages of methods: what waits for approval, and its one signature."""

from dataclasses import dataclass

from django.shortcuts import get_object_or_404
from django.urls import path, reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST, require_safe

from lots.accounts.roles import readable
from lots.models import Method
from lots.setup import method_approval
from lots.views.draft_list import (
    Draft,
    DraftList,
    approve_selected,
    draft_all,
    show_drafts,
)
from lots.views.setup_base import Page, ask_reason, detail, keeps_set_up
from lots.wording import sentence


@dataclass(frozen=True)
class MethodDraft(Draft):
    """A version that waits, with the one in use that it takes the place of, if any."""

    before: Method | None


def _shown(drafts, person):
    drafts = list(drafts)
    before = method_approval.before(drafts)
    return [
        MethodDraft(
            record=one,
            name=f"{one.test.name}: {one}",
            is_own=one.drafted_by_id in person.accounts,
            before=before[one.pk],
        )
        for one in drafts
    ]


METHODS = DraftList(
    key="method",
    place="lots:method_list",
    to_draft="lots:draft_methods",
    to_approve="lots:approve_methods",
    to_withdraw="lots:withdraw_method",
    template="lots/setup/methods.html",
    cells="lots/setup/_method_cells.html",
    columns=(
        (gettext_lazy("Test"), False),
        (gettext_lazy("Method"), False),
        (gettext_lazy("LOD"), True),
        (gettext_lazy("LOQ"), True),
    ),
    drafts=method_approval.drafts,
    undrafted=method_approval.unsigned,
    shown=_shown,
    text=method_approval.methods_text,
    draft_all=method_approval.draft_all,
    approve=method_approval.approve,
    drafted=gettext_lazy("The methods in use are drafted as they are."),
    title=gettext_lazy("Approve methods"),
    lead=gettext_lazy(
        "New results use these versions from now on; earlier results keep theirs. LOD"
        " and LOQ decide what passes as not detected or below a limit, and certificates"
        " print them."
    ),
)


@require_safe
@readable
def method_list(request):
    """What waits for approval, and what is in use though nobody approved it."""
    return show_drafts(request, METHODS)


@require_POST
@keeps_set_up
def draft_methods(request):
    """Draft what is in use and nobody approved, as it is."""
    return draft_all(request, METHODS)


@keeps_set_up
def approve_methods(request):
    """Sign the drafts that were selected, all with one signature."""
    return approve_selected(request, METHODS)


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


urls = [
    path("materials/methods/", method_list, name="method_list"),
    path("materials/methods/draft/", draft_methods, name="draft_methods"),
    path("materials/methods/approve/", approve_methods, name="approve_methods"),
    path(
        "materials/methods/<int:pk>/withdraw/", withdraw_method, name="withdraw_method"
    ),
]

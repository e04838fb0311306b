"""Pages of printed identities: what waits for approval, and its one signature."""

from dataclasses import dataclass

from django.shortcuts import get_object_or_404, render
from django.urls import path, reverse
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST, require_safe

from lots.accounts.roles import readable
from lots.forms.base import StepForm, whole_number
from lots.forms.setup import ApproveIdentitiesForm
from lots.models import Approval, PrintedIdentity
from lots.setup import identity_approval, printed_identity
from lots.views.base import done, taken
from lots.views.setup_base import (
    APPROVE,
    Page,
    ask_reason,
    ask_signature,
    context,
    keeps_set_up,
)
from lots.wording import RECORDS

_DRAFTED = gettext_lazy("The printed identities are drafted as they are.")


@dataclass(frozen=True)
class Draft:
    """A version with what it changes, field by field: name, text before, text after."""

    identity: PrintedIdentity
    name: str
    kind: str | Promise
    changes: tuple
    is_own: bool

    @property
    def is_removal(self):
        """Return whether it lets a statement go."""
        return not self.identity.texts


@require_safe
@readable
def identity_list(request):
    """What waits for approval, and what nobody has drafted yet."""
    return _list(request)


@require_POST
@keeps_set_up
def draft_identities(request):
    """Draft what nobody has approved yet, as it is."""
    form = StepForm(request.POST)
    if taken(request, form, identity_approval.draft_all):
        return done(request, _DRAFTED, reverse("lots:printed_identity"))
    return _list(request, form=form, code=422)


def _list(request, *, form=None, code=200):
    drafts = _shown(printed_identity.drafts(), request.user)
    return render(
        request,
        "lots/setup/printed_identity.html",
        {
            **context(request),
            "drafts": drafts,
            "is_any_open": any(not one.is_own for one in drafts),
            "undrafted": [
                (RECORDS[record._meta.db_table], printed_identity.called(record))
                for record in printed_identity.undrafted()
            ],
            "form": form,
        },
        status=code,
    )


@keeps_set_up
def approve_identities(request):
    """Sign the drafts that were selected, all with one signature."""
    sent = request.POST if request.method == "POST" else request.GET
    keys = {whole_number(one) for one in sent.getlist("identity")} - {None}
    chosen = list(printed_identity.drafts().filter(pk__in=keys))
    drafts = _shown(chosen, request.user)
    back = reverse("lots:printed_identity")
    return ask_signature(
        request,
        identity_approval.approve,
        text=identity_approval.identities_text(chosen),
        page=Page(
            _("Approve printed identities"),
            APPROVE,
            back,
            lead=_(
                "What is released and certified from now on prints these texts. A lot"
                " that is released already keeps those of its release, unless QA"
                " chooses otherwise when a certificate is issued."
            ),
            closed=""
            if chosen
            else _("Nothing is selected. Go back and select the drafts to approve."),
            more={
                "drafts": drafts,
                "chosen": [("identity", one.identity.pk) for one in drafts],
            },
            template="lots/setup/approve_identities.html",
        ),
        then=back,
        form_class=ApproveIdentitiesForm,
        form_options={"renames": identity_approval.renames(chosen)},
        identities=chosen,
    )


@keeps_set_up
def withdraw_identity(request, pk):
    """Withdraw a draft, with the reason."""
    identity = get_object_or_404(PrintedIdentity, pk=pk)
    back = reverse("lots:printed_identity")
    return ask_reason(
        request,
        identity_approval.withdraw,
        page=Page(
            _("Withdraw version %(version)s of the printed identity of %(name)s")
            % {
                "version": identity.version,
                "name": printed_identity.called(identity.subject),
            },
            _("Withdraw"),
            back,
            lead=_("Certificates print what is approved, as before."),
            closed=""
            if identity.state == Approval.DRAFT
            else _("It is no draft any more."),
        ),
        then=back,
        identity=identity,
    )


def _shown(identities, person):
    """Return the drafts as a page shows them, in the order of the texts."""
    identities = list(identities)
    before = printed_identity.before(identities)
    return [
        Draft(
            identity=one,
            name=printed_identity.called(one.subject),
            kind=RECORDS[one.subject._meta.db_table],
            changes=tuple(_changes(one, before[one.pk])),
            is_own=one.drafted_by_id in person.accounts,
        )
        for one in identities
    ]


def _changes(identity, before):
    kind = type(identity.subject)
    fields = {field.name: field for field in identity.subject._meta.concrete_fields}
    said = {printed_identity.YES: _("Yes"), printed_identity.NO: _("No")}
    decides = printed_identity.DECIDES.get(kind, ())
    for name in (*printed_identity.FIELDS[kind], *decides):
        old, new = before.get(name, ""), identity.texts.get(name, "")
        if old != new or (new and not before):
            if name in decides:
                old, new = said.get(old, old), said.get(new, new)
            yield fields[name].verbose_name, old, new


urls = [
    path("printed-identity/", identity_list, name="printed_identity"),
    path("printed-identity/draft/", draft_identities, name="draft_identities"),
    path("printed-identity/approve/", approve_identities, name="approve_identities"),
    path(
        "printed-identity/<int:pk>/withdraw/",
        withdraw_identity,
        name="withdraw_identity",
    ),
]

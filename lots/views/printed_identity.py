"""Pages of printed identities: what waits for approval, and its one signature."""

from dataclasses import dataclass

from django.shortcuts import get_object_or_404
from django.urls import path, reverse
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST, require_safe

from lots.accounts.roles import readable
from lots.forms.setup import ApproveIdentitiesForm
from lots.models import PrintedIdentity
from lots.setup import identity_approval, printed_identity
from lots.views.draft_list import (
    Draft,
    DraftList,
    approve_selected,
    draft_all,
    show_drafts,
)
from lots.views.setup_base import Page, ask_reason, keeps_set_up
from lots.wording import RECORDS, sentence


@dataclass(frozen=True)
class IdentityDraft(Draft):
    """A version with what it changes, field by field: name, text before, text after."""

    kind: str | Promise
    changes: tuple

    @property
    def is_removal(self):
        """Return whether it lets a statement go."""
        return not self.record.texts


def _shown(identities, person):
    identities = list(identities)
    before = printed_identity.before(identities)
    return [
        IdentityDraft(
            record=one,
            name=printed_identity.called(one.subject),
            is_own=one.drafted_by_id in person.accounts,
            kind=RECORDS[one.subject._meta.db_table],
            changes=tuple(_changes(one, before[one.pk])),
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


def _undrafted():
    """Return the kind and the name of each record that has no version yet."""
    return [
        (RECORDS[record._meta.db_table], printed_identity.called(record))
        for record in printed_identity.undrafted()
    ]


IDENTITIES = DraftList(
    key="identity",
    place="lots:printed_identity",
    to_draft="lots:draft_identities",
    to_approve="lots:approve_identities",
    to_withdraw="lots:withdraw_identity",
    template="lots/setup/printed_identity.html",
    cells="lots/setup/_identity_cells.html",
    columns=(
        (gettext_lazy("What"), False),
        (gettext_lazy("Version"), True),
        (gettext_lazy("Printed texts"), False),
    ),
    drafts=printed_identity.drafts,
    undrafted=_undrafted,
    shown=_shown,
    text=identity_approval.identities_text,
    draft_all=identity_approval.draft_all,
    approve=identity_approval.approve,
    drafted=gettext_lazy("The printed identities are drafted as they are."),
    title=gettext_lazy("Approve printed identities"),
    lead=gettext_lazy(
        "What is released and certified from now on prints these texts. A lot that is"
        " released already keeps those of its release, unless QA chooses otherwise when"
        " a certificate is issued."
    ),
    form_class=ApproveIdentitiesForm,
    form_options=lambda chosen: {"renames": identity_approval.renames(chosen)},
)


@require_safe
@readable
def identity_list(request):
    """What waits for approval, and what nobody has drafted yet."""
    return show_drafts(request, IDENTITIES)


@require_POST
@keeps_set_up
def draft_identities(request):
    """Draft what nobody has approved yet, as it is."""
    return draft_all(request, IDENTITIES)


@keeps_set_up
def approve_identities(request):
    """Sign the drafts that were selected, all with one signature."""
    return approve_selected(request, IDENTITIES)


@keeps_set_up
def withdraw_identity(request, pk):
    """Withdraw a draft, with the reason."""
    identity = get_object_or_404(PrintedIdentity, pk=pk)
    closed = identity_approval.to_withdraw(identity)
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
            closed=sentence(closed) if closed else "",
        ),
        then=back,
        identity=identity,
    )


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

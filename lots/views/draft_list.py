"""Base of the pages that list drafts of a kind, approved with one signature."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.shortcuts import render
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.http import urlencode
from django.utils.translation import gettext as _

from lots.forms.base import SignedForm, StepForm, whole_number
from lots.views.base import done, taken
from lots.views.setup_base import APPROVE, Page, ask_signature, context


@dataclass(frozen=True)
class Draft:
    """A draft as a list shows it: its record, what people call it, and whose it is."""

    record: Any
    name: str
    is_own: bool


@dataclass(frozen=True)
class DraftList:
    """What the pages of one kind of draft read, say and do.

    `key` names a draft in addresses and forms, `place`, `to_draft`, `to_approve` and
    `to_withdraw` are names of addresses. `drafts` returns the records that wait,
    `undrafted` what nobody drafted, and `shown` turns records into `Draft`s for a
    person. `text` is what an approval of some records signs; `form_options` is what
    its form needs to know of them. `columns` are the headings between *Select* and
    *Drafted by*, with whether they are of numbers; the template `cells` fills them.
    """

    key: str
    place: str
    to_draft: str
    to_approve: str
    to_withdraw: str
    template: str
    cells: str
    columns: tuple[tuple[str | Promise, bool], ...]
    drafts: Callable
    undrafted: Callable
    shown: Callable
    text: Callable
    draft_all: Callable
    approve: Callable
    drafted: str | Promise
    title: str | Promise
    lead: str | Promise
    form_class: type[SignedForm] = SignedForm
    form_options: Callable = lambda _chosen: {}


def show_drafts(request, kind, *, form=None):
    """Show what waits for approval, and what nobody drafted; 422 after a refusal."""
    drafts = kind.shown(kind.drafts(), request.user)
    others = [(kind.key, one.record.pk) for one in drafts if not one.is_own]
    return render(
        request,
        kind.template,
        {
            **context(request),
            "kind": kind,
            "drafts": drafts,
            "approve_all": f"{reverse(kind.to_approve)}?{urlencode(others)}"
            if others
            else "",
            "undrafted": kind.undrafted(),
            "form": form,
        },
        status=200 if form is None else 422,
    )


def draft_all(request, kind):
    """Draft what nobody drafted, as it is, and go back to the list."""
    form = StepForm(request.POST)
    if taken(request, form, kind.draft_all):
        return done(request, kind.drafted, reverse(kind.place))
    return show_drafts(request, kind, form=form)


def approve_selected(request, kind):
    """Sign the drafts that were selected, all with one signature."""
    sent = request.POST if request.method == "POST" else request.GET
    keys = {whole_number(one) for one in sent.getlist(kind.key)} - {None}
    chosen = list(kind.drafts().filter(pk__in=keys))
    back = reverse(kind.place)
    return ask_signature(
        request,
        kind.approve,
        text=kind.text(chosen),
        page=Page(
            kind.title,
            APPROVE,
            back,
            lead=kind.lead,
            closed=""
            if chosen
            else _("Nothing is selected. Go back and select the drafts to approve."),
            more={
                "kind": kind,
                "drafts": kind.shown(chosen, request.user),
                "chosen": [(kind.key, one.pk) for one in chosen],
            },
        ),
        then=back,
        form_class=kind.form_class,
        form_options=kind.form_options(chosen),
        drafted=chosen,
    )

"""Base of set-up pages: a page with one form that takes one step."""

from dataclasses import dataclass, field

from django.contrib import messages
from django.shortcuts import render
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django_tables2 import RequestConfig

from lots import navigation
from lots.accounts import roles
from lots.forms.base import ReasonForm, SignedForm
from lots.rules.step_table import STEPS
from lots.views.base import done, status, taken, to_sign
from lots.views.paging import turn_to_page

keeps_set_up = roles.step_required("draft")
PER_PAGE = 50


@dataclass(frozen=True)
class Page:
    """What a page with one form says; `back` is where it leads without acting.

    `closed` is why the step is not open now; the page says it in place of the form.
    """

    title: str | Promise
    button: str | Promise
    back: str
    lead: str | Promise = ""
    closed: str = ""
    facts: tuple = ()
    more: dict = field(default_factory=dict)
    template: str = "lots/setup/form.html"


def ask(request, form, verb, *, page, then, **subject):
    """Show the form; where it was sent and the step taken, go on.

    `then` is the address, or a function of what the verb returned.
    """
    if taken(request, form, verb, **subject):
        address = then(form.made) if callable(then) else then
        return done(request, DONE % {"step": page.title}, address)
    return render(
        request,
        page.template,
        {"page": page, "form": form, **context(request), **page.more},
        status=status(form),
    )


def ask_reason(request, verb, *, page, then, form_class=ReasonForm, **subject):
    """Ask for the reason, and what else the form asks, and take the step."""
    form = form_class(request.POST or None)
    return ask(request, form, verb, page=page, then=then, **subject)


def ask_signature(
    request,
    verb,
    *,
    text,
    page,
    then,
    step="approve",
    form_class=SignedForm,
    form_options=None,
    **subject,
):
    """Show what is signed, ask for the password and take the step of this code.

    The digest of `text` travels with the form, so that a change in between is
    refused.
    """
    form = form_class(request.POST or None, step=step, **(form_options or {}))
    if taken(request, form, verb, **subject):
        return done(request, DONE % {"step": page.title}, then)
    return render(
        request,
        page.template,
        {
            "page": page,
            **to_sign(form, text),
            "meaning": gettext(STEPS[step].meaning),
            **context(request),
            **page.more,
        },
        status=status(form),
    )


def show(request, template, **facts):
    """Show a set-up page that takes no step."""
    return render(request, template, {**context(request), **facts})


def listed(request, table, *, per_page=PER_PAGE):
    """Return the table sorted and cut to the page that the address asks for.

    The address says nothing of the length of a page, as it may for django_tables2.
    """
    RequestConfig(request, paginate=False).configure(table)
    for said in turn_to_page(table, request, per_page=per_page):
        messages.info(request, said)
    return table


def context(request):
    """Return what every set-up page needs: its navigation and the reader's rights."""
    return {
        "setup_navigation": navigation.setup_navigation(request.path)
        if request.user.is_a(*roles.READERS)
        else (),
        "may_change": request.user.takes(*STEPS["draft"].roles),
    }


def initial(record, form):
    """Return the record's values for the fields of a form of this class."""
    return {name: getattr(record, name, "") for name in form.base_fields}


def detail(name, record):
    """Return the address of the record's page."""
    return reverse(f"lots:{name}_detail", args=[record.pk])


DONE = _("Done: %(step)s.")
SAVE = _("Save")
ADD = _("Add")
APPROVE = _("Sign and approve")
IDENTITY = _(
    "What certificates print becomes a draft, and another person of QA approves it"
    " under “Printed identity”. A customer's name and address need no approval."
    " Certificates that were already issued do not change."
)

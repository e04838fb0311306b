"""Pages of accounts, and everybody's own password."""

from django.contrib.auth import update_session_auth_hash
from django.shortcuts import get_object_or_404, render
from django.urls import path, reverse
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_safe

from lots.accounts import users
from lots.accounts.roles import step_required
from lots.forms.accounts import (
    AccountForm,
    NameForm,
    OneTimePasswordForm,
    OwnPasswordForm,
    RolesForm,
)
from lots.history import history
from lots.models import Role, User
from lots.navigation import home
from lots.tables.setup import AccountTable
from lots.views.base import done, status, taken
from lots.views.setup_base import ADD, SAVE, Page, ask, ask_reason, listed
from lots.wording import sentence

administers = step_required("administer")


@require_safe
@administers
def account_list(request):
    people = User.objects.order_by("-is_active", "printed_name", "pk")
    return render(
        request,
        "lots/setup/list.html",
        {
            "title": _("Accounts"),
            "lead": _(
                "People who can sign in, and their roles. An account is deactivated,"
                " never deleted, and its username is never used again."
            ),
            "table": listed(request, AccountTable(people)),
            "add_url": reverse("lots:add_account"),
            "add_label": _("Add an account"),
            "may_change": True,
        },
    )


@require_safe
@administers
def account_detail(request, pk):
    person = get_object_or_404(User, pk=pk)
    return render(
        request,
        "lots/accounts/account.html",
        {
            "person": person,
            "roles": [_(Role.of(role).word) for role in person.roles],
            "why_no_roles": _why(users.to_set_roles(person, by=request.user)),
            "why_no_end": _why(users.to_deactivate(person)),
            "history": history.of_record(person, latest=50)[::-1],
        },
    )


@sensitive_post_parameters("one_time")
@administers
def add_account(request):
    return ask(
        request,
        AccountForm(request.POST or None),
        _with_one_time(users.add_account),
        page=Page(_("Add an account"), ADD, reverse("lots:account_list")),
        then=_detail,
    )


@administers
def change_account(request, pk):
    person = get_object_or_404(User, pk=pk)
    return ask(
        request,
        NameForm(
            request.POST or None,
            initial={"printed_name": person.printed_name, "title": person.title},
        ),
        users.change_account,
        page=_page(
            person,
            _("Name and title of %(name)s"),
            SAVE,
            _("Earlier signatures keep the earlier name and title."),
        ),
        then=_detail,
        person=person,
    )


@administers
def set_roles(request, pk):
    person = get_object_or_404(User, pk=pk)
    return ask(
        request,
        RolesForm(request.POST or None, initial={"roles": person.roles}),
        users.set_roles,
        page=_page(
            person,
            _("Roles of %(name)s"),
            SAVE,
            closed=_why(users.to_set_roles(person, by=request.user)),
        ),
        then=_detail,
        person=person,
    )


@sensitive_post_parameters("one_time")
@administers
def set_password(request, pk):
    person = get_object_or_404(User, pk=pk)
    return ask(
        request,
        OneTimePasswordForm(request.POST or None),
        _with_one_time(users.set_password),
        page=_page(person, _("One-time password for %(name)s"), _("Set")),
        then=_detail,
        person=person,
    )


@administers
def deactivate(request, pk):
    person = get_object_or_404(User, pk=pk)
    return ask_reason(
        request,
        users.deactivate,
        page=_page(
            person,
            _("Deactivate %(name)s"),
            _("Deactivate"),
            _(
                "The person can no longer sign in. Everything they entered and signed"
                " is kept."
            ),
            closed=_why(users.to_deactivate(person)),
        ),
        then=_detail(person),
        person=person,
    )


@sensitive_post_parameters("one_time")
@administers
def reactivate(request, pk):
    person = get_object_or_404(User, pk=pk)
    return ask(
        request,
        OneTimePasswordForm(request.POST or None),
        _with_one_time(users.reactivate),
        page=_page(person, _("Reactivate %(name)s"), _("Reactivate")),
        then=_detail,
        person=person,
    )


@sensitive_post_parameters("current", "new", "again")
def own_password(request):
    """Everybody's own page; a one-time password cannot sign until it was here."""
    form = OwnPasswordForm(request.POST or None)
    if taken(request, form, _own_password):
        # Otherwise the new password would end this very session.
        update_session_auth_hash(request, form.made)
        return done(request, _("Your password is changed."), home(request.user))
    return render(
        request,
        "lots/accounts/own_password.html",
        {"form": form},
        status=status(form),
    )


def _own_password(*, by, at, current, new, again):
    return users.change_own_password(by=by, at=at, current=current, new=new)


def _with_one_time(verb):
    """Return the verb for a form whose `one_time` is the password that it sets."""
    return lambda one_time, **facts: verb(password=one_time, **facts)


def _page(person, title, button, lead="", *, closed=""):
    return Page(
        title % {"name": person.printed_name},
        button,
        _detail(person),
        lead,
        closed=closed,
    )


def _why(closed):
    """Return the sentence that closes a step, blank where it is open."""
    return sentence(closed) if closed else ""


def _detail(person):
    return reverse("lots:account_detail", args=[person.pk])


urls = [
    path("accounts/", account_list, name="account_list"),
    path("accounts/add/", add_account, name="add_account"),
    path("accounts/own/password/", own_password, name="own_password"),
    path("accounts/<int:pk>/", account_detail, name="account_detail"),
    path("accounts/<int:pk>/name/", change_account, name="change_account"),
    path("accounts/<int:pk>/roles/", set_roles, name="set_roles"),
    path("accounts/<int:pk>/password/", set_password, name="set_password"),
    path("accounts/<int:pk>/deactivate/", deactivate, name="deactivate"),
    path("accounts/<int:pk>/reactivate/", reactivate, name="reactivate"),
]

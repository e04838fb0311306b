"""Pages of accounts, and everybody's own password."""

from django.conf import settings
from django.contrib.auth import update_session_auth_hash
from django.shortcuts import get_object_or_404, render
from django.urls import path, reverse
from django.utils import timezone
from django.utils.translation import get_language, override
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_safe

from lots.accounts import identity, people, preferences, users
from lots.accounts.roles import step_required
from lots.forms.accounts import (
    AccountForm,
    EmployeeNumberForm,
    IdentityForm,
    NameForm,
    OneTimePasswordForm,
    OwnPasswordForm,
    PreferencesForm,
    RolesForm,
    ToldApartForm,
)
from lots.history import history
from lots.models import Role, User
from lots.navigation import home
from lots.tables.setup import AccountTable
from lots.views.base import done, status, taken
from lots.views.setup_base import (
    ADD,
    SAVE,
    Page,
    ask,
    ask_reason,
    ask_signature,
    listed,
)
from lots.wording import sentence
from lots.workflow import drafts, unstaffed_work

_A_YEAR = 365 * 24 * 60 * 60

administers = step_required("administer")
tells_apart = step_required("tell_apart")
confirms = step_required("confirm_person")


@require_safe
@administers
def account_list(request):
    people = User.objects.order_by("-is_active", "printed_name", "pk")
    return render(
        request,
        "lots/accounts/list.html",
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
            "with_nobody": [
                (one.name, one.n, sentence(one.why))
                for one in unstaffed_work.found(
                    at=timezone.now(), waiting=drafts.waiting()
                )
            ],
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
            "one_with": User.objects.filter(pk__in=person.one_with).order_by("pk"),
            "why_no_number": _why(people.without_number(person)),
            "why_not_apart": _why(people.to_tell_apart(person, by=request.user)),
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
def change_employee_number(request, pk):
    person = get_object_or_404(User, pk=pk)
    return ask(
        request,
        EmployeeNumberForm(
            request.POST or None, initial={"employee_number": person.employee_number}
        ),
        users.change_employee_number,
        page=_page(
            person,
            _("Employee number of %(name)s"),
            SAVE,
            _(
                "The account still counts as one person with whoever had the earlier"
                " number, until they are told apart."
            )
            if person.employee_number
            else "",
        ),
        then=_detail,
        person=person,
    )


@tells_apart
def tell_apart(request, pk):
    person = get_object_or_404(User, pk=pk)
    is_keeper = request.user.is_a(Role.ADMINISTRATOR)
    back = _detail(person) if is_keeper else home(request.user)
    others = people.doubtful(person)
    return ask_signature(
        request,
        people.tell_apart,
        text=people.account_text(person),
        page=Page(
            _("Tell two people apart: %(name)s") % {"name": person.printed_name},
            _("Sign: they are two people"),
            back,
            _(
                "Their names read the same, or they had the same employee number. Until"
                " somebody tells them apart they count as one person: neither reviews,"
                " approves or releases what the other worked on."
            ),
            closed=_why(people.to_tell_apart(person, by=request.user)),
            facts=(
                (_("This account"), _line(person)),
                (_("Counts as one person with"), "\n".join(map(_line, others))),
            ),
        ),
        then=back,
        step="tell_apart",
        form_class=ToldApartForm,
        person=person,
    )


@confirms
def confirm_person(request, pk):
    person = get_object_or_404(User, pk=pk)
    return ask_signature(
        request,
        identity.confirm_person,
        text=people.account_text(person),
        page=Page(
            _("Confirm who it is: %(name)s") % {"name": person.printed_name},
            _("Sign: it is this person"),
            home(request.user),
            _(
                "Somebody else set the password of this account, and a new one was"
                " chosen since. Sign only if you know that the person of this account"
                " chose it: until then the account stores and signs nothing."
            ),
            closed=_why(identity.to_confirm(person, by=request.user)),
            facts=((_("This account"), _line(person)),),
        ),
        then=home(request.user),
        step="confirm_person",
        form_class=IdentityForm,
        person=person,
    )


def _line(person):
    """Return an account on one line, as who compares it needs it."""
    return _("%(name)s, %(title)s; employee %(number)s; %(username)s, %(state)s") % {
        "name": person.printed_name,
        "title": person.title,
        "number": person.employee_number or "–",
        "username": person.username,
        "state": _("active") if person.is_active else _("deactivated"),
    }


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
            closed=_why(
                people.without_number(person)
                or users.to_set_roles(person, by=request.user)
            ),
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
        page=_page(
            person,
            _("Reactivate %(name)s"),
            _("Reactivate"),
            closed=_why(people.without_number(person)),
        ),
        then=_detail,
        person=person,
    )


def own_account(request):
    """Everybody's own page: how pages look, and where to change the password."""
    stored = preferences.of(request.user)
    form = PreferencesForm(
        request.POST if request.method == "POST" else None,
        initial={
            "language": get_language(),
            **{name: getattr(stored, name) for name in preferences.NAMES},
        },
    )
    if request.method == "POST" and form.is_valid():
        chosen = {name: form.cleaned_data[name] for name in preferences.NAMES}
        preferences.store(request.user, request.session, **chosen)
        language = form.cleaned_data.get("language", get_language())
        with override(language):
            said = _("Your preferences are kept.")
        answer = done(request, said, reverse("lots:own"))
        if "language" in form.cleaned_data:
            answer.set_cookie(
                settings.LANGUAGE_COOKIE_NAME,
                language,
                max_age=_A_YEAR,
                secure=settings.SESSION_COOKIE_SECURE,
                samesite="Lax",
            )
        return answer
    return render(
        request, "lots/accounts/own.html", {"form": form}, status=status(form)
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
    path("accounts/own/", own_account, name="own"),
    path("accounts/own/password/", own_password, name="own_password"),
    path("accounts/<int:pk>/", account_detail, name="account_detail"),
    path("accounts/<int:pk>/name/", change_account, name="change_account"),
    path(
        "accounts/<int:pk>/number/",
        change_employee_number,
        name="change_employee_number",
    ),
    path("accounts/<int:pk>/apart/", tell_apart, name="tell_apart"),
    path("accounts/<int:pk>/confirm/", confirm_person, name="confirm_person"),
    path("accounts/<int:pk>/roles/", set_roles, name="set_roles"),
    path("accounts/<int:pk>/password/", set_password, name="set_password"),
    path("accounts/<int:pk>/deactivate/", deactivate, name="deactivate"),
    path("accounts/<int:pk>/reactivate/", reactivate, name="reactivate"),
]

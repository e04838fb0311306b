"""Signing in and out, the lock after wrong passwords, and what browsers are told."""

import io

import pytest
from django.conf import settings
from django.core.signals import request_finished, request_started
from django.db import close_old_connections
from django.template.loader import render_to_string
from django.test import Client
from django.urls import reverse

from lots.accounts import users
from lots.demo.people import PASSWORD
from tests.lots.pages import signed_in, words

WRONG = "a password that is not right"


@pytest.fixture
def administrator(world):
    return world.cast.admin


def sign_in(client, username, password, *, headers=None):
    return client.post(
        reverse("login"),
        {"username": username, "password": password, "next": "/accounts/"},
        headers=headers,
    )


def test_sign_in_leads_to_the_page_that_was_asked_for(client, administrator):
    answer = sign_in(client, "Admin", PASSWORD)

    assert (answer.status_code, answer.url) == (302, "/accounts/")
    assert client.session["_auth_user_id"] == str(administrator.pk)


def test_sign_in_never_leads_away_from_the_site(client, administrator):
    answer = client.post(
        reverse("login"),
        {"username": "admin", "password": PASSWORD, "next": "https://evil.example/"},
    )

    assert (answer.status_code, answer.url) == (302, "/")


def test_sign_in_with_a_wrong_password_is_refused(client, administrator):
    answer = sign_in(client, "admin", WRONG)

    assert "Not signed in: the username or password is wrong." in (
        answer.content.decode()
    )
    assert "_auth_user_id" not in client.session


@pytest.mark.postgres
@pytest.mark.parametrize(
    "username", ["a" * 256, "a" * 65_536, "\N{LATIN SMALL LETTER SHARP S}" * 255]
)
def test_sign_in_with_a_name_that_no_account_can_have_is_refused(
    client, administrator, username
):
    """PostgreSQL keeps no more of it than the column holds, and says so."""
    answer = sign_in(client, username, WRONG)

    assert "the username or password is wrong" in answer.content.decode()


@pytest.mark.postgres
def test_five_wrong_passwords_lock_the_account_in_any_spelling(client, administrator):
    spellings = ["admin", "Admin", "ADMIN", "aDmin", "admiN"]

    answers = [sign_in(client, spelling, WRONG) for spelling in spellings]
    right = sign_in(client, "admin", PASSWORD)

    assert [answer.status_code for answer in answers] == [200, 200, 200, 200, 429]
    assert right.status_code == 429
    assert "Locked for 15 minutes" in right.content.decode()
    assert "_auth_user_id" not in client.session


def test_wrong_passwords_from_elsewhere_lock_nobody_out(
    client, administrator, settings
):
    settings.PROXY_SETS_REAL_IP = True
    stranger = {"X-Real-IP": "192.0.2.66"}
    for _ in range(5):
        refused = sign_in(client, "admin", WRONG, headers=stranger)

    own = sign_in(client, "admin", PASSWORD, headers={"X-Real-IP": "192.0.2.7"})

    assert (refused.status_code, own.status_code) == (429, 302)


@pytest.mark.parametrize("header", ["", "unknown", "192.0.2.7, 192.0.2.8", "x" * 300])
def test_header_that_is_no_address_still_counts_wrong_passwords(
    client, administrator, settings, header
):
    settings.PROXY_SETS_REAL_IP = True

    answers = [
        sign_in(client, "admin", WRONG, headers={"X-Real-IP": header}) for _ in range(5)
    ]

    assert [answer.status_code for answer in answers] == [200, 200, 200, 200, 429]


def test_header_that_anybody_can_send_gives_no_further_passwords(client, administrator):
    answers = [
        sign_in(client, "admin", WRONG, headers={"X-Real-IP": f"192.0.2.{number}"})
        for number in range(5)
    ]

    assert answers[-1].status_code == 429


def test_sign_out_needs_a_post_and_ends_the_session(client, administrator):
    client.force_login(
        administrator, backend="django.contrib.auth.backends.ModelBackend"
    )

    assert client.get(reverse("logout")).status_code == 405
    answer = client.post(reverse("logout"))

    assert (answer.status_code, answer.url) == (302, reverse("login"))
    assert "_auth_user_id" not in client.session


@pytest.mark.postgres
def test_session_ends_fifteen_minutes_after_the_last_step(client, administrator):
    answer = sign_in(client, "admin", PASSWORD)

    assert answer.cookies["qatracker-session"]["max-age"] == 15 * 60
    assert answer.cookies["qatracker-session"]["httponly"] is True


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("path", "code"),
    [
        pytest.param("/sign-in/", 200, id="page"),
        pytest.param("/accounts/", 302, id="anonymous"),
        pytest.param("/no-such-page/", 404, id="missing page"),
    ],
)
def test_every_answer_tells_the_browser_what_to_refuse(client, path, code):
    answer = client.get(path)

    assert answer.status_code == code
    directives = dict(
        directive.strip().split(" ", 1)
        for directive in answer["Content-Security-Policy"].split(";")
    )
    assert directives == {
        "default-src": "'self'",
        "object-src": "'none'",
        "base-uri": "'none'",
        "form-action": "'self'",
        "frame-ancestors": "'none'",
    }
    assert answer["X-Frame-Options"] == "DENY"
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert answer["Referrer-Policy"] == "same-origin"
    assert answer["Cross-Origin-Opener-Policy"] == "same-origin"


@pytest.mark.parametrize(
    ("path", "code"),
    [
        pytest.param("/accounts/", 200, id="page"),
        pytest.param("/check/", 200, id="check page"),
        pytest.param("/lots/", 403, id="page of another role"),
        pytest.param("/no-such-page/", 404, id="missing page"),
        pytest.param("/sign-out/", 405, id="wrong method"),
    ],
)
def test_no_browser_and_no_proxy_keeps_an_answer(client, administrator, path, code):
    """Whoever presses Back after the sign-out, or checks again, asks the site."""
    client.force_login(
        administrator, backend="django.contrib.auth.backends.ModelBackend"
    )

    answer = client.get(path)

    assert answer.status_code == code
    assert {"no-store", "private"} <= set(answer["Cache-Control"].split(", "))


@pytest.mark.django_db
@pytest.mark.parametrize("path", ["/accounts/", "/check/", "/sign-in/"])
def test_cookie_with_a_character_that_no_cookie_here_has_is_forgotten(client, path):
    """PostgreSQL takes no U+0000, not even to look for a session."""
    plain = client.get(path).status_code
    for name in (settings.SESSION_COOKIE_NAME, settings.CSRF_COOKIE_NAME):
        client.cookies[name] = "\x00" + "a" * 31

    assert client.get(path).status_code == plain


def test_page_of_another_role_says_whose_it_is(client, administrator):
    client.force_login(
        administrator, backend="django.contrib.auth.backends.ModelBackend"
    )

    answer = client.get(reverse("lots:lot_list"))

    assert answer.status_code == 403
    assert "This page is for the roles Analyst, Reviewer, QA, Manager, Auditor." in (
        answer.content.decode()
    )


def test_form_that_cannot_be_matched_is_refused_on_a_page_of_the_site(world):
    answer = Client(enforce_csrf_checks=True).post(reverse("login"), {"username": "a"})

    page = answer.content.decode()
    assert (answer.status_code, "Not sent" in page) == (403, True)
    assert 'class="brand"' in page
    assert "qatracker.css" in page


def test_request_of_another_form_is_refused_on_a_page_of_the_site(world, settings):
    settings.ALLOWED_HOSTS = ["qatracker.example"]

    answer = Client().get(reverse("login"), headers={"host": "evil.example"})

    page = answer.content.decode()
    assert (answer.status_code, "Request not understood" in page) == (400, True)
    assert 'class="brand"' in page


def test_page_of_a_fault_stands_alone_and_is_read_on_a_phone():
    page = render_to_string("500.html")

    assert "Something went wrong" in page
    assert "width=device-width" in page
    assert 'href="/static/qatracker.css"' in page


def test_training_site_says_so_on_every_page(client, world):
    pages = [client.get(path).content.decode() for path in ("/sign-in/", "/nowhere/")]

    assert ["TRAINING" in page for page in pages] == [True, True]


def test_version_of_the_program_is_shown_once_signed_in(client, administrator):
    shown = f"<p>Version {settings.VERSION}</p>"

    assert shown not in client.get(reverse("login")).content.decode()
    sign_in(client, "admin", PASSWORD)
    assert shown in client.get(reverse("lots:account_list")).content.decode()


@pytest.mark.postgres
def test_real_site_says_nothing_of_training(client, empty, at):
    users.start_site(
        at=at,
        username="adam",
        printed_name="Adam Berg",
        title="System administrator",
        employee_number="E-201",
        password=WRONG,
    )

    pages = [client.get(path).content.decode() for path in ("/sign-in/", "/nowhere/")]

    assert ["TRAINING" in page for page in pages] == [False, False]


@pytest.fixture(scope="module")
def application(django_db_setup, django_db_blocker):
    """Return what a server loads; it asks the database before it serves."""
    with django_db_blocker.unblock():
        from qatracker import wsgi

        return wsgi.application


@pytest.fixture
def served(application, db):
    """Let a server's request use the test's connection and leave it open."""
    signals = (request_started, request_finished)
    for signal in signals:
        signal.disconnect(close_old_connections)
    yield application
    for signal in signals:
        signal.connect(close_old_connections)


@pytest.mark.parametrize(
    "sent",
    [
        "application/x-www-form-urlencoded; charset*=zzz'en'x",
        "multipart/form-data; boundary*=zzz'en'x",
        "multipart/form-data; boundary=",
        "application/x-www-form-urlencoded; charset=hex",
    ],
)
def test_content_type_that_cannot_be_read_is_refused_like_any_form(served, sent):
    """Asked of what the server calls: the test client reads the header itself."""
    said = []
    environ = {
        "REQUEST_METHOD": "POST",
        "PATH_INFO": "/check/",
        "SERVER_NAME": "127.0.0.1",
        "SERVER_PORT": "80",
        "REMOTE_ADDR": "127.0.0.1",
        "wsgi.url_scheme": "http",
        "wsgi.input": io.BytesIO(b"number=x"),
        "CONTENT_LENGTH": "8",
        "CONTENT_TYPE": sent,
    }

    answer = served(environ, lambda status, headers: said.append(status))
    answer.close()

    assert said[0].partition(" ")[0] in ("400", "403", "422")


def test_address_of_a_button_says_so_to_who_opens_it(world):
    """Signing in again after a session that ended meanwhile leads there."""
    page = signed_in(world.cast.chen).get("/certificates/1/withdraw/")

    assert (page.status_code, page["Allow"]) == (405, "POST")
    assert "Nothing was saved" in words(page)
    assert Client().get("/certificates/1/withdraw/").status_code == 302

"""How a person likes the pages: theme, rows, single keys and the language."""

import pytest

from lots.evidence import verification
from lots.models import AuditEntry, Preferences
from tests.lots.pages import signed_in, words

PAGE = "/accounts/own/"
CHOSEN = {"theme": "dark", "rows": "comfortable"}


def root(page):
    """Return the first tag of a page."""
    text = page.content.decode()
    return text[text.index("<html") : text.index("<head")]


@pytest.fixture
def lin(world):
    return signed_in(world.cast.lin)


@pytest.mark.postgres
def test_choice_shows_on_every_page_and_after_the_next_sign_in(world, lin):
    assert 'class="theme-system rows-compact">' in root(lin.get("/lots/"))

    answer = lin.post(PAGE, {**CHOSEN, "single_keys": "on"}, follow=True)

    assert "Your preferences are kept." in words(answer)
    assert 'class="theme-dark rows-comfortable">' in root(lin.get("/lots/"))
    assert "theme-dark rows-comfortable" in root(signed_in(world.cast.lin).get("/"))
    assert "theme-system rows-compact" in root(signed_in(world.cast.chen).get("/"))


def test_shortcuts_of_a_single_key_can_be_switched_off(lin):
    lin.post(PAGE, CHOSEN)

    assert 'data-single-keys="off"' in root(lin.get("/"))
    assert Preferences.objects.get().single_keys is False


def test_choice_is_no_act_and_the_trail_still_verifies(lin):
    before = AuditEntry.objects.count()

    lin.post(PAGE, CHOSEN)

    assert AuditEntry.objects.count() == before
    assert verification.verify().holds


@pytest.mark.parametrize(
    "sent",
    [{}, {**CHOSEN, "theme": "pink"}, {**CHOSEN, "rows": "x\0y"}, {"theme": "light"}],
)
def test_what_cannot_be_chosen_is_refused_and_stores_nothing(lin, sent):
    answer = lin.post(PAGE, sent)

    assert answer.status_code == 422
    assert not Preferences.objects.exists()


def test_language_is_asked_for_where_a_site_has_a_second(lin, settings):
    assert "Language" not in words(lin.get(PAGE))
    settings.LANGUAGES = [("en", "English"), ("zh-hans", "简体中文")]

    answer = lin.post(PAGE, {**CHOSEN, "language": "zh-hans"})

    assert answer.cookies["qatracker-language"].value == "zh-hans"
    assert '<html lang="zh-hans"' in root(lin.get(PAGE))
    assert '<html lang="zh-hans"' in root(lin.get("/check/"))


def test_page_leads_to_the_password_and_out(lin):
    page = lin.get(PAGE).content.decode()

    assert 'href="/accounts/own/password/"' in page
    assert page.count('action="/sign-out/"') == 3

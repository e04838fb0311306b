"""No password is taken that somebody guesses who knows whose it is."""

import pytest
from django.urls import reverse

from lots.accounts import users
from lots.rules.refusal import Refusal
from tests.lots.pages import PASSWORD, refused, signed_in

EASY = (
    "This password is easy to guess: it repeats, or consists of names, common words or"
    " a pattern. Choose another one, such as four words that have nothing to do with"
    " each other."
)
WEAK = [
    "linyuelinyue",
    "Lin Yue Lin Yue",
    "Lin-Yue-Lin-Yue",
    "aaaaaaaaaaaaaa",
    "ningboharbourpharma",
    "Ningbo Harbour Pharma Supply",
    "NingboHarbourNingboHarbour",
    "baclofenbaclofen",
    "qatracker-qatracker",
    "qwertyuiopas",
    "password12345",
    "abcabcabcabcabc",
    "202620262026",
    "a" * 128,
    "_" * 12,
    "🙂" * 12,
    "BaclofenBAC-BAC",
    "2026-12-01 2026",
    "+86 574 8765 4321",
    "lín yuè lín yuè",
    "\N{FULLWIDTH LATIN SMALL LETTER L}inyue" * 2,
]
STRONG = [
    "training-2026-alone",
    "violet kettle march ninety",
    "wd7-Kq2!vbN-p0",
    "青石板上的雨声很轻很轻慢慢",
    "?#=~&!|%/@<$",
]


def choose(world, password):
    """Choose a new password on the page, as its owner."""
    return signed_in(world.cast.lin).post(
        reverse("lots:own_password"),
        {"current": PASSWORD, "new": password, "again": password},
    )


@pytest.mark.parametrize("password", WEAK)
def test_password_that_is_soon_guessed_is_refused(world, password):
    assert EASY in refused(choose(world, password))
    world.cast.lin.refresh_from_db()
    assert world.cast.lin.check_password(PASSWORD)


@pytest.mark.parametrize("password", STRONG)
def test_password_that_is_not_is_taken(world, password):
    assert choose(world, password).status_code == 302
    world.cast.lin.refresh_from_db()
    assert world.cast.lin.check_password(password)


def test_one_time_password_is_measured_by_the_names_of_whom_it_is_for(world, at):
    with pytest.raises(Refusal, match="easy to guess"):
        users.set_password(
            person=world.cast.marek,
            by=world.cast.admin,
            at=at,
            password="MarekNovakMarekNovak",
            reason="Lost",
        )

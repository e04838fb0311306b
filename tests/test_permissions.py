"""Every address for every kind of visitor: who may read it, who may send to it.

One table declares it; an address of the site that is not in the table fails, and so
does one that is gone (architecture.md 6.8, assurance.md F-01, F-02). What is sent has
nothing in it, so that whoever may send is told so (422) and nothing changes. To read
changes nothing either.
"""

import pytest
from django.conf import settings
from django.db import transaction
from django.test import Client
from django.urls import reverse

from lots.accounts import users
from lots.models import (
    AuditEntry,
)
from tests import addresses


def test_every_address_is_declared():
    names = [name for name, _variables in addresses.places()]

    assert len(names) == len(set(names))
    assert set(names) == set(addresses.TABLE)


# --- real records for every address that names one ----------------------------------


def visitor(world, at, kind):
    """Return a browser of this kind of visitor."""
    browser = Client()
    if kind == "anonymous":
        return browser
    person = users.add_account(
        by=world.cast.admin,
        at=at,
        username="visitor",
        printed_name="Vera Visitor",
        title="Visitor",
        employee_number="E-201",
        reason="Passport seen",
        roles=[kind] if kind in addresses.ROLES else ["qa"],
        password="visiting-2026-only",
    )
    person.must_change_password = False
    person.awaits_confirmation = False
    if kind == "no role":
        person.roles = []
    person.save()
    browser.force_login(person)
    if kind == "deactivated":
        users.deactivate(person=person, by=world.cast.admin, at=at, reason="Left")
    return browser


def answered(response):
    if (
        response.status_code == 302
        and response["Location"].startswith(reverse(settings.LOGIN_URL))
        and "next=" in response["Location"]
    ):
        return addresses.SIGN_IN
    return response.status_code


def sent(browser, address, method):
    """Send and forget what it did; the browser stays signed in.

    GET never changes anything: not one entry in the trail, whoever reads.
    """
    point = transaction.savepoint()
    cookies = browser.cookies.copy()
    before = AuditEntry.objects.count()
    try:
        answer = getattr(browser, method)(
            address, {"nothing": "typed"} if method == "post" else {}
        )
        assert method == "post" or AuditEntry.objects.count() == before, address
        return answer
    finally:
        browser.cookies = cookies
        transaction.savepoint_rollback(point)


@pytest.mark.parametrize("kind", addresses.VISITORS)
def test_visitor_gets_exactly_what_is_declared(world, at, kind):
    found = addresses.addresses(world, at)
    browser = visitor(world, at, kind)

    assert {
        (name, method): answered(sent(browser, address, method))
        for name, address in found.items()
        for method in ("get", "post")
    } == {
        (name, method): addresses.ELSEWHERE.get(
            (name, kind, method), page.answer(kind, method)
        )
        for name, page in addresses.TABLE.items()
        for method in ("get", "post")
    }


@pytest.mark.parametrize("kind", addresses.READERS)
def test_what_does_not_exist_is_404_to_whoever_may_read_it(world, at, kind):
    browser = visitor(world, at, kind)
    unknown = {
        name: reverse(
            name,
            kwargs={
                variable: "unknown-token" if variable == "token" else 999_999
                for variable in variables
            },
        )
        for name, variables in addresses.places()
        if variables and kind in addresses.TABLE[name].who
    }

    assert unknown
    assert {
        name: browser.get(address).status_code
        for name, address in unknown.items()
        if addresses.TABLE[name].get
    } == {name: 404 for name in unknown if addresses.TABLE[name].get}


def test_unknown_records_tell_nothing_to_who_may_not_read(world, at):
    """Signed in without role: the same 403 for what is there and what is not."""
    browser = visitor(world, at, "no role")
    found = addresses.addresses(world, at)
    named = [
        (name, variables)
        for name, variables in addresses.places()
        if variables
        and addresses.TABLE[name].who != addresses.ANYBODY
        and addresses.TABLE[name].get
    ]

    assert {
        name: (
            browser.get(found[name]).status_code,
            browser.get(
                reverse(name, kwargs=dict.fromkeys(variables, 999_999))
            ).status_code,
        )
        for name, variables in named
    } == {name: (403, 403) for name, _variables in named}


def test_unknown_address_asks_for_the_sign_in_first(world, at):
    assert answered(Client().get("/nowhere/")) in (404, addresses.SIGN_IN)
    assert visitor(world, at, "qa").get("/nowhere/").status_code == 404

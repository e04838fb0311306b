"""Whatever is asked or sent, the site answers: no address and no form of it fails.

Walks every address with variables that no record has, every page's questions with
values that nobody means, and every form with one field at a time made hostile and the
others as a person would fill them in. What is sent where is drawn, and the same in
every run.
"""

import random
import re
import traceback
from urllib.parse import quote, urljoin

import pytest
from django.core.cache import cache
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.signals import got_request_exception
from django.db import transaction
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from lots import calendar
from lots.demo.people import PASSWORD
from reports.dashboard import counters
from tests import addresses, visiting
from tests.addresses import places

pytestmark = pytest.mark.postgres(once=True)

# How many fields of a form are made hostile, and how many names of a query are asked.
FIELDS, NAMES = 4, 4
VARIABLES = ("0", "-1", "9" * 19, "9" * 5000, "٣", "\x00", "a\x00b", "%", "'")
TEXTS = (
    "",
    " ",
    "\x00",
    "a\x00b",
    "\u202e\u200b\ufeff",
    "x" * 300,
    "x" * 65_536,
    "٣",
    "-1",
    "0",
    "9" * 19,
    "9" * 400,
    "9" * 5000,
    "1e999999999",
    "NaN",
    "0001-01-01",
    "9999-12-31",
    "2026-02-30",
    "=1+1",
    "<script>",
    "%s %(name)s {0} {{ x }}",
    "'\";--",
    "../../etc",
    "true",
    "null",
    "[]",
    "a\r\n\tb",
    "\N{PILE OF POO}" * 100,
)
FILES = (
    ("a.csv", b""),
    ("a.csv", b"%PDF-1.7"),
    ("../../a.csv", b"lot\r\nB-1\r\n"),
    ("\u202egpj.csv", b"\xff\xfea\x00"),
    ("a.xlsx", b"PK\x03\x04 no archive"),
    ("x" * 300 + ".csv", b'lot,"\n'),
)


_DIGITS = re.compile("[0-9]+")


class Site:
    """Two who may do everything between them, and the failures that they met."""

    def __init__(self, world, at):
        self.addresses = addresses.addresses(world, at)
        self.failures = []
        self.dice = random.Random(20261126)
        world.cast.olga.roles = ["analyst", "reviewer", "qa", "manager", "auditor"]
        world.cast.olga.save()
        people = (world.cast.olga, world.cast.admin)
        self.counts = [counters.key(person) for person in people]
        self.browsers = [Client(raise_request_exception=False) for _ in people]
        for browser, person in zip(self.browsers, people, strict=True):
            browser.force_login(
                person, backend="django.contrib.auth.backends.ModelBackend"
            )

    def failed(self, *args, **kwargs):
        self.trace = traceback.format_exc()

    def ask(self, browser, method, address, *sent):
        """Ask, and undo what it did; the browser stays signed in.

        Nobody asked before, so that no address asks too often; but what the side bar
        counted is at hand while the trail ends where it ended then, as on a site.
        """
        counted = cache.get_many(self.counts)
        cache.clear()
        cache.set_many(counted)
        cookies = browser.cookies.copy()
        point = transaction.savepoint()
        try:
            answer = getattr(browser, method)(address, *sent)
            if answer.streaming:
                b"".join(answer.streaming_content)
        finally:
            browser.cookies = cookies
            transaction.savepoint_rollback(point)
        if answer.status_code >= 500:
            self.failures.append(
                (method, address[:200], str(sent)[:400], self.trace[-1500:])
            )
        return answer

    def pages(self):
        """Yield every page that one of them can open, with who opened it."""
        for address in self.addresses.values():
            for browser in self.browsers:
                answer = self.ask(browser, "get", address)
                if answer.status_code == 200:
                    if answer["Content-Type"].startswith("text/html"):
                        yield browser, address, visiting.read(answer.content.decode())
                    break

    def draw(self, values, count=1):
        return self.dice.sample(values, min(count, len(values)))


@pytest.fixture
def site(world, at):
    made = Site(world, at)
    got_request_exception.connect(made.failed)
    yield made
    got_request_exception.disconnect(made.failed)
    assert made.failures == []


@pytest.mark.long
def test_no_address_fails(site):
    of_records = [name for name, variables in places() if variables]

    for name in of_records:
        variables = dict(places())[name]
        pattern = reverse(name, kwargs=dict.fromkeys(variables, "7777777"))
        for odd in site.draw(VARIABLES, 2):
            address = pattern.replace("7777777", quote(odd))
            site.ask(site.browsers[0], "get", address)
            site.ask(site.browsers[0], "post", address)
    for address in site.addresses.values():
        for method in site.draw(("put", "patch", "delete", "options")):
            site.ask(site.browsers[0], method, address)


# What the tables make of a column that they do not have.
@pytest.mark.filterwarnings("ignore:Use '__' to separate path components")
@pytest.mark.long
def test_no_question_fails(site):
    for browser, address, page in site.pages():
        names = {
            control["name"]
            for form in page.all("form")
            if form["method"].casefold() != "post"
            for control in form.all("input", "select", "textarea")
        } - {""}
        if not names:
            continue
        for name in ["page", "sort", *site.draw(sorted(names), NAMES)]:
            for text in site.draw(TEXTS):
                # A server takes no longer addresses.
                asked = f"{quote(name)}={quote(text[:4000])}"
                site.ask(browser, "get", f"{address}?{asked}&{asked}")


@pytest.mark.long
def test_no_form_fails(site):
    seen = set()
    for browser, address, page in site.pages():
        for form in page.all("form"):
            if form["method"].casefold() != "post":
                continue
            # Of rows that are sent one by one, those that ask for different things.
            target = urljoin(address, _action(form) or address)
            filled = _filled(page, form, target)
            shape = tuple(_DIGITS.sub("", text) for text in (target, *filled))
            if shape in seen or target == reverse("logout"):
                continue
            seen.add(shape)
            twice = {name: values * 2 for name, values in filled.items()}
            site.ask(browser, "post", target, _fresh(twice))
            for name in site.draw(sorted(filled), FIELDS):
                hostile = FILES if _is_file(filled[name]) else TEXTS
                for value in site.draw(hostile):
                    sent = _fresh({**filled, name: [value]})
                    site.ask(browser, "post", target, sent)


def _action(form):
    actions = [one["formaction"] for one in form.all("button")]
    return next(filter(None, [form["action"], *actions]), "")


def _filled(page, form, target):
    """Return what a person would send with this form, field by field."""
    found = {}
    for control in page.all("input", "select", "textarea"):
        owner = control["form"]
        is_part = owner == form["id"] if owner else control.within("form") is form
        name = control["name"]
        if not is_part or not name or control.has("disabled"):
            continue
        # Of a grid in which each row is sent by itself, that row.
        row = name.partition("-")[0]
        if row[:1] == "t" and row[1:].isdigit() and f"/{row[1:]}/" not in target:
            continue
        found.setdefault(name, []).append(_value(control))
    return found


def _value(control):
    if control["type"] == "file":
        return "raw.txt", b"raw data"
    if control.tag == "select":
        options = [one["value"] for one in control.all("option")]
        return next(filter(None, options), "")
    if control.tag == "textarea":
        return control.words() or "Some words"
    if control["type"] == "password":
        return PASSWORD
    if control["value"] or control["type"] == "hidden":
        return control["value"]
    if control["placeholder"] == "YYYY-MM-DD":
        return calendar.today(timezone.now()).isoformat()
    return "12"


def _is_file(values):
    return isinstance(values[0], tuple)


def _fresh(filled):
    """Return the fields as a client sends them; a file is read but once."""
    return {
        name: [
            SimpleUploadedFile(*value) if isinstance(value, tuple) else value
            for value in values
        ]
        for name, values in filled.items()
    }

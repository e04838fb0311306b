"""Every text that a person reads goes through gettext, on every page of the site.

A translation that puts each message into brackets is switched on, and every page is
read: what stands outside brackets must be data, a number or evidence. Evidence is
English by design: what was stored, signed, or is printed on a certificate.
"""

import ast
import functools
import re
from html.parser import HTMLParser
from pathlib import Path

import pytest
from django.apps import apps
from django.db import models
from django.utils import translation
from django.utils.translation import trans_real

from lots.demo import bench
from lots.imports.row_report import WrongRow
from lots.models import Kind
from lots.models import Test as MaterialTest
from lots.release import disposition
from lots.rules import step_table
from lots.rules.refusal import Refusal, Word
from lots.wording import ACTIONS, RECORDS, sentence
from tests import catalogue
from tests.addresses import TABLE, addresses
from tests.lots.pages import signed_in, words

OPEN, SHUT = "\N{MATHEMATICAL LEFT WHITE SQUARE BRACKET}", "\u27e7"
# Units are never translated.
UNITS = ("kg", "g", "EU/mg", "CFU/g", "ppm")
READERS = {"qa": "chen", "analyst": "lin", "reviewer": "tomas", "auditor": "ines"}
# The texts that attributes show or say.
SAID = (
    "title",
    "aria-label",
    "placeholder",
    "alt",
    "data-failed",
    "data-opened",
    "data-unreachable",
)
# Elements whose text nobody reads, or which is evidence: the exact text that is
# signed, what somebody typed, names of keys, of tables and checksums as stored.
SILENT = ("script", "style", "pre", "code", "kbd", "textarea")
EVIDENCE = {
    "as-printed",  # as the certificate says it
    "criterion",  # as approved and printed
    "working",  # how the rules worked a value out, which is what is stored of it
    "remark",
    "digest",
    "brand",
    "use-band",  # as printed on the certificate
    "use-line",
    "signed",
    "signed-text",
    "record-changes",
    "change",
    "changes",
}


class Bracketing:
    """Django's translation functions, each message in brackets instead of translated.

    Only what a translator gets: the project's message template, and what Django and
    its libraries have translated. Plurals as in English. Nothing of the project is
    replaced: it asks Django.
    """

    @staticmethod
    def gettext(message):
        known = message in catalogue.template() or message in _of_libraries()
        return f"{OPEN}{message}{SHUT}" if known else message

    @staticmethod
    def pgettext(_context, message):
        return Bracketing.gettext(message)

    @staticmethod
    def ngettext(one, more, n):
        return Bracketing.gettext(one if n == 1 else more)

    @staticmethod
    def npgettext(_context, one, more, n):
        return Bracketing.ngettext(one, more, n)


@functools.cache
def _of_libraries():
    """Return the messages that Django and the installed libraries have translated."""
    return frozenset(
        key if isinstance(key, str) else key[0]
        for part in trans_real.translation("de")._catalog._catalogs
        for key in part
    )


@pytest.fixture
def bracketed(monkeypatch):
    for name in ("gettext", "pgettext", "ngettext", "npgettext"):
        monkeypatch.setattr(translation._trans, name, getattr(Bracketing, name))


class Reader(HTMLParser):
    """Collects the texts of a page that people see or hear, evidence apart."""

    VOID = ("input", "br", "hr", "img", "meta", "link", "source", "wbr", "col")

    def __init__(self):
        super().__init__()
        self.silent = []
        self.text = []
        self.texts = []

    def handle_starttag(self, tag, attrs):
        given = dict(attrs)
        classes = set((given.get("class") or "").split())
        if tag not in self.VOID:
            inherited = bool(self.silent) and self.silent[-1][1]
            self.silent.append(
                (tag, inherited or tag in SILENT or bool(classes & EVIDENCE))
            )
        if not (self.silent and self.silent[-1][1]):
            self.texts += [given[name] for name in SAID if given.get(name)]
            if tag == "input" and given.get("type") in ("submit", "button"):
                self.texts.append(given.get("value") or "")

    def handle_endtag(self, tag):
        while self.silent:
            name, _is_silent = self.silent.pop()
            if name == tag:
                return

    def handle_data(self, text):
        if not (self.silent and self.silent[-1][1]):
            self.text.append(text)


def outside(text):
    """Return what of a text stands outside brackets."""
    depth, kept = 0, []
    for letter in text:
        if letter == OPEN:
            depth += 1
            kept.append("|")
        elif letter == SHUT:
            depth -= 1
        elif not depth:
            kept.append(letter)
    return "".join(kept)


def stored():
    """Return every text in the database that somebody typed or that is evidence."""
    found = {word for test in MaterialTest.objects.all() for word in test.vocabulary}
    for model in apps.get_models():
        if model._meta.app_label not in ("lots", "reports"):
            continue
        names = [
            field.name
            for field in model._meta.concrete_fields
            if isinstance(field, models.CharField | models.TextField)
            and not field.choices
            and (model.__name__, field.name)
            not in {("AuditEntry", "action"), ("AuditEntry", "table")}
        ]
        for row in model.objects.values_list(*names) if names else ():
            found.update(
                " ".join(str(one).split()) for one in row if one and len(str(one)) < 500
            )
    return found


PLAIN = re.compile(
    r"[\d\W_]*"
    r"|v\d+|r\d+"  # versions
    r"|[0-9a-f]{12,64}…?"  # digests
    r"|YYYY-MM-DD|Y-m-d"
    r"|(CSV|PDF|XLSX|TOML|UTC|SHA-256|CAS|DD)"
)


def unsaid(text, data):
    """Return the parts of a text, longer than a letter, that went past gettext."""
    rest = re.sub(r"https?://\S+", "|", outside(text))
    for known in data:
        if known in rest:
            rest = re.sub(rf"(?<!\w){re.escape(known)}(?!\w)", "|", rest)
    return [
        part.strip()
        for part in re.split(r"[|,;:·/()\n→–—+]|\s-\s|\s{2,}", rest)
        if len(part.strip()) > 1
        and not all(PLAIN.fullmatch(one) for one in part.split())
    ]


def test_every_text_of_every_page_goes_through_gettext(world, at, bracketed):
    found = addresses(world, at)
    texts = {}
    for name, page in TABLE.items():
        if not page.get:
            continue
        role = next(
            (one for one in READERS if page.who == "anybody" or one in page.who),
            "administrator",
        )
        reader = getattr(world.cast, READERS.get(role, "admin"))
        answer = signed_in(reader).get(found[name])
        if not answer["Content-Type"].startswith("text/html"):
            continue
        parser = Reader()
        parser.feed(answer.content.decode())
        # A message with a link in it stands in several texts, in one pair of brackets.
        texts[name] = [*parser.texts, "|".join(parser.text)]
    data = sorted(
        {one for one in stored() if len(one) > 1}
        # The last are the words of the map that waits for approval.
        | {"Asia/Shanghai", "qatracker", *UNITS, "n.d.", "ND", "water"},
        key=len,
        reverse=True,
    )

    missed = {}
    for name, said in texts.items():
        parts = sorted({part for text in said for part in unsaid(text, data)})
        if parts:
            missed[name] = parts

    assert len(texts) > 60
    assert missed == {}


def b(text):
    """Return the text as it is said in brackets."""
    return f"{OPEN}{text}{SHUT}"


def test_words_of_the_program_inside_a_refusal_are_said_too(world, at, bracketed):
    lot = bench.log(world.cast, world, at=at, number="BAC-26-001")
    disposition.hold(lot=lot, by=world.cast.lin, at=at, reason="Complaint")
    pages = {
        name: words(signed_in(getattr(world.cast, name)).get(f"/lots/{lot.pk}/"))
        for name in ("lin", "chen")
    }

    reject, release, hold = b("Reject"), b("Release"), b("on hold")
    refused = b(f"Your role does not allow “{reject}” of BAC-26-001; ask {b('QA')}.")
    assert refused in pages["lin"]
    assert (
        b(
            f"“{release}” is not possible for BAC-26-001 against BAC-ORAL v1 while the"
            f" lot is {hold}; it is open only for a lot that is"
            f" {b('in quarantine')}."
        )
        in pages["chen"]
    )


def test_states_of_a_refusal_are_said_one_by_one(bracketed):
    sample = step_table.STEPS["sample"]

    with pytest.raises(step_table.NotAllowed) as refused:
        step_table.check(
            sample,
            subject="BAC-26-001",
            roles=frozenset(sample.roles),
            lot_state="void",
        )

    states = f"{b('in quarantine')} {b('or')} {b('on hold')}"
    assert sentence(refused.value) == b(
        f"“{b('Take a sample')}” is not possible for BAC-26-001 while the lot is"
        f" {b('void')}; it is open only for a lot that is {states}."
    )
    assert str(refused.value).endswith("for a lot that is in quarantine or on hold.")


def test_refusal_that_quotes_another_says_both(bracketed):
    why = Refusal(
        "draft",
        "%(subject)s is %(state)s; you can approve only a draft.",
        subject="BAC-ORAL v2",
        state=Word("void"),
    )

    assert sentence(WrongRow(why, row=2, column="lot")) == b(
        "Row 2, column lot: "
        + b(f"BAC-ORAL v2 is {b('void')}; you can approve only a draft.")
    )


def test_every_act_that_the_code_records_has_words():
    """An act without words would show its code in the trail."""
    codes = {
        argument.value.value
        for path in (*Path("lots").rglob("*.py"), *Path("reports").rglob("*.py"))
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr == "act"
        for argument in node.keywords
        if argument.arg == "action" and isinstance(argument.value, ast.Constant)
    }

    assert len(codes) > 50
    assert codes - set(ACTIONS) == set()
    assert {kind for kind in Kind.values if kind != Kind.FIRST} <= set(ACTIONS)


def test_every_record_of_the_trail_has_words():
    tables = {
        model._meta.db_table
        for label in ("lots", "reports")
        for model in apps.get_app_config(label).get_models()
    }

    assert set(RECORDS) == tables

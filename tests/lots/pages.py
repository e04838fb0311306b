"""What the tests of pages share: a person signed in, and what an answer says."""

import contextlib
import html
import re
from types import SimpleNamespace

from django.template import Context, loader
from django.test import Client
from django.test.signals import template_rendered

from lots.demo.people import PASSWORD
from lots.rules import statements

BACKEND = "django.contrib.auth.backends.ModelBackend"
__all__ = [
    "PASSWORD",
    "issue_address",
    "refused",
    "shown",
    "signed_in",
    "typed",
    "unwritten",
    "words",
]


def signed_in(person):
    """Return a client in which the person is signed in."""
    client = Client()
    client.force_login(person, backend=BACKEND)
    return client


@contextlib.contextmanager
def unwritten():
    """Have pages worked out and not written: for who looks at their context alone."""
    written = loader.render_to_string

    def worked_out(name, context=None, request=None, using=None):
        template_rendered.send(
            sender=loader,
            template=SimpleNamespace(name=name),
            context=Context(context),
        )
        return ""

    loader.render_to_string = worked_out
    try:
        yield
    finally:
        loader.render_to_string = written


def ticked(step, *, prefix=""):
    """Return what a browser sends of the boxes of a step that were ticked."""
    return {f"{prefix}{statements.field(one)}": "on" for one in statements.of(step)}


def issue_address(client, assessment):
    """Return where *Issue* on the page sends to, with the checksum of what it shows."""
    page = client.get(f"/assessments/{assessment.pk}/issue/")
    return page.context["address"]


def words(answer, *, of=""):
    """Return the text of an answer, or of its element with this id, without markup."""
    body = answer.content.decode()
    if of:
        found = re.search(rf'<(\w+)[^>]* id="{of}".*?</\1>', body, re.DOTALL)
        body = found[0] if found else ""
    return " ".join(html.unescape(re.sub(r"<[^>]*>", " ", body)).split())


def said_of(answer):
    """Return what the form of a page says of each of its fields."""
    return {
        name: [str(one) for one in said]
        for name, said in answer.context["form"].errors.items()
    }


def refused(answer):
    """Return every sentence of refusal on the page, in order."""
    found = re.findall(
        r'class="refusal"[^>]*>(.*?)</(?:li|p)>', answer.content.decode(), re.DOTALL
    )
    return [" ".join(html.unescape(one).split()) for one in found]


def shown(answer):
    """Return the digest of the text that the page showed for signing."""
    found = re.search(r'name="shown" value="(\w+)"', answer.content.decode())
    return found[1]


def typed(answer, name):
    """Return what the input or text area of this name holds, None if there is none."""
    body = answer.content.decode()
    found = re.search(rf'<input[^>]* name="{name}"[^>]*>', body)
    if found:
        value = re.search(r' value="([^"]*)"', found[0])
        return html.unescape(value[1]) if value else ""
    found = re.search(
        rf'<textarea[^>]* name="{name}"[^>]*>(.*?)</textarea>', body, re.S
    )
    if found:
        return html.unescape(found[1]).strip()
    found = re.search(rf'<select[^>]* name="{name}".*?</select>', body, re.DOTALL)
    if found:
        chosen = re.search(r'value="([^"]*)" selected', found[0])
        return html.unescape(chosen[1]) if chosen else ""
    return None


def to_log(world, *, made):
    """Return what an analyst types to log an oral lot that was made on this day."""
    return {
        "number": "BAC-26-100",
        "material": world.material.pk,
        "origin": "manufacture",
        "site": world.works.pk,
        "original_number": "P1-0100",
        "process": world.processes["oral"],
        "issuer_role": "manufacturer",
        "use": "oral",
        "use_document_kind": "batch_record",
        "use_document_reference": "BR-100",
        "manufactured_on": str(made),
        "date_kind": "retest",
        "date_on": "",
        "size": "150",
        "size_unit": "kg",
        "packaging": "6 drums",
        "parents-TOTAL_FORMS": "3",
        "parents-INITIAL_FORMS": "0",
    }

"""Electronic signatures: the only writer of signatures.

A signed step asks for the password at the moment of signing (21 CFR 11.200(a)) and
keeps the exact text that was shown (11.70).
"""

import datetime
import json
import time
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.contrib.auth import authenticate
from django.http import HttpRequest

from lots.evidence import audit, chained_names
from lots.models import Lot, Meaning, Signature, User
from lots.rules import chain
from lots.rules import statements as statements_of_steps
from lots.rules.formats import Format
from lots.rules.refusal import Refusal
from lots.rules.step_table import Step

GOOD_FOR_SECONDS = 300


class NotConfirmed(Refusal):
    """The password was wrong, too old, somebody else's, or the text had changed."""


@dataclass(frozen=True)
class Confirmation:
    """That this person typed the password just now."""

    user_id: int
    confirmed: float


def confirm(
    *,
    by: User,
    at: datetime.datetime,
    password: str,
    request: HttpRequest | None = None,
) -> Confirmation:
    """Return a confirmation that `by` typed the password; record a refusal.

    The sign-in's counters serve here too, so that guessing at the signature locks
    the account (assurance.md T-70). Raises NotConfirmed.
    """
    person = authenticate(
        request or _request_of_a_command(),
        username=by.username,
        password=password,
    )
    if person is None or person.pk != by.pk:
        with audit.act(by=by, at=at, action="signature_refused") as act:
            act.note(table=chained_names.table(User), record=by.pk)
        raise NotConfirmed(
            "password",
            "Not signed: your password was not confirmed; type it again, or wait if it"
            " was wrong several times.",
            field="password",
        )
    return Confirmation(user_id=by.pk, confirmed=time.monotonic())


def is_fresh(confirmation: Confirmation) -> bool:
    """Say whether the confirmation is still good for a signature."""
    return time.monotonic() - confirmation.confirmed < GOOD_FOR_SECONDS


@dataclass(frozen=True)
class Signed:
    """What a person signed: the record that was shown, and what they typed beside it.

    `record` has the fields of today's format, whatever format it was signed in.
    """

    record: dict[str, Any]
    statements: dict[str, Any]


def read(text: str, format: Format) -> Signed:
    """Return what the text of a signature over a record of this kind says.

    Raises UnknownFormat where a later version of the program signed it.
    """
    stored = json.loads(text)
    statements = stored.get("statements", {})
    # Without statements a signature keeps the shown text alone.
    record = json.loads(stored["shown"]) if "shown" in stored else stored
    return Signed(record=format.read(record), statements=statements)


def shown(text: str) -> str:
    """Return the digest that a page gives back to say which text it showed."""
    return chain.digest(text)


def sign(
    act: audit.Act,
    *,
    confirmation: Confirmation,
    shown: str,
    meaning: str,
    wording: str,
    text: str,
    statements: dict[str, Any] | None = None,
    lot: Lot | None = None,
) -> Signature:
    """Store the signature of the acting person over `text`; return it.

    `shown` is the digest of the text that the person saw; `statements` are what the
    person typed beside it and signs with it. Raises NotConfirmed if the confirmation
    is another person's or older than five minutes, or if the record changed between
    reading and signing.
    """
    if confirmation.user_id != act.by.pk:
        raise NotConfirmed(
            "another-person",
            "Not signed: the password confirmed was not yours; type your own.",
            field="password",
        )
    if not is_fresh(confirmation):
        raise NotConfirmed(
            "too-late",
            "Not signed: the password was confirmed more than five minutes ago;"
            " type it again.",
            field="password",
        )
    if shown != chain.digest(text):
        raise NotConfirmed(
            "changed",
            "Not signed: the record changed after it was shown to you;"
            " read it again and sign what it says now.",
        )
    if statements:
        text = chain.canonical({"shown": text, "statements": statements})
    return act.create(
        Signature(
            by=act.by,
            printed_name=act.by.printed_name,
            title=act.by.title,
            meaning=Meaning.of(meaning),
            wording=wording,
            at=act.at,
            zone=settings.TIME_ZONE,
            text=text,
            digest=chain.digest(text),
            lot=lot,
        )
    )


def sign_step(
    act: audit.Act,
    step: Step,
    *,
    confirmation: Confirmation,
    shown: str,
    text: str,
    places: dict[str, object] | None = None,
    statements: dict[str, object] | None = None,
    stated: Collection[str] = (),
    lot: Lot | None = None,
) -> Signature:
    """Sign as `sign` does, with the meaning and the wording of the step's row.

    `places` are the values of the wording's named places; `stated` are the codes of
    the statements that the person ticked, which are signed with the text. Raises
    NotStated where one of the step's is not ticked.
    """
    assert step.signed_as is not None  # the table says which steps are signed
    ticked = statements_of_steps.told(step.code, stated)
    if ticked:
        statements = {**(statements or {}), "stated": ticked}
    return sign(
        act,
        confirmation=confirmation,
        shown=shown,
        meaning=step.signed_as,
        wording=step.signed_wording % (places or {}),
        text=text,
        statements=statements,
        lot=lot,
    )


def _request_of_a_command() -> HttpRequest:
    request = HttpRequest()
    request.META["REMOTE_ADDR"] = "127.0.0.1"
    return request

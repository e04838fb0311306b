"""What a signature asks for at the moment of signing."""

from dataclasses import replace

import pytest

from lots.evidence import audit, signatures
from lots.evidence.signatures import NotConfirmed
from lots.models import AuditEntry, Signature
from lots.rules import chain

TEXT = '{"record":"lot"}'


@pytest.fixture
def confirmation(world, at):
    """Chen Fang typed the password just now."""
    return world.cast.confirmation(world.cast.chen, at=at)


def sign(world, at, confirmation, *, shown=TEXT):
    with audit.act(by=world.cast.chen, at=at, action="hold") as act:
        return signatures.sign(
            act,
            confirmation=confirmation,
            shown=signatures.shown(shown),
            meaning="approved",
            wording="I approve it.",
            text=TEXT,
        )


def test_signature_keeps_the_text_that_was_shown(world, at, confirmation):
    signature = sign(world, at, confirmation)

    assert (signature.by, signature.text, signature.digest) == (
        world.cast.chen,
        TEXT,
        chain.digest(TEXT),
    )


@pytest.mark.parametrize(
    ("change", "shown", "code", "sentence"),
    [
        (
            {"user_id": 0},
            TEXT,
            "another-person",
            "Not signed: the password confirmed was not yours; type your own.",
        ),
        (
            {"confirmed": -1.0 - signatures.GOOD_FOR_SECONDS},
            TEXT,
            "too-late",
            "Not signed: the password was confirmed more than five minutes ago; type it"
            " again.",
        ),
        (
            {},
            "{}",
            "changed",
            "Not signed: the record changed after it was shown to you; read it again"
            " and sign what it says now.",
        ),
    ],
    ids=["another person", "too late", "another text"],
)
def test_signature_is_refused_without_what_it_needs(
    world, at, confirmation, change, shown, code, sentence
):
    before = Signature.objects.count(), AuditEntry.objects.count()

    with pytest.raises(NotConfirmed) as caught:
        sign(world, at, replace(confirmation, **change), shown=shown)

    assert (caught.value.code, str(caught.value)) == (code, sentence)
    assert (Signature.objects.count(), AuditEntry.objects.count()) == before


def test_wrong_password_is_refused_and_recorded(world, at):
    with pytest.raises(NotConfirmed) as caught:
        signatures.confirm(by=world.cast.chen, at=at, password="guess")

    entry = AuditEntry.objects.order_by("sequence").last()
    assert (caught.value.code, entry.action, entry.by, entry.record) == (
        "password",
        "signature_refused",
        world.cast.chen,
        str(world.cast.chen.pk),
    )

"""Titles: what a signer's title may say where certificates print it.

A certificate prints the title beside the name of whoever reviewed and released (21 CFR
11.50), and a title can claim what nobody released, as any other text (FDA, December
2015; domain.md 0.2). Names are not read.
"""

from collections.abc import Iterator

from lots.models import Lot, User
from lots.rules import claims, uses
from lots.rules.claims import Kind
from lots.rules.refusal import Refusal, Word
from lots.rules.stored_codes import gettext_noop as _

_CLAIMS = {
    Kind.STERILE: _(
        "The title %(title)s claims “%(claim)s”, but material for %(use)s use is not"
        " delivered sterile, and certificates print the title. An administrator changes"
        " it first."
    ),
    Kind.INJECTABLE: _(
        "The title %(title)s claims “%(claim)s”, but products for %(use)s use are not"
        " injected, and certificates print the title. An administrator changes it"
        " first, or somebody else signs."
    ),
}


def against_account(title: str) -> Refusal | None:
    """Return why no account has the title: it claims what no use allows."""
    for claim, _use in claims.beyond_all(title):
        return Refusal(
            "title-claim",
            "The title claims “%(claim)s”, but no material is delivered sterile, and"
            " certificates print the title. Word it without the claim.",
            field="title",
            claim=claim.words,
        )
    return None


def against_signing(person: User, *, lot: Lot, use: str) -> Iterator[Refusal]:
    """Yield why the person does not sign what a certificate for the use prints."""
    for named in uses.named_beyond(lot.use, person.title):
        yield Refusal(
            "other-use",
            "The title %(title)s names %(named)s use, but the intended use of lot"
            " %(lot)s is %(use)s, and certificates print the title. An administrator"
            " changes it first, or somebody else signs.",
            title=person.title,
            named=Word(named.said),
            lot=lot.number,
            use=Word(uses.use(lot.use).said),
        )
    for claim in claims.beyond(use, uses.without_names(person.title)):
        yield Refusal(
            "title-claim",
            _CLAIMS[claim.kind],
            title=person.title,
            claim=claim.words,
            use=Word(uses.use(use).said),
        )

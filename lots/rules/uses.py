"""The uses: the products for whose manufacture a lot is meant, and their words.

A use is a claim that a person signs, never a by-product of numbers that pass
(FDA warning of December 2015 on baclofen; architecture.md 1). A further use is a
further entry of `USES`; nothing else may name one. Imports nothing of the project
but refusals.
"""

import re
from dataclasses import dataclass

from lots.rules.refusal import Refusal


@dataclass(frozen=True)
class Use:
    """A use with the words that its certificates carry (experience.md 2.2).

    `may_stand_in_for` is the outermost that a signed row of a material can allow:
    a lot made for this use may be judged for those, and for no other.
    """

    code: str
    name: str
    products: str
    headline: str
    caution: str
    may_stand_in_for: tuple[str, ...] = ()


USES: dict[str, Use] = {
    use.code: use
    for use in (
        Use(
            code="oral",
            name="Oral",
            products="oral dosage forms",
            headline="FOR THE MANUFACTURE OF ORAL DOSAGE FORMS ONLY",
            caution="Not for injectable or intrathecal products.",
        ),
        Use(
            code="intrathecal",
            name="Intrathecal",
            products="intrathecal injections",
            headline="FOR THE MANUFACTURE OF INTRATHECAL INJECTIONS",
            caution=(
                "Non-sterile. To be sterilised by the manufacturer of the medicinal"
                " product. Not for direct administration."
            ),
            may_stand_in_for=("oral",),
        ),
    )
}


def use(code: str) -> Use:
    """Return the use of this code; refuse one that is not known."""
    try:
        return USES[code]
    except KeyError:
        raise Refusal(
            "unknown-use",
            "%(code)s is not a use; choose one of %(known)s.",
            field="use",
            code=code or "(blank)",
            known=", ".join(USES),
        ) from None


def named_in(text: str) -> tuple[Use, ...]:
    """Return the uses that a text speaks of by name, as words of their own."""
    return tuple(
        use
        for use in USES.values()
        if re.search(rf"(?<![a-z]){re.escape(use.name)}(?![a-z])", text, re.IGNORECASE)
    )


def may_stand_in(*, made_for: str, use_for: str) -> bool:
    """Say whether a lot made for one use can ever be judged for another.

    A lot made for intrathecal products may serve oral ones if a signed row of its
    material says so; never the other way round: the maker's controls on endotoxin,
    bioburden and particles are not in the numbers (domain.md 0.2).
    """
    return use_for in use(made_for).may_stand_in_for

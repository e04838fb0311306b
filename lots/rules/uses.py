"""Uses: the products for whose manufacture a lot is intended, and their words.

A use is a claim that a person signs, never a result of numbers that pass (FDA warning
on baclofen, December 2015; architecture.md 1). A further use is a further entry of
`USES`.
"""

import re
import unicodedata
from dataclasses import dataclass

from lots.rules.refusal import Refusal
from lots.rules.text import latin


@dataclass(frozen=True)
class Use:
    """A use with the words that its certificates carry (experience.md 2.2).

    `may_stand_in_for` is the outermost that a signed row of a material can allow:
    a lot made for this use may be judged for those, and for no other. `called` is how
    texts name the use, `kin` how they name it by its products or in short.
    """

    code: str
    name: str
    products: str
    headline: str
    caution: str
    called: str
    also_suitable_for: tuple[str, ...] = ()
    kin: str = ""


USES: dict[str, Use] = {
    use.code: use
    for use in (
        Use(
            code="oral",
            name="Oral",
            products="oral dosage forms",
            headline="FOR THE MANUFACTURE OF ORAL DOSAGE FORMS ONLY",
            caution="Not for injectable or intrathecal products.",
            called=r"(?<![a-z])(per)?oral(ly)?(?![a-z])|口服",
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
            also_suitable_for=("oral",),
            # Hyphens, spaces or points between the letters make no other word of it,
            # nor does the spelling of another language: intratecal, intrathekal.
            called=r"(?<![a-z])"
            + r"[^a-z0-9]*".join((*"intrat", "h?", "e", "[ck]", "a"))
            + r"|(?<![a-z])i\. ?t(\.|(?![a-z0-9]))"
            r"|(?<![a-z])(intra[ -]?)?spinal(ly)?(?![a-z])"
            r"|(?<![a-z])(epi|peri)dural(ly)?(?![a-z])|(?<![a-z])subarachnoid"
            r"|鞘[内內]|椎管[内內]|蛛[网網]膜下",
            kin=r"(?<![a-z])(injectables?|injections?|parenteral(ly)?)(?![a-z])"
            r"|注射|(?<![A-Za-z])(?-i:IT)(?![A-Za-z])",
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


def named_in(text: str, *, kin: bool = False) -> tuple[Use, ...]:
    """Return the uses that a text speaks of, as words of their own.

    `kin` asks also for words of their products and abbreviations, which other texts
    have honestly, as water for injections does.
    """
    read = _unaccented(latin(text))
    return tuple(
        use
        for use in USES.values()
        if re.search(
            f"{use.called}|{use.kin}" if kin and use.kin else use.called,
            read,
            re.IGNORECASE,
        )
    )


def _unaccented(text: str) -> str:
    """Return the text without its accents: intrathécal is read as intrathecal."""
    return "".join(
        letter
        for letter in unicodedata.normalize("NFKD", text)
        if not unicodedata.combining(letter)
    )


def named_beyond(code: str, text: str) -> tuple[Use, ...]:
    """Return the uses that a text speaks of and a lot made for this one cannot have."""
    return tuple(
        use
        for use in named_in(text)
        if not could_serve(made_for=code, use_for=use.code)
    )


def may_also_serve(*, made_for: str, use_for: str) -> bool:
    """Say whether a lot made for one use can ever be judged for another.

    A lot made for intrathecal products may serve oral ones if a signed row of its
    material says so; never the other way round: the manufacturer's controls on
    endotoxin, bioburden and particles are not in the numbers (domain.md 0.2).
    """
    return use_for in use(made_for).also_suitable_for


def could_serve(*, made_for: str, use_for: str) -> bool:
    """Say whether a lot is meant for a use, or may ever be suitable for it too."""
    return made_for == use_for or may_also_serve(made_for=made_for, use_for=use_for)

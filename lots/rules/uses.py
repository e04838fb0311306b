"""Uses: the products for whose manufacture a lot is intended, and their words.

A use is a claim that a person signs, never a result of numbers that pass (FDA warning
on baclofen, December 2015; architecture.md 1). A further use is a further entry of
`USES`.
"""

import re
from dataclasses import dataclass
from enum import StrEnum

from lots.rules.quality_attributes import Attribute
from lots.rules.refusal import Refusal
from lots.rules.stored_codes import gettext_noop as _
from lots.rules.text import unaccented


class Mark(StrEnum):
    """The sign of a use, drawn on the band of certificates and on its badge.

    A further sign is drawn in `reports/pdf/head.py` and in the style sheet.
    """

    RING = "ring"
    TABLET = "tablet"
    NEEDLE = "needle"


@dataclass(frozen=True, kw_only=True)
class Use:
    """A use: what it is, and the words and the look that say so (experience.md 2.2).

    `said` is its name inside a sentence. `is_injectable`: its products are injected;
    band and badge are then reversed out of a dark field. `is_sterile`: the material
    itself is delivered sterile. `also_suitable_for` is the outermost that a signed row
    of a material can allow: a lot made for this use may be judged for those, and for no
    other. `called` is how texts name the use, `kin` how they name it in short.
    `read_as` are words of kindred uses: they name this one as long as no other use is
    called so.

    A minimum specification for the use has tests of the attributes `needs`, and on
    every lot those of `needs_on_every_lot`. `endotoxin_constant` is the most that K of
    its endotoxin limit K/M may be, in EU/kg; blank where the use asks for no limit.
    """

    code: str
    name: str
    said: str
    products: str
    headline: str
    caution: str
    called: str
    is_injectable: bool
    is_sterile: bool
    mark: Mark = Mark.RING
    also_suitable_for: tuple[str, ...] = ()
    kin: str = ""
    read_as: str = ""
    needs: tuple[Attribute, ...] = ()
    needs_on_every_lot: tuple[Attribute, ...] = ()
    endotoxin_constant: str = ""

    def __post_init__(self) -> None:
        if self.is_injectable and not self.needs:
            raise ValueError(f"{self.code}: say what an injectable use needs.")


USES: dict[str, Use] = {
    use.code: use
    for use in (
        Use(
            code="oral",
            name=_("Oral"),
            said=_("oral"),
            products=_("oral dosage forms"),
            headline="FOR THE MANUFACTURE OF ORAL DOSAGE FORMS ONLY",
            caution="Not for injectable or intrathecal products.",
            called=r"(?<![a-z])(per)?oral(ly)?(?![a-z])|口服",
            is_injectable=False,
            is_sterile=False,
            mark=Mark.TABLET,
        ),
        Use(
            code="intrathecal",
            name=_("Intrathecal"),
            said=_("intrathecal"),
            products=_("intrathecal injections"),
            headline="FOR THE MANUFACTURE OF INTRATHECAL INJECTIONS",
            caution=(
                "Non-sterile. To be sterilised by the manufacturer of the medicinal"
                " product. Not for direct administration."
            ),
            is_injectable=True,
            is_sterile=False,
            mark=Mark.NEEDLE,
            also_suitable_for=("oral",),
            # Hyphens, spaces or points between the letters make no other word of it,
            # nor does the spelling of another language: intratecal, intrathekal.
            called=r"(?<![a-z])"
            + r"[^a-z0-9]*".join((*"intrat", "h?", "e", "[ck]", "a"))
            + r"|(?<![a-z])i\. ?t(\.|(?![a-z0-9]))"
            r"|(?<![a-z])(intra[ -]?)?spinal(ly)?(?![a-z])"
            r"|(?<![a-z])subarachnoid|鞘[内內]|椎管[内內]|蛛[网網]膜下",
            kin=r"(?<![A-Za-z])(?-i:IT)(?![A-Za-z])",
            read_as=r"(?<![a-z])(epi|peri)dural(ly)?(?![a-z])|硬(脊)?膜外",
            # What the numbers of an oral lot do not tell (domain.md 0.2 and 2.5).
            needs=(
                Attribute.IDENTITY,
                Attribute.ASSAY,
                Attribute.RELATED,
                Attribute.WATER,
                Attribute.ELEMENTS,
                Attribute.CLARITY,
                Attribute.PARTICLES,
            ),
            needs_on_every_lot=(Attribute.ENDOTOXINS, Attribute.BIOBURDEN),
            # USP <85>: 0.2 EU/kg for intrathecal administration.
            endotoxin_constant="0.2",
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


# Products of every injectable use.
_INJECTIONS = r"(?<![a-z])(injectables?|injections?|parenteral(ly)?)(?![a-z])|注射"


def named_in(text: str) -> tuple[Use, ...]:
    """Return the uses that a text speaks of, as words of their own."""
    read = unaccented(text)
    called = {use.code: _places(use.called, read) for use in USES.values()}
    return tuple(
        use
        for use in USES.values()
        if called[use.code] or _places(use.read_as, read) - _of_others(called, use)
    )


def named_beside(code: str, text: str) -> tuple[Use, ...]:
    """Return the other uses that a text speaks of, also by products or in short.

    Other texts have such words honestly, as water for injections does, so this is
    asked of those that are no more than a name: a code, a grade, a compendium. Words
    for injections in general name no other use of an injectable one.
    """
    read = unaccented(text)
    in_general = not use(code).is_injectable and bool(_places(_INJECTIONS, read))
    named = named_in(text)
    return tuple(
        other
        for other in USES.values()
        if other.code != code
        and (
            other in named
            or _places(other.kin, read)
            or (in_general and other.is_injectable)
        )
    )


def _places(words: str, text: str) -> set[int]:
    """Return the letters of the text that are part of such words."""
    if not words:
        return set()
    return {
        place
        for found in re.finditer(words, text, re.IGNORECASE)
        for place in range(*found.span())
    }


def _of_others(called: dict[str, set[int]], use: Use) -> set[int]:
    return set().union(*(found for code, found in called.items() if code != use.code))


def without_names(text: str) -> str:
    """Return a text without the words and products of uses; other words stay."""
    read = unaccented(text)
    for use in USES.values():
        for name in (use.products, use.called):
            read = re.sub(name, "~", read, flags=re.IGNORECASE)
    return read


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


def alternatives() -> list[tuple[str, str]]:
    """Return what a lot may be made for and what else it can ever serve, in pairs."""
    return [
        (made_for, use_for)
        for made_for, one in USES.items()
        for use_for in one.also_suitable_for
    ]

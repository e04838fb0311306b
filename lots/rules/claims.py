"""Claims: words by which a text promises more than the use that a lot is for.

FDA warned in December 2015 that baclofen made for oral products was used for injections
into the spine; its manufacturer said itself that its controls made it unsuitable
(domain.md 0.2). A text that a certificate prints must not claim what nobody released:

- list A, sterile and its kin: only where the material of the use is delivered sterile;
- list B, injectable and its kin: only where the products of the use are injected.

Honest words are listed and taken out first: approved negations, the water of a method,
the injections of a chromatograph, a limit of ICH Q3D by its route. What is not listed
is no negation: a text is refused rather than guessed at. Names, addresses and the band
of the use are not asked. English, Chinese, German, French, Italian and Spanish are
read: certificates can print them.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from lots.rules import uses
from lots.rules.refusal import Refusal, Word
from lots.rules.stored_codes import gettext_noop as _
from lots.rules.text import unaccented


class Kind(StrEnum):
    """The two lists."""

    STERILE = "sterile"
    INJECTABLE = "injectable"


@dataclass(frozen=True)
class Claim:
    """A claim in a text: its list, and the words as they were typed."""

    kind: Kind
    words: str


def _spaced(word: str) -> str:
    """Return the pattern of a word that points, hyphens or spaces may divide."""
    return r"[^a-z0-9]*".join(word)


_SEPARATED = r"[^a-z0-9]*"
_TOXIN = r"(?:p[yi]rogen|endotoxin|endotossin)"
_STERILE = "|".join(
    (
        # sterile, sterility, sterilised, sterile-filtered; steril, stérile, estéril
        _spaced("steril"),
        r"(?<![a-z])asepti[cs]",
        # pyrogen-free, endotoxinfrei, free from bacterial endotoxins, sans pyrogènes
        rf"{_TOXIN}[a-z]*{_SEPARATED}(?:free|frei|los)(?![a-z])",
        # endotoxins absent, pyrogens: none, endotoxin not detected
        rf"{_TOXIN}[a-z]*[^a-z0-9]*(?:(?:is|are|were)[^a-z0-9]+)?"
        r"(?:absent|none|nil|undetectable|not (?:detected|present)|negative)(?![a-z])",
        r"(?<![a-z])(?:free|frei|exempte?|libres?|devoid|priv[oai]|sans|senza|sin|ohne"
        r"|without|no|zero)(?![a-z])"
        r"(?:[^a-z0-9]+(?:of|from|von|de|d|di|da|any|all|detectable|bacterial))*"
        rf"[^a-z0-9]+{_TOXIN}",
        r"(?<![a-z])(?:a-?|(?:non|de)[ -]?)p[yi]rogen",
        r"(?<![a-z])(?:germ|bacteria|microbe)s?[^a-z0-9]*free|keimfrei|keimlos",
        r"(?<![a-z])free[^a-z0-9]+(?:of|from)[^a-z0-9]+"
        r"(?:germs|bacteria|microbes|micro-?organisms)",
        r"(?<![a-z])(?:autoclaved|gamma[ -]?irradiated|e-?beam[ -]?irradiated)",
        r"[无無]菌|[灭滅]菌|除菌"
        r"|(?:[无無]|不含|去除?|除)(?:致)?[热熱][原源]"
        r"|(?:[无無]|不含|去除?|除)(?:[细細]菌)?[内內]毒素",
    )
)
_INJECTABLE = "|".join(
    (
        # injection grade, for injection, injectable; Injektion, inyectable, iniettabile
        r"(?<![a-z])in[jiy][^a-z0-9]*(?:ec|ek|ez|et)[^a-z0-9]*(?:t|c|i)",
        _spaced("parenteral"),
        r"(?<![a-z])(?:intra[ -]?)?spinal",
        r"(?<![a-z])(?:intra[ -]?(?:venous|muscular|thecal)|sub[ -]?cutan)",
        r"(?<![a-z])(?:in|per)fusions?(?![a-z])|(?<![a-z])i\. ?v\.",
        r"(?<![a-z])iv[ -](?:grade|quality|use)(?![a-z])",
        r"(?<![a-z])inj\.?[ -]?(?:grade|quality|use)(?![a-z])",
        r"(?<![a-z])for inj(?![a-z])",
        r"(?<![a-z])(?:implantable|implanted|drug)[ -]pumps?(?![a-z])",
        r"(?<![a-z])intra[ -]?(?:articular|arterial|dermal|peritoneal|ocular|vitreal)",
        r"(?<![a-z])(?:lumbar|spine)(?![a-z])|脊髓|腰椎",
        # low-endotoxin, low in endotoxins, endotoxinarm, endotoxin-controlled
        rf"(?<![a-z])(?:low|lowest|reduced|faible|basso|bajo){_SEPARATED}"
        rf"(?:(?:in|of|levels?|content|bacterial|taux|teneur|d|de|en){_SEPARATED})*{_TOXIN}",
        rf"{_TOXIN}[a-z]*{_SEPARATED}(?:(?:levels?|content|is|are){_SEPARATED})*low"
        r"(?![a-z])",
        rf"{_TOXIN}[a-z]*{_SEPARATED}(?:arm|controlled|tested|reduced)(?![a-z])",
        r"注射|[针針][剂劑]|[肠腸]外|静脉|靜脈|输液|輸液|低(?:[细細]菌)?[内內]毒素",
    )
)
_HONEST = "|".join(
    (
        # Approved negations of list A.
        r"(?<!not )(?<!never )(?<![a-z])(?:non|not|un|nicht|no|pas)[ -]?"
        r"(?:est|st)eril(?:e|es|em|en|er|ised|ized|isiert|ise|isee|)(?![a-z])",
        r"(?:^|[.;:,(]|(?<![a-z])(?:is|are|has|material|lot|substance))"
        r" ?to be sterili[sz]ed(?![a-z])|(?<![a-z])(?:must|shall) be sterili[sz]ed",
        r"(?<![a-z])(?:before|prior to|requires|needs) sterili[sz]ation(?![a-z])",
        r"非[无無]菌|未[灭滅]菌|[灭滅]菌前|(?:需|须|須|应|應)(?:经|經)?[灭滅]菌",
        r"(?<!not )(?<![a-z])not (?:pyrogen|endotoxin)[ -]free(?![a-z])",
        # Approved negations of list B.
        r"(?<![a-z])not (?:suitable |intended |released )?for"
        r" (?:use in )?(?:any )?"
        r"(?:injectable or intrathecal|injections?|injectables?|parenterals?"
        r"|infusions?)"
        r"(?: use| products?| preparations?)?(?![a-z])",
        r"(?<![a-z])non[ -](?:injectable|parenteral)(?![a-z])",
        r"(?:不得|不可|不能|不)(?:用于|用於|供)注射|非注射",
        # The water of a method, by its name in the pharmacopoeias.
        r"(?<![a-z])(?:sterile )?water for injections?(?![a-z])(?! ?-?grade)",
        r"(?<![a-z])sterile water(?![a-z])",
        r"wasser fur injektionszwecke|eau pour preparations? injectables?",
        r"(?:[灭滅]菌)?注射用水",
        # What a chromatograph does.
        r"(?<![a-z0-9])(?<!for )(?:\d+|two|three|five|six|duplicate|triplicate"
        r"|replicate|direct|flow|split|splitless|headspace|standard|blank|sample)"
        r" injections?(?![a-z])"
        r"(?! ?-?grade)",
        r"(?<![a-z])(?<!for )injections? (?:volume|port|needle|valve|(?:no\. ?)?\d+)"
        r"(?![a-z])",
        # The route of a limit, which says nothing of the lot.
        r"(?<![a-z])q3d[^.;]{0,24}?parenteral (?:pdes?|option|limits?)(?![a-z])",
    )
)


def found(text: str) -> tuple[Claim, ...]:
    """Return what a text claims, the first words of each list."""
    read = unaccented(text)
    left = re.sub(_HONEST, lambda honest: "~" * len(honest[0]), read, flags=re.I)
    claims = []
    for kind, words in ((Kind.STERILE, _STERILE), (Kind.INJECTABLE, _INJECTABLE)):
        match = re.search(words, left, re.IGNORECASE)
        if match:
            claims.append(Claim(kind, _whole_words(read, *match.span())))
    return tuple(claims)


def _whole_words(text: str, start: int, end: int) -> str:
    """Return the words of which these letters are part."""
    while start and text[start - 1].isascii() and text[start - 1].isalnum():
        start -= 1
    while end < len(text) and text[end].isascii() and text[end].isalnum():
        end += 1
    return text[start:end]


def beyond(code: str, text: str) -> tuple[Claim, ...]:
    """Return the claims of a text that a certificate for this use must not print."""
    use = uses.use(code)
    allowed = {
        Kind.STERILE: use.is_sterile,
        # Said of an injectable use, but the spine is a use of its own (uses.py).
        Kind.INJECTABLE: use.is_injectable,
    }
    return tuple(claim for claim in found(text) if not allowed[claim.kind])


def refusals(code: str, /, **texts: str) -> Iterator[Refusal]:
    """Yield why a text is not kept for this use, of each text given by its field."""
    for field, text in texts.items():
        for claim in beyond(code, text):
            yield refusal(claim, text=text, use=code, field=field)


def refusals_of_release(code: str, /, **texts: str) -> Iterator[Refusal]:
    """Yield the same of what is stated at a release, which may name the lot's own use.

    Whether it names another one is asked by `uses.named_beyond`.
    """
    for field, text in texts.items():
        for claim in beyond(code, uses.without_names(text)):
            yield refusal(claim, text=text, use=code, field=field)


def beyond_some(text: str) -> tuple[tuple[Claim, str], ...]:
    """Return each claim that a use does not allow, with the first such use.

    For texts that certificates of every use print, such as a statement's.
    """
    refused: dict[Claim, str] = {}
    for code in uses.USES:
        for claim in beyond(code, text):
            refused.setdefault(claim, code)
    return tuple(refused.items())


def beyond_all(text: str) -> tuple[tuple[Claim, str], ...]:
    """Return each claim that no use allows, with a use: for what some uses print."""
    return tuple(
        (claim, code)
        for claim, code in beyond_some(text)
        if all(claim in beyond(each, text) for each in uses.USES)
    )


_SENTENCES = {
    Kind.STERILE: _(
        "%(text)s claims “%(claim)s”, but material for %(use)s use is not delivered"
        " sterile; certificates print this text, so word it without the claim, or say"
        " non-sterile."
    ),
    Kind.INJECTABLE: _(
        "%(text)s claims “%(claim)s”, but products for %(use)s use are not injected;"
        " certificates print this text, so word it without the claim."
    ),
}


def refusal(claim: Claim, *, text: str, use: str, field: str) -> Refusal:
    """Return why a text is not kept: the claim, the use, and what to do."""
    return Refusal(
        "claim",
        _SENTENCES[claim.kind],
        field=field,
        claim=claim.words,
        text=text,
        use=Word(uses.use(use).said),
    )

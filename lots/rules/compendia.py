"""Compendia: which pharmacopoeias a text claims, and the rounding they ask for.

A certificate may name USP, NF, Ph. Eur., BP or JP only for results rounded as that
pharmacopoeia says (domain.md 1.3 and 3.1).
"""

import re

from lots.rules.text import latin

# As a reader finds them in a grade or compendium; ChP rounds by GB/T 8170.
_HALF_UP = {
    "USP": r"usp|u\.s\.p\.?|(united states|us|u\.s\.) pharmacopo?eia|美国药典",
    "NF": r"nf|n\.f\.?|national formulary",
    "Ph. Eur.": r"ph\.? ?eur\.?|ep|e\.p\.?|european pharmacopo?eia|欧洲药典",
    "BP": r"bp|b\.p\.?|british pharmacopo?eia|英国药典",
    "JP": r"jp|j\.p\.?|japanese pharmacopo?eia|日本药局方",
}
# Where each of them says it (domain.md 3.1); the NF is read with the USP's notices.
_ROUNDING = {
    "USP": "USP General Notices 7.20",
    "NF": "USP General Notices 7.20",
    "Ph. Eur.": "Ph. Eur. 1.4",
    "BP": "BP General Notices",
    "JP": "JP General Notices",
}


def half_up(*texts: str) -> tuple[str, ...]:
    """Return the pharmacopoeias that the texts name and that round half up."""
    read = " / ".join(" ".join(latin(text).split()).casefold() for text in texts)
    return tuple(
        name
        for name, pattern in _HALF_UP.items()
        if re.search(rf"(?<![a-z])(?:{pattern})(?![a-z])", read)
    )


def rounding_sources(*texts: str) -> tuple[str, ...]:
    """Return where the pharmacopoeias that the texts name say to round half up."""
    return tuple(dict.fromkeys(_ROUNDING[name] for name in half_up(*texts)))

"""CAS registry numbers: form and check digit, and what stands where there is none."""

import re

from lots.rules.refusal import Refusal

# What certificates print of a material to which no number was assigned.
NOT_ASSIGNED = "not assigned"
_FORM = re.compile(r"([1-9][0-9]{1,6})-([0-9]{2})-([0-9])", re.ASCII)


class NotACasNumber(Refusal):
    """The text is not a CAS number, or one digit of it is wrong."""


def cas_number(text: str, *, field: str = "cas_number") -> str:
    """Return the text if it is a CAS number or `NOT_ASSIGNED`, else NotACasNumber.

    Every certificate states it (domain.md 1.2), so it is not left blank.
    Counted from the right without the check digit, each digit times its place, the
    sum modulo ten is the check digit: 1134-47-0 gives 7·1+4·2+4·3+3·4+1·5+1·6 = 50
    (domain.md, "Extra traps").
    """
    if not text:
        raise NotACasNumber(
            "blank",
            "Certificates print the CAS number of the material; type it, or “not"
            " assigned” where it has none.",
            field=field,
        )
    if text == NOT_ASSIGNED:
        return text
    match = _FORM.fullmatch(text)
    if not match:
        raise NotACasNumber(
            "form",
            "%(text)s is not a CAS number; write it as 1134-47-0, or type “not"
            " assigned”.",
            field=field,
            text=text,
        )
    digits = match[1] + match[2]
    total = sum(place * int(d) for place, d in enumerate(reversed(digits), start=1))
    if total % 10 != int(match[3]):
        raise NotACasNumber(
            "check-digit",
            "%(text)s is not a CAS number: its check digit would be %(expected)s;"
            " compare it with its source.",
            field=field,
            text=text,
            expected=total % 10,
        )
    return text


def is_assigned(text: str) -> bool:
    """Say whether a material's CAS number is one: it names a single substance."""
    return text not in ("", NOT_ASSIGNED)

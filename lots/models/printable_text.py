"""Printable text: whether certificates can print what a person types.

Asked when the text is typed, because nothing can be changed when the certificate is
issued. The settings name the function that knows the fonts (`reports.pdf`). Columns say
`printed=True` (lots/models/fields.py); verbs ask here for texts that are no column of
their own.
"""

import functools
from collections.abc import Callable, Iterator

from django.conf import settings
from django.utils.module_loading import import_string

from lots.rules.refusal import Refusal


class NotPrintable(Refusal):
    """A certificate could not print the text as it is typed."""


def check(text: str, *, field: str, name: str = "", in_lines: bool = False) -> None:
    """Raise NotPrintable for the first character that certificates cannot print.

    A line break is one of them unless the text is typed `in_lines`, like an address,
    and printed without.
    """
    if text.isascii() and text.isprintable():
        return
    for character in text:
        if character == "\n" and in_lines:
            continue
        if not _can_print()(character):
            raise NotPrintable(
                "unprintable",
                "The %(name)s has %(character)s (%(code)s), which certificates cannot"
                " print; write it another way, such as in Latin letters.",
                field=field,
                name=name or field.replace("_", " "),
                character=_said(character),
                code=f"U+{ord(character):04X}",
            )


def faults(*, in_lines: bool = False, **texts: str) -> Iterator[NotPrintable]:
    """Yield what certificates cannot print of each text, given by its field."""
    for field, text in texts.items():
        try:
            check(text, field=field, in_lines=in_lines)
        except NotPrintable as refusal:
            yield refusal


def _said(character: str) -> str:
    if character.isprintable():
        return character
    return "a line break" if character in "\r\n" else "an invisible character"


@functools.cache
def _can_print() -> Callable[[str], bool]:
    named: Callable[[str], bool] = import_string(settings.CERTIFICATES_CAN_PRINT)
    return named

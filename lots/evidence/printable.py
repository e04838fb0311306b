"""Whether certificates can print what people type, asked where it is typed.

At the issue it is too late: the name is signed, the lot released, and no step changes
either. Which characters the fonts have is known by `reports` alone, so the settings
name the function that says so. Audit and the verbs ask here.
"""

import functools
from collections.abc import Iterator

from django.conf import settings
from django.utils.module_loading import import_string

from lots.rules.refusal import Refusal

# The columns that certificates print, by table; numbers of lots are Latin anyway.
PRINTED = {
    "lots_criterion": ("wording", "choices"),
    "lots_letterhead": ("name", "address", "telephone", "email"),
    "lots_lot": ("packaging", "storage", "note", "original_certificate_number"),
    "lots_material": ("name", "item_code", "formula", "storage", "note"),
    "lots_organisation": ("name", "address", "telephone"),
    "lots_procedure": ("code",),
    "lots_qualification": ("storage",),
    "lots_sample": ("number",),
    "lots_site": ("name", "address", "telephone"),
    "lots_specification": ("code", "grade", "compendium"),
    "lots_statement": ("title", "text"),
    "lots_test": ("name", "unit", "vocabulary"),
    "lots_user": ("printed_name", "title"),
}
# What is typed in lines and printed without.
_IN_LINES = ("address", "text", "deviations", "justification")


class NotPrintable(Refusal):
    """A certificate could not print the text as it is typed."""


def is_printed(table: str, column: str) -> bool:
    """Say whether certificates print this column."""
    return column in PRINTED.get(table, ())


def check(text: str, *, field: str, name: str = "") -> None:
    """Raise NotPrintable for the first character that certificates cannot print."""
    if text.isascii() and text.isprintable():
        return
    for character in text:
        if character == "\n" and field in _IN_LINES:
            continue
        if not _can_print()(character):
            raise NotPrintable(
                "unprintable",
                "The %(name)s has %(character)s (%(code)s), which certificates cannot"
                " print; write it another way, such as in Latin letters.",
                field=field,
                name=name or field.replace("_", " "),
                character=character if character.isprintable() else "a line break",
                code=f"U+{ord(character):04X}",
            )


def faults(**texts: str) -> Iterator[NotPrintable]:
    """Yield what certificates cannot print of each text, given by its field."""
    for field, text in texts.items():
        try:
            check(text, field=field)
        except NotPrintable as refusal:
            yield refusal


@functools.cache
def _can_print():
    return import_string(settings.CERTIFICATES_CAN_PRINT)

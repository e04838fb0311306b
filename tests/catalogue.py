"""What is to be translated, read from the code, and what the message template has.

Read without GNU gettext: a module by its syntax tree, a template as Django prepares it.
"""

import ast
import functools
import re
import struct
from pathlib import Path

from django.utils.translation.template import templatize

from lots.management import messages

ROOT = messages.ROOT
TEMPLATE = ROOT / "qatracker" / "locale" / "django.pot"
# Functions that mark a text, and which of their arguments are texts.
MARKS = {
    "_": 1, "gettext": 1, "gettext_lazy": 1, "gettext_noop": 1,
    "ngettext": 2, "ngettext_lazy": 2,
}  # fmt: skip
_LITERAL = r"""(u?"(?:\\.|[^"\\])*"|u?'(?:\\.|[^'\\])*')"""
_MARKED = re.compile(rf"\b_\({_LITERAL}\)|\bgettext\({_LITERAL}\)")
_PLURAL = re.compile(rf"\bngettext\({_LITERAL}, {_LITERAL},")


def of_the_code():
    """Return every text that the program marks for translation."""
    found = set()
    for folder in ("lots", "reports", "qatracker"):
        for path in (ROOT / folder).rglob("*.py"):
            found |= of_module(path.read_text(encoding="utf-8"))
    for path in (ROOT / "templates").rglob("*.html"):
        found |= of_template(path.read_text(encoding="utf-8"))
    return found


def of_module(source):
    """Return the texts of a module, with the sentences of its refusals."""
    found = {one.text for one in messages.of_python(source) if one.text}
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Call):
            name = getattr(node.func, "id", getattr(node.func, "attr", ""))
            found.update(
                argument.value
                for argument in node.args[: MARKS.get(name, 0)]
                if isinstance(argument, ast.Constant)
            )
    return found


def of_template(source):
    """Return the texts of a template."""
    prepared = templatize(source)
    pairs = [*_MARKED.findall(prepared), *_PLURAL.findall(prepared)]
    return {ast.literal_eval(text) for pair in pairs for text in pair if text}


def template():
    """Return every text of the message template."""
    return _template(TEMPLATE)


@functools.cache
def _template(path):
    return frozenset(_entries(path.read_text(encoding="utf-8")))


def _entries(text):
    for entry in re.findall(
        rf"^msgid(?:_plural)? ({_LITERAL}(?:\n{_LITERAL})*)", text, re.MULTILINE
    ):
        said = "".join(
            ast.literal_eval(part) for part in re.findall(_LITERAL, entry[0])
        )
        if said:
            yield said


def compiled(translations, plurals=()):
    """Return a catalogue as gettext stores it (.mo), of texts and their translations.

    `plurals` are pairs of texts, for one and for more.
    """
    entries = {"": "Content-Type: text/plain; charset=UTF-8\n", **translations}
    for one, more in plurals:
        entries.pop(one, None)
        entries[f"{one}\0{more}"] = f"{translations[one]}\0{translations[more]}"
    pairs = sorted((key.encode(), value.encode()) for key, value in entries.items())
    size, offset = len(pairs), 28 + 16 * len(pairs)
    places, stored = [[], []], b""
    for column in (0, 1):
        for pair in pairs:
            places[column] += [len(pair[column]), offset + len(stored)]
            stored += pair[column] + b"\0"
    head = struct.pack("<7I", 0x950412DE, 0, size, 28, 28 + 8 * size, 0, 0)
    return head + struct.pack(f"<{4 * size}I", *places[0], *places[1]) + stored


def plurals():
    """Return the pairs of the template that differ by number."""
    text = TEMPLATE.read_text(encoding="utf-8")
    found = re.findall(
        rf"^msgid ({_LITERAL}(?:\n{_LITERAL})*)\nmsgid_plural"
        rf" ({_LITERAL}(?:\n{_LITERAL})*)",
        text,
        re.MULTILINE,
    )
    return [
        tuple(
            "".join(ast.literal_eval(part) for part in re.findall(_LITERAL, said))
            for said in (entry[0], entry[3])
        )
        for entry in found
    ]


def write(folder, language, translate):
    """Write a compiled catalogue: every text as `translate` says it."""
    path = Path(folder) / language / "LC_MESSAGES"
    path.mkdir(parents=True)
    told = {text: translate(text) for text in template()}
    (path / "django.mo").write_bytes(compiled(told, plurals()))

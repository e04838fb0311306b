"""Fonts: the two embedded weights, what each can print, and how wide."""

import unicodedata
from functools import cache
from pathlib import Path
from typing import Final, NamedTuple

from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont

from lots.rules.refusal import Refusal
from reports.content.certificate import Certificate, texts

_FOLDER: Final = Path(__file__).resolve().parent.parent / "fonts"

# A process that prints for months must not remember every text that it ever measured.
_REMEMBERED: Final = 4_000

# Control and bidirectional characters, surrogates, private use, line and paragraph
# separators; marks that would need shaping to stand over their letter.
_REFUSED_CATEGORIES: Final = frozenset({"Zl", "Zp", "Mn", "Mc", "Me"})


class Unprintable(Refusal):
    """A text cannot be printed as it is stored, so nothing is printed at all."""


class Run(NamedTuple):
    """Consecutive characters that one font prints."""

    font: TTFont
    string: str


class Weight:
    """A Latin face and the Han face that prints what it lacks, as if they were one."""

    def __init__(self, *, name: str, latin: str, han: str) -> None:
        self.latin = _registered(f"{name}-Latin", latin, ascii_readable=True)
        # Its characters are numbered as they come: a name is a dozen glyphs, not 100.
        self.han = _registered(f"{name}-Han", han, ascii_readable=False)
        self._advances: dict[str, float] = {}
        self._widths: dict[str, float] = {}
        self._runs: dict[str, tuple[Run, ...]] = {}

    @property
    def name(self) -> str:
        """The registered name of the face that reportlab starts each page with."""
        return str(self.latin.fontName)

    def can_print(self, character: str) -> bool:
        """True when a face has a glyph for it and it needs no shaping."""
        category = unicodedata.category(character)
        if category[0] == "C" or category in _REFUSED_CATEGORIES:
            return False
        return any(
            ord(character) in font.face.charToGlyph for font in (self.latin, self.han)
        )

    def width(self, text: str, size: float) -> float:
        """Return the width in points; the text has been found printable."""
        known = self._widths.get(text)
        if known is None:
            if len(self._widths) > _REMEMBERED:
                self._widths.clear()
            known = self._widths[text] = sum(map(self._advance, text)) / 1000
        return known * size

    def runs(self, text: str) -> tuple[Run, ...]:
        """Split the text where the font changes."""
        known = self._runs.get(text)
        if known is None:
            if len(self._runs) > _REMEMBERED:
                self._runs.clear()
            known = self._runs[text] = tuple(self._split(text))
        return known

    def _split(self, text: str) -> list[Run]:
        runs: list[Run] = []
        for character in text:
            font = self._font(character)
            if runs and runs[-1].font is font:
                runs[-1] = Run(font, runs[-1].string + character)
            else:
                runs.append(Run(font, character))
        return runs

    def _font(self, character: str) -> TTFont:
        has_it = ord(character) in self.latin.face.charToGlyph
        return self.latin if has_it else self.han

    def _advance(self, character: str) -> float:
        known = self._advances.get(character)
        if known is None:
            width = self._font(character).face.getCharWidth(ord(character))
            known = self._advances[character] = float(width)
        return known


@cache
def regular() -> Weight:
    """Return the weight of the text; the files are read at the first call."""
    return Weight(
        name="Regular",
        latin="SourceSans3_400Regular.ttf",
        han="NotoSansSC-GB2312-Regular.ttf",
    )


@cache
def bold() -> Weight:
    """Return the weight of headings and of what must not be missed."""
    return Weight(
        name="Bold",
        latin="SourceSans3_700Bold.ttf",
        han="NotoSansSC-GB2312-Bold.ttf",
    )


def can_print(character: str) -> bool:
    """Say whether both weights can print it, wherever on a certificate it stands."""
    return regular().can_print(character) and bold().can_print(character)


def refuse_unprintable(content: Certificate) -> None:
    """Refuse the whole content for the first character that no font has."""
    stored = list(texts(content))
    suspect = {
        character
        for character in set().union(*(text for _, text in stored))
        if not can_print(character)
    }
    if not suspect:
        return
    path, text, character = next(
        (path, text, character)
        for path, text in stored
        for character in text
        if character in suspect
    )
    code_point = f"U+{ord(character):04X}"
    raise Unprintable(
        "unprintable",
        "The certificate cannot print %(code_point)s (%(name)s) in “%(text)s” "
        "(%(path)s); write it with characters that its fonts have.",
        field=path,
        code_point=code_point,
        name=unicodedata.name(character, "a character without a name"),
        # The sentence itself must not be turned around by a hidden control character.
        text="".join(f"[U+{ord(c):04X}]" if c in suspect else c for c in text),
        path=path,
    )


def _registered(name: str, file: str, *, ascii_readable: bool) -> TTFont:
    font = TTFont(name, str(_FOLDER / file), asciiReadable=ascii_readable)
    pdfmetrics.registerFont(font)
    return font

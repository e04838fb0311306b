"""Closing of the certificate: conclusion, statements, signatures, check."""

from typing import Final

from reports.content.certificate import Certificate, Signature
from reports.pdf import qr
from reports.pdf.draw import filled
from reports.pdf.fonts import bold
from reports.pdf.page import Block, Shape, beside, gap, stacked
from reports.pdf.text import cell, lines
from reports.pdf.theme import (
    ACCENT,
    HAIR,
    MM,
    QUIET,
    SMALL,
    SMALL_LEADING,
    Sheet,
)

_QR_SIDE: Final = 21 * MM
# Four modules of the smallest code that holds an address (version 2, 25 modules).
_QUIET_ZONE: Final = _QR_SIDE * 4 / 25
_LABEL: Final = 104.0
_ABREAST: Final = 3

SIGNED: Final = "Electronically signed; valid without handwritten signature."


def conclusion(content: Certificate, sheet: Sheet) -> Block:
    """Return the one sentence that the verdicts make, behind an accent bar."""
    text = cell(
        content.conclusion,
        x=sheet.left + 12,
        width=sheet.across - 20,
        weight=bold(),
        size=9.5,
        leading=12,
    )
    bar = Shape(sheet.left, 0.5, filled(ACCENT, 3, text.height - 1))
    return Block(height=text.height, texts=text.texts, shapes=(bar,), glued=True)


def statements(content: Certificate, sheet: Sheet) -> list[Block]:
    """Return deviations and investigations, then each statement with its version."""
    # The text begins with "Deviations:" by itself.
    entries = [("Quality events", content.deviations)]
    entries += (
        (each.title, f"{each.text} (version {each.version})")
        for each in content.statements
    )
    blocks: list[Block] = []
    for title, text in entries:
        if not text:
            continue
        label = cell(
            title,
            x=sheet.left,
            width=_LABEL - 6,
            weight=bold(),
            size=8,
            leading=9.8,
        )
        words = cell(
            text,
            x=sheet.left + _LABEL,
            width=sheet.across - _LABEL,
            size=8,
            leading=9.8,
        )
        if len(words.texts) <= len(label.texts) + 2:
            blocks.append(beside(label, words))
        else:
            first, *rest = lines(words)
            blocks += [_glued(beside(label, first)), *rest]
        blocks.append(gap(1.2))
    return blocks


def signatures(content: Certificate, sheet: Sheet, *, digest: str) -> Block:
    """Return the signatures, the way to check them and the end marker, as one block.

    A preview has no digest and nothing to check, so it gets no code either.
    """
    left = sheet.across - _QR_SIDE - _QUIET_ZONE
    parts = [
        beside(
            cell(
                "Quality unit",
                x=sheet.left,
                width=left,
                weight=bold(),
                colour=ACCENT,
            ),
            cell(SIGNED, x=sheet.left + 60, width=left - 60, size=SMALL, colour=QUIET),
        ),
        gap(1),
    ]
    signed = content.signatures
    for start in range(0, len(signed), _ABREAST):
        abreast = signed[start : start + _ABREAST]
        width = left / max(2, min(len(signed), _ABREAST))
        parts.append(
            beside(
                *(
                    _signature(each, x=sheet.left + position * width, width=width - 6)
                    for position, each in enumerate(abreast)
                )
            )
        )
        parts.append(gap(2))
    parts += (
        cell(
            words,
            x=sheet.left,
            width=left,
            size=SMALL,
            leading=SMALL_LEADING,
            colour=QUIET,
        )
        for words in _checking(content, digest)
    )
    parts.append(
        cell(
            "End of certificate",
            x=sheet.left,
            width=left,
            weight=bold(),
            size=SMALL,
            leading=SMALL_LEADING,
        )
    )
    text = stacked(parts)
    rule = Shape(sheet.left, -4, filled(HAIR, sheet.across, 0.4))
    shapes = [rule]
    if digest and content.check.address:
        code = qr.operators(content.check.address, side=_QR_SIDE)
        shapes.append(Shape(sheet.right - _QR_SIDE, _QUIET_ZONE - 4 + _QR_SIDE, code))
    return Block(
        height=max(text.height, _QR_SIDE + 2 * _QUIET_ZONE - 4),
        texts=text.texts,
        shapes=tuple(shapes),
        sinks=True,
    )


def _signature(signature: Signature, *, x: float, width: float) -> Block:
    return stacked(
        [
            cell(signature.name, x=x, width=width, weight=bold(), leading=10.2),
            *(
                cell(words, x=x, width=width, size=8, leading=9.8)
                for words in (signature.title, signature.meaning, signature.at)
            ),
        ]
    )


def _checking(content: Certificate, digest: str) -> list[str]:
    words = []
    if digest and content.check.address:
        words.append(f"{content.check.text} {content.check.address}".strip())
    if digest:
        # What format 1 calls it, so that its certificates are drawn as they were.
        name = "Content digest (SHA-256, first 16)"
        if content.format > 1:
            name = "SHA-256 checksum of the content (first 16)"
        words.append(f"{name}: {digest[:16]}")
    if content.supersedes is not None:
        old = content.supersedes
        words.append(
            f"Supersedes {old.number} revision {old.revision}, because {old.reason}"
        )
    return words


def _glued(block: Block) -> Block:
    return Block(height=block.height, texts=block.texts, glued=True)

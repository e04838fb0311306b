"""Head of the certificate: certificate header, use band, facts."""

from collections.abc import Iterator
from typing import Final

from lots.rules import uses
from lots.rules.uses import Mark
from reports.content.certificate import Certificate, Material
from reports.pdf.draw import filled, stroke
from reports.pdf.fonts import bold
from reports.pdf.page import Block, Shape, beside, gap, stacked
from reports.pdf.text import cell, lowered
from reports.pdf.theme import (
    ACCENT,
    HAIR,
    QUIET,
    SMALL,
    SMALL_LEADING,
    TINT,
    WHITE,
    Sheet,
)

TRAINING: Final = "TRAINING COPY. Invented data, not valid for any lot."
PREVIEW: Final = "PREVIEW. Not issued, not valid; the number is given at issue."

_ROLES: Final = {
    "manufacturer": "Manufacturer of the lot",
    "repacker": "Repacker, not the manufacturer",
    "reprocessor": "Reprocessor, not the original manufacturer",
    "agent": "Agent, not the manufacturer",
}

Fact = tuple[str, tuple[str, ...]]


def certificate_header(content: Certificate, sheet: Sheet, *, preview: bool) -> Block:
    """Return the issuer on the left, title, number and revision on the right."""
    issuer = content.issuer
    middle = sheet.left + sheet.across * 0.58
    reach = " · ".join(filter(None, (telephone(issuer.telephone), issuer.email)))
    left = stacked(
        [
            cell(
                issuer.name,
                x=sheet.left,
                width=sheet.across * 0.55,
                weight=bold(),
                size=12,
                leading=15,
                colour=ACCENT,
            ),
            *(
                cell(
                    text,
                    x=sheet.left,
                    width=sheet.across * 0.55,
                    colour=QUIET,
                    leading=10,
                    size=8,
                )
                for text in (", ".join(issuer.address), reach)
            ),
        ]
    )
    number = "Not numbered" if preview else content.number
    width = sheet.right - middle
    right = stacked(
        [
            cell(
                content.title,
                x=middle,
                width=width,
                weight=bold(),
                size=16,
                leading=18,
                right=True,
            ),
            cell(
                f"{number} · Revision {content.revision}",
                x=middle,
                width=width,
                size=9.5,
                leading=12,
                right=True,
            ),
            *(
                cell(
                    f"Duplicate of {content.duplicate_of}",
                    x=middle,
                    width=width,
                    colour=QUIET,
                    right=True,
                )
                for _ in filter(None, (content.duplicate_of,))
            ),
        ]
    )
    return beside(left, right)


# -- the use band ---------------------------------------------------------------------


def band(content: Certificate, sheet: Sheet, *, preview: bool) -> Block:
    """Return the first thing read: the use, in words, with a mark, light or dark.

    An injectable use is reversed out of a dark field, every other one stands framed on
    white: they differ in word, shape and tone, on a grey copy too.
    """
    use = content.use
    known = uses.use(use.code)
    dark = known.is_injectable
    inner = sheet.across - 56
    colour = WHITE if dark else ACCENT
    parts = [
        cell(
            use.headline,
            x=sheet.left + 46,
            width=inner,
            weight=bold(),
            size=13,
            leading=16,
            colour=colour,
        ),
        cell(use.caution, x=sheet.left + 46, width=inner, size=9, colour=colour),
    ]
    parts += (
        cell(
            words,
            x=sheet.left + 46,
            width=inner,
            weight=bold(),
            size=9,
            leading=12,
            colour=colour,
        )
        for words, applies in ((TRAINING, content.training), (PREVIEW, preview))
        if applies
    )
    text = stacked([gap(5), *parts, gap(6)])
    field = (
        filled(ACCENT, sheet.across, text.height)
        if dark
        else f"{stroke(ACCENT)} 1.4 w 0.7 {0.7 - text.height:.2f} "
        f"{sheet.across - 1.4:.2f} {text.height - 1.4:.2f} re S"
    )
    mark = _MARKS[known.mark]
    return Block(
        height=text.height,
        texts=text.texts,
        shapes=(
            Shape(sheet.left, 0, field),
            Shape(sheet.left + 23, text.height / 2, f"{stroke(colour)} {mark}"),
        ),
    )


# Marks about 22 points wide around their origin, drawn in lines.
_RING: Final = (
    "1.6 w 9 0 m 9 4.97 4.97 9 0 9 c -4.97 9 -9 4.97 -9 0 c "
    "-9 -4.97 -4.97 -9 0 -9 c 4.97 -9 9 -4.97 9 0 c s"
)
# A round tablet with its score line.
_TABLET: Final = f"{_RING} 1.2 w -9 0 m 9 0 l S"
# A syringe that points down to the right: plunger, barrel, needle.
_NEEDLE: Final = (
    "0.7071 -0.7071 0.7071 0.7071 0 0 cm 1.6 w "
    "-8 -3.2 12 6.4 re S -8 0 m -13.5 0 l -13.5 -3 m -13.5 3 l S "
    "4 0 m 14 0 l S 0.9 w -4 -3.2 m -4 -0.4 l 0 -3.2 m 0 -0.4 l S"
)
_MARKS: Final = {Mark.RING: _RING, Mark.TABLET: _TABLET, Mark.NEEDLE: _NEEDLE}


# -- the facts ------------------------------------------------------------------------


def facts(content: Certificate, sheet: Sheet) -> Block:
    """Return what the lot is, who made it and when, in two columns of like height."""
    width = (sheet.across - 18) / 2
    rows = [
        fact for fact in (*_identity(content), *_provenance(content)) if any(fact[1])
    ]
    heights = [_fact(row, x=sheet.left, width=width).height for row in rows]
    first = min(
        range(1, len(rows)),
        key=lambda place: max(sum(heights[:place]), sum(heights[place:])),
    )
    right = sheet.right - width
    return beside(
        stacked(_fact(row, x=sheet.left, width=width) for row in rows[:first]),
        stacked(_fact(row, x=right, width=width) for row in rows[first:]),
    )


def _fact(fact: Fact, *, x: float, width: float) -> Block:
    name, values = fact
    label = 84.0
    value = stacked(
        cell(
            text,
            x=x + label,
            width=width - label,
            weight=bold() if name in _WEIGHTY else None,
        )
        for text in filter(None, values)
    )
    return beside(
        cell(name, x=x, width=label - 4, colour=QUIET, size=8),
        lowered(value) if name in _CHEMICAL else value,
    )


_FORMULA: Final = "Formula"
_NUMBER_AND_FORMULA: Final = "CAS number, formula"
_CHEMICAL: Final = frozenset({_FORMULA, _NUMBER_AND_FORMULA})
_WEIGHTY: Final = frozenset(
    {"Material", "Manufacturer's lot", "Retest date", "Expiry date"}
)


def _identity(content: Certificate) -> Iterator[Fact]:
    material, lot = content.material, content.lot
    yield "Material", (material.name,)
    yield _substance(material)
    yield "Grade", (material.grade,)
    yield "Item code", (material.item_code,)
    yield "Manufacturer's lot", (lot.number,)
    yield "Issuer's lot", (lot.own_number,)
    yield "Origin", (lot.origin,)
    yield "Batch size", (lot.batch_size,)
    yield "Quantity shipped", (lot.shipped,)
    yield "Packaging", (lot.packaging,)
    yield "Storage", (content.storage,)
    yield "Transport", (content.transport,)
    yield "Customer", (content.customer,)
    yield "Order", (content.order,)


def _substance(material: Material) -> Fact:
    """Return number and formula under a label that names what is there."""
    if material.cas and material.formula:
        return _NUMBER_AND_FORMULA, (f"{material.cas}, {material.formula}",)
    if material.formula:
        return _FORMULA, (material.formula,)
    return "CAS number", (material.cas,)


def _provenance(content: Certificate) -> Iterator[Fact]:
    manufacturer = content.manufacturer
    dates, original = content.dates, content.original
    specification = content.specification
    yield (
        "Manufacturer",
        (
            _joined(manufacturer.name, manufacturer.site),
            ", ".join(manufacturer.address),
            telephone(manufacturer.telephone),
        ),
    )
    yield "Issuer's role", (_ROLES[content.issuer.role],)
    if original is not None:
        yield "Original certificate", (original.number, original.note)
        yield "SHA-256 of the copy", (original.sha256,)
    version = f"{specification.code} version {specification.version}"
    if specification.effective:
        version += f", effective {specification.effective}"
    yield "Specification", (version, _joined(specification.title, _owner(content)))
    edition = f"{specification.compendium} {specification.edition}"
    yield "Compendium", (edition.strip(),)
    yield "Manufactured", (dates.manufactured,)
    yield "Sampled", (_joined(dates.sampled, content.lot.sample),)
    yield "Received", (dates.received,)
    tested = dict.fromkeys(filter(None, (dates.tested_from, dates.tested_to)))
    yield "Tested", (" to ".join(tested),)
    yield "Released", (dates.released,)
    yield "Issued", (dates.issued,)
    kind = {"retest": "Retest date", "expiry": "Expiry date"}[content.shelf.kind]
    yield kind, (content.shelf.date,)
    yield "Use by, after retest", (content.shelf.use_by,)


def _owner(content: Certificate) -> str:
    """Return whose specification it is; a customer's says so itself."""
    owner = content.specification.owner
    return f"Owner: {owner}" if owner and ":" not in owner else owner


def telephone(number: str) -> str:
    """Return the number with its word, or nothing."""
    return f"Tel. {number}" if number else ""


def _joined(*parts: str) -> str:
    return ", ".join(filter(None, parts))


# -- what else stands before the results ----------------------------------------------


def remarks(content: Certificate, sheet: Sheet) -> list[Block]:
    """Return the remarks in a tinted field that cannot be overlooked, or nothing."""
    if not content.remarks:
        return []
    text = stacked(
        [
            gap(3),
            *(
                cell(
                    remark,
                    x=sheet.left + 12,
                    width=sheet.across - 20,
                    weight=bold(),
                )
                for remark in content.remarks
            ),
            gap(3.5),
        ]
    )
    return [
        Block(
            height=text.height,
            texts=text.texts,
            shapes=(
                Shape(sheet.left, 0, filled(TINT, sheet.across, text.height)),
                Shape(sheet.left, 0, filled(ACCENT, 3, text.height)),
            ),
        ),
        gap(6),
    ]


def running_head(content: Certificate, sheet: Sheet, *, preview: bool) -> Block:
    """Return the line that opens every page after the first."""
    number = "not numbered" if preview else content.number
    words = f"{content.title} {number} · Lot {content.lot.number}"
    width = bold().width(words, SMALL) + 12
    return beside(
        cell(
            words,
            x=sheet.left,
            width=sheet.across,
            weight=bold(),
            size=SMALL,
            leading=SMALL_LEADING,
        ),
        cell(
            content.use.headline,
            x=sheet.left + width,
            width=sheet.across - width,
            size=SMALL,
            leading=SMALL_LEADING,
            colour=ACCENT,
            right=True,
        ),
    )


def foot(content: Certificate, sheet: Sheet, *, of: str, preview: bool) -> Block:
    """Return the line at the foot of every page: number, revision, page n of N."""
    number = "Not numbered" if preview else content.number
    row = beside(
        cell(
            f"{number} · Revision {content.revision}",
            x=sheet.left,
            width=sheet.across / 2,
            size=SMALL,
            leading=SMALL_LEADING,
            colour=QUIET,
        ),
        cell(
            of,
            x=sheet.left,
            width=sheet.across,
            size=SMALL,
            leading=SMALL_LEADING,
            colour=QUIET,
            right=True,
        ),
    )
    text = stacked([gap(5), row])
    rule = Shape(sheet.left, 0, filled(HAIR, sheet.across, 0.4))
    return Block(height=text.height, texts=text.texts, shapes=(rule,))

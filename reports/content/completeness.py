"""Completeness: what a certificate must say (domain.md 1.2, ICH Q7 11.4)."""

import dataclasses
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from reports.content.certificate import Certificate, Group, Line


@dataclass(frozen=True, kw_only=True)
class Missing:
    """One reason why this content may not be issued; `field` is its path in it."""

    code: str
    sentence: str
    field: str
    params: Mapping[str, str] = dataclasses.field(default_factory=dict)

    def __str__(self) -> str:
        return self.sentence % self.params if self.params else self.sentence


_EMPTY: Final = "The certificate has no %(what)s."

# domain.md 1.2, the rows marked R that are a single text. Path, then the words.
_REQUIRED: Final = (
    ("title", "title"),
    ("number", "certificate number"),
    ("revision", "revision"),
    ("issuer.name", "name of the issuer"),
    ("issuer.address", "address of the issuer"),
    ("issuer.telephone", "telephone of the issuer"),
    ("manufacturer.name", "name of the original manufacturer"),
    ("manufacturer.address", "address of the original manufacturer"),
    ("manufacturer.telephone", "telephone of the original manufacturer"),
    ("material.name", "name of the material"),
    ("material.cas", "CAS number"),
    ("material.grade", "grade"),
    ("material.item_code", "item code"),
    ("use.code", "use"),
    ("use.headline", "headline of the use"),
    ("use.caution", "caution of the use"),
    ("lot.number", "lot number of the original manufacturer"),
    ("dates.manufactured", "date of manufacture"),
    ("dates.tested_to", "date on which testing was completed"),
    ("dates.released", "date of release"),
    ("dates.issued", "date of issue"),
    ("shelf.date", "retest or expiry date"),
    ("specification.code", "specification code"),
    ("specification.version", "specification version"),
    ("storage", "storage condition"),
    ("rounding", "rounding statement"),
    ("groups", "results"),
    ("conclusion", "conclusion"),
    ("deviations", "statement on deviations and investigations"),
    ("signatures", "signature"),
    ("check.address", "check address"),
)

_BASIS: Final = re.compile(r"\b(as is|basis|anhydrous|dried)\b", re.IGNORECASE)
_LINE_REQUIRED: Final = ("test", "procedure", "criterion", "result", "verdict")


def missing(content: Certificate) -> tuple[Missing, ...]:
    """Return every reason, in the order of the page, why this may not be issued.

    The rows marked R in domain.md 1.2, and those marked C where they apply: empty
    when the certificate may be issued.
    """
    return (
        *_missing_texts(content),
        *_missing_of_origin(content),
        *_missing_of_lines(content),
        *_missing_of_marks(content),
        *_missing_of_signatures(content),
        *_missing_of_supersession(content),
    )


def _missing_texts(content: Certificate) -> Iterator[Missing]:
    for path, what in _REQUIRED:
        value: Any = content
        for name in path.split("."):
            value = getattr(value, name)
        if _is_blank(value):
            yield _empty(path, what)
    specification = content.specification
    if specification.compendium and _is_blank(specification.edition):
        yield _empty("specification.edition", "edition of the compendium")


def _missing_of_origin(content: Certificate) -> Iterator[Missing]:
    """ICH Q7 11.44: who re-issues names the original certificate and attaches it."""
    if content.lot.arising != "manufactured" and _is_blank(content.lot.origin):
        yield _empty("lot.origin", "origin, such as the lots that it was blended from")
    if content.issuer.role == "manufacturer":
        return
    if content.original is None:
        yield Missing(
            code="original_certificate",
            sentence="The issuer is not the manufacturer but its %(role)s, so the "
            "original certificate has to be named and attached. Reopen the lot; an "
            "analyst attaches it on the page of the lot, and the lot is released "
            "again.",
            field="original",
            params={"role": content.issuer.role},
        )
        return
    for name, what in (
        ("number", "number of the original certificate"),
        ("note", "note on where the copy of the original certificate is"),
        ("sha256", "SHA-256 of the copy of the original certificate"),
    ):
        if _is_blank(getattr(content.original, name)):
            yield _empty(f"original.{name}", what)


def _missing_of_lines(content: Certificate) -> Iterator[Missing]:
    for i, group in enumerate(content.groups):
        for j, line in enumerate(group.lines):
            yield from _missing_of_line(line, f"groups[{i}].lines[{j}]")


def _missing_of_line(line: Line, path: str) -> Iterator[Missing]:
    test = line.test or path
    for name in _LINE_REQUIRED:
        if _is_blank(getattr(line, name)):
            yield Missing(
                code="line_incomplete",
                sentence="The line of %(test)s has no %(what)s.",
                field=f"{path}.{name}",
                params={"test": test, "what": name},
            )
    if line.verdict == "Does not comply":
        yield Missing(
            code="does_not_comply",
            sentence="%(test)s does not comply, so there can be no certificate of "
            "analysis; print the analytical report instead.",
            field=f"{path}.verdict",
            params={"test": test},
        )
    # ICH Q7 11.42: numerical results where they are numerical; "Conforms" is not one.
    below = _is_below(line.result)
    if line.numeric and line.result and not _NUMBER.match(line.result) and not below:
        yield Missing(
            code="not_numeric",
            sentence="%(test)s has limits, so its result has to be a number, not "
            "“%(result)s”.",
            field=f"{path}.result",
            params={"test": test, "result": line.result},
        )
    # "<0.05" says its bound itself; these two mean nothing without theirs.
    names_none = line.result in ("ND", "Not detected") or "LOQ" in line.result
    if line.numeric and names_none and _is_blank(line.quantitation):
        yield Missing(
            code="quantitation",
            sentence="%(test)s is reported as %(result)s, so its limit of quantitation "
            "or detection has to be stated.",
            field=f"{path}.quantitation",
            params={"test": test, "result": line.result},
        )
    is_on_none = _is_blank(line.basis) and not names_a_basis(line.test)
    if names_an_assay(line.test) and line.numeric and is_on_none:
        yield Missing(
            code="assay_basis",
            sentence="%(test)s does not say on which basis: anhydrous, dried or as is.",
            field=f"{path}.basis",
            params={"test": test},
        )


_NUMBER: Final = re.compile(r"[<>]?[+-]?[0-9]")


def names_an_assay(test: str) -> bool:
    """Say whether a test is called an assay."""
    return test.casefold().startswith("assay")


def names_a_basis(test: str) -> bool:
    """Say whether the name of a test says on which basis its value is stated."""
    return bool(_BASIS.search(test))


def _is_below(result: str) -> bool:
    return "<" in result or result in ("ND", "Not detected")


def _missing_of_marks(content: Certificate) -> Iterator[Missing]:
    """A mark at a line has to lead somewhere, and a laboratory has to be reachable."""
    footnotes = {each.mark for each in content.footnotes}
    laboratories = {each.mark for each in content.laboratories}
    lines = [line for group in content.groups for line in group.lines]
    for mark in sorted({mark for line in lines for mark in line.notes} - footnotes):
        yield _empty("footnotes", f"footnote {mark}")
    used = {line.laboratory for line in lines if line.laboratory}
    for mark in sorted(used - laboratories):
        yield _empty("laboratories", f"laboratory {mark}")
    for position, laboratory in enumerate(content.laboratories):
        for name in ("name", "address", "telephone"):
            if _is_blank(getattr(laboratory, name)):
                yield _empty(
                    f"laboratories[{position}].{name}",
                    f"{name} of laboratory {laboratory.mark}",
                )
    # An agent, repacker or reprocessor has the tests from somewhere: name the place.
    if content.issuer.role != "manufacturer" and not content.laboratories:
        yield _empty("laboratories", "name of the laboratory that did the tests")


def _missing_of_signatures(content: Certificate) -> Iterator[Missing]:
    for position, signature in enumerate(content.signatures):
        for name, what in (
            ("name", "printed name"),
            ("title", "title"),
            ("meaning", "meaning"),
            ("at", "time"),
        ):
            if _is_blank(getattr(signature, name)):
                yield _empty(
                    f"signatures[{position}].{name}",
                    f"{what} at signature {position + 1}",
                )
    if content.signatures and not any(
        each.step == "release" for each in content.signatures
    ):
        yield _empty("signatures", "signature of the release")


def _missing_of_supersession(content: Certificate) -> Iterator[Missing]:
    if content.supersedes is not None and _is_blank(content.supersedes.reason):
        yield _empty("supersedes.reason", "reason for superseding the earlier revision")
    elif content.supersedes is None and content.revision.strip() not in ("", "0"):
        yield _empty("supersedes", "revision that it supersedes")


def _is_blank(value: str | tuple[object, ...]) -> bool:
    """True for nothing, for white space, and for lines or groups that are all blank."""
    if isinstance(value, str):
        return not value.strip()
    return all(
        (isinstance(each, str) and _is_blank(each))
        or (isinstance(each, Group) and not each.lines)
        for each in value
    )


def _empty(path: str, what: str) -> Missing:
    return Missing(code="missing", sentence=_EMPTY, field=path, params={"what": what})

"""The content of a certificate of analysis, worded for print, as canonical JSON.

Pure: the standard library and `lots.rules.refusal`. All of `reports` may import it.
"""

import dataclasses
import hashlib
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields, is_dataclass
from types import NoneType, UnionType
from typing import Any, Final, Literal, Union, get_args, get_origin, get_type_hints

from lots.rules.refusal import Refusal

# Part of every stored content. A change of a field, its meaning or its form needs a new
# number, and the old ones stay readable (architecture.md 6.4).
FORMAT: Final = 1

TITLE: Final = "Certificate of Analysis"

Role = Literal["manufacturer", "repacker", "reprocessor", "agent"]
Arising = Literal["manufactured", "blended", "reprocessed", "reworked", "repacked"]
Verdict = Literal["Complies", "Does not comply", "Reported"]
ShelfKind = Literal["retest", "expiry"]
Step = Literal["review", "release"]


@dataclass(frozen=True, kw_only=True)
class Issuer:
    """The company whose letterhead this is; `role` says what it did with the lot."""

    name: str
    address: tuple[str, ...]
    telephone: str
    role: Role
    email: str = ""


@dataclass(frozen=True, kw_only=True)
class Manufacturer:
    """Who made the lot, and at which site (ICH Q7 11.43)."""

    name: str
    address: tuple[str, ...]
    telephone: str
    site: str = ""


@dataclass(frozen=True, kw_only=True)
class Laboratory:
    """A laboratory other than the issuer's own; `mark` stands at each of its lines."""

    mark: str
    name: str
    address: tuple[str, ...]
    telephone: str
    report: str = ""


@dataclass(frozen=True, kw_only=True)
class OriginalCertificate:
    """The maker's own certificate, which a re-issuer names and attaches (Q7 11.44)."""

    number: str
    note: str
    sha256: str


@dataclass(frozen=True, kw_only=True)
class Material:
    """What the lot is, in the words of its label."""

    name: str
    cas: str
    grade: str
    item_code: str
    formula: str = ""


@dataclass(frozen=True, kw_only=True)
class Use:
    """The signed use: `code` chooses the mark, the other two are the band's lines."""

    code: str
    headline: str
    caution: str


@dataclass(frozen=True, kw_only=True)
class Lot:
    """The lot by its original manufacturer's number, and by ours where it differs."""

    number: str
    own_number: str = ""
    arising: Arising = "manufactured"
    origin: str = ""
    batch_size: str = ""
    shipped: str = ""
    packaging: str = ""
    sample: str = ""


@dataclass(frozen=True, kw_only=True)
class Dates:
    """ISO dates; `issued` is date, time and offset. `tested_to` is the completion."""

    manufactured: str
    tested_to: str
    released: str
    issued: str
    sampled: str = ""
    received: str = ""
    tested_from: str = ""


@dataclass(frozen=True, kw_only=True)
class Shelf:
    """Exactly one kind of date (ICH Q7 11.41), and the use-by date after a retest."""

    kind: ShelfKind
    date: str
    use_by: str = ""


@dataclass(frozen=True, kw_only=True)
class Specification:
    """One approved version, whose it is, and the compendium that it claims, if any."""

    code: str
    version: str
    effective: str
    owner: str
    title: str = ""
    compendium: str = ""
    edition: str = ""


@dataclass(frozen=True, kw_only=True)
class Line:
    """One test.

    `criterion` is worded without the unit, which is printed once, behind the result.
    `quantitation` is "LOQ 0.02" or "LOD 0.01" where the result is below it, `numeric`
    says that the criterion has limits, `notes` and `laboratory` are marks of footnotes
    and of a laboratory.
    """

    test: str
    procedure: str
    criterion: str
    result: str
    verdict: Verdict
    unit: str = ""
    basis: str = ""
    quantitation: str = ""
    numeric: bool = False
    notes: tuple[str, ...] = ()
    laboratory: str = ""


@dataclass(frozen=True, kw_only=True)
class Group:
    """Lines under one heading, in the order of the specification."""

    heading: str
    lines: tuple[Line, ...]


@dataclass(frozen=True, kw_only=True)
class Footnote:
    """What the lines with this mark need to say."""

    mark: str
    text: str


@dataclass(frozen=True, kw_only=True)
class Statement:
    """A versioned text such as the one on residual solvents; its own block."""

    title: str
    text: str
    version: str


@dataclass(frozen=True, kw_only=True)
class Signature:
    """A manifestation by 21 CFR 11.50: printed name, meaning, time with its offset."""

    step: Step
    name: str
    title: str
    meaning: str
    at: str


@dataclass(frozen=True, kw_only=True)
class Supersedes:
    """What this one replaces and why (ISO/IEC 17025 7.8.8)."""

    number: str
    revision: str
    reason: str


@dataclass(frozen=True, kw_only=True)
class Check:
    """Where anybody can check the certificate; the address is what the QR code says."""

    address: str
    text: str


@dataclass(frozen=True, kw_only=True)
class Certificate:
    """Everything that the certificate prints, frozen on the day of issue.

    Evidence: English, worded as printed, nothing computed later but the layout.
    """

    number: str
    revision: str
    series: str
    issuer: Issuer
    manufacturer: Manufacturer
    material: Material
    use: Use
    lot: Lot
    dates: Dates
    shelf: Shelf
    specification: Specification
    storage: str
    rounding: str
    groups: tuple[Group, ...]
    conclusion: str
    deviations: str
    signatures: tuple[Signature, ...]
    check: Check
    title: str = TITLE
    training: bool = False
    transport: str = ""
    customer: str = ""
    order: str = ""
    original: OriginalCertificate | None = None
    laboratories: tuple[Laboratory, ...] = ()
    footnotes: tuple[Footnote, ...] = ()
    statements: tuple[Statement, ...] = ()
    remarks: tuple[str, ...] = ()
    supersedes: Supersedes | None = None
    duplicate_of: str = ""


# -- canonical JSON -------------------------------------------------------------------


class Unreadable(Refusal):
    """A stored content is not what `to_json` writes in this format."""


def to_json(content: Certificate) -> str:
    """Write the one text that stands for this content, its format number inside."""
    return json.dumps(
        {"format": FORMAT, **_plain(content)},
        ensure_ascii=False,
        sort_keys=True,
        separators=(",", ":"),
    )


def digest(content: Certificate) -> str:
    """Return the SHA-256 of the canonical text, in hexadecimal."""
    return hashlib.sha256(to_json(content).encode()).hexdigest()


def from_json(text: str) -> Certificate:
    """Read a stored content back, refusing anything that `to_json` would not write."""
    try:
        stored = json.loads(text, object_pairs_hook=_once)
    except ValueError as error:
        raise _unreadable("it is not JSON") from error
    if not isinstance(stored, dict):
        raise _unreadable("it is not an object")
    stored_format = stored.pop("format", None)
    if type(stored_format) is not int or stored_format != FORMAT:
        raise _unreadable(f"its format is {stored_format!r}, not {FORMAT}")
    content: Certificate = _typed(Certificate, stored, "certificate")
    if to_json(content) != text:
        raise _unreadable("it is not in canonical form")
    return content


def texts(content: Certificate | Line) -> Iterator[tuple[str, str]]:
    """Yield every text with its path, such as `groups[0].lines[2].unit`."""
    yield from _texts(content, "")


@dataclass(frozen=True, kw_only=True)
class Difference:
    """A text that two contents do not share; blank where one of them has none."""

    path: str
    before: str
    after: str

    @property
    def where(self) -> str:
        """Return the path as a person reads it: `lot: own number`."""
        return self.path.replace(".", ": ").replace("_", " ")


# What every issue changes: its number, its day, its address, that it is a revision.
_OF_THE_ISSUE: Final = re.compile(
    r"number|revision|series|dates\.issued|check\..*|supersedes\..*"
)


def differences(before: Certificate, after: Certificate) -> tuple[Difference, ...]:
    """Return what `after` prints otherwise than `before`, in the order of the page.

    The same line of results is found by its test, wherever it stands.
    """
    old, new = (dict(_by_test(each)) for each in (before, after))
    return tuple(
        Difference(path=path, before=old.get(path, ""), after=new.get(path, ""))
        for path in {**old, **new}
        if old.get(path, "") != new.get(path, "") and not _OF_THE_ISSUE.fullmatch(path)
    )


def _by_test(content: Certificate) -> Iterator[tuple[str, str]]:
    yield from texts(dataclasses.replace(content, groups=()))
    for group in content.groups:
        for line in group.lines:
            for path, text in texts(line):
                yield f"{group.heading}, {line.test}: {path}", text


def _plain(value: Any) -> Any:
    if is_dataclass(value):
        return {name: _plain(getattr(value, name)) for name in _names(type(value))}
    return [_plain(each) for each in value] if isinstance(value, tuple) else value


def _texts(value: Any, path: str) -> Iterator[tuple[str, str]]:
    if isinstance(value, str):
        yield path, value
    elif isinstance(value, tuple):
        for position, each in enumerate(value):
            yield from _texts(each, f"{path}[{position}]")
    elif is_dataclass(value):
        for name in _names(type(value)):
            yield from _texts(getattr(value, name), f"{path}.{name}" if path else name)


_NAMES: dict[type, tuple[str, ...]] = {}


def _names(kind: type) -> tuple[str, ...]:
    if kind not in _NAMES:
        _NAMES[kind] = tuple(each.name for each in fields(kind))
    return _NAMES[kind]


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise _unreadable("it has a key twice")
    return found


def _typed(kind: Any, value: Any, path: str) -> Any:
    """Return the stored value as `kind`, refusing every other shape."""
    origin, choices = get_origin(kind), get_args(kind)
    if origin in (Union, UnionType):
        inner = next(each for each in choices if each is not NoneType)
        return None if value is None else _typed(inner, value, path)
    if origin is Literal and value in choices:
        return value
    if origin is tuple and isinstance(value, list):
        return tuple(
            _typed(choices[0], each, f"{path}[{position}]")
            for position, each in enumerate(value)
        )
    if is_dataclass(kind) and isinstance(kind, type) and isinstance(value, dict):
        hints = get_type_hints(kind)
        if value.keys() != hints.keys():
            odd = ", ".join(sorted(value.keys() ^ hints.keys()))
            raise _unreadable(f"{path} has unknown or missing keys: {odd}")
        return kind(
            **{
                name: _typed(hint, value[name], f"{path}.{name}")
                for name, hint in hints.items()
            }
        )
    if kind in (str, bool) and type(value) is kind:
        return value
    raise _unreadable(f"{path} is {value!r}")


def _unreadable(reason: str) -> Unreadable:
    return Unreadable(
        "certificate_unreadable",
        "The stored content of the certificate cannot be read: %(reason)s.",
        reason=reason,
    )


# -- what an issue is refused for -----------------------------------------------------


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
            "original certificate has to be named and attached; an analyst attaches it "
            "on the page of the lot.",
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
            yield from _missing_of_line(group, line, f"groups[{i}].lines[{j}]")


def _missing_of_line(group: Group, line: Line, path: str) -> Iterator[Missing]:
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
    if line.numeric and below and _is_blank(line.quantitation):
        yield Missing(
            code="quantitation",
            sentence="%(test)s is reported as %(result)s, so its limit of quantitation "
            "or detection has to be stated.",
            field=f"{path}.quantitation",
            params={"test": test, "result": line.result},
        )
    is_assay = "assay" in (group.heading.casefold(), line.test.casefold()[:5])
    if is_assay and line.numeric and _is_blank(line.basis):
        yield Missing(
            code="assay_basis",
            sentence="%(test)s does not say on which basis: anhydrous, dried or as is.",
            field=f"{path}.basis",
            params={"test": test},
        )


_NUMBER: Final = re.compile(r"[<>]?-?[0-9]")


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

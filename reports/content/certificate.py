"""Content of a certificate of analysis as dataclasses and canonical JSON."""

import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass, field, fields, is_dataclass
from types import NoneType, UnionType
from typing import Any, Final, Literal, Union, get_args, get_origin, get_type_hints

from lots.rules.formats import Format, UnknownFormat
from lots.rules.refusal import Refusal

# Part of every stored content. A change of a field, its meaning or its form needs a new
# number, and the old ones stay readable (architecture.md 6.4): a further field is
# declared with `later`, and contents of the formats before are read without it.
CERTIFICATE: Final = Format("certificate", number=2)


def later(*, since: int, default: Any = "", is_free: bool = False) -> Any:
    """Declare a field that contents have since this format; blank in those before."""
    return field(default=default, metadata={"since": since, "is_free": is_free})


def free(**default: str) -> Any:
    """Declare a text that a person words: it is read for another use and for claims."""
    return field(**default, metadata={"is_free": True})  # type: ignore[call-overload]


TITLE: Final = "Certificate of Analysis"

Role = Literal["manufacturer", "repacker", "reprocessor", "agent"]
Arising = Literal["manufactured", "blended", "reprocessed", "reworked", "repacked"]
Verdict = Literal["Complies", "Does not comply", "Reported"]
ShelfKind = Literal["retest", "expiry"]
Step = Literal["review", "release"]


@dataclass(frozen=True, kw_only=True)
class Issuer:
    """The company whose header this is; `role` says what it did with the lot."""

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
    """The manufacturer's own certificate, which a re-issuer attaches (Q7 11.44)."""

    number: str
    note: str
    sha256: str


@dataclass(frozen=True, kw_only=True)
class Material:
    """What the lot is, in the words of its label."""

    name: str = free()
    cas: str
    grade: str = free()
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
    shipped: str = free(default="")
    packaging: str = free(default="")
    sample: str = free(default="")


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
    and of a laboratory. `uncertainty` is the expanded one, in the unit.
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
    uncertainty: str = later(since=2)


@dataclass(frozen=True, kw_only=True)
class Group:
    """Lines under one heading, in the order of the specification.

    Without a heading, all lines of a specification that asks for its own order.
    """

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
    storage: str = free()
    rounding: str
    groups: tuple[Group, ...]
    conclusion: str
    deviations: str
    signatures: tuple[Signature, ...]
    check: Check
    title: str = TITLE
    training: bool = False
    transport: str = free(default="")
    customer: str = ""
    order: str = free(default="")
    original: OriginalCertificate | None = None
    laboratories: tuple[Laboratory, ...] = ()
    footnotes: tuple[Footnote, ...] = ()
    statements: tuple[Statement, ...] = ()
    remarks: tuple[str, ...] = ()
    supersedes: Supersedes | None = None
    duplicate_of: str = ""
    # Not printed: the format in which it is written and was read.
    format: int = field(default=CERTIFICATE.number)


# -- canonical JSON -------------------------------------------------------------------


class Unreadable(Refusal):
    """A stored content is not what `to_json` writes in this format."""


def to_json(content: Certificate) -> str:
    """Write the one text that stands for this content, in the format that it has."""
    return json.dumps(
        _plain(content, content.format),
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
    try:
        content: Certificate = CERTIFICATE.read(stored)
    except UnknownFormat as unknown:
        raise _unreadable(
            f"its format is {stored.get('format')!r},"
            f" and this version reads 1 to {CERTIFICATE.number}"
        ) from unknown
    if to_json(content) != text:
        raise _unreadable("it is not in canonical form")
    return content


@CERTIFICATE.reads(1, 2)
def _with_the_fields_of_its_format(stored: dict[str, Any]) -> Certificate:
    content: Certificate = _typed(
        Certificate, stored, "certificate", int(stored["format"])
    )
    return content


def texts(content: Certificate | Line) -> Iterator[tuple[str, str]]:
    """Yield every text with its path, such as `groups[0].lines[2].unit`."""
    yield from _texts(content, "")


def _plain(value: Any, format: int) -> Any:
    if is_dataclass(value):
        return {
            name: _plain(getattr(value, name), format)
            for name in _names(type(value), format)
        }
    if isinstance(value, tuple):
        return [_plain(each, format) for each in value]
    return value


def _texts(value: Any, path: str) -> Iterator[tuple[str, str]]:
    if isinstance(value, str):
        yield path, value
    elif isinstance(value, tuple):
        for position, each in enumerate(value):
            yield from _texts(each, f"{path}[{position}]")
    elif is_dataclass(value):
        for name in _names(type(value), CERTIFICATE.number):
            yield from _texts(getattr(value, name), f"{path}.{name}" if path else name)


_NAMES: dict[tuple[type, int], tuple[str, ...]] = {}


def _names(kind: type, format: int) -> tuple[str, ...]:
    """Return the fields that a part of a content has in a format."""
    if (kind, format) not in _NAMES:
        _NAMES[kind, format] = tuple(
            each.name
            for each in fields(kind)
            if each.metadata.get("since", 1) <= format
        )
    return _NAMES[kind, format]


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise _unreadable("it has a key twice")
    return found


def _typed(kind: Any, value: Any, path: str, format: int) -> Any:
    """Return the stored value as `kind`, refusing every other shape."""
    origin, choices = get_origin(kind), get_args(kind)
    if origin in (Union, UnionType):
        inner = next(each for each in choices if each is not NoneType)
        return None if value is None else _typed(inner, value, path, format)
    if origin is Literal and value in choices:
        return value
    if origin is tuple and isinstance(value, list):
        return tuple(
            _typed(choices[0], each, f"{path}[{position}]", format)
            for position, each in enumerate(value)
        )
    if is_dataclass(kind) and isinstance(kind, type) and isinstance(value, dict):
        found = get_type_hints(kind)
        hints = {name: found[name] for name in _names(kind, format)}
        if value.keys() != hints.keys():
            odd = ", ".join(sorted(value.keys() ^ hints.keys()))
            raise _unreadable(f"{path} has unknown or missing keys: {odd}")
        return kind(
            **{
                name: _typed(hint, value[name], f"{path}.{name}", format)
                for name, hint in hints.items()
            }
        )
    if kind in (str, bool, int) and type(value) is kind:
        return value
    raise _unreadable(f"{path} is {value!r}")


def _unreadable(reason: str) -> Unreadable:
    return Unreadable(
        "certificate_unreadable",
        "The stored content of the certificate cannot be read: %(reason)s.",
        reason=reason,
    )

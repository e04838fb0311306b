"""Documents: attached files, kept exactly as they came.

The type is told by the content, never by the name (assurance.md T-62).
"""

import hashlib
import io
import re
import zipfile
from dataclasses import dataclass

from lots.evidence import audit
from lots.models import Document
from lots.rules.refusal import Refusal

LARGEST = 10 * 1024 * 1024
_SIGNATURES = (
    (b"%PDF-", "application/pdf"),
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"II*\x00", "image/tiff"),
    (b"MM\x00*", "image/tiff"),
)
LONGEST_NAME = 200
_UNSAFE_IN_NAMES = set('"\\/:*?<>|')
# What a browser would run, were the file opened from a disk: nothing that an instrument
# writes, and no type that is kept.
_ACTIVE = re.compile(
    r"<!doctype\s+html|<(?:html|svg|script|iframe|object|embed|body)[\s>/]",
    re.IGNORECASE,
)
_ARCHIVE = b"PK\x03\x04"
_XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


class NotKept(Refusal):
    """The file cannot be kept as a document."""


@dataclass(frozen=True)
class Upload:
    """A file as a person sent it: its name and its bytes."""

    name: str
    content: bytes


def content_type(upload: Upload, *, field: str = "document") -> str:
    """Return the media type that the content shows; raise NotKept for others.

    PDF, PNG, JPEG, TIFF, XLSX and plain text in UTF-8 (CSV, JSON, instrument
    exports) are kept.
    """
    for start, name in _SIGNATURES:
        if upload.content.startswith(start):
            return name
    is_archive = upload.content.startswith(_ARCHIVE)
    if is_archive and _is_workbook(upload.content):
        return _XLSX
    try:
        text = upload.content.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = "\x00"
    if not (is_archive or "\x00" in text) and (active := _ACTIVE.search(text)):
        raise NotKept(
            "active-text",
            "The file %(name)s was not stored: line %(line)s has “%(text)s”, which a"
            " browser would run; remove it, or export the file as PDF.",
            field=field,
            name=upload.name,
            line=text.count("\n", 0, active.start()) + 1,
            text=active[0].rstrip("> /\t\r\n"),
        )
    if is_archive or "\x00" in text:
        raise NotKept(
            "type",
            "The file %(name)s was not stored: its content is not PDF, PNG, JPEG,"
            " TIFF, XLSX without macros or plain text; export it as one of these.",
            field=field,
            name=upload.name,
        )
    return "text/plain"


def _is_workbook(content: bytes) -> bool:
    """Say whether this is a workbook without macros; nothing is unpacked."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            names = {name.lower() for name in archive.namelist()}
    except (zipfile.BadZipFile, ValueError, OSError, RuntimeError):
        return False
    return {"[content_types].xml", "xl/workbook.xml"} <= names and not any(
        "vbaproject" in name or name.startswith("xl/macrosheets/") for name in names
    )


def safe_name(name: str) -> str:
    """Return the name as it is kept: no path, nothing that is not seen, not too long.

    A name decides nothing, so it is fixed and not refused.
    """
    seen = (
        one if one.isprintable() and one not in _UNSAFE_IN_NAMES else "_"
        for one in name.strip()
    )
    return "".join(seen)[:LONGEST_NAME] or "document"


def keep(act: audit.Act, upload: Upload, *, field: str = "document") -> Document:
    """Store the file in the act and return its Document; raise NotKept.

    Refuses an empty file, one over 10 MB and one of another type.
    """
    name = safe_name(upload.name)
    if not upload.content:
        raise NotKept(
            "empty",
            "The file %(name)s was not stored: it is empty; choose it again.",
            field=field,
            name=name,
        )
    if len(upload.content) > LARGEST:
        raise NotKept(
            "size",
            "The file %(name)s was not stored: it has %(size)s bytes, and the limit is"
            " %(largest)s; attach an extract.",
            field=field,
            name=name,
            size=len(upload.content),
            largest=LARGEST,
        )
    return act.create(
        Document(
            name=name,
            content_type=content_type(Upload(name, upload.content), field=field),
            size=len(upload.content),
            sha256=hashlib.sha256(upload.content).hexdigest(),
            content=upload.content,
            added_by=act.by,
            added_at=act.at,
        )
    )

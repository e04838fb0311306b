"""Files kept as they came: what may be kept, and how its type is known.

The type is told by the content, never by the name (assurance.md T-62). Imports
models and rules; verbs call it inside their act.
"""

import hashlib
import re
from dataclasses import dataclass

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
_UNSAFE_IN_NAMES = re.compile(r'[\x00-\x1f\x7f"\\/:*?<>|\u202a-\u202e\u2066-\u2069]')


class NotKept(Refusal):
    """The file cannot be kept as a document."""


@dataclass(frozen=True)
class Upload:
    """A file as a person sent it: its name and its bytes."""

    name: str
    content: bytes


def content_type(upload, *, field="document"):
    """Return the media type that the content shows; raise NotKept for others.

    PDF, PNG, JPEG, TIFF, XLSX and plain text in UTF-8 (CSV, JSON, instrument
    exports) are kept.
    """
    for start, name in _SIGNATURES:
        if upload.content.startswith(start):
            return name
    if upload.content.startswith(b"PK\x03\x04") and b"xl/" in upload.content:
        return "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
    try:
        text = upload.content.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = "\x00"
    if "\x00" in text or text.lstrip().lower().startswith(("<!doctype", "<html")):
        raise NotKept(
            "type",
            "The file %(name)s was not kept: its content is none of PDF, PNG, JPEG,"
            " TIFF, XLSX or plain text; export it as one of these.",
            field=field,
            name=upload.name,
        )
    return "text/plain"


def keep(act, upload, *, field="document"):
    """Store the file in the act and return its Document; raise NotKept.

    Refuses an empty file, one over 10 MB and one of another type.
    """
    name = _UNSAFE_IN_NAMES.sub("_", upload.name.strip())[:200] or "document"
    if not upload.content:
        raise NotKept(
            "empty",
            "The file %(name)s was not kept: it is empty; choose it again.",
            field=field,
            name=name,
        )
    if len(upload.content) > LARGEST:
        raise NotKept(
            "size",
            "The file %(name)s was not kept: it has %(size)s bytes and at most"
            " %(largest)s are kept; send an extract.",
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

"""Canonical text, digests, and the chain of audit entries.

There is one way to write a value as text: for the audit trail, for signatures, and for
everything that is compared later.
"""

import datetime
import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, NamedTuple, TypeAlias

START = "0" * 64
# How far the clocks of the machines of one site may differ, and how far an act may be
# earlier than those before it (21 CFR 11.10(e): computer-generated time stamps).
CLOCK_TOLERANCE = datetime.timedelta(minutes=5)
# The act by which two people say that the clock is right now, whatever the entries
# before say.
CLOCK_ACCEPTED = "accept_clock"
# Acts that change nothing of a lot and lead to it where the clock was set back: who
# somebody is, and that a backup is in the place of what was there.
UNTIMED = frozenset(("signature_refused", "change_own_password", "restore"))
# No text that a person types is so long; of a longer one so much is its beginning.
LONGEST_TOLD, BEGIN = 1000, 120
# A value as it is written in canonical text.
Plain: TypeAlias = bool | str | list["Plain"] | dict[str, "Plain"] | None
_CANONICAL = json.JSONEncoder(sort_keys=True, ensure_ascii=False, separators=(",", ":"))


def plain(value: Any) -> Plain:
    """Return the value as it is written in canonical text.

    Times in UTC with microseconds, dates ISO, numbers as strings, bytes as their
    SHA-256; lists and dicts are walked. Raises TypeError for anything else: what
    cannot be written exactly cannot be evidence.
    """
    # Nearly everything is one of these, and an import writes a hundred each second.
    if value is None or isinstance(value, str | bool):
        return value
    if isinstance(value, dict):
        return {str(key): plain(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [inner if inner.__class__ is str else plain(inner) for inner in value]
    if isinstance(value, int):
        return str(value)
    if isinstance(value, Decimal):
        return format(value, "f")
    if isinstance(value, datetime.datetime):
        if value.tzinfo is None:
            raise TypeError("A time without a zone cannot be evidence.")
        in_utc = value.astimezone(datetime.UTC)
        return in_utc.isoformat(timespec="microseconds")
    if isinstance(value, datetime.date):
        return value.isoformat()
    if isinstance(value, bytes | bytearray | memoryview):
        return hashlib.sha256(bytes(value)).hexdigest()
    raise TypeError(f"{type(value).__name__} has no canonical text.")


def canonical(value: Any) -> str:
    """Return the canonical text: JSON, sorted keys, no spaces, characters as such."""
    return written(plain(value))


def written(value: Plain) -> str:
    """Return the canonical text of what `plain` returned."""
    return _CANONICAL.encode(value)


def digest(text: str) -> str:
    """Return the SHA-256 of the text in UTF-8, in hexadecimal."""
    return hashlib.sha256(text.encode()).hexdigest()


def abridged(text: Plain) -> Plain:
    """Return a long text by its beginning, its length and its digest; others whole.

    What is stored elsewhere, and never changes, is vouched for by these.
    """
    if not isinstance(text, str) or len(text) <= LONGEST_TOLD:
        return text
    return {"begin": text[:BEGIN], "length": str(len(text)), "sha256": digest(text)}


@dataclass(frozen=True)
class Entry:
    """An audit entry as the chain sees it; the order of the fields is the format."""

    sequence: int
    at: datetime.datetime
    by: int | None
    by_name: str
    account: str
    action: str
    table: str
    record: str
    lot: int | None
    changes: dict[str, Any]
    reason: str
    row: str
    previous: str

    def digest(self) -> str:
        """Return the digest that the next entry names as its previous."""
        return digest(
            canonical(
                [
                    self.sequence,
                    self.at,
                    self.by,
                    self.by_name,
                    self.account,
                    self.action,
                    self.table,
                    self.record,
                    self.lot,
                    self.changes,
                    self.reason,
                    self.row,
                    self.previous,
                ]
            )
        )


class Read(NamedTuple):
    """An entry as it was read back: its time as canonical text, its changes parsed.

    Whole numbers in the changes were read as text, which is how they are written. The
    fields are those of `Entry`; its digest takes a third of the time.
    """

    sequence: int
    at: str
    by: int | None
    by_name: str
    account: str
    action: str
    table: str
    record: str
    lot: int | None
    changes: dict[str, Any]
    reason: str
    row: str
    previous: str

    def digest(self) -> str:
        """Return the digest of the entry, as `Entry` does."""
        return digest(
            written(
                [
                    str(self.sequence),
                    self.at,
                    None if self.by is None else str(self.by),
                    *self[3:8],
                    None if self.lot is None else str(self.lot),
                    *self[9:],
                ]
            )
        )


@dataclass(frozen=True)
class Break:
    """The first place where the chain does not hold, and in what way."""

    sequence: int
    fault: str


def first_break(entries: Iterable[tuple[Entry | Read, str]]) -> Break | None:
    """Return the first break of a chain given as entries with their stored digests.

    Every link is checked, not only the ends (GHSA-672p-m5jq-mrh8). None: it holds.
    """
    previous, expected = START, 1
    for entry, stored in entries:
        if entry.sequence != expected:
            return Break(expected, "missing")
        if entry.previous != previous:
            return Break(entry.sequence, "not linked to the entry before")
        if entry.digest() != stored:
            return Break(entry.sequence, "altered")
        previous, expected = stored, expected + 1
    return None


@dataclass
class Clock:
    """Follows the times of a chain, entry by entry, and finds where it was set back.

    `latest` is the latest time since the clock was last accepted, `set_back` the first
    entry since then that is earlier than an entry before it by more than the
    tolerance. One act may lag a little; many little steps do not add up, for each is
    compared with the latest of all.
    """

    latest: datetime.datetime | None = None
    set_back: int | None = None

    def hear(self, *, sequence: int, at: datetime.datetime, action: str) -> None:
        """Take in the next entry."""
        if action == CLOCK_ACCEPTED:
            self.latest, self.set_back = at, None
        elif self.latest is None or at > self.latest:
            self.latest = at
        elif (
            self.set_back is None
            and action not in UNTIMED
            and self.latest - at > CLOCK_TOLERANCE
        ):
            self.set_back = sequence

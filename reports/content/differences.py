"""Differences between two contents: what a revision changes."""

import dataclasses
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from reports.content.certificate import Certificate, texts


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

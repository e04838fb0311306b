"""Unknown: a fact that a person left out or mistyped, while all others are checked.

A form with a missing field asks the verb what is wrong with the rest: UNKNOWN stands
where the fact would. A check that asks anything of it is left out, so that nothing is
refused only because something else is missing.
"""

from collections.abc import Callable, Iterable, Iterator
from types import TracebackType
from typing import Any, NoReturn, TypeVar

_Found = TypeVar("_Found")
# What a sentence says in place of a fact that is not known.
BLANK = "…"


class NotKnown(Exception):
    """A check asked about a fact that is not known."""


class UnknownFact:
    """The value of UNKNOWN: asked anything, it raises NotKnown.

    Only `is None` and `is UNKNOWN` have an answer, and a text that names it has “…”.
    """

    def _ask(self, *_asked: object) -> NoReturn:
        raise NotKnown

    def __getattr__(self, _name: str) -> NoReturn:
        raise NotKnown

    def __format__(self, _form: str) -> str:
        return BLANK

    def __repr__(self) -> str:
        return "UNKNOWN"

    __bool__ = __str__ = __len__ = __iter__ = __contains__ = __hash__ = _ask
    __eq__ = __ne__ = __lt__ = __le__ = __gt__ = __ge__ = _ask
    __add__ = __radd__ = __sub__ = __rsub__ = __index__ = __getitem__ = _ask
    # What isinstance asks of an object that is not of the class.
    __class__ = property(_ask)


UNKNOWN: Any = UnknownFact()


def is_of_unknown(error: BaseException | None) -> bool:
    """Say whether the error is that something was asked of UNKNOWN.

    A function written in C, such as a regular expression, says so by a TypeError.
    """
    return isinstance(error, NotKnown) or (
        isinstance(error, TypeError) and UnknownFact.__name__ in str(error)
    )


def of_known(convert: Callable[[Any], Any], value: Any) -> Any:
    """Return what the value converts to; UNKNOWN of UNKNOWN."""
    return value if value is UNKNOWN else convert(value)


def as_far_as_known(found: Iterable[_Found]) -> Iterator[_Found]:
    """Yield what checks find, until one asks about a fact that is not known."""
    with if_known:
        yield from found


class _IfKnown:
    """A check that is left out where it asks about a fact that is not known."""

    def __enter__(self) -> None:
        return None

    def __exit__(
        self,
        _kind: type[BaseException] | None,
        error: BaseException | None,
        _trace: TracebackType | None,
    ) -> bool:
        return is_of_unknown(error)


if_known = _IfKnown()

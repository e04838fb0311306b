"""Refusal: what was refused, why and what to do, as code, sentence and values."""

from collections.abc import Iterable, Sequence
from typing import Self

from lots.rules.unknown import BLANK, UNKNOWN


class Word(str):
    """A word of the program among the values of a refusal.

    A step, a state, a role: the trail keeps the English, a page translates it. What
    people typed is a plain text and stays as it is.
    """

    __slots__ = ()


class Words(Word):
    """Several words of the program as one value: "quarantine or on hold"."""

    each: tuple[str, ...]
    between: str

    def __new__(cls, each: Iterable[str], *, between: str) -> Self:
        words = tuple(each)
        made = super().__new__(cls, f" {between} ".join(words))
        made.each, made.between = words, between
        return made


class Refusal(Exception):
    """Carries a sentence for the user, language-free enough to be evidence.

    `code` names the rule, `sentence` is English with named places such as
    ``%(lot)s`` and `params` fills them, so that a page can translate the sentence
    and the audit trail can keep it as it was (architecture.md 6.9). `field` names
    the form field or column the refusal belongs to, empty where it is the whole act.
    """

    def __init__(
        self, code: str, sentence: str, /, *, field: str = "", **params: object
    ) -> None:
        super().__init__(code, sentence, params)
        self.code = code
        self.sentence = sentence
        self.field = field
        self.params = params

    def __str__(self) -> str:
        return self.sentence % self.told() if self.params else self.sentence

    def told(self) -> dict[str, object]:
        """Return the values of the named places, “…” for what is not known."""
        return {
            name: BLANK if value is UNKNOWN else value
            for name, value in self.params.items()
        }


class Refusals(Refusal):
    """Several refusals of one act: everything that is wrong, not only the first."""

    def __init__(self, refusals: Sequence[Refusal]) -> None:
        super().__init__("several", " ".join(map(str, refusals)).replace("%", "%%"))
        self.refusals = tuple(refusals)

    def __str__(self) -> str:
        return " ".join(map(str, self.refusals))

"""A refusal: what was refused, why and what to do, as code, sentence and values.

Every rule and every verb refuses by raising this. Imports nothing of the project;
anything may import it.
"""

from collections.abc import Sequence


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
        return self.sentence % self.params if self.params else self.sentence


class Refusals(Refusal):
    """Several refusals of one act: everything that is wrong, not only the first."""

    def __init__(self, refusals: Sequence[Refusal]) -> None:
        super().__init__("several", " ".join(map(str, refusals)).replace("%", "%%"))
        self.refusals = tuple(refusals)

    def __str__(self) -> str:
        return " ".join(map(str, self.refusals))

"""Which texts can be kept as evidence: what can be read and printed, not too long.

Nothing is stripped or replaced: a text is refused with the code point rather than
changed (assurance.md T-11, T-51). Imports nothing of the project but refusals;
anything may import it.
"""

from lots.rules.refusal import Refusal


class NotPlainText(Refusal):
    """The text has a character that nobody sees, or more characters than fit."""


def plain_text(text: str, *, field: str, longest: int, name: str = "") -> str:
    """Return the text if it can be kept as it is; raise NotPlainText if not.

    Letters of every script are plain. Control characters, directions, joiners, odd
    spaces and lone surrogates are not: two texts that differ by one look the same,
    and PostgreSQL cannot keep U+0000 at all. A line feed is the one exception.
    """
    called = name or field.replace("_", " ")
    if len(text) > longest:
        raise NotPlainText(
            "length",
            "The %(name)s has %(length)s characters; at most %(longest)s fit.",
            field=field,
            name=called,
            length=len(text),
            longest=longest,
        )
    if text.isprintable():
        return text
    for place, character in enumerate(text, start=1):
        if not character.isprintable() and character != "\n":
            raise NotPlainText(
                "character",
                "The %(name)s has the character %(code)s at place %(place)s, which"
                " cannot be seen or printed; type it again without.",
                field=field,
                name=called,
                code=f"U+{ord(character):04X}",
                place=place,
            )
    return text

"""A column for the codes of an enum (`lots.rules.stored_codes`)."""

from lots.models.fields import PlainCharField
from lots.wording import choices


class CodeField(PlainCharField):
    """Stores the code of a member; the words are choices, and no part of the schema.

    A migration does not know them, so a further member or another word needs none.
    """

    def __init__(self, verbose_name=None, *, codes=(), **options):
        if codes:
            options["choices"] = choices(codes)
        super().__init__(verbose_name, **options)

    def deconstruct(self):
        name, path, args, options = super().deconstruct()
        options.pop("choices", None)
        return name, path, args, options

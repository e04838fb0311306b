"""Columns for what people type, with the rules on their texts as validators.

A text is plain: every character can be seen, and it fits the column. Where `printed`,
certificates can print it. `full_clean` asks; lots/evidence/text_checks.py calls it once
for each record that an act writes.

The rules belong to the program and not to the database, so migrations know these
columns as Django's own: a new rule rebuilds no table.
"""

import contextlib
import zlib
from typing import TYPE_CHECKING, Any

from django.core.exceptions import ValidationError
from django.db import models
from django.utils.deconstruct import deconstructible

from lots.models import printable_text
from lots.rules.refusal import Refusal
from lots.rules.text import is_plain, plain_text

# A word or note inside a JSON column; the columns themselves have no length.
LONGEST_INSIDE = 400


@deconstructible
class Plain:
    """Refuses a character that nobody sees, and more characters than fit."""

    def __init__(self, longest):
        self.longest = longest

    def __eq__(self, other):
        return isinstance(other, Plain) and self.longest == other.longest

    def __call__(self, value):
        for text in texts_in(value):
            if len(text) > self.longest or not is_plain(text):
                _as_validator(plain_text, text, longest=self.longest)


@deconstructible
class Printable:
    """Refuses a character that certificates cannot print."""

    def __init__(self, *, in_lines=False):
        self.in_lines = in_lines

    def __eq__(self, other):
        return isinstance(other, Printable) and self.in_lines == other.in_lines

    def __call__(self, value):
        for text in texts_in(value):
            _as_validator(printable_text.check, text, in_lines=self.in_lines)


def _as_validator(rule, text, **limits):
    """Ask the rule, and say its refusal in the way of Django's validators."""
    try:
        rule(text, field="text", **limits)
    except Refusal as refusal:
        raise ValidationError(
            refusal.sentence, code=refusal.code, params=refusal.params
        ) from None


def texts_in(value):
    """Yield every text in a column's value, the keys of an object included."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for key, inner in value.items():
            yield key
            yield from texts_in(inner)
    elif isinstance(value, list | tuple):
        for inner in value:
            yield from texts_in(inner)


# What the mixin is mixed into; Python itself needs to know nothing of it.
_Column: Any = models.Field if TYPE_CHECKING else object


class _PlainColumn(_Column):
    """What both kinds of column have: the validators, and Django's name for it."""

    def __init__(self, *args, printed=False, in_lines=False, **kwargs):
        super().__init__(*args, **kwargs)
        self.printed = printed
        # In place of Django's own for the length, whose sentence names no column.
        self.validators = [
            Plain(self.max_length or LONGEST_INSIDE),
            *([Printable(in_lines=in_lines)] if printed else []),
            *self._validators,
        ]

    def deconstruct(self):
        name, _path, args, kwargs = super().deconstruct()
        return name, self.known_to_migrations, args, kwargs


class PlainCharField(_PlainColumn, models.CharField):
    """A text that can be read and stored as it is; `printed` on certificates.

    `in_lines` is for what is typed in lines and printed without, such as an address.
    """

    known_to_migrations = "django.db.models.CharField"

    def validate(self, value, model_instance):
        super().validate(value, model_instance)
        if not self.blank and not value.strip():
            raise ValidationError(self.error_messages["blank"], code="blank")


class PlainJSONField(_PlainColumn, models.JSONField):
    """A list or an object of which every text, keys included, is plain."""

    known_to_migrations = "django.db.models.JSONField"
    # An empty list is a value like another: nobody was asked for more.
    empty_values = ()

    def validate(self, value, model_instance):
        # Without Django's trial of the JSON: storing the row writes it anyway.
        models.Field.validate(self, value, model_instance)


class KeptTextField(models.TextField):
    """A text that is stored once and never changed, such as what was signed.

    SQLite keeps a long one compressed (zlib, RFC 1950), as PostgreSQL does by itself;
    one that was stored before is read as it is. What somebody put in its place and is
    no text is read as its bytes in hexadecimal, which no digest agrees with.
    """

    LONGEST_AS_IT_IS = 500

    def get_db_prep_value(self, value, connection, prepared=False):
        value = super().get_db_prep_value(value, connection, prepared)
        if (
            connection.vendor == "sqlite"
            and isinstance(value, str)
            and len(value) > self.LONGEST_AS_IT_IS
        ):
            return zlib.compress(value.encode())
        return value

    def select_format(self, compiler, sql, params):
        """Select bytes on SQLite, which refuses to read a text that is none."""
        if compiler.connection.vendor == "sqlite":
            sql = f"CAST({sql} AS BLOB)"
        return sql, params

    def from_db_value(self, value, _expression, _connection):
        if not isinstance(value, bytes):
            return value
        with contextlib.suppress(zlib.error):
            value = zlib.decompress(value)
        try:
            return value.decode()
        except UnicodeDecodeError:
            return value.hex()

    def deconstruct(self):
        name, _path, args, kwargs = super().deconstruct()
        return name, "django.db.models.TextField", args, kwargs

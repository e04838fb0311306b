"""Strength of a password: how many guesses it takes somebody to find it.

Rules of length alone let pass a name written twice, the company's name or one letter
(NIST SP 800-63B, 5.1.1.2: compare with what is expected, such as names of the user
and of the service). Measured by zxcvbn (Wheeler, USENIX Security 2016).
"""

import itertools
import re
import unicodedata

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from lots.models import Material, Organisation

# Of nought to four: from here on more than a hundred million guesses are needed.
ENOUGH = 3
# What is measured of a long password; it takes as long as the square of the length.
_MEASURED = 72
_OURS = ("qatracker", "quality", "tracker", "release", "certificate")


class PasswordStrengthValidator:
    """Refuses a password that is guessed soon by somebody who knows whose it is.

    One shorter than `min_length` is not measured: that it is short is said already.
    """

    def __init__(self, min_length):
        self.min_length = min_length

    def validate(self, password, user=None):
        """Raise ValidationError where names, words or a pattern make it up.

        It is measured as it is typed, without what separates its words, and in plain
        letters. Of signs alone there is nothing but what is typed; digits alone are a
        date or a telephone number.
        """
        if len(password) < self.min_length:
            return
        # Its lists of words take a tenth of a second to read, and few requests need it.
        from zxcvbn import zxcvbn

        words = re.sub(r"[\W_]+", "", password)
        known = {form for text in _known_of(user) for form in (text, _plain(text))}
        for text in {password, words, _plain(words)} - {""}:
            found = zxcvbn(text[:_MEASURED], user_inputs=sorted(known))
            if found["score"] < ENOUGH or text.isdecimal():
                raise ValidationError(
                    _(
                        "This password is easy to guess: it repeats, or consists of"
                        " names, common words or a pattern. Choose another one, such as"
                        " four words that have nothing to do with each other."
                    ),
                    code="password_too_weak",
                )

    def get_help_text(self):
        """Return what the form says beside the field."""
        return _(
            "Not made of your name, the company's, common words or a pattern, nor of"
            " one of them twice."
        )


def _plain(text):
    """Return the text in plain small letters: Novak for Novák, or for full-width."""
    parts = unicodedata.normalize("NFKD", text)
    return "".join(one for one in parts if not unicodedata.combining(one)).casefold()


def _known_of(user):
    """Yield what somebody would try first: names of the person, company and material.

    Each whole, word by word, and with its first words run together.
    """
    texts = [*_OURS]
    if user is not None:
        texts += [user.username, user.printed_name, user.employee_number]
    texts += Organisation.objects.filter(is_ours=True).values_list("name", flat=True)
    for names in Material.objects.values_list("name", "item_code"):
        texts += names
    for text in filter(None, texts):
        words = re.findall(r"[^\W_]+", text)
        yield text
        yield from words
        yield from itertools.accumulate(words)

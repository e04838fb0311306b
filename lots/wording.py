"""How stored English becomes the reader's language. Imported by views and forms."""

from django.utils.translation import gettext


def sentence(refusal):
    """Return the refusal's sentence in the language of the page."""
    return (
        gettext(refusal.sentence) % refusal.params if refusal.params else str(refusal)
    )

"""Map files of commands: the text of a column map, in UTF-8."""

from django.core.management.base import CommandError


def text(path):
    """Return the text of the file; raise CommandError where it cannot be read."""
    try:
        return path.read_text(encoding="utf-8")
    except OSError as error:
        raise CommandError(f"{path} cannot be read: {error.strerror}.") from None
    except UnicodeDecodeError:
        raise CommandError(f"{path} is not text in UTF-8.") from None

"""Collect the texts that are translated: Django's command, and sentences of refusals.

`manage.py makemessages --all --keep-pot` writes the message template of the project,
`qatracker/locale/django.pot`, and brings every language's catalogue up to it. It needs
GNU gettext; the program and its tests do not.
"""

import json
from pathlib import Path

from django.core.management.commands import makemessages
from django.utils.functional import cached_property

from lots.management import messages

# Beside what Django leaves out; names that begin with a point are among that.
NOT_THE_PROGRAM = ("tests", "docs", "manage.py")


class BuildFile(makemessages.BuildFile):
    """A file on its way to xgettext; a module that has sentences with them marked."""

    @cached_property
    def sentences(self):
        """Return the sentences of a module, nothing of another file."""
        if not self.path.endswith(".py"):
            return []
        source = Path(self.path).read_text(encoding="utf-8")
        return [one.text for one in messages.of_python(source) if one.text]

    @cached_property
    def is_templatized(self):
        return super().is_templatized or bool(self.sentences)

    def preprocess(self):
        if not self.sentences:
            super().preprocess()
            return
        marked = "\n".join(
            f"gettext_noop({json.dumps(text, ensure_ascii=False)})"
            for text in self.sentences
        )
        source = Path(self.path).read_text(encoding="utf-8")
        Path(self.work_path).write_text(f"{source}\n{marked}\n", encoding="utf-8")


class Command(makemessages.Command):
    """Django's own command, with the refusals' sentences and the files as locations.

    A line number in the template would change with every line of the program.
    """

    build_file_class = BuildFile
    msgmerge_options = [*makemessages.Command.msgmerge_options, "--add-location=file"]
    xgettext_options = [*makemessages.Command.xgettext_options, "--add-location=file"]

    def handle(self, *args, **options):
        options["ignore_patterns"] += NOT_THE_PROGRAM
        super().handle(*args, **options)

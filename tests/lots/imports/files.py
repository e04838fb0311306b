"""Files of lots with their map, and the command that imports them."""

import io
import os

from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import call_command

from lots.demo import people

MAP = """
lot = "{batch}"
sample = "{batch}/S1"
never_zero = ["water"]

[columns]
manufactured_on = "made"

[constants]
material = "ZAG-API"
site = "Carniola Actives d.o.o., Works 1"
use = "oral"
process = "ZP-1 invented process"
size = "100"
packaging = "4 drums"
use_document_kind = "declaration"
use_document_reference = "D-1"
sampled_on = "2026-02-09"
sampled_by = "Marek Novak"
sample_quantity = "50 g"
performed_by = "marek"
performed_on = "2026-02-10"

[results]
content = "CONTENT"
total = "TOTAL"
water = "WATER"

[not_reported]
water = ["", "0"]
"""


HEAD = "batch,made,content,total,water\n"


GOOD = HEAD + "B-1,2026-02-01,94.4,0.20,1.53\nB-2,2026-02-02,94.50,0.05,0\n"


def upload(text, *, name="lots.csv"):
    """Return the text as a browser sends a file."""
    return SimpleUploadedFile(name, text.encode())


def run(file, map_file, *arguments, by="lin", password=people.PASSWORD):
    """Import by the command, which reads the password; return what it says."""
    return command(
        "import_lots",
        str(file),
        f"--map={map_file}",
        *arguments,
        by=by,
        password=password,
    )


def command(name, *arguments, by, password=people.PASSWORD):
    """Run a command with the password in a file descriptor; return what it says."""
    read, write = os.pipe()
    os.write(write, f"{password}\n".encode())
    os.close(write)
    said = io.StringIO()
    try:
        call_command(
            name,
            *arguments,
            f"--by={by}",
            f"--password-fd={read}",
            stdout=said,
        )
    finally:
        os.close(read)
    return said.getvalue()


def translating(column, written, text):
    """Return the map with a translation of a word of the column."""
    return f'{MAP}\n[translate.{column}]\n"{written}" = "{text}"\n'

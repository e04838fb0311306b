"""CSV export: rows that no spreadsheet takes for formulas."""

import csv
import re

from django.http import StreamingHttpResponse

# What spreadsheets take for the beginning of a formula, in ASCII and in the full
# width that some of them fold, also behind spaces (assurance.md T-54).
_LIVE = "=+-@\t\r\n\N{FULLWIDTH EQUALS SIGN}\N{FULLWIDTH PLUS SIGN}" + (
    "\N{FULLWIDTH HYPHEN-MINUS}\N{FULLWIDTH COMMERCIAL AT}\N{MINUS SIGN}"
)
_NUMBER = re.compile(r"-[0-9]+(\.[0-9]+)?", re.ASCII)


def neutral(cell):
    """Return the cell as text that opens as text: a quote before a live beginning.

    True negative numbers stay as they are.
    """
    text = "" if cell is None else str(cell)
    if _NUMBER.fullmatch(text):
        return text
    bare = text.lstrip()
    if text[:1] in ("\t", "\r", "\n") or bare[:1] in tuple(_LIVE):
        return f"'{text}"
    return text


class _Echo:
    """A file that hands each written line back instead of keeping it."""

    def write(self, line):
        return line


def csv_response(filename, header, rows):
    """Return a response that streams the rows as CSV in UTF-8 with its mark."""
    writer = csv.writer(_Echo())

    def lines():
        # The mark lets spreadsheets read names and units as they are.
        yield "\N{BYTE ORDER MARK}" + writer.writerow([neutral(c) for c in header])
        for row in rows:
            yield writer.writerow([neutral(cell) for cell in row])

    return StreamingHttpResponse(
        lines(),
        content_type="text/csv; charset=utf-8",
        headers={
            "Content-Disposition": f'attachment; filename="{filename}"',
            "X-Content-Type-Options": "nosniff",
        },
    )

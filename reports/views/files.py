"""A PDF as an answer: named, and nothing but a PDF to any browser."""

from django.http import HttpResponse


def pdf(data, *, name, inline=False):
    """Return the file as an answer, to be kept or, inline, to be looked at."""
    disposition = "inline" if inline else "attachment"
    return HttpResponse(
        data,
        content_type="application/pdf",
        headers={
            "Content-Disposition": f'{disposition}; filename="{_safe(name)}.pdf"',
            "X-Content-Type-Options": "nosniff",
        },
    )


def _safe(name):
    """Return the name without what a header or a file system takes for itself."""
    return "".join(c if c.isalnum() or c in "-_." else "_" for c in name)

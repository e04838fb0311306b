"""The certificate as PDF: measured first, then drawn. No Django."""

from reports.pdf.certificate import Paper, refuse_too_long, render
from reports.pdf.fonts import Unprintable

__all__ = ["Paper", "Unprintable", "refuse_too_long", "render"]

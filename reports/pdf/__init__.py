"""The certificate as PDF bytes: measure, then draw. reportlab and segno, no Django.

May be imported by sealing, issuing and views; imports `reports.certificate` only.
"""

from reports.pdf.certificate import Paper, refuse_too_long, render
from reports.pdf.fonts import Unprintable

__all__ = ["Paper", "Unprintable", "refuse_too_long", "render"]

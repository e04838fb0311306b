"""Places in a picture: exact positions, and how an attribute of SVG writes them."""

from decimal import Decimal

from lots.rules.amounts import ARITHMETIC

_FINEST = Decimal("0.1")


def share(part: Decimal, whole: Decimal) -> Decimal:
    """Return which share of the whole the part is."""
    return ARITHMETIC.divide(part, whole)


def attribute(place: Decimal) -> str:
    """Return a place in user units to a tenth, without a nought at its end."""
    return f"{place.quantize(_FINEST, context=ARITHMETIC):f}".removesuffix(".0")

"""Quality attributes: what a test says of a material, whatever its method and name.

A minimum specification is held to them (ICH Q6A 3.2 and 3.3, domain.md 2.5): a use
says which it cannot do without (`lots.rules.uses`).
"""

from lots.rules.stored_codes import Coded
from lots.rules.stored_codes import gettext_noop as _


class Attribute(Coded):
    """What a test tells of the material."""

    APPEARANCE = "appearance", _("Appearance")
    IDENTITY = "identity", _("Identity")
    ASSAY = "assay", _("Assay")
    RELATED = "related", _("Related substances")
    WATER = "water", _("Water")
    RESIDUE = "residue", _("Residue on ignition")
    SOLVENTS = "solvents", _("Residual solvents")
    ELEMENTS = "elements", _("Elemental impurities")
    ENDOTOXINS = "endotoxins", _("Bacterial endotoxins")
    BIOBURDEN = "bioburden", _("Bioburden")
    CLARITY = "clarity", _("Clarity of solution")
    COLOUR = "colour", _("Colour of solution")
    PARTICLES = "particles", _("Foreign particles")
    OTHER = "other", _("Other")

"""Quality attributes: what a test says of a material, whatever its method and name.

A minimum specification is held to them (ICH Q6A 3.2 and 3.3, domain.md 2.5): a use
says which it cannot do without (`lots.rules.uses`).
"""

from enum import StrEnum
from typing import Self


class Attribute(StrEnum):
    """What a test tells, with its label in a form."""

    label: str

    def __new__(cls, code: str, label: str = "") -> Self:
        member = str.__new__(cls, code)
        member._value_ = code
        member.label = label
        return member

    APPEARANCE = "appearance", "Appearance"
    IDENTITY = "identity", "Identity"
    ASSAY = "assay", "Assay"
    RELATED = "related", "Related substances"
    WATER = "water", "Water"
    RESIDUE = "residue", "Residue on ignition"
    SOLVENTS = "solvents", "Residual solvents"
    ELEMENTS = "elements", "Elemental impurities"
    ENDOTOXINS = "endotoxins", "Bacterial endotoxins"
    BIOBURDEN = "bioburden", "Bioburden"
    CLARITY = "clarity", "Clarity of solution"
    COLOUR = "colour", "Colour of solution"
    PARTICLES = "particles", "Foreign particles"
    OTHER = "other", "Other"

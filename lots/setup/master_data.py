"""Master data: what is of no lot, read once and kept until the trail says it changed.

Materials with their tests, methods and specifications; people and sites. Every change
of these has an audit entry of no lot, whose digest stands for the whole history up to
it: under the same last digest nothing can be another than it was. Reads, never writes.
"""

from collections.abc import Collection
from typing import Any, TypeVar

from django.db import models

from lots.evidence import audit, chained_names
from lots.models import (
    AlternativeUse,
    Criterion,
    Material,
    Method,
    Organisation,
    Signature,
    Site,
    Specification,
    Test,
    User,
)
from lots.setup.catalogue import Catalogue

_Row = TypeVar("_Row", bound=models.Model)
# What is kept, with all that its rows name.
_TABLES = frozenset(
    chained_names.table(model)
    for model in (
        AlternativeUse,
        Criterion,
        Material,
        Method,
        Organisation,
        Signature,
        Site,
        Specification,
        Test,
        User,
    )
)


class MasterData:
    """Rows that are of no lot, each read when it is first asked for."""

    def __init__(self) -> None:
        self._catalogues: dict[int, Catalogue] = {}
        self._rows: dict[type[models.Model], dict[int, Any]] = {}

    def catalogue(self, material_id: int) -> Catalogue:
        """Return the catalogue of the material."""
        if material_id not in self._catalogues:
            self._catalogues[material_id] = Catalogue(material_id)
        return self._catalogues[material_id]

    def materials(self, keys: Collection[int]) -> dict[int, Material]:
        """Return the materials by key."""
        return self._found(Material.objects.all(), keys)

    def people(self, keys: Collection[int]) -> dict[int, User]:
        """Return the accounts by key: how they are called, not what they may do."""
        return self._found(User.objects.all(), keys)

    def sites(self, keys: Collection[int]) -> dict[int, Site]:
        """Return the sites with their organisations, by key."""
        return self._found(Site.objects.select_related("organisation"), keys)

    def alternative_uses(self, keys: Collection[int]) -> dict[int, AlternativeUse]:
        """Return the alternative uses with their signatures, by key."""
        return self._found(AlternativeUse.objects.select_related("signature"), keys)

    def _found(
        self, queryset: "models.QuerySet[_Row]", keys: Collection[int]
    ) -> dict[int, _Row]:
        known = self._rows.setdefault(queryset.model, {})
        if missing := set(keys) - set(known):
            known |= queryset.in_bulk(missing)
        return {key: known[key] for key in keys}


# The last digest, and what was read under it; replaced as one.
_kept: tuple[str, MasterData] = ("", MasterData())


def current() -> MasterData:
    """Return the master data as they are now: those kept, if nothing changed since."""
    return under(audit.beside_lots().first())


def under(digest: str | None) -> MasterData:
    """Return the master data of a moment, by what `audit.beside_lots` said just then.

    An act that changes some itself, and has no entry of it yet, reads them anew.
    """
    global _kept
    if digest is None or audit.is_changing(_TABLES):
        return MasterData()
    kept = _kept
    if kept[0] != digest:
        # What is read later than its digest is as new or newer, never older.
        _kept = kept = (digest, MasterData())
    return kept[1]

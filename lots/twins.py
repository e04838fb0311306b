"""Which stored lots a new lot could be taken for: same number, or the same maker's.

Reads, never writes; asked once for many lots where a file brings them. Admitting
imports it.
"""

from lots import lineage
from lots.models import Lot
from lots.rules import identity

_OF_A_TWIN = (
    "number",
    "number_key",
    "original_key",
    "material_id",
    "site_id",
    "use",
    "state",
)


class Twins:
    """The stored lots that some numbers could be taken for, as far as looked up.

    What is here is what the database said when it was asked: a verb asks in its turn,
    when nobody else can log a lot, and takes note of each lot that it logs itself.
    """

    def __init__(self):
        self._numbered = {}
        self._of_maker = {}

    def look_up(self, lots):
        """Look up the twins of many lots at once, and forget those of others.

        Each is (our number, material, site, the maker's number); a maker is the
        organisation, whatever its site.
        """
        self._numbered = {_key(number): [] for number, *_ in lots}
        found = Lot.objects.filter(number_key__in=self._numbered)
        for lot in found.only(*_OF_A_TWIN).order_by("pk"):
            self._numbered[lot.number_key].append(lot)
        keys_of = {}
        for _, material, site, original in lots:
            maker = lineage.substance(material), site.organisation_id
            keys_of.setdefault(maker, set()).add(_key(original))
        self._of_maker = {
            (*maker, key): [] for maker, keys in keys_of.items() for key in keys
        }
        for (substance, organisation_id), keys in keys_of.items():
            found = Lot.objects.filter(
                **dict([substance]),
                site__organisation=organisation_id,
                original_key__in=keys,
            )
            for lot in found.only(*_OF_A_TWIN).order_by("pk"):
                maker = substance, organisation_id, lot.original_key
                self._of_maker[maker].append(lot)

    def note(self, lot):
        """Take note of a lot that was logged since."""
        substance = lineage.substance(lot.material)
        maker = substance, lot.site.organisation_id, lot.original_key
        # What was not looked up yet is, and this lot is found then.
        if lot.number_key in self._numbered:
            self._numbered[lot.number_key].append(lot)
        if maker in self._of_maker:
            self._of_maker[maker].append(lot)

    def of(self, number, material, site, original):
        """Return the lots of this number, and those of the maker's number."""
        maker = lineage.substance(material), site.organisation_id, _key(original)
        if _key(number) not in self._numbered or maker not in self._of_maker:
            self.look_up([(number, material, site, original)])
        return self._numbered[_key(number)], self._of_maker[maker]


def _key(number):
    return identity.skeleton(number)

"""Duplicate check: other lots with this number or this manufacturer's lot number.

Done when a lot is logged or imported, and again at release. Reads, never writes.
"""

from django.db.models import Exists, OuterRef

from lots.models import Conclusion, Investigation, Lot, LotState, Material, Site
from lots.origin import genealogy
from lots.rules import cas, lot_number, uses
from lots.rules.refusal import Refusal, Word
from lots.rules.unknown import if_known

_OVER = (LotState.REJECTED, LotState.RECALLED)
# A result failed, and neither a correction nor a proven error took that back.
_FAILED = Exists(
    Investigation.objects.filter(lot=OuterRef("pk"), corrected_by=None).exclude(
        conclusion=Conclusion.PROVEN
    )
)

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
        self._of_manufacturer = {}

    def look_up(self, lots):
        """Look up the twins of many lots at once, and forget those of others.

        Each lot is described by its LotFacts. A manufacturer is the organisation,
        whatever its site.
        """
        self._numbered = {}
        for facts in lots:
            with if_known:
                self._numbered[_key(facts.number)] = []
        found = Lot.objects.filter(number_key__in=self._numbered)
        for lot in found.only(*_OF_A_TWIN).order_by("pk"):
            self._numbered[lot.number_key].append(lot)
        keys_of: dict[tuple[tuple[str, int | str], int], set[str]] = {}
        for facts in lots:
            with if_known:
                keys_of.setdefault(_manufacturer(facts), set()).add(
                    _key(facts.original_number)
                )
        self._of_manufacturer = {
            (*manufacturer, key): []
            for manufacturer, keys in keys_of.items()
            for key in keys
        }
        for (substance, organisation_id), keys in keys_of.items():
            sites = Site.objects.filter(organisation=organisation_id)
            numbered = _numbered(substance, sites, keys)
            found = Lot.objects.filter(pk__in=numbered).annotate(failed=_FAILED)
            for lot in found.only(*_OF_A_TWIN).order_by("pk"):
                key = substance, organisation_id, lot.original_key
                self._of_manufacturer[key].append(lot)

    def note(self, lot):
        """Take note of a lot that was logged since."""
        lot.failed = False
        manufacturer = (*_manufacturer(lot), lot.original_key)
        # What was not looked up yet is, and this lot is found then.
        if lot.number_key in self._numbered:
            self._numbered[lot.number_key].append(lot)
        if manufacturer in self._of_manufacturer:
            self._of_manufacturer[manufacturer].append(lot)

    def of(self, facts):
        """Return the lots of this number, and those of the manufacturer's number.

        None by a number that is not known.
        """
        number = of_manufacturer = None
        with if_known:
            number = _key(facts.number)
        with if_known:
            of_manufacturer = (*_manufacturer(facts), _key(facts.original_number))
        if number not in self._numbered or of_manufacturer not in self._of_manufacturer:
            self.look_up([facts])
        return (
            self._numbered.get(number, []),
            self._of_manufacturer.get(of_manufacturer, []),
        )


def _key(number):
    return lot_number.skeleton(number)


def _manufacturer(lot):
    """Return whose numbers the lot's original number is one of, for which substance."""
    return substance_of(lot.material), lot.site.organisation_id


def substance_of(material):
    """Return the condition, name and value, of lots of the material's substance.

    Two records with one CAS number are one substance to whoever is treated with it.
    """
    if cas.is_assigned(material.cas_number):
        return "material__cas_number", material.cas_number
    return "material", material.pk


def _numbered(of_substance, sites, numbers):
    """Return the keys of the lots of a substance and of the sites so numbered.

    By the keys of the few materials and sites, and by nothing else: so one index
    answers, where a database would begin at every lot of a material or of a site.
    """
    name, value = of_substance
    materials = [value]
    if name != "material":
        alike = Material.objects.filter(cas_number=value)
        materials = list(alike.values_list("pk", flat=True))
    lots = Lot.objects.filter(
        material__in=materials,
        site__in=list(sites.values_list("pk", flat=True)),
        original_key__in=numbers,
    )
    return set(lots.values_list("pk", flat=True))


def namesakes(lot, use):
    """Return other lots with the manufacturer's number of the lot, or of a parent.

    Those of other manufacturers that were not made for the use and cannot serve it, and
    those that failed, wherever they are. Two sites may use one number; it may also be
    one lot that was logged twice, so QA says in the release which it is (domain.md
    0.2).
    """
    own = {
        lot.pk: lot,
        **{parent.pk: parent for parent, _origin in genealogy.ancestors(lot)},
    }
    keys_of: dict[tuple[str, int | str], set[str]] = {}
    for one in own.values():
        keys_of.setdefault(substance_of(one.material), set()).add(one.original_key)
    found = []
    for of_substance, keys in keys_of.items():
        found += [
            twin
            for twin in Lot.objects.filter(
                pk__in=_numbered(of_substance, Site.objects.all(), keys) - set(own)
            )
            .annotate(failed=_FAILED)
            .select_related("site__organisation")
            .order_by("pk")
            if twin not in found
            and (twin.failed or twin.state in _OVER or _is_for_less(twin, use))
        ]
    return tuple(found)


def _is_for_less(twin, use):
    return twin.state != LotState.VOID and not uses.could_serve(
        made_for=twin.use, use_for=use
    )


def against_namesake(twin):
    """Return what is said of a namesake where no justification speaks of it."""
    told = {
        "original": twin.original_number,
        "twin": twin.number,
        "use": Word(uses.use(twin.use).said),
        "site": str(twin.site),
    }
    if twin.failed or twin.state in _OVER:
        return Refusal(
            "namesake",
            "Lot %(twin)s, made for %(use)s use by %(site)s, which %(fate)s, has the"
            " same manufacturer's lot number %(original)s: write in the justification"
            " how you know that they are two lots.",
            field="justification",
            fate="failed" if twin.failed else f"was {twin.state}",
            **told,
        )
    return Refusal(
        "namesake",
        "Lot %(twin)s, made for %(use)s use by %(site)s, has the same manufacturer's"
        " lot number %(original)s: write in the justification how you know that they"
        " are two lots, or void the one that was logged by mistake.",
        field="justification",
        **told,
    )

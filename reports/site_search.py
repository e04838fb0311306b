"""Site search: what a text names, from lots to specifications, a few of each kind.

Every question is answered by an index, or by a table that stays small: lots by the
trigrams of the list, numbers and orders as a whole.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import urlencode

from django.db.models import Q, Value
from django.db.models.functions import Lower
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from lots.models import Investigation, LotStatus, Material, Specification
from lots.tables import lot_search
from reports.models import Certificate

# So many of each kind are shown.
SHOWN = 10
LONGEST = 120


@dataclass(frozen=True)
class Hit:
    """A record that the text names, and whether the whole of one of its names is."""

    name: str
    words: str
    url: str
    is_exact: bool


@dataclass(frozen=True)
class Group:
    """The hits of one kind; `more` is the list that shows the rest, blank for none."""

    name: str | Promise
    hits: Sequence[Hit]
    more: str = ""


def cleaned(text):
    """Return what is looked for: printable, on one line, no longer than LONGEST.

    Blank for a text that no record can hold.
    """
    text = " ".join(text.split())[:LONGEST]
    return text if text.isprintable() else ""


def found(text):
    """Return the groups with a hit for a cleaned text; none for a blank one."""
    if not text:
        return []
    rows = _lots(text)
    groups = (
        _lot_group(rows, text),
        _certificates(rows, text),
        _orders(text),
        _investigations(text),
        _materials(text),
        _specifications(text),
    )
    return [group for group in groups if group.hits]


def only(groups):
    """Return the one hit that the text means, or None.

    The only one that bears the whole text as a name of its own, or the only one.
    """
    hits = [hit for group in groups for hit in group.hits]
    exact = [hit for hit in hits if hit.is_exact]
    chosen = exact or hits
    return chosen[0] if len({hit.url for hit in chosen}) == 1 else None


def _lots(text):
    """Return the lots logged last whose names or certificates hold the text."""
    rows = LotStatus.objects.select_related("lot__material")
    if len(text) < lot_search.SHORTEST:
        return list(rows.filter(number=text)[:SHOWN])
    return list(lot_search.found(rows, text.casefold()).order_by("-pk")[: SHOWN + 1])


def _lot_group(rows, text):
    """Return the lots that the text names, without those of its certificates alone."""
    sought = text.casefold()
    hits = [
        Hit(
            row.number,
            _joined(
                row.lot.material.name,
                row.lot.original_number
                if row.lot.original_number != row.number
                else "",
                str(row.get_stage_display()),
            ),
            reverse("lots:lot_detail", args=[row.pk]),
            sought in (row.number.casefold(), row.lot.original_number.casefold()),
        )
        for row in rows
        if sought not in row.certificates.casefold()
    ]
    query = urlencode({"q": text})
    more = f"{reverse('lots:lot_list')}?{query}" if len(rows) > SHOWN else ""
    return Group(_("Lots"), hits[:SHOWN], more)


def _certificates(rows, text):
    """Return the certificates of that number, or of the lots found, with the text."""
    sought = text.casefold()
    lots = [row.pk for row in rows if sought in row.certificates.casefold()]
    known = (
        Certificate.objects.light()
        .select_related("lot")
        .filter(Q(number=text.upper()) | Q(lot__in=lots))
        .order_by("-pk")[: 5 * SHOWN]
    )
    latest: dict[str, Certificate] = {}
    for one in known:
        before = latest.get(one.number)
        if sought in one.number.casefold() and (
            before is None or one.revision > before.revision
        ):
            latest[one.number] = one
    hits = [
        _certificate(one, sought == one.number.casefold()) for one in latest.values()
    ]
    return Group(_("Certificates"), hits[:SHOWN])


def _orders(text):
    """Return the certificates that name this order of a customer."""
    known = (
        Certificate.objects.light()
        .select_related("lot", "customer")
        .exclude(order="")
        .alias(sought=Lower("order"))
        .filter(sought=Lower(Value(text)))
        .order_by("-pk")[: SHOWN + 1]
    )
    rows = list(known)
    query = urlencode({"q": text})
    more = f"{reverse('reports:certificate_list')}?{query}" if len(rows) > SHOWN else ""
    return Group(
        _("Customers' orders"), [_certificate(one, True) for one in rows[:SHOWN]], more
    )


def _certificate(one, is_exact):
    customer = one.customer.name if one.customer_id else ""
    return Hit(
        str(one),
        _joined(one.lot.number, customer, one.order),
        reverse("reports:certificate_detail", args=[one.pk]),
        is_exact,
    )


def _joined(*words):
    return " · ".join(word for word in words if word)


def _investigations(text):
    """Return the investigation of this number; without its letters it is known too."""
    known = Investigation.objects.select_related("lot").filter(
        number__in=[text.upper(), f"OOS-{text}"]
    )
    return Group(
        _("Investigations"),
        [
            Hit(
                one.number,
                f"{one.lot.number} · {one.trigger}",
                reverse("lots:investigation_detail", args=[one.pk]),
                True,
            )
            for one in known[:SHOWN]
        ],
    )


def _materials(text):
    known = Material.objects.filter(
        Q(name__icontains=text) | Q(cas_number=text)
    ).order_by("name")
    return Group(
        _("Materials"),
        [
            Hit(
                one.name,
                one.cas_number,
                reverse("lots:material_detail", args=[one.pk]),
                text.casefold() in (one.name.casefold(), one.cas_number),
            )
            for one in known[:SHOWN]
        ],
    )


def _specifications(text):
    known = (
        Specification.objects.select_related("material")
        .filter(Q(code__icontains=text) | Q(code__iexact=text.rpartition(" ")[0]))
        .order_by("code", "-version")
    )
    return Group(
        _("Specifications"),
        [
            Hit(
                str(one),
                one.material.name,
                reverse("lots:specification_detail", args=[one.pk]),
                text.casefold() == str(one).casefold(),
            )
            for one in known[:SHOWN]
        ],
    )

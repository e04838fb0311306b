"""Printed identity: what certificates print of a record, in versions.

Of our organisations, manufacturers, laboratories, their sites, materials and their
statements: one person of QA drafts a version, another approves it, as with a
certificate header (architecture.md 6.5; docs/decisions/0027). The record has the texts
that are approved; before any is, those that were drafted last.
"""

from collections.abc import Iterable
from typing import Any, TypeAlias

from django.db.models import Exists, Max, OuterRef, Q, QuerySet

from lots.models import (
    Approval,
    Lot,
    LotStatus,
    Material,
    Organisation,
    PrintedIdentity,
    Site,
    Statement,
)
from lots.rules.refusal import Refusal

# What a version says of a fact that is so or not.
NO, YES = "no", "yes"
Record: TypeAlias = Organisation | Site | Material | Statement
FIELDS: dict[type, tuple[str, ...]] = {
    Organisation: ("name", "address", "telephone"),
    Site: ("name", "address", "telephone"),
    Material: ("name", "item_code", "cas_number", "formula", "storage", "note"),
    Statement: ("title", "text"),
}
# What decides of a record beside what is printed: whose lots come without another
# manufacturer's certificate, where material is made and tested, how often it is tested
# again. To take it back takes one person, as a suspension does; to give it takes two.
DECIDES: dict[type, tuple[str, ...]] = {
    Organisation: ("is_ours",),
    Site: ("manufactures", "tests", "most_retests"),
}
# By which column of the lot status a record finds its lots.
_FINDS = {Organisation: "site__organisation", Site: "site", Material: "material"}


class NotApproved(Refusal):
    """Nobody approved what a certificate would print."""


def texts(record: Record) -> dict[str, str]:
    """Return the printed columns of a record by name; of a retired statement none."""
    return {name: getattr(record, name) for name in FIELDS[type(record)]}


def said(record: Record) -> dict[str, str]:
    """Return what a version of a record says: what is printed, and what decides."""
    decides = DECIDES.get(type(record), ())
    return texts(record) | {name: _said(getattr(record, name)) for name in decides}


def columns(identity: PrintedIdentity) -> dict[str, Any]:
    """Return the columns of its record as a version says them."""
    decides = DECIDES.get(type(identity.subject), ())
    return {
        name: _read(text) if name in decides else text
        for name, text in identity.texts.items()
    }


def _said(value: int) -> str:
    return (NO, YES)[value] if isinstance(value, bool) else str(value)


def _read(text: str) -> int:
    return text == YES if text in (NO, YES) else int(text)


def _gives(record: Record, name: str, value: int) -> bool:
    """Say whether the record would be allowed more with this value."""
    return value > getattr(record, name)


def versions(record: Record) -> QuerySet[PrintedIdentity]:
    """Return the versions of a record's printed identity."""
    return PrintedIdentity.objects.filter(**{_column(record): record})


def takes_two(record: Record) -> bool:
    """Return whether what is printed of the record is approved by a second person.

    Of a company that is a customer and nothing else, one person keeps the name and
    address: they say to whom a certificate goes, not what the material is.
    """
    if not isinstance(record, Organisation):
        return True
    return record.is_ours or not record.is_customer or record.sites.exists()


def add(act, record):
    """Store a new record with the first draft of its printed identity; return it."""
    act.create(record)
    drafted(act, record)
    return record


def drafted(act, record):
    """Draft what a record says, unless that is approved or waits for it already."""
    if takes_two(record):
        latest = _in_state(record, Approval.DRAFT) or _in_state(
            record, Approval.APPROVED
        )
        now = said(record)
        if latest is None or latest.texts != {name: now[name] for name in latest.texts}:
            draft(act, record, now)


def change(act, record, values):
    """Change a record: what is printed as a draft, all else at once; return the record.

    So is what would allow the record more (`DECIDES`). While nothing was ever approved
    of it, the record shows what is drafted.
    """
    printed = {name: values[name] for name in FIELDS[type(record)]}
    given = {
        name: values[name]
        for name in DECIDES.get(type(record), ())
        if _gives(record, name, values[name])
    }
    facts = {
        name: one
        for name, one in values.items()
        if name not in printed and name not in given
    }
    approved = _in_state(record, Approval.APPROVED)
    # Whose it is may change with it, and so whether a second person is asked.
    as_changed = type(record)(pk=record.pk, **values)
    if approved is None or not takes_two(as_changed):
        say(act, record, values)
        drafted(act, record)
        return record
    act.change(record, **facts)
    wanted = said(record) | printed | {name: _said(one) for name, one in given.items()}
    waiting = _in_state(record, Approval.DRAFT)
    if not given and printed == _printed(record, approved.texts):
        if waiting:
            # What was drafted is taken back: the record says what is approved.
            act.change(waiting, state=Approval.WITHDRAWN)
    elif waiting is None or wanted != waiting.texts:
        draft(act, record, wanted)
    return record


def _printed(record: Record, stored: dict[str, str]) -> dict[str, str]:
    """Return of the texts of a version what is printed."""
    return {name: stored[name] for name in FIELDS[type(record)] if name in stored}


def _is_approved(record: Record, stored: dict[str, str] | None) -> bool:
    """Say whether a record prints what a version says, and is allowed no more.

    A version of before there were facts that decide in it says nothing of them.
    """
    if stored is None:
        return False
    return _printed(record, stored) == texts(record) and not any(
        _gives_more(record, name, stored) for name in DECIDES.get(type(record), ())
    )


def _gives_more(record: Record, name: str, stored: dict[str, str]) -> bool:
    return name in stored and getattr(record, name) > _read(stored[name])


def say(act, record, values):
    """Give a record these values, and let the new name find its lots as the old one."""
    column = _FINDS.get(type(record))
    if column and values["name"] != record.name:
        LotStatus.objects.also_found_by(values["name"], **{column: record})
    return act.change(record, **values)


def draft(act, record, printed):
    """Draft the next version of a record's printed identity; return it.

    A draft that waits for its approval is withdrawn: the later one says what is meant.
    """
    waiting = _in_state(record, Approval.DRAFT)
    if waiting:
        act.change(waiting, state=Approval.WITHDRAWN)
    last = versions(record).aggregate(last=Max("version"))["last"] or 0
    return act.create(
        PrintedIdentity(
            **{_column(record): record},
            version=last + 1,
            texts=printed,
            reason=act.reason,
            drafted_by=act.by,
            drafted_at=act.at,
        )
    )


def take_back(act, statement):
    """Withdraw what waits for approval under a statement's title."""
    for waiting in PrintedIdentity.objects.filter(
        statement__material=statement.material_id,
        statement__title=statement.title,
        state=Approval.DRAFT,
    ).order_by("pk"):
        act.change(waiting, state=Approval.WITHDRAWN)


def versions_of(records):
    """Return by record how its printed identity stands: approved, and what waits.

    A pair of the approved version and the draft, each None where there is none.
    """
    asked = Q(pk=None)
    for record in records:
        asked |= Q(**{_column(record): record})
    found = {
        (one.kind, getattr(one, f"{one.kind}_id"), one.state): one
        for one in PrintedIdentity.objects.filter(
            asked, state__in=[Approval.DRAFT, Approval.APPROVED]
        ).select_related("drafted_by", "signature")
    }
    return {
        record: tuple(
            found.get((_column(record), record.pk, state))
            for state in (Approval.APPROVED, Approval.DRAFT)
        )
        for record in records
    }


def of_lot(lot: Lot) -> dict[str, Any]:
    """Return what certificates print of a lot's manufacturer and of its material."""
    material = texts(lot.material)
    # A lot has its own storage, which its qualification or its log gives.
    del material["storage"]
    return {"manufacturer": of_site(lot.site), "material": material}


def of_assessment(lot: Lot, laboratories: Iterable[Site]) -> dict[str, Any]:
    """Return all that is printed of a lot's identity, its statements included.

    `laboratories` are the sites that tested it.
    """
    return {
        **of_lot(lot),
        "statements": [
            {"title": one.title, "text": one.text, "version": str(one.version)}
            for one in _statements(lot.material)
        ],
        "laboratories": [
            {"key": str(site.pk), **of_site(site)}
            for site in sorted(laboratories, key=lambda site: site.pk)
        ],
    }


def of_site(site: Site) -> dict[str, str]:
    """Return what certificates print of a site: company, site, address, telephone."""
    return {
        "name": site.organisation.name,
        "site": site.name,
        "address": site.address,
        "telephone": site.telephone,
    }


def against(lot: Lot, laboratories: Iterable[Site]) -> Refusal | None:
    """Return the refusal of a release or certificate that prints what nobody approved.

    None where all of it is. What a record says now is compared with what was approved
    of it, whichever way it came there.
    """
    sites = {lot.site, *laboratories}
    printed: list[Record] = [
        lot.material,
        *_statements(lot.material),
        *sorted({site.organisation for site in sites}, key=lambda one: one.pk),
        *sorted(sites, key=lambda one: one.pk),
    ]
    asked = Q()
    for record in printed:
        asked |= Q(**{_column(record): record})
    approved = {
        (one.kind, getattr(one, f"{one.kind}_id")): one.texts
        for one in PrintedIdentity.objects.filter(asked, state=Approval.APPROVED)
    }
    wrong = [
        called(record)
        for record in printed
        if not _is_approved(record, approved.get((_column(record), record.pk)))
    ]
    if not wrong:
        return None
    return NotApproved(
        "identity",
        "What certificates print of %(what)s is not approved. Another person of QA than"
        " its drafter approves it under “Printed identity” in the set-up.",
        what="; ".join(wrong),
    )


def undrafted() -> list[Record]:
    """Return the records of which nothing is approved and nothing waits for it.

    Of before there were versions, or with a first draft that was withdrawn.
    """
    return [record for rows in _undrafted() for record in rows]


def count_undrafted() -> int:
    """Return of how many records nothing is approved and nothing waits for it."""
    first, *others = (rows.order_by().values("pk") for rows in _undrafted())
    return first.union(*others, all=True).count()


def _undrafted() -> list[QuerySet[Any]]:
    live = PrintedIdentity.objects.filter(state__in=[Approval.DRAFT, Approval.APPROVED])
    found = (
        Organisation.objects.filter(
            Q(is_ours=True)
            | Q(is_customer=False)
            | Exists(Site.objects.filter(organisation=OuterRef("pk")))
        ).order_by("name", "pk"),
        Site.objects.select_related("organisation").order_by(
            "organisation__name", "name", "pk"
        ),
        Material.objects.order_by("name", "pk"),
        Statement.objects.filter(is_current=True)
        .select_related("material")
        .order_by("material__name", "title", "pk"),
    )
    return [
        rows.filter(~Exists(live.filter(**{_column(rows.model): OuterRef("pk")})))
        for rows in found
    ]


def drafts():
    """Return the versions that wait for approval, the oldest first."""
    return (
        PrintedIdentity.objects.filter(state=Approval.DRAFT)
        .select_related(
            "organisation", "site__organisation", "material", "statement__material",
            "drafted_by",
        )
        .order_by("pk")
    )  # fmt: skip


def before(identities):
    """Return by its key the texts that each draft takes the place of; none if none.

    Of a statement they are those of the version that is current under its title.
    """
    asked = Q(pk=None)
    for one in identities:
        asked |= (
            Q(
                statement__material=one.statement.material_id,
                statement__title=one.statement.title,
                statement__is_current=True,
            )
            if one.statement_id
            else Q(**{one.kind: one.subject})
        )
    approved = {
        _place(row): row.texts
        for row in PrintedIdentity.objects.filter(
            asked, state=Approval.APPROVED
        ).select_related("statement")
    }
    return {one.pk: approved.get(_place(one), {}) for one in identities}


def _place(identity):
    """Return what a version shares with the one that it takes the place of."""
    if identity.statement_id:
        return "statement", identity.statement.material_id, identity.statement.title
    return identity.kind, getattr(identity, f"{identity.kind}_id")


def _in_state(record, state):
    """Return the version of a record in this state; there is one at most."""
    return versions(record).filter(state=state).first()


def called(record: Record) -> str:
    """Return the name by which pages speak of a record."""
    return record.title if isinstance(record, Statement) else str(record)


def _statements(material: Material) -> list[Statement]:
    return list(material.statements.filter(is_current=True).order_by("pk"))


def _column(record: Record | type[Record]) -> str:
    name = record._meta.model_name
    assert name is not None  # it is no abstract model
    return name

"""Approval of printed identities: several drafts with one signature.

A change is signed as the same place, renamed or corrected, or the same material:
another place is another site, with qualifications of its own (docs/decisions/0027).
"""

from lots.accounts import permissions
from lots.evidence import audit, text_checks
from lots.models import Approval, Statement
from lots.rules import chain
from lots.rules.formats import Format
from lots.rules.refusal import Refusal
from lots.rules.step_table import STEPS
from lots.setup import approval, materials, organisations, printed_identity

# Format 2 says what decides of companies and sites too, such as whether a company is
# our own.
PRINTED_IDENTITY = Format("printed_identity", number=2)


@PRINTED_IDENTITY.reads(1, 2)
def _with_the_fields_of_today(stored):
    return stored


def draft_all(*, by, at):
    """Draft what certificates print today, of every record that has no version yet.

    The way on after an update: what stood there was approved by nobody.
    """
    with audit.act(by=by, at=at, action="draft_identities") as act:
        permissions.check(act, STEPS["draft"], subject="the printed identity")
        act.take_turn()
        found = printed_identity.undrafted()
        if not found:
            raise Refusal(
                "none",
                "Every printed identity has a draft or an approved version, so there"
                " is nothing to draft.",
            )
        return [
            printed_identity.draft(act, record, printed_identity.said(record))
            for record in found
        ]


def approve(*, drafted, by, at, confirmation, shown, same_identity=False):
    """Sign the drafts, all of them with one signature; return it.

    From now on the records have these texts, and what is released and issued prints
    them. `same_identity` is the statement that each change is of the same place or
    material; a first version needs none.
    """
    with audit.act(by=by, at=at, action="approve_identities") as act:
        if not drafted:
            raise Refusal("none", "Select at least one draft to approve.")
        # Nobody else gives a record the same name meanwhile.
        act.take_turn()
        drafts = [
            approval.locked(act, one, subject=f"the printed identity of {one.subject}")
            for one in sorted(drafted, key=lambda one: one.pk)
        ]
        is_renamed = renames(drafts)
        if is_renamed and not same_identity:
            raise Refusal(
                "same-identity",
                "Tick that each change is a new name or a correction of the same"
                " company, place or material. Withdraw the draft of another place, and"
                " add that as another site.",
                field="same_identity",
            )
        signature = approval.sign(
            act,
            confirmation=confirmation,
            shown=shown,
            wording="Printed identity approved",
            text=identities_text(drafts),
            statements={"same_identity": True} if is_renamed else None,
        )
        for one in drafts:
            _supersede(act, one)
            _apply(act, one)
            act.change(one, state=Approval.APPROVED, signature=signature)
        return signature


def withdraw(*, identity, by, at, reason):
    """Withdraw a draft; certificates print what is approved, as before."""
    with audit.act(by=by, at=at, action="withdraw_identity", reason=reason) as act:
        subject = f"the printed identity of {identity.subject}"
        permissions.check(act, STEPS["draft"], subject=subject)
        text_checks.reason_given(reason)
        identity = act.lock(identity)
        if closed := to_withdraw(identity):
            raise closed
        return act.change(identity, state=Approval.WITHDRAWN)


def to_withdraw(identity):
    """Return why a version is no draft to withdraw; None where it is one."""
    return approval.to_withdraw(identity, subject=str(identity))


def renames(identities):
    """Return whether a draft changes what was approved of a company, site or material.

    A statement is no place: each version says by itself what it says.
    """
    before = printed_identity.before(identities)
    return any(one.kind != "statement" and before[one.pk] for one in identities)


def identities_text(identities):
    """Return the canonical text that an approval of these drafts signs."""
    before = printed_identity.before(identities)
    return chain.canonical(
        {
            "format": PRINTED_IDENTITY.number,
            PRINTED_IDENTITY.record: {
                "versions": [
                    {
                        "of": one.kind,
                        "name": _called(one),
                        "version": one.version,
                        "before": before[one.pk],
                        "after": one.texts,
                        "reason": one.reason,
                    }
                    for one in sorted(identities, key=lambda one: one.pk)
                ]
            },
        }
    )


def _called(identity):
    """Return what the record is called today, by which a reader finds it."""
    if isinstance(identity.subject, Statement):
        return f"{identity.subject.material}: {identity.subject}"
    return str(identity.subject)


def _supersede(act, identity):
    for earlier in printed_identity.versions(identity.subject).filter(
        state=Approval.APPROVED
    ):
        act.change(earlier, state=Approval.SUPERSEDED)


def _apply(act, identity):
    """Give the record the texts; refuse what another has by now, or claims a use."""
    record, values = act.lock(identity.subject), printed_identity.columns(identity)
    match identity.kind:
        case "organisation":
            organisations.new_name(type(record)(pk=record.pk, **values))
        case "site":
            organisations.new_site(
                type(record)(
                    pk=record.pk, organisation_id=record.organisation_id, **values
                )
            )
        case "material":
            materials.new_material(type(record)(pk=record.pk, **values))
            materials.one_substance(act, record, values["cas_number"])
        case "statement":
            return _apply_statement(act, record, values)
    if values != {name: getattr(record, name) for name in values}:
        printed_identity.say(act, record, values)
    return None


def _apply_statement(act, statement, values):
    """Make a text the current one of its title, or let a retired one go."""
    if not values:
        return act.change(statement, is_current=False)
    materials.new_statement(statement)
    for other in Statement.objects.filter(
        material=statement.material_id, title=statement.title, is_current=True
    ).exclude(pk=statement.pk):
        act.change(other, is_current=False)
        for earlier in printed_identity.versions(other).filter(state=Approval.APPROVED):
            act.change(earlier, state=Approval.SUPERSEDED)
    if not statement.is_current:
        act.change(statement, is_current=True)
    return statement

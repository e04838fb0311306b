"""Identity: who has a password that somebody else set.

An administrator who sets a one-time password could use it, choose the next one too and
sign in another's name. So the account stores and signs nothing until somebody of QA,
other than whoever set the password, confirmed who has it (21 CFR 11.100(b), 11.300).
"""

from lots.accounts import people, permissions
from lots.evidence import acting_person, audit, signatures
from lots.models import AuditEntry, Role, Signature, User
from lots.rules.refusal import Refusal
from lots.rules.step_table import STEPS, Meaning, NotAllowed

# The acts by which somebody else sets a password.
_SETTING = ("add_account", "set_password", "reactivate")
_CONFIRMING = ("confirm_person", "confirm_at_server")


def confirm_person(*, person, by, at, reason, confirmation, shown):
    """Sign that the person of this account has its password; return the account.

    `reason` is how it is known. Raises NotAllowed, NoReason, and Refusal where the
    owner has not chosen a password yet.
    """
    step = STEPS["confirm_person"]
    with audit.act(by=by, at=at, action=step.code, reason=reason) as act:
        permissions.check(act, step, subject=person.printed_name)
        person = act.lock(person)
        if closed := to_confirm(person, by=act.by):
            raise closed
        signatures.sign_step(
            act,
            step,
            confirmation=confirmation,
            shown=shown,
            text=people.account_text(person),
        )
        return act.change(person, awaits_confirmation=False)


def confirm_at_server(*, person, by, at, reason, second=None):
    """Confirm at the server's command line, until somebody of QA can sign.

    For a new site and after a restore. An administrator who waits too may do it where
    no administrator may act, also for their own account. Where signatures were given
    since, whoever set the password needs a `second` person: else an administrator who
    sets the passwords of all of QA could sign for them alone.
    """
    step = STEPS["confirm_at_server"]
    if second is not None and reason.strip():
        reason = f"{reason} (with {second.printed_name}, {second.username})"
    with audit.act(by=by, at=at, action="confirm_at_server", reason=reason) as act:
        permissions.check(act, step, subject=person.printed_name)
        act.take_turn()
        person = act.lock(person)
        acting = [one for one in User.objects.filter(is_active=True) if one.may_act]
        if qa := [one for one in acting if one.is_a(Role.QA)]:
            raise Refusal(
                "qa-can-sign",
                "%(names)s of QA can sign, so QA confirms who %(name)s is, under"
                " “People to confirm” in My work.",
                names=", ".join(one.printed_name for one in qa),
                name=person.printed_name,
            )
        is_alone = not any(one.is_a(Role.ADMINISTRATOR) for one in acting)
        if act.by.awaits_confirmation and not is_alone:
            closed = acting_person.password_of_another(act.by)
        else:
            closed = _to_confirm(person, act.by, is_alone=is_alone)
        if closed:
            raise closed
        if act.by.accounts & _set_by(person) and _is_in_use():
            _check_second(second, person, act.by)
        return act.change(person, awaits_confirmation=False)


def _is_in_use():
    """Say whether records were signed here since the site began or was restored."""
    restored = AuditEntry.objects.filter(action="restore").order_by("-sequence").first()
    signed = Signature.objects.exclude(meaning=Meaning.TOLD_APART)
    return signed.filter(at__gt=restored.at).exists() if restored else signed.exists()


def _check_second(second, person, by):
    """Refuse to confirm alone who has a password that one set."""
    told = {"name": person.printed_name}
    if second is None:
        raise NotAllowed(
            "own-password",
            "You set the password of %(name)s, so you do not confirm alone who has it"
            " now. Name a second person who can sign with --with, or have another"
            " administrator confirm it.",
            **told,
        )
    second = User.objects.get(pk=second.pk)
    if not (second.is_active and second.may_act) or second.accounts & (
        by.accounts | person.accounts
    ):
        raise NotAllowed(
            "second",
            "%(second)s cannot be the second person for %(name)s; name somebody else"
            " who can sign with --with.",
            second=second.printed_name,
            **told,
        )


def to_confirm(person, *, by):
    """Return why this person does not confirm who has the account; None if they may."""
    if closed := _to_confirm(person, by, is_alone=False):
        return closed
    if by.accounts & _set_by(person):
        return NotAllowed(
            "own-password",
            "You set the password of %(name)s, so somebody else of QA confirms who has"
            " it now.",
            name=person.printed_name,
        )
    return None


def _to_confirm(person, by, *, is_alone):
    if not person.awaits_confirmation or not person.is_active:
        return Refusal(
            "nothing-to-confirm",
            "There is nothing to confirm of %(name)s: nobody waits there for QA.",
            name=person.printed_name,
        )
    if person.must_change_password:
        return Refusal(
            "not-chosen",
            "%(name)s still has the one-time password that an administrator knows; have"
            " %(name)s sign in and choose another, then confirm who it is.",
            name=person.printed_name,
        )
    if person.pk in by.accounts and not is_alone:
        return NotAllowed(
            "own-identity",
            "The account of %(name)s is yours or counts as yours; somebody else of QA"
            " confirms who you are.",
            name=person.printed_name,
        )
    return None


def _set_by(person):
    """Return the keys of those who set the password since it was last confirmed."""
    setters: set[int] = set()
    acts = AuditEntry.objects.filter(
        table=people.TABLE,
        record=person.pk,
        action__in=(*_SETTING, *_CONFIRMING),
    ).order_by("sequence")
    for action, by in acts.values_list("action", "by_id"):
        if action in _CONFIRMING:
            setters = set()
        else:
            setters.add(by)
    return setters


def await_confirmation(*, at):
    """Let everybody who has a one-time password wait for QA; return them.

    Those of a version in which nobody confirmed who they were.
    """
    found = list(
        User.objects.filter(
            must_change_password=True, awaits_confirmation=False
        ).order_by("pk")
    )
    if found:
        with audit.act(by=None, at=at, action="await_confirmation") as act:
            for person in found:
                act.change(person, awaits_confirmation=True)
    return found


def waiting_for(*, by):
    """Return the active accounts that wait for QA to confirm who has them."""
    found = User.objects.filter(awaits_confirmation=True, is_active=True)
    return [
        people.Waiting(one, one.since, to_confirm(one, by=by))
        for one in found.annotate(
            since=people.since_changed("awaits_confirmation")
        ).order_by("pk")
    ]

"""Acting person: who may act at all, whatever the step."""

from lots.models import User
from lots.rules.refusal import Refusal

# What is recorded of somebody whose password an administrator knows, or of whom nobody
# has confirmed yet who they are; at the server the verb itself asks.
_ONE_TIME = ("change_own_password", "signature_refused")
_UNCONFIRMED = (*_ONE_TIME, "confirm_at_server")


def password_of_another(person: User) -> Refusal | None:
    """Return why the person stores and signs nothing; None if they may.

    The password is one that somebody else set, or its owner has chosen another since
    and nobody of QA has confirmed yet who that was.
    """
    if person.must_change_password:
        return Refusal(
            "one-time-password",
            "Nothing was stored: an administrator set your password; change it first.",
        )
    if person.awaits_confirmation:
        return Refusal(
            "not-confirmed",
            "Nothing was stored: an administrator set your password, and nobody of QA"
            " has confirmed since who has it; ask QA, who finds you under “People to"
            " confirm” in My work.",
        )
    return None


def refuse_password_of_another(person: User, action: str) -> None:
    """Refuse an act of somebody who stores and signs nothing yet."""
    closed = password_of_another(person)
    let = _ONE_TIME if person.must_change_password else _UNCONFIRMED
    if closed and action not in let:
        raise closed


def as_stored(by: User) -> User:
    """Return the person as the database has it now; refuse one who is deactivated."""
    by = User.objects.get(pk=by.pk)
    _refuse_inactive(by.is_active)
    return by


def roles_as_stored(by: User) -> object:
    """Return the roles of the person now; refuse one who is deactivated."""
    is_active, roles = User.objects.values_list("is_active", "roles").get(pk=by.pk)
    _refuse_inactive(is_active)
    return roles


def _refuse_inactive(is_active: bool) -> None:
    if not is_active:
        raise Refusal(
            "inactive",
            "Your account is deactivated and cannot act; ask an administrator.",
        )

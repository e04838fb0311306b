"""The fictional people of the training site, and their shared password."""

from lots.accounts import identity, people, users
from lots.evidence import audit, signatures
from lots.rules.roles import Role

PASSWORD = "training-2026-only"
PEOPLE = (
    ("lin", "Lin Yue", "Analyst, Quality Control", "E-101", [Role.ANALYST]),
    ("marek", "Marek Novak", "Analyst, Quality Control", "E-102", [Role.ANALYST]),
    (
        "sofia",
        "Sofia Almeida",
        "Senior Analyst, Quality Control",
        "E-103",
        [Role.REVIEWER],
    ),
    ("tomas", "Tomas Berg", "Head of Quality Control", "E-104", [Role.REVIEWER]),
    ("chen", "Chen Fang", "Head of Quality Assurance", "E-105", [Role.QA]),
    ("olga", "Olga Petrova", "QA Specialist, Quality Assurance", "E-106", [Role.QA]),
    ("maria", "Maria Rossi", "Site Manager", "E-107", [Role.MANAGER]),
    ("ines", "Ines Keller", "Inspector", "E-108", [Role.AUDITOR]),
    ("admin", "Ada Byron", "System Administrator", "E-109", [Role.ADMINISTRATOR]),
)


class Cast:
    """The people by username, each with a password confirmed for signing."""

    def __init__(self, people):
        self.people = people
        self._confirmations = {}

    def __getattr__(self, username):
        try:
            return self.people[username]
        except KeyError:
            raise AttributeError(username) from None

    def confirmation(self, person, *, at):
        """Return a confirmation of the person's password, typed once a minute."""
        found = self._confirmations.get(person.pk)
        if found is None or not signatures.is_fresh(found):
            found = signatures.confirm(by=person, at=at, password=PASSWORD)
            self._confirmations[person.pk] = found
        return found


def add_namesake(cast, *, at):
    """Add a second Lin Yue, of whom nobody has confirmed yet who it is.

    Nor has anybody told the two apart.
    """
    once = "given on the first day"
    person = users.add_account(
        by=cast.admin,
        at=at,
        username="yue",
        printed_name="Yue Lin",
        title="Analyst, Stability Testing",
        employee_number="E-110",
        roles=[Role.ANALYST],
        password=once,
        reason="Passport, and the contract of employment of this month",
    )
    return users.change_own_password(by=person, at=at, current=once, new=PASSWORD)


def start(*, at):
    """Make the empty database a training site with its people; return the cast.

    The administrator confirms at the server who Chen is, and Chen who the others are.
    """
    cast = Cast(users.start_training(at=at, members=PEOPLE, password=PASSWORD))
    with audit.as_account("training"):
        cast.people["chen"] = identity.confirm_at_server(
            person=cast.chen, by=cast.admin, at=at, reason="Shown the staff card"
        )
    for username, person in cast.people.items():
        if person.awaits_confirmation:
            cast.people[username] = confirm(cast, person, at=at)
    return cast


def confirm(cast, person, *, at):
    """Let Chen of QA confirm who has the account; return it."""
    return identity.confirm_person(
        person=person,
        by=cast.chen,
        at=at,
        reason="Shown the staff card",
        confirmation=cast.confirmation(cast.chen, at=at),
        shown=signatures.shown(people.account_text(person)),
    )

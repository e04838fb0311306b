"""The fictional people of the training site, and their shared password."""

from lots.accounts import users
from lots.evidence import signatures
from lots.rules.roles import Role

PASSWORD = "training-2026-only"
PEOPLE = (
    ("lin", "Lin Yue", "Analyst, Quality Control", [Role.ANALYST]),
    ("marek", "Marek Novak", "Analyst, Quality Control", [Role.ANALYST]),
    ("sofia", "Sofia Almeida", "Senior Analyst, Quality Control", [Role.REVIEWER]),
    ("tomas", "Tomas Berg", "Head of Quality Control", [Role.REVIEWER]),
    ("chen", "Chen Fang", "Head of Quality Assurance", [Role.QA]),
    ("olga", "Olga Petrova", "QA Specialist, Quality Assurance", [Role.QA]),
    ("maria", "Maria Rossi", "Site Manager", [Role.MANAGER]),
    ("ines", "Ines Keller", "Inspector", [Role.AUDITOR]),
    ("admin", "Ada Byron", "System Administrator", [Role.ADMINISTRATOR]),
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


def start(*, at):
    """Make the empty database a training site with its people; return the cast."""
    return Cast(users.start_training(at=at, people=PEOPLE, password=PASSWORD))

"""People and the installation they work in."""

from django.contrib.auth import hashers
from django.contrib.auth.models import AbstractBaseUser, BaseUserManager
from django.db import models
from django.utils.translation import gettext_lazy as _

from lots.models.fields import PlainCharField, PlainJSONField
from lots.rules import chain


class UserManager(BaseUserManager):
    def get_by_natural_key(self, username):
        return self.get(username_key=username.casefold())


class User(AbstractBaseUser):
    """A person's account. Deactivated, never deleted; a username is never used again.

    A signature prints `printed_name` and `title` as they were when it was given
    (21 CFR 11.50, 11.100). `roles` is a sorted list of `Role` values.
    A person is an employee number and has one active account; the number is blank on
    accounts of a version that did not ask for it. `one_with` are the keys of the
    accounts that count as the same person (lots/accounts/people.py).
    """

    username = PlainCharField(_("username"), max_length=60, unique=True)
    username_key = PlainCharField(max_length=60, unique=True, editable=False)
    printed_name = PlainCharField(_("printed name"), max_length=120, printed=True)
    title = PlainCharField(_("title"), max_length=120, printed=True)
    employee_number = PlainCharField(
        _("employee number"), max_length=40, blank=True, default=""
    )
    employee_key = PlainCharField(max_length=40, blank=True, default="", editable=False)
    one_with = PlainJSONField(_("counts as one person with"), default=list)
    roles = PlainJSONField(_("roles"), default=list)
    is_active = models.BooleanField(_("active"), default=True)
    must_change_password = models.BooleanField(default=False)
    awaits_confirmation = models.BooleanField(
        _("waits for QA to confirm who it is"), default=False
    )
    created_at = models.DateTimeField()

    USERNAME_FIELD = "username"
    objects = UserManager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["employee_key"],
                condition=models.Q(is_active=True) & ~models.Q(employee_key=""),
                name="one_active_account_of_a_person",
            )
        ]

    def __str__(self):
        return self.printed_name

    @property
    def accounts(self):
        """Return the keys of all accounts that count as this person, this one too."""
        return frozenset((self.pk, *self.one_with))

    @property
    def password_digest(self):
        """Return the SHA-256 of the stored hash, which is what the trail holds of it.

        The hash has a salt of its own, so nobody can guess the password by this.
        """
        return chain.digest(self.password)

    def check_password(self, raw_password):
        """Say whether this is the password. Stores nothing.

        Django's own renews an older kind of hash here, without an act of a person, and
        the trail would not know the new one.
        """
        return hashers.check_password(raw_password, self.password)

    async def acheck_password(self, raw_password):
        return await hashers.acheck_password(raw_password, self.password)

    @property
    def may_act(self):
        """Say whether the person may change anything: with a password of their own.

        After one that somebody else set, only once QA confirmed who has it.
        """
        return not self.must_change_password and not self.awaits_confirmation

    def takes(self, *roles):
        """Say whether this person holds any of the roles today and may act in it."""
        return self.may_act and self.is_a(*roles)

    def is_a(self, *roles):
        """Say whether this person holds any of the roles today."""
        return self.is_active and not set(self.roles).isdisjoint(roles)


class Theme(models.TextChoices):
    """Light or dark; by default what the reader's system says."""

    SYSTEM = "system", _("As the system")
    LIGHT = "light", _("Light")
    DARK = "dark", _("Dark")


class Rows(models.TextChoices):
    """How high the rows of tables are."""

    COMPACT = "compact", _("Compact")
    COMFORTABLE = "comfortable", _("Comfortable")


class Preferences(models.Model):
    """How one person likes the pages to look; changes no record.

    No evidence, so the trail does not tell of it (docs/decisions/0040).
    """

    person = models.OneToOneField(
        User, on_delete=models.PROTECT, primary_key=True, related_name="+"
    )
    theme = models.CharField(max_length=10, choices=Theme, default=Theme.SYSTEM)
    rows = models.CharField(max_length=12, choices=Rows, default=Rows.COMPACT)
    single_keys = models.BooleanField(default=True)

    def __str__(self):
        return f"{self.person}: {self.theme}, {self.rows}"


class Installation(models.Model):
    """The one row that says what this installation is.

    `is_training` is set for ever when an empty database is filled by the demo
    (architecture.md 6.10).
    """

    is_training = models.BooleanField()
    started_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(pk=1), name="installation_is_single"
            )
        ]

    def __str__(self):
        return "training" if self.is_training else "real"

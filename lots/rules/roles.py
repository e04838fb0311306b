"""Roles of people, what people did with a lot, and the issuer's part in it.

Standard library only.
"""

from lots.rules.stored_codes import Coded, Said
from lots.rules.stored_codes import gettext_noop as _


class Role(Said):
    """What a person may do here; rights differ by step (architecture.md 1).

    `said` is the word in a sentence: ask QA.
    """

    ANALYST = "analyst", _("Analyst"), _("an analyst")
    REVIEWER = "reviewer", _("Reviewer"), _("a reviewer")
    QA = "qa", _("QA"), _("QA")
    MANAGER = "manager", _("Manager"), _("a manager")
    AUDITOR = "auditor", _("Auditor"), _("an auditor")
    ADMINISTRATOR = "administrator", _("Administrator"), _("an administrator")


class Deed(Said):
    """What a person did with a lot over its whole history, or with a draft.

    `said` ends a sentence that begins with “you”.
    """

    ENTERED = "entered", _("Entered"), _("entered facts or results of it")
    PERFORMED = "performed", _("Performed"), _("performed tests of it")
    REVIEWED = "reviewed", _("Reviewed"), _("reviewed it")
    DRAFTED = "drafted", _("Drafted"), _("drafted it")


class IssuerRole(Coded):
    """What the issuer of a certificate is for the lot (ICH Q7 11.4)."""

    MANUFACTURER = "manufacturer", _("Manufacturer")
    REPACKER = "repacker", _("Repacker")
    REPROCESSOR = "reprocessor", _("Reprocessor")
    AGENT = "agent", _("Agent")

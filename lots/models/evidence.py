"""Evidence: audit entries, signatures and imported files."""

import hashlib

from django.db import models
from django.utils.translation import gettext_lazy as _

from lots.models.code_field import CodeField
from lots.models.fields import KeptTextField, PlainCharField
from lots.rules import chain
from lots.rules.chain import CLOCK_ACCEPTED
from lots.rules.step_table import Meaning


class AuditEntry(models.Model):
    """One per changed record and act, in one chain; only ever added to.

    `changes` maps each changed field to its old and new canonical text, `row` is
    the digest of the record's full row after the change (blank once it is gone);
    lots/evidence/creations.py says what they are of new records. `digest` is that of
    the entry and of the digest of the entry before (lots/rules/chain.py), which is
    stored there; the key lets no two entries follow the same one.
    """

    sequence = models.BigIntegerField(primary_key=True)
    at = models.DateTimeField(db_index=True)
    by = models.ForeignKey("lots.User", models.PROTECT, null=True, related_name="+")
    by_name = models.CharField(max_length=200)
    account = models.CharField(max_length=120, blank=True)
    action = models.CharField(_("action"), max_length=40)
    table = models.CharField(_("record"), max_length=40)
    record = models.CharField(max_length=40)
    lot = models.ForeignKey(
        "lots.Lot", models.PROTECT, null=True, related_name="audit_entries"
    )
    changes = models.JSONField()
    reason = models.CharField(_("reason"), max_length=400, blank=True)
    row = models.CharField(max_length=64, blank=True)
    digest = models.CharField(max_length=64)

    class Meta:
        indexes = [
            models.Index(fields=["table", "record", "sequence"]),
            # Asked at every act where the clock was once wrong.
            models.Index(
                fields=["action", "sequence"],
                condition=models.Q(action=CLOCK_ACCEPTED),
                name="clock_accepted",
            ),
            # Asked before what is of no lot is taken as it was read before.
            models.Index(
                fields=["lot", "sequence"],
                condition=models.Q(lot=None),
                name="beside_lots",
            ),
        ]

    def __str__(self):
        return f"{self.sequence} {self.action}"

    @property
    def who(self):
        """Return the person and, of an act at the server, the account used there."""
        if not self.account:
            return self.by_name
        account = _("server account %(account)s") % {"account": self.account}
        return f"{self.by_name}, {account}" if self.by_name else str(account)


class Signature(models.Model):
    """Who, as printed on the day, what it means, when, and exactly what was shown.

    `text` is the canonical text that was shown, `digest` its SHA-256
    (21 CFR 11.50, 11.70). `wording` is the meaning in words, for instance
    "Released for the manufacture of oral dosage forms".
    """

    by = models.ForeignKey("lots.User", models.PROTECT, related_name="signatures")
    printed_name = PlainCharField(max_length=120)
    title = PlainCharField(max_length=120)
    meaning = CodeField(codes=Meaning, max_length=12)
    wording = PlainCharField(max_length=200)
    at = models.DateTimeField()
    zone = PlainCharField(max_length=40)
    text = KeptTextField()
    digest = PlainCharField(max_length=64)
    lot = models.ForeignKey(
        "lots.Lot", models.PROTECT, null=True, related_name="signatures"
    )

    def __str__(self):
        return f"{self.printed_name}: {self.wording}"

    @property
    def told_text(self):
        """Return the text as the audit trail tells it: a long one by its digest."""
        return chain.abridged(self.text)


class ImportedFile(models.Model):
    """A file of lots that was imported once, kept with its digest and its map."""

    document = models.ForeignKey("lots.Document", models.PROTECT, related_name="+")
    sha256 = PlainCharField(max_length=64, unique=True)
    map = models.TextField()
    rows = models.PositiveIntegerField()
    by = models.ForeignKey("lots.User", models.PROTECT, related_name="+")
    at = models.DateTimeField()

    def __str__(self):
        return self.document.name


class ColumnMap(models.Model):
    """A column map that translates words into results, proposed for approval.

    Another text is another version, known by the digest of its lines. Approved once
    it is signed, by a second person; whoever signed it imports nothing with it. Once
    it is withdrawn, nothing is imported with it any more.
    """

    text = models.TextField()
    sha256 = PlainCharField(max_length=64, unique=True)
    proposed_by = models.ForeignKey("lots.User", models.PROTECT, related_name="+")
    proposed_at = models.DateTimeField()
    signature = models.ForeignKey(
        Signature, models.PROTECT, null=True, related_name="+"
    )
    withdrawn_at = models.DateTimeField(null=True)
    withdrawn_by = models.ForeignKey(
        "lots.User", models.PROTECT, null=True, related_name="+"
    )
    withdrawn_because = PlainCharField(max_length=400, blank=True, default="")

    def __str__(self):
        return f"SHA-256 {self.sha256[:16]}"

    @staticmethod
    def digest_of(text: str) -> str:
        """Return the SHA-256 of a map's text, whatever the ends of its lines."""
        lines = text.removeprefix("\ufeff").replace("\r\n", "\n").strip()
        return hashlib.sha256(lines.encode()).hexdigest()


class NumberFloor(models.Model):
    """The highest number that a replaced database gave in a series, such as COA-2026.

    A number of the series is given above it (`lots.evidence.number_series`).
    """

    series = PlainCharField(max_length=20, unique=True)
    last = models.PositiveIntegerField()

    def __str__(self):
        return f"{self.series}-{self.last}"

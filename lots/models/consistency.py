"""Consistency findings of a lot, as they were when its results were submitted."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from lots.models.code_field import CodeField
from lots.models.fields import PlainCharField
from lots.rules.consistency import FindingKind


class ConsistencyFinding(models.Model):
    """What was noticed of a lot beside other lots; a later lot never changes it.

    Of one `result`, or of all that the lot has beside an `other` lot. The reviewer
    acknowledges it under the signature of the `review`, with a `comment` where its kind
    asks for one. QA's `conclusion`, with `evidence` and a signature, is asked for where
    the integrity of the data is in doubt.
    """

    LONGEST = 600

    lot = models.ForeignKey("lots.Lot", models.PROTECT, related_name="findings")
    result = models.ForeignKey(
        "lots.Result", models.PROTECT, null=True, related_name="findings"
    )
    other = models.ForeignKey(
        "lots.Lot", models.PROTECT, null=True, related_name="+", db_index=False
    )
    kind = CodeField(codes=FindingKind, max_length=10)
    text = PlainCharField(max_length=LONGEST)
    found_at = models.DateTimeField()
    comment = PlainCharField(_("comment"), max_length=400, blank=True)
    review = models.ForeignKey(
        "lots.Signature", models.PROTECT, null=True, related_name="+", db_index=False
    )
    conclusion = PlainCharField(_("conclusion"), max_length=400, blank=True)
    evidence = PlainCharField(_("evidence"), max_length=400, blank=True)
    signature = models.ForeignKey(
        "lots.Signature", models.PROTECT, null=True, related_name="+", db_index=False
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["result", "kind"], name="finding_once_of_a_result"
            ),
            models.UniqueConstraint(
                fields=["lot", "other", "kind"], name="finding_once_of_two_lots"
            ),
        ]

    def __str__(self):
        return self.text

    @property
    def kind_of(self):
        """The member of its kind."""
        return FindingKind.of(self.kind)

    @property
    def is_open(self):
        """Return whether QA must still conclude on it."""
        return self.kind_of.is_data_integrity and not self.signature_id

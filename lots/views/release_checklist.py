"""Checklist of a release: each condition, met or with what stands against it."""

from dataclasses import dataclass, replace

from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from lots.models import Origin
from lots.origin import duplicates
from lots.rules.repeated import together
from lots.rules.roles import IssuerRole
from lots.views import lot_page
from lots.wording import sentence


@dataclass(frozen=True)
class Check:
    """A condition of the checklist: met, or the sentences that stand against it.

    `awaited` are the earlier lots that it waits for: key and number. `results` is the
    address of the results, where the condition is met by entering or reviewing them.
    """

    name: str | Promise
    sentences: tuple[str, ...]
    awaited: tuple[tuple[int, str], ...] = ()
    results: str = ""

    @property
    def is_met(self):
        return not self.sentences

    @property
    def is_long(self):
        return len(self.sentences) > lot_page.SHOWN_BLOCKERS


@dataclass(frozen=True)
class Checklist:
    """The conditions of a release, in order."""

    checks: tuple[Check, ...]

    @property
    def said(self):
        """Return the sentences of all conditions."""
        return {sentence for one in self.checks for sentence in one.sentences}

    @property
    def met(self):
        return [one for one in self.checks if one.is_met]

    @property
    def unmet(self):
        return [one for one in self.checks if not one.is_met]


# Which conditions of the evaluation belong to which line of the checklist.
CONDITIONS = (
    (
        _("All required results are entered"),
        {"missing", "retests", "invalidated", "waits"},
    ),
    (_("No result failed or is undecided"), {"fails", "undecided"}),
    (_("All results are reviewed"), {"unreviewed", "unconfirmed"}),
    (_("All investigations of the lot are concluded"), {"investigation"}),
    (
        _("Every result meets the minimum specification of the use"),
        {
            "minimum-fails",
            "minimum-undecided",
            "minimum-missing",
            "minimum-unreviewed",
        },
    ),
)


# What is settled where results are entered and submitted, and reviewed from.
_OF_RESULTS = {"missing", "unreviewed", "minimum-missing", "minimum-unreviewed"}
# Said by the evaluation, and again by the records where they changed since.
SPARED = (
    _("Tests not done on this lot passed on an earlier one"),
    {"periodic", "earlier-lot"},
)
# Which of what closes a release, however complete it is; the rest is its use.
CLOSING = (
    (_("The retest, use-by or expiry date has not passed"), {"date-passed"}),
    (_("The specification is not withdrawn"), {"specification"}),
    (_("What certificates print is approved"), {"identity"}),
    (_("No finding puts the data in doubt"), {"data-in-doubt"}),
    (_("Made, sampled, tested and reviewed in this order"), {"days"}),
    SPARED,
    (
        _("The release covers the minimum specification of the use"),
        {"no-minimum", "below-minimum", "in-house"},
    ),
)
CLOSING_A_CHILD = (
    *CLOSING,
    (
        _("Each parent lot may be used for it"),
        {
            "parent-state",
            "parent-investigation",
            "parent-fails",
            "parent-refused",
            "parent-untested",
        },
    ),
)
# Of a lot that another company made.
CLOSING_A_BOUGHT_LOT = (
    _("The manufacturer's certificate is attached"),
    {"no-original"},
)


def checks(assessment, one, closing):
    """Return the checklist of a release."""
    results = reverse("lots:test_order", args=[assessment.test_order_id])
    found = [
        replace(
            _check(name, one.blockers, codes),
            results="" if codes.isdisjoint(_OF_RESULTS) else results,
        )
        for name, codes in CONDITIONS
    ]
    other = _rest(one.blockers, (*CONDITIONS, SPARED))
    if other:
        found.append(Check(_("Nothing else blocks the release"), other))
    lot = assessment.lot
    lines = CLOSING if lot.origin == Origin.MANUFACTURE else CLOSING_A_CHILD
    if lot.issuer_role != IssuerRole.MANUFACTURER:
        lines = (*lines, CLOSING_A_BOUGHT_LOT)
    found += [
        replace(
            _check(name, (*one.blockers, *closing), codes),
            awaited=tuple(one.awaited.items()),
        )
        if (name, codes) == SPARED
        else _check(name, closing, codes)
        for name, codes in lines
    ]
    found.append(
        Check(
            _("The lot, its parent lots and its qualification allow this use"),
            _rest(closing, lines),
        )
    )
    namesakes = tuple(
        sentence(duplicates.against_namesake(twin))
        for twin in duplicates.namesakes(lot, assessment.use)
    )
    if namesakes:
        found.append(
            Check(
                _(
                    "No other lot with this manufacturer's lot number failed or has a"
                    " less strict intended use"
                ),
                namesakes,
            )
        )
    return Checklist(tuple(found))


def _check(name, refusals, codes):
    found = together(one for one in refusals if one.code in codes)
    return Check(name, tuple(map(sentence, found)))


def _rest(refusals, lines):
    named = set().union(*(codes for _name, codes in lines))
    found = together(one for one in refusals if one.code not in named)
    return tuple(map(sentence, found))

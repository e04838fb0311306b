"""Not imported: what a file leaves out of a row, and why.

A failing result must not be lost on the way from a file (FDA, Data Integrity and
Compliance With Drug CGMP, 2018, question 2: data that are left out are accounted for).
So the texts that mean *not reported* are a closed list here, and a column is ignored
for a reason of a list. Standard library only.
"""

from lots.rules.stored_codes import Coded
from lots.rules.stored_codes import gettext_noop as _

# The texts that mean that a test was not done or not reported, in small letters.
NOT_REPORTED = ("", "-", "/", "n/a", "not tested", "未检")
# It means that too where the test can never be zero.
ZERO = "0"


class Why(Coded):
    """Why a cell of a file became no result.

    All but the first are the reasons for which a map ignores a column.
    """

    NOT_REPORTED = "not_reported", _("Not reported")
    IDENTIFIER = "identifier", _("Identifier")
    REMARK = "remark", _("Remark")
    NOT_A_TEST = "not_a_test", _("Not a test of this material")
    OTHER_LOTS = "other_lots", _("Test of other lots")
    CALCULATED = "calculated", _("Calculated here from other columns")
    LIMIT = "limit", _("Limit or unit")
    OTHER_FACT = "other_fact", _("Fact that is not kept here")


REASONS = tuple(why for why in Why if why != Why.NOT_REPORTED)


def means_not_reported(text: str) -> bool:
    """Say whether the text is one of the closed list, whatever the letter case."""
    return text.casefold() in NOT_REPORTED

"""Wording: the reader's words for stored codes and stored English sentences.

The trail stores codes and tables as they are; these are their words.
"""

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from lots.rules.criterion import raised
from lots.rules.refusal import Refusal, Refusals, Word, Words
from lots.rules.step_table import STEPS
from lots.rules.unknown import BLANK, UNKNOWN
from lots.rules.uses import USES


def choices(codes):
    """Return the codes of an enum, each with its word, as Django takes choices."""
    return [(code.value, _(code.word)) for code in codes]


def sentence(refusal):
    """Return the sentence of a refusal or a status in the language of the page."""
    if isinstance(refusal, Refusals):
        return " ".join(map(sentence, refusal.refusals))
    said = gettext(refusal.sentence)
    if not refusal.params:
        return said
    return said % {name: _said(name, value) for name, value in refusal.params.items()}


def _said(name, value):
    """Return a value of a refusal as the page says it, “…” for what is not known.

    Words of the program are translated, and so is a refusal that it quotes; a
    criterion reads as certificates print it.
    """
    if value is UNKNOWN:
        return BLANK
    if isinstance(value, Refusal):
        return sentence(value)
    if isinstance(value, Words):
        return f" {gettext(value.between)} ".join(map(gettext, value.each))
    if name == "criterion":
        return raised(value)
    return gettext(value) if isinstance(value, Word) else value


def now_called(signed, today):
    """Return what was signed, with what it is called today beside it."""
    if not signed or signed == today:
        return signed
    return gettext("%(signed)s (now called: %(today)s)") % {
        "signed": signed,
        "today": today,
    }


def use_choices():
    """Return the uses, each with its name; asked anew by each form and filter."""
    return [(use.code, _(use.name)) for use in USES.values()]


# Steps that allow several acts; the trail has the code of the act, which is below.
_SEVERAL_ACTS = ("administer", "approve", "draft", "keep", "suspend")
# What each act of the trail was, by its code: a step, or something beside the steps.
ACTIONS = {
    **{code: _(step.name) for code, step in STEPS.items() if code not in _SEVERAL_ACTS},
    "add_account": _("Add an account"),
    "add_material": _("Add a material"),
    "add_organisation": _("Add an organisation"),
    "add_procedure": _("Draft a version of a method"),
    "add_site": _("Add a site"),
    "add_statement": _("Add a statement"),
    "add_test": _("Add a test"),
    "approve_identities": _("Approve printed identities"),
    "approve_letterhead": _("Approve a certificate header"),
    "approve_methods": _("Approve methods"),
    "approve_qualification": _("Approve a qualification"),
    "approve_specification": _("Approve a specification"),
    "approve_stand_in": _("Approve an alternative use"),
    "attach": _("Attach raw data"),
    "attach_original": _("Attach the manufacturer's certificate"),
    "await_confirmation": _("Let QA confirm who has a one-time password"),
    "change_account": _("Change an account"),
    "change_employee_number": _("Change an employee number"),
    "count_people": _("Find accounts that read alike"),
    "change_draft": _("Change a draft"),
    "change_material": _("Change a material"),
    "change_organisation": _("Change an organisation"),
    "change_own_password": _("Change their own password"),
    "change_site": _("Change a site"),
    "change_test": _("Change a test"),
    "check_import": _("Check a file for import"),
    "deactivate": _("Deactivate an account"),
    "draft_identities": _("Draft printed identities as they are"),
    "draft_methods": _("Draft methods in use as they are"),
    "draft_letterhead": _("Draft a certificate header"),
    "draft_qualification": _("Draft a qualification"),
    "draft_specification": _("Draft a specification"),
    "draft_stand_in": _("Draft an alternative use"),
    "import": _("Import a file"),
    "log": _("Log the lot"),
    "open_investigation": _("Open an investigation"),
    "open_raw_data": _("Open raw data"),
    "reactivate": _("Reactivate an account"),
    "keep_release": _("Keep the release"),
    "recalculation": _("Recalculate a result"),
    "remeasurement": _("Enter a re-measurement"),
    "reprocessing": _("Enter reprocessed data"),
    "remark": _("Remark on a result"),
    "resample": _("Enter a result of a resample"),
    "restore": _("Restore from a backup"),
    "resume_qualification": _("Resume a qualification"),
    "retest": _("Enter a retest"),
    "retire_statement": _("Retire a statement"),
    "set_password": _("Set a one-time password"),
    "tell_passwords": _("Record the checksums of passwords"),
    "set_roles": _("Set roles"),
    "signature_refused": _("Refuse a signature: wrong password"),
    "start_site": _("Start the site"),
    "start_training": _("Start the training site"),
    "store_certificate": _("Store a certificate"),
    "suspend_qualification": _("Suspend a qualification"),
    "transcription": _("Correct a transcription"),
    "withdraw_draft": _("Withdraw a draft"),
    "withdraw_identity": _("Withdraw the draft of a printed identity"),
    "withdraw_method": _("Withdraw the draft of a method"),
    "withdraw_letterhead": _("Withdraw a certificate header"),
    "withdraw_qualification": _("Withdraw a qualification"),
    "withdraw_specification": _("Retire a specification"),
    "withdraw_stand_in": _("Withdraw an alternative use"),
}
# What one record of each table is called.
RECORDS = {
    "lots_assessment": _("assessment"),
    "lots_attachment": _("attachment"),
    "lots_auditentry": _("audit entry"),
    "lots_columnmap": _("column map"),
    "lots_criterion": _("criterion"),
    "lots_document": _("document"),
    "lots_examination": _("test order"),
    "lots_importedfile": _("imported file"),
    "lots_installation": _("installation"),
    "lots_invalidrun": _("invalid run"),
    "lots_investigation": _("investigation"),
    "lots_letterhead": _("certificate header"),
    "lots_lot": _("lot"),
    "lots_mark": _("mark"),
    "lots_material": _("material"),
    "lots_numberfloor": _("last number of a series"),
    "lots_organisation": _("organisation"),
    "lots_parentage": _("parent lot"),
    "lots_phaseone": _("phase I record"),
    "lots_printedidentity": _("printed identity"),
    "lots_periodicfailure": _("failure of a periodic test"),
    "lots_preferences": _("preferences"),
    "lots_procedure": _("method"),
    "lots_qualification": _("qualification"),
    "lots_releasekept": _("release kept"),
    "lots_releasedays": _("release days"),
    "lots_result": _("result"),
    "lots_rundecision": _("decision on a result of a run"),
    "lots_sample": _("sample"),
    "lots_signature": _("signature"),
    "lots_site": _("site"),
    "lots_specification": _("specification"),
    "lots_standin": _("alternative use"),
    "lots_standing": _("lot status"),
    "lots_statement": _("statement"),
    "lots_test": _("test"),
    "lots_consistencyfinding": _("consistency finding"),
    "lots_unaffected": _("decision that a lot is not affected"),
    "lots_user": _("account"),
    "reports_certificate": _("certificate"),
    "reports_series": _("series of numbers"),
}


def action_words(action):
    """Return what an act was, in words; the code itself of one that is not known."""
    return ACTIONS.get(action, action)


def record_words(table):
    """Return what a record of the table is called; the table's name if unknown."""
    return RECORDS.get(table, table)


def in_per_cent(thousandths: int) -> str:
    """Return a distance to a limit in per cent, with one decimal."""
    sign = "-" if thousandths < 0 else ""
    whole, tenth = divmod(abs(thousandths), 10)
    return f"{sign}{whole}.{tenth} %"

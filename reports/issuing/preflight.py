"""Preflight: everything that blocks a certificate, with the page to fix it."""

from dataclasses import fields, replace

from django.db.models import Q

from lots import calendar
from lots.evaluation import evaluator
from lots.models import (
    Approval,
    AssessmentState,
    CertificateHeader,
    Conclusion,
    LotState,
)
from lots.origin import genealogy, later_investigations, lot_facts, questions, use_gate
from lots.origin.lot_facts import DATES
from lots.rules import chain, step_table
from lots.rules.formats import UnknownFormat
from lots.rules.refusal import Refusal, Word, Words
from lots.rules.repeated import together
from lots.rules.rounding import Rule
from lots.setup import specification_content, valid_qualification
from lots.workflow import blockers, days
from reports.composition import certificate_content
from reports.composition.results import UNSPARED, printed
from reports.content import certificate as content_of
from reports.content import differences
from reports.issuing import addressee, identity, proofreading, recomputation
from reports.issuing.remedies import Blocker, certificate_header_form, fixed_at
from reports.issuing.request import Findings, Proposal
from reports.models import Asked, Certificate, Kind, State
from reports.status import verification

# What a duplicate says otherwise than its original: what QA asks for with each.
_PATHS = {"shipped": "lot.shipped"}
_OF_THE_ADDRESSEE = (
    *(_PATHS.get(one.name, one.name) for one in fields(Asked)),
    "duplicate_of",
)


def digest_of(changes):
    """Return the checksum by which a revision knows that these changes were shown."""
    return chain.digest(
        chain.canonical([[one.path, one.before, one.after] for one in changes])
    )


def digest_of_text(draft):
    """Return the checksum of what the certificate prints, but for the time of issue.

    By it an issue knows that this is the text with which the label was compared.
    """
    undated = replace(draft, dates=replace(draft.dates, issued=""))
    return chain.digest(content_of.to_json(undated))


def findings(assessment, *, at, **asked):
    """Return what is found of the original certificate that is asked for."""
    return look(Proposal(assessment=assessment, at=at, asked=Asked(**asked)))


def preflight(assessment, *, at, **asked):
    """Return everything that blocks issuing the original certificate."""
    return findings(assessment, at=at, **asked).blockers


def look(proposal):
    """Return every blocker of a proposal, and its content where one can be worded."""
    assessment = proposal.assessment
    lot = assessment.lot
    certificate_header = CertificateHeader.objects.filter(
        state=Approval.APPROVED
    ).first()
    found = [
        *_of_states(proposal),
        *_of_investigations(assessment),
        *_of_use(proposal),
        *_of_role(lot),
        *_of_specification(assessment),
        *_of_date(proposal),
        *addressee.of_customer(proposal),
        *addressee.of_shipped(proposal),
        *_of_others(proposal),
    ]
    if certificate_header is None:
        found.append(
            Blocker(
                Refusal(
                    "certificate_header",
                    "No certificate header is approved; QA drafts one, and another"
                    " person of QA approves it.",
                ),
                "lots:certificate_header",
                form=certificate_header_form(),
            )
        )
    if assessment.state != AssessmentState.RELEASED:
        return Findings(tuple(found), certificate_header=certificate_header)
    evaluated = evaluator.evaluate(lot)
    found += _of_minimum(evaluated, assessment)
    found += _of_days(proposal, evaluated)
    if certificate_header is None:
        return Findings(tuple(found), certificate_header=certificate_header)
    recomputed = tuple(recomputation.of_release(evaluated, assessment))
    found += recomputed
    found += _of_rounding(evaluated, assessment)
    if any(isinstance(one.refusal, UnknownFormat) for one in recomputed):
        # What was signed cannot be read, so nothing can be worded of it.
        return Findings(tuple(found), certificate_header=certificate_header)
    printed = identity.of_release(evaluated, assessment)

    def compose(texts):
        return certificate_content.compose(
            proposal,
            evaluated=evaluated,
            certificate_header=certificate_header,
            printed=texts,
        )

    draft = compose(printed.chosen(proposal.asked))
    renamed = _renamed(printed, compose)
    found += identity.faults(printed, proposal, renamed)
    changes = _changes(proposal, draft)
    found += _of_changes(proposal, changes)
    found += _of_spared(lot, draft)
    found += _of_content(proposal, draft, evaluated)
    return Findings(tuple(found), draft, certificate_header, changes, renamed)


def _renamed(printed, compose):
    """Return what today's printed identity changes against the signed one.

    Of a release whose text named nothing, all that is printed today.
    """
    if not printed.is_to_choose:
        return ()
    today = compose(printed.today)
    if printed.signed is None:
        return tuple(
            differences.Difference(path=path, before="", after=text)
            for path, text in content_of.texts(today)
            if identity.is_of_it(path) and text
        )
    return differences.differences(compose(printed.signed), today)


def _of_states(proposal):
    """Ask the table of steps: a released assessment of a lot that nobody holds."""
    assessment, lot = proposal.assessment, proposal.assessment.lot
    code = {
        Kind.ORIGINAL: "issue",
        Kind.REVISION: "revise",
        Kind.DUPLICATE: "duplicate",
    }[proposal.kind]
    step = step_table.STEPS[code]
    for states in (
        {"lot_state": lot.state, "assessment_state": AssessmentState.RELEASED},
        {"lot_state": LotState.QUARANTINE, "assessment_state": assessment.state},
    ):
        try:
            step_table.check(
                step, subject=lot.number, roles=frozenset(step.roles), **states
            )
        except step_table.NotAllowed as refusal:
            yield Blocker(refusal, "lots:lot_detail", lot.pk)


def _of_investigations(assessment):
    """No certificate over an unresolved OOS result (domain.md 1.3).

    Nor by a release that did not know of one: QA signs why its cause does not touch
    the release (domain.md 5.2), or what it rests on was found invalid since. The order
    of signatures tells, as it does of a certificate that is there.
    """
    lot = assessment.lot
    unproven = Q(conclusion=Conclusion.NOT_PROVEN)
    questions = later_investigations.investigations(lot, pk=assessment.pk)
    found = lot.investigations.filter(Q(pk__in=questions) | unproven)
    for case in found.order_by("pk"):
        told = {"number": case.number, "lot": lot.number}
        if case.closed_at is None:
            refusal = Refusal(
                "investigation",
                "Investigation %(number)s on lot %(lot)s is open; QA must conclude it.",
                **told,
            )
        elif case.conclusion == Conclusion.PROVEN:
            refusal = Refusal(
                "invalid-since",
                "Investigation %(number)s invalidated a result on which the release of"
                " lot %(lot)s rests. Reopen the lot, test it again and release it"
                " again.",
                **told,
            )
        elif assessment.signature_id and assessment.signature_id < case.signature_id:
            refusal = Refusal(
                "investigation-since",
                "Investigation %(number)s was concluded after the release of lot"
                " %(lot)s, and its result stays valid. Reopen the lot, then release it"
                " again and write under “Justification” why the cause does not affect"
                " it.",
                **told,
            )
        else:
            continue
        yield Blocker(refusal, "lots:investigation_detail", case.pk)


def _of_use(proposal):
    """The use gate and the parents once more, as the release asked them."""
    lot = proposal.assessment.lot
    try:
        use_gate.check(lot, proposal.assessment.use, on=calendar.today(proposal.at))
    except Refusal as refused:
        for refusal in getattr(refused, "refusals", (refused,)):
            if isinstance(refusal, valid_qualification.NotQualified):
                page, pk = "lots:qualification_detail", lot.qualification_id
            else:
                page, pk = "lots:lot_detail", lot.pk
            yield Blocker(refusal, page, pk)
    for parent, refusal in genealogy.against_release(lot, proposal.assessment.use):
        yield Blocker(refusal, "lots:lot_detail", parent.pk)
    for refusal in questions.closing(lot, proposal.assessment.use):
        yield Blocker(refusal, "lots:lot_detail", lot.pk)


def _of_role(lot):
    """Not the manufacturer: its certificate is kept with the lot (ICH Q7 11.44)."""
    if lot_facts.against_role(lot):
        yield Blocker(
            Refusal(
                "not-our-make",
                "Lot %(lot)s has the issuer role “manufacturer”, but %(manufacturer)s"
                " is not our own company. If it is, QA ticks “Our own company” on its"
                " page. If not, QA voids the lot, or recalls it if it was released; a"
                " void lot is logged again with its issuer role and the manufacturer's"
                " certificate.",
                lot=lot.number,
                manufacturer=lot.site.organisation.name,
            ),
            "lots:organisation_detail",
            lot.site.organisation_id,
        )


def _of_specification(assessment):
    """A version superseded since still says what this lot was released against."""
    specification = assessment.specification
    if specification.state not in (Approval.APPROVED, Approval.SUPERSEDED):
        yield Blocker(
            Refusal(
                "specification",
                "Specification %(specification)s is %(state)s, and a certificate needs"
                " an approved one. Add an assessment against an approved"
                " specification, and release the lot against that.",
                specification=str(specification),
                state=Word(Approval.of(specification.state).said),
            ),
            "lots:specification_detail",
            specification.pk,
        )


def _of_minimum(evaluated, assessment):
    """The minimum once more, as the release asked for it (docs/decisions/0023)."""
    for refusal in blockers.against_minimum(evaluated, assessment):
        if refusal.code == "in-house":
            yield Blocker(refusal, "lots:lot_detail", assessment.lot_id)
        else:
            yield Blocker(
                refusal, "lots:specification_detail", assessment.specification_id
            )


def _of_days(proposal, evaluated):
    """Made, sampled, tested, reviewed, released and issued in this order."""
    lot = evaluated.lot
    found = days.out_of_order(
        evaluated,
        proposal.assessment,
        on=calendar.today(proposal.at),
        last=days.ISSUED,
    )
    for refusal in together(found):
        yield Blocker(refusal, "lots:lot_detail", lot.pk)


def _of_rounding(evaluated, assessment):
    """A pharmacopoeia is printed only of what it rounds (domain.md 1.3, 3.1)."""
    specification = assessment.specification
    claimed = specification_content.rounds_half_up(specification)
    other = [
        line
        for line in printed(evaluated, assessment)
        if line.rule.rounding is not Rule.HALF_UP
    ]
    if claimed and other:
        yield Blocker(
            Refusal(
                "rounding",
                "Specification %(specification)s names %(claimed)s and so needs"
                " rounding half up, but rounds these tests %(rule)s: %(tests)s. Draft"
                " its next version with half up, and release the lot against that"
                " version.",
                specification=str(specification),
                claimed=", ".join(claimed),
                rule=Words(
                    dict.fromkeys(line.rule.rounding.said for line in other),
                    between="or",
                ),
                tests=", ".join(line.test.name for line in other),
            ),
            "lots:specification_detail",
            specification.pk,
        )


def _of_date(proposal):
    """Good through the printed day; past it no certificate (domain.md 9, rule 17).

    A revision of one issued before stays possible (domain.md 5.2), for whom and for
    what that one was: readdressed, it would be a new certificate.
    """
    assessment, lot = proposal.assessment, proposal.assessment.lot
    today = calendar.today(proposal.at)
    use_by = assessment.test_order.use_by
    last = use_by or lot.date_on
    if today <= last or _keeps_its_address(proposal):
        return
    if proposal.revises:
        sentence = (
            "The %(what)s of lot %(lot)s, %(last)s, has passed, so a revision cannot"
            " change the customer, the order or the quantity shipped. Leave them as"
            " they are on the certificate."
        )
    elif lot.date_kind == "retest":
        sentence = (
            "The %(what)s of lot %(lot)s, %(last)s, has passed. Open a retest of the"
            " lot and release that first."
        )
    else:
        sentence = (
            "The %(what)s of lot %(lot)s, %(last)s, has passed, and no retest extends"
            " it. No certificate of the lot can be issued any more."
        )
    yield Blocker(
        Refusal(
            "date",
            sentence,
            what=Word("use-by date" if use_by else DATES[lot.date_kind]),
            lot=lot.number,
            last=last.isoformat(),
        ),
        "lots:lot_detail",
        lot.pk,
    )


def _keeps_its_address(proposal):
    """Say whether it revises a certificate with all that was asked for with it."""
    before = proposal.revises
    if before is None:
        return False
    kept = Asked.before(before, identity=proposal.asked.identity)
    return kept == proposal.asked


def _of_others(proposal):
    """One live original per assessment and customer; only the current is re-issued."""
    named = proposal.revises or proposal.duplicates
    if named is not None and named.state != State.ISSUED:
        yield Blocker(
            Refusal(
                "not-current",
                "%(certificate)s is %(state)s, and only a current certificate can be"
                " revised or duplicated. Open the current revision; if there is none,"
                " issue a new certificate from the lot.",
                certificate=str(named),
                state=Word(State.of(named.state).said),
            ),
            "reports:certificate_detail",
            named.pk,
        )
    if named is not None:
        try:
            verification.read_as_recorded(named)
        except Refusal as refusal:
            # Neither could say what it takes the place of, or repeats.
            yield Blocker(refusal, "reports:certificate_detail", named.pk)
    asked = proposal.asked
    rivals = Certificate.objects.light().live()
    originals = Q(
        assessment=proposal.assessment, customer=asked.customer, duplicate_of=None
    )
    if proposal.revises:
        wanted = Q(supersedes=named)
        if named.duplicate_of_id is None:
            # Readdressed, it would stand beside the original that is there.
            wanted |= originals & ~Q(pk=named.pk)
        rivals = rivals.filter(wanted)
    elif proposal.duplicates:
        rivals = rivals.filter(
            duplicate_of=named, customer=asked.customer, order=asked.order
        )
    else:
        rivals = rivals.filter(originals)
    for rival in rivals.order_by("pk"):
        yield Blocker(
            Refusal(
                "already",
                "%(certificate)s already exists for lot %(lot)s, this specification"
                " and this customer. Revise it, or duplicate it for another customer.",
                certificate=str(rival),
                lot=proposal.assessment.lot.number,
            ),
            "reports:certificate_detail",
            rival.pk,
        )


def _of_content(proposal, draft, evaluated):
    """Everything that domain.md 1.2 marks R, and C where it applies."""
    # What a revision supersedes is checked with its own number.
    revision = proposal.revises.revision + 1 if proposal.revises else 0
    for refusal in proofreading.faults(draft, revision=revision):
        yield Blocker(refusal, *fixed_at(refusal.field, proposal, draft, evaluated))


def _of_spared(lot, draft):
    """No certificate of a lot that was spared a test by a result that fell since."""
    for one in draft.footnotes:
        if UNSPARED in one.text:
            yield Blocker(
                Refusal(
                    "not-spared",
                    "Lot %(lot)s was released without a test because an earlier lot had"
                    " passed it, and no earlier lot has a valid, reviewed result that"
                    " passes any more: “%(text)s” Reopen the lot, test it, and release"
                    " it again.",
                    lot=lot.number,
                    text=one.text,
                ),
                "lots:lot_detail",
                lot.pk,
            )


def _changes(proposal, draft):
    """Return what a revision prints otherwise than the certificate that it revises.

    Of a duplicate, what it prints otherwise than its original, but for whom it is.
    """
    first = proposal.revises or proposal.duplicates
    if first is None or not verification.to_be_trusted(first):
        return None
    found = differences.differences(verification.read(first), draft)
    if proposal.revises:
        return found
    return tuple(one for one in found if one.path not in _OF_THE_ADDRESSEE)


def _of_changes(proposal, changes):
    """A revision says something else, and what QA saw that it says.

    So does a duplicate where the records changed since its original.
    """
    if changes is None:
        return
    first = proposal.revises or proposal.duplicates
    if proposal.duplicates:
        if not changes or proposal.shown == digest_of(changes):
            return
        code, sentence = (
            "not-the-same",
            "Not duplicated yet: the records changed since %(certificate)s was issued,"
            " so the duplicate would print something else. Check the changes, compare"
            " the label, and duplicate then.",
        )
    elif not changes:
        code, sentence = (
            "unchanged",
            "A revision of %(certificate)s would change nothing. To send the"
            " certificate again, download its PDF; to correct it, first fix the record"
            " that is wrong.",
        )
    elif proposal.shown and proposal.shown != digest_of(changes):
        code, sentence = (
            "not-as-shown",
            "Not revised: the changes to %(certificate)s are not those that you were"
            " shown. Press “Show what changes”, check them, and revise then.",
        )
    else:
        return
    yield Blocker(
        Refusal(code, sentence, certificate=str(first)),
        "reports:certificate_detail",
        first.pk,
        # Its changes stand on the page that asked.
        form="#duplicate" if code == "not-the-same" else "",
    )

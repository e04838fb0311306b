"""Alternative uses: which use lots of a material may serve beside their own.

A person signs each; it never follows from numbers (domain.md 0.2).
"""

from lots.accounts import permissions
from lots.evidence import audit, text_checks
from lots.models import AlternativeUse, Approval
from lots.rules import chain
from lots.rules import uses as use_words
from lots.rules.formats import Format
from lots.rules.refusal import Refusal
from lots.rules.step_table import STEPS
from lots.rules.unknown import if_known
from lots.setup import approval

ALTERNATIVE_USE = Format("stand_in", number=1)


@ALTERNATIVE_USE.reads(1)
def _with_the_fields_of_today(stored):
    return stored


def draft_alternative_use(*, by, at, material, made_for, use_for, justification):
    """Draft that lots of the material made for one use may serve another.

    Refused where the uses never allow it: never oral for intrathecal.
    """
    with audit.act(by=by, at=at, action="draft_stand_in") as act:
        permissions.check(act, STEPS["draft"], subject="the alternative use")
        with if_known:
            if not use_words.may_also_serve(made_for=made_for, use_for=use_for):
                raise Refusal(
                    "never",
                    "A lot made for %(made_for)s can never serve %(use_for)s: test"
                    " results do not replace the controls of its manufacture.",
                    field="use_for",
                    made_for=use_words.use(made_for).products,
                    use_for=use_words.use(use_for).products,
                )
        with if_known:
            text_checks.once(
                AlternativeUse.objects.filter(
                    material=material,
                    made_for=made_for,
                    use_for=use_for,
                    state__in=[Approval.DRAFT, Approval.APPROVED],
                ),
                sentence="This alternative use already exists; withdraw it first.",
                field="use_for",
            )
        return act.create(
            AlternativeUse(
                material=material,
                made_for=made_for,
                use_for=use_for,
                justification=justification,
                drafted_by=act.by,
                drafted_at=at,
            )
        )


def approve_alternative_use(*, alternative_use, by, at, confirmation, shown):
    """Sign the drafted alternative use: from now on lots may be assessed for it."""
    with audit.act(by=by, at=at, action="approve_stand_in") as act:
        return approval.approve(
            act,
            alternative_use,
            subject=f"the alternative use {alternative_use}",
            confirmation=confirmation,
            shown=shown,
            text=alternative_use_text,
            wording=(
                f"{use_words.use(alternative_use.made_for).name} is also suitable for"
                f" {use_words.use(alternative_use.use_for).products}"
            ),
        )


def withdraw_alternative_use(*, alternative_use, by, at, reason):
    """End an alternative use: no further lot is assessed for it."""
    with audit.act(by=by, at=at, action="withdraw_stand_in", reason=reason) as act:
        permissions.check(
            act, STEPS["suspend"], subject=f"the alternative use {alternative_use}"
        )
        alternative_use = approval.in_state(
            act, alternative_use, Approval.DRAFT, Approval.APPROVED
        )
        return act.change(alternative_use, state=Approval.WITHDRAWN)


def alternative_use_text(alternative_use):
    """Return the canonical text that an approval of the alternative use signs."""
    return chain.canonical(
        {
            "format": ALTERNATIVE_USE.number,
            ALTERNATIVE_USE.record: {
                "material": alternative_use.material.name,
                "made_for": alternative_use.made_for,
                "use_for": alternative_use.use_for,
                "justification": alternative_use.justification,
            },
        }
    )

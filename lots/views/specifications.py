"""Pages of specifications: versions, the grid of criteria, approval."""

import json

from django.shortcuts import get_object_or_404, redirect
from django.urls import path, reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from lots import calendar
from lots.accounts.roles import readable
from lots.evaluation import specification_impact
from lots.forms.base import whole_number
from lots.forms.specifications import (
    ROUNDING_WORDS,
    CriterionFormSet,
    DraftForms,
    MinimumFacts,
    SpecificationFacts,
    SpecificationForm,
    stored_rows,
    typed_rows,
    used_by,
)
from lots.models import Approval, Material, Purpose, Specification
from lots.release import minimums
from lots.rules.states import Validity
from lots.rules.uses import USES
from lots.setup import (
    minimum_specifications,
    signed_specification,
    specification_cautions,
    specification_content,
    specification_versions,
)
from lots.tables.setup import SpecificationTable
from lots.views.base import done, taken
from lots.views.setup_base import (
    APPROVE,
    Page,
    ask_reason,
    ask_signature,
    detail,
    initial,
    keeps_set_up,
    listed,
    show,
)
from lots.wording import sentence


@require_safe
@readable
def specification_list(request):
    versions = list(
        Specification.objects.select_related("material", "customer").order_by(
            "material__name", "code", "-version"
        )
    )
    _mark(versions)
    return show(
        request,
        "lots/setup/list.html",
        title=_("Specifications"),
        lead=_(
            "Several specifications of a material can be effective at the same time. A"
            " new version supersedes only the earlier version of its own code."
            " Approved versions never change."
        ),
        table=listed(request, SpecificationTable(versions)),
        add_url=reverse("lots:draft_specification"),
        add_label=_("Draft a specification"),
    )


@require_safe
@readable
def specification_detail(request, pk):
    specification = _specification(pk)
    versions = list(
        Specification.objects.filter(code=specification.code)
        .select_related("drafted_by", "signature")
        .order_by("-version")
    )
    validity = _mark(versions)
    this = next(row for row in versions if row.pk == pk)
    before = specification_content.previous(specification)
    is_draft = specification.state == Approval.DRAFT
    has_draft = any(row.state == Approval.DRAFT for row in versions)
    return show(
        request,
        "lots/setup/specification.html",
        specification=specification,
        facts=_facts(specification),
        validity=this,
        versions=versions,
        rows=_printed(specification),
        before=before,
        differences=specification_content.differences(before, specification)
        if before
        else (),
        cautions=_cautions(specification) if is_draft else (),
        closed=_closed(specification) if is_draft else (),
        impact=specification_impact.impact(specification) if is_draft else None,
        is_draft=is_draft,
        is_own_draft=specification.drafted_by_id in request.user.accounts,
        changes_draft=specification.drafted_by_id == request.user.pk,
        offers_version=not has_draft,
        offers_end=validity[pk] == Validity.EFFECTIVE,
    )


@keeps_set_up
def draft_specification(request):
    """Ask for the material first: the grid offers its tests."""
    material = _chosen_material(request)
    if material is None:
        return show(
            request,
            "lots/setup/choose_material.html",
            materials=Material.objects.order_by("name", "pk"),
        )
    return _edit(
        request,
        form=SpecificationForm,
        material=material,
        given={
            "material": material,
            "effective_on": calendar.today(timezone.now()),
            "change_reason": _("First version"),
        },
        rows=[],
        title=_("Draft a specification of %(name)s") % {"name": material.name},
        verb=specification_versions.draft_specification,
        subject={},
    )


@keeps_set_up
def next_version(request, pk):
    """Draft the next version of the code, beginning from this one."""
    specification = _specification(pk)
    drafted = Specification.objects.filter(
        code=specification.code, state=Approval.DRAFT
    ).first()
    if drafted and request.method == "GET":
        return redirect("lots:specification_detail", drafted.pk)
    form = _form(specification)
    given = initial(specification, form)
    given["change_reason"] = ""
    given["effective_on"] = calendar.today(timezone.now())
    return _edit(
        request,
        form=form,
        material=specification.material,
        given=given,
        rows=stored_rows(specification),
        title=_("Draft a new version of %(code)s") % {"code": specification.code},
        verb=specification_versions.draft_specification,
        subject={
            "material": specification.material,
            "code": specification.code,
            "use": specification.use,
            "purpose": specification.purpose,
        },
    )


@keeps_set_up
def change_draft(request, pk):
    specification = _specification(pk)
    if specification.state != Approval.DRAFT:
        return redirect("lots:specification_detail", pk)
    form = _form(specification)
    return _edit(
        request,
        form=form,
        material=specification.material,
        given=initial(specification, form),
        rows=stored_rows(specification),
        title=_("Change the draft %(specification)s")
        % {"specification": specification},
        verb=specification_versions.change_draft,
        subject={"specification": specification},
    )


@keeps_set_up
def approve_specification(request, pk):
    specification = _specification(pk)
    before = specification_content.previous(specification)
    back = detail("specification", specification)
    is_minimum = specification.purpose == Purpose.MINIMUM
    return ask_signature(
        request,
        minimums.approve_minimum
        if is_minimum
        else specification_versions.approve_specification,
        text=signed_specification.specification_text(specification),
        page=Page(
            _("Approve specification %(specification)s")
            % {"specification": specification},
            APPROVE,
            back,
            lead=_("You sign exactly what this page shows."),
            facts=_facts(specification),
            more={
                "rows": _printed(specification),
                "before": before,
                "differences": specification_content.differences(before, specification)
                if before
                else (),
                "cautions": _cautions(specification),
                "closed": _closed(specification),
                "impact": specification_impact.impact(specification)
                if specification.state == Approval.DRAFT
                else None,
            },
            template="lots/setup/approve_specification.html",
        ),
        then=back,
        specification=specification,
    )


@keeps_set_up
def withdraw_draft(request, pk):
    specification = _specification(pk)
    back = detail("specification", specification)
    return ask_reason(
        request,
        specification_versions.withdraw_draft,
        page=Page(
            _("Withdraw the draft %(specification)s")
            % {"specification": specification},
            _("Withdraw"),
            back,
            lead=_("Its version number is not used again."),
        ),
        then=back,
        specification=specification,
    )


@keeps_set_up
def withdraw_specification(request, pk):
    specification = _specification(pk)
    back = detail("specification", specification)
    return ask_reason(
        request,
        specification_versions.withdraw_specification,
        page=Page(
            _("Retire %(code)s") % {"code": specification.code},
            _("Retire this specification"),
            back,
            lead=_(
                "From now on no lot is tested against it. Earlier releases stay valid."
            ),
        ),
        then=back,
        specification=specification,
    )


def _edit(request, *, form, material, given, rows, title, verb, subject):
    """Show the facts and the grid; store both in one call."""
    if request.method != "POST" or "more" in request.POST:
        typed = request.POST
        facts = form(initial=typed.dict() if typed else given)
        grid = CriterionFormSet(
            initial=typed_rows(typed) if typed else rows, material=material
        )
        return _grid_page(request, title, facts, grid, material, status=200)
    facts = form(request.POST)
    grid = CriterionFormSet(request.POST, material=material)
    both = DraftForms(facts, grid)
    if taken(request, both, verb, **subject):
        made = both.made
        said = _("The draft %(specification)s is saved.") % {"specification": made}
        return done(request, said, detail("specification", made))
    return _grid_page(request, title, facts, grid, material, status=422)


def _grid_page(request, title, facts, grid, material, *, status):
    page = show(
        request,
        "lots/setup/specification_edit.html",
        title=title,
        form=facts,
        grid=grid,
        material=material,
        used=json.dumps(used_by()),
    )
    page.status_code = status
    return page


def _chosen_material(request):
    key = str(request.POST.get("material") or request.GET.get("material") or "")
    return Material.objects.filter(pk=whole_number(key)).first()


def _specification(pk):
    return get_object_or_404(
        Specification.objects.select_related(
            "material", "customer", "drafted_by", "signature"
        ),
        pk=pk,
    )


def _mark(versions):
    """Give each version what it is today, in words and as a tone; return it as code."""
    found = specification_content.validity(versions, on=calendar.today(timezone.now()))
    for row in versions:
        row.validity = found[row.pk]
        row.validity_words = _(row.validity.word)
        row.tone = row.validity.tone
    return found


def _printed(specification):
    rows = list(specification_content.rows(specification))
    in_use = specification_content.methods_in_use(specification)
    for row in rows:
        row.method = in_use.get(row.test_id)
        row.printed = specification_content.printed(row)
        row.rounding_words = ROUNDING_WORDS[row.rounding]
    return rows


def _form(specification):
    """Return the form of a further version, with what its endotoxin limit rests on."""
    states_limit = USES[specification.use].endotoxin_constant
    is_minimum = specification.purpose == Purpose.MINIMUM
    return MinimumFacts if is_minimum and states_limit else SpecificationFacts


def _closed(specification):
    """Return what closes the approval of a draft, as the verb would find it."""
    found = minimum_specifications.against_approval(
        specification,
        list(specification_content.rows(specification)),
        on=calendar.today(timezone.now()),
    )
    return [sentence(one) for one in found]


def _cautions(specification):
    today = calendar.today(timezone.now())
    return [
        sentence(one)
        for one in specification_cautions.cautions(specification, on=today)
    ]


def _facts(row):
    facts = [
        (_("Code and version"), str(row)),
        (_("Material"), row.material.name),
        (_("CAS number"), row.material.cas_number),
        (_("For the manufacture of"), _(USES[row.use].products)),
        (_("Purpose"), row.get_purpose_display()),
        (_("Owner"), row.get_owner_display()),
    ]
    if row.customer:
        facts.append((_("Customer"), row.customer.name))
    basis = minimum_specifications.basis_of(row)
    if basis:
        facts.append((_("Endotoxin limit"), basis.words))
        facts.append((_("Source of K, dose and body weight"), row.endotoxin_source))
    return (
        *facts,
        (_("Grade"), row.grade),
        (_("Compendium and edition"), row.compendium or _("None")),
        (
            _("Order on certificates"),
            _("That of the specification")
            if row.prints_in_order
            else _("Under headings"),
        ),
        (_("Effective from"), row.effective_on.isoformat()),
        (_("Reason for this version"), row.change_reason),
    )


urls = [
    path("specifications/", specification_list, name="specification_list"),
    path("specifications/draft/", draft_specification, name="draft_specification"),
    path("specifications/<int:pk>/", specification_detail, name="specification_detail"),
    path("specifications/<int:pk>/change/", change_draft, name="change_draft"),
    path("specifications/<int:pk>/version/", next_version, name="next_version"),
    path(
        "specifications/<int:pk>/approve/",
        approve_specification,
        name="approve_specification",
    ),
    path("specifications/<int:pk>/withdraw/", withdraw_draft, name="withdraw_draft"),
    path(
        "specifications/<int:pk>/end/",
        withdraw_specification,
        name="withdraw_specification",
    ),
]

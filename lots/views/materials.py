"""Pages of materials: tests, methods, statements and alternative uses."""

from django.db.models import Prefetch
from django.shortcuts import get_object_or_404
from django.urls import path, reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from lots.accounts.roles import readable
from lots.forms.setup import (
    AlternativeUseForm,
    ChangeMaterialForm,
    ChangeTestForm,
    MaterialForm,
    MethodForm,
    StatementForm,
    TestForm,
)
from lots.models import AlternativeUse, Approval, Group, Material, Method, Statement
from lots.models import Test as MaterialTest
from lots.rules.uses import USES
from lots.setup import (
    alternative_uses,
    material_tests,
    materials,
    method_approval,
    methods,
    printed_identity,
)
from lots.tables.setup import MaterialTable
from lots.views.setup_base import (
    ADD,
    APPROVE,
    IDENTITY,
    SAVE,
    Page,
    ask,
    ask_reason,
    ask_signature,
    detail,
    initial,
    keeps_set_up,
    listed,
    show,
)


@require_safe
@readable
def material_list(request):
    return show(
        request,
        "lots/setup/list.html",
        title=_("Materials"),
        lead=_("Materials with their tests, methods, statements and alternative uses."),
        table=listed(request, MaterialTable(Material.objects.order_by("name", "pk"))),
        add_url=reverse("lots:add_material"),
        add_label=_("Add a material"),
    )


@require_safe
@readable
def material_detail(request, pk):
    material = get_object_or_404(Material, pk=pk)
    current = Method.objects.filter(is_current=True)
    headings = list(Group.values)
    tests = sorted(
        material.tests.select_related("water_test", "component_of")
        .prefetch_related(Prefetch("methods", current, to_attr="current"))
        .order_by("name", "pk"),
        key=lambda test: headings.index(test.group),
    )
    statements = list(material.statements.order_by("-is_current", "title", "-version"))
    identities = printed_identity.versions_of([material, *statements])
    return show(
        request,
        "lots/setup/material.html",
        material=material,
        identity=identities[material],
        tests=tests,
        waiting=method_approval.drafts().filter(test__material=material).count(),
        statements=[(one, identities[one]) for one in statements],
        alternative_uses=[
            {
                "row": row,
                "made_for": _(USES[row.made_for].products),
                "use_for": _(USES[row.use_for].products),
                "is_draft": row.state == Approval.DRAFT,
                "may_end": row.state in (Approval.DRAFT, Approval.APPROVED),
            }
            for row in material.alternative_uses.select_related(
                "signature", "drafted_by"
            ).order_by("pk")
        ],
    )


@keeps_set_up
def add_material(request):
    return ask(
        request,
        MaterialForm(request.POST or None),
        materials.add_material,
        page=Page(
            _("Add a material"), ADD, reverse("lots:material_list"), lead=IDENTITY
        ),
        then=lambda made: detail("material", made),
    )


@keeps_set_up
def change_material(request, pk):
    material = get_object_or_404(Material, pk=pk)
    back = detail("material", material)
    return ask(
        request,
        ChangeMaterialForm(
            request.POST or None, initial=initial(material, MaterialForm)
        ),
        materials.change_material,
        page=Page(
            _("Change %(name)s") % {"name": material.name},
            SAVE,
            back,
            lead=IDENTITY,
        ),
        then=back,
        material=material,
    )


@keeps_set_up
def add_test(request, pk):
    material = get_object_or_404(Material, pk=pk)
    return ask(
        request,
        TestForm(request.POST or None, material=material),
        material_tests.add_test,
        page=Page(
            _("Add a test of %(name)s") % {"name": material.name},
            ADD,
            detail("material", material),
        ),
        then=lambda made: detail("test", made),
        material=material,
    )


@require_safe
@readable
def test_detail(request, pk):
    test = get_object_or_404(
        MaterialTest.objects.select_related("material", "water_test", "component_of"),
        pk=pk,
    )
    return show(
        request,
        "lots/setup/test.html",
        test=test,
        methods=test.methods.select_related("signature").order_by("-version"),
        is_locked=material_tests.is_locked(test),
    )


@keeps_set_up
def change_test(request, pk):
    test = get_object_or_404(MaterialTest.objects.select_related("material"), pk=pk)
    back = detail("test", test)
    return ask(
        request,
        ChangeTestForm(
            request.POST or None,
            initial=initial(test, TestForm),
            material=test.material,
            test=test,
        ),
        material_tests.change_test,
        page=Page(
            _("Change %(name)s") % {"name": test.name},
            SAVE,
            back,
            lead=_(
                "Approved specifications or results use this test, so you can change"
                " only its group and its quality attribute. Certificates print a change"
                " once another version of the specification is approved."
            )
            if material_tests.is_locked(test)
            else "",
        ),
        then=back,
        test=test,
    )


@keeps_set_up
def add_method(request, pk):
    test = get_object_or_404(MaterialTest, pk=pk)
    back = detail("test", test)
    return ask(
        request,
        MethodForm(request.POST or None),
        methods.add_method,
        page=Page(
            _("New version of the method: %(name)s") % {"name": test.name},
            _("Draft"),
            back,
            lead=_(
                "Another person of QA must approve it. New results use this version"
                " from then on; earlier results keep theirs."
            ),
        ),
        then=back,
        test=test,
    )


@keeps_set_up
def add_statement(request, pk):
    material = get_object_or_404(Material, pk=pk)
    back = detail("material", material)
    return ask(
        request,
        StatementForm(request.POST or None, initial=request.GET.dict()),
        materials.add_statement,
        page=Page(
            _("Add a statement for %(name)s") % {"name": material.name},
            ADD,
            back,
            lead=_(
                "Another person of QA must approve it under “Printed identity” before"
                " certificates print it."
            ),
        ),
        then=back,
        material=material,
    )


@keeps_set_up
def retire_statement(request, pk):
    statement = get_object_or_404(Statement.objects.select_related("material"), pk=pk)
    back = detail("material", statement.material)
    return ask_reason(
        request,
        materials.retire_statement,
        page=Page(
            _("Retire %(title)s") % {"title": str(statement)},
            _("Draft the retirement"),
            back,
            lead=_(
                "Another person of QA must approve it under “Printed identity”;"
                " certificates print the statement until then."
            ),
            facts=((_("Statement"), statement.text),),
        ),
        then=back,
        statement=statement,
    )


@keeps_set_up
def draft_alternative_use(request, pk):
    material = get_object_or_404(Material, pk=pk)
    back = detail("material", material)
    return ask(
        request,
        AlternativeUseForm(request.POST or None),
        alternative_uses.draft_alternative_use,
        page=Page(
            _("Draft an alternative use of %(name)s") % {"name": material.name},
            _("Draft"),
            back,
            lead=_(
                "Another person of QA must approve it. A lot can serve another use"
                " only if its manufacture was controlled for that use."
            ),
        ),
        then=back,
        material=material,
    )


@keeps_set_up
def approve_alternative_use(request, pk):
    alternative_use = get_object_or_404(
        AlternativeUse.objects.select_related("material"), pk=pk
    )
    back = detail("material", alternative_use.material)
    return ask_signature(
        request,
        alternative_uses.approve_alternative_use,
        text=alternative_uses.alternative_use_text(alternative_use),
        page=Page(
            _("Approve an alternative use of %(name)s")
            % {"name": alternative_use.material.name},
            APPROVE,
            back,
            facts=(
                (_("Material"), alternative_use.material.name),
                (
                    _("Intended use of the lot"),
                    _(USES[alternative_use.made_for].products),
                ),
                (_("Also suitable for"), _(USES[alternative_use.use_for].products)),
                (_("Justification"), alternative_use.justification),
            ),
        ),
        then=back,
        alternative_use=alternative_use,
    )


@keeps_set_up
def withdraw_alternative_use(request, pk):
    alternative_use = get_object_or_404(
        AlternativeUse.objects.select_related("material"), pk=pk
    )
    back = detail("material", alternative_use.material)
    return ask_reason(
        request,
        alternative_uses.withdraw_alternative_use,
        page=Page(
            _("Withdraw an alternative use of %(name)s")
            % {"name": alternative_use.material.name},
            _("Withdraw"),
            back,
            lead=alternative_use.justification,
        ),
        then=back,
        alternative_use=alternative_use,
    )


urls = [
    path("materials/", material_list, name="material_list"),
    path("materials/add/", add_material, name="add_material"),
    path("materials/<int:pk>/", material_detail, name="material_detail"),
    path("materials/<int:pk>/change/", change_material, name="change_material"),
    path("materials/<int:pk>/tests/add/", add_test, name="add_test"),
    path("materials/tests/<int:pk>/", test_detail, name="test_detail"),
    path("materials/tests/<int:pk>/change/", change_test, name="change_test"),
    path("materials/tests/<int:pk>/methods/add/", add_method, name="add_method"),
    path("materials/<int:pk>/statements/add/", add_statement, name="add_statement"),
    path(
        "materials/statements/<int:pk>/retire/",
        retire_statement,
        name="retire_statement",
    ),
    path(
        "materials/<int:pk>/alternative-uses/draft/",
        draft_alternative_use,
        name="draft_alternative_use",
    ),
    path(
        "materials/alternative-uses/<int:pk>/approve/",
        approve_alternative_use,
        name="approve_alternative_use",
    ),
    path(
        "materials/alternative-uses/<int:pk>/withdraw/",
        withdraw_alternative_use,
        name="withdraw_alternative_use",
    ),
]

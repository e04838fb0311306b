"""Addressee: the customer, order and quantity of a certificate."""

import re
from decimal import Decimal

from django.urls import reverse

from lots.models import Owner
from lots.rules.refusal import Refusal
from reports.issuing.remedies import Blocker

_SHIPPED = re.compile(r"(?=[0-9.]*[1-9])([0-9]{1,9}(?:\.[0-9]{1,6})?) (kg|g)", re.ASCII)
_GRAMS = {"g": 1, "kg": 1000}


def of_customer(proposal):
    customer = proposal.asked.customer
    specification = proposal.assessment.specification
    if customer is not None and not customer.is_customer:
        yield Blocker(
            Refusal(
                "customer",
                "%(name)s is not set up as a customer. Choose another one, or have QA"
                " mark %(name)s as a customer on its page.",
                field="customer",
                name=customer.name,
            ),
            "lots:organisation_detail",
            customer.pk,
            form=reverse("lots:change_organisation", args=[customer.pk]),
        )
    if specification.owner == Owner.CUSTOMER and specification.customer != customer:
        yield Blocker(
            Refusal(
                "customer-specification",
                "%(specification)s is the specification of %(owner)s, so its"
                " certificates go to that customer. Choose %(owner)s under “Customer”.",
                field="customer",
                specification=str(specification),
                owner=specification.customer.name,
            ),
            "lots:specification_detail",
            specification.pk,
        )
    if proposal.duplicates and customer is None:
        yield Blocker(
            Refusal(
                "addressee",
                "A duplicate goes to another customer; choose that one under"
                " “Customer”.",
                field="customer",
            ),
            "reports:certificate_detail",
            proposal.duplicates.pk,
        )


def of_shipped(proposal):
    """A quantity has a unit, and no more of a lot is shipped than was made."""
    assessment, lot = proposal.assessment, proposal.assessment.lot
    shipped = proposal.asked.shipped
    if not shipped:
        return
    found = _SHIPPED.fullmatch(shipped)
    if found is None:
        refusal = Refusal(
            "shipped",
            "%(shipped)s is not a quantity with its unit; type one such as 25.0 kg or"
            " 500 g.",
            field="shipped",
            shipped=shipped,
        )
    elif _grams(*found.groups()) > _grams(lot.size, lot.size_unit):
        refusal = Refusal(
            "shipped-more",
            "%(shipped)s is more than the batch size of lot %(lot)s, %(size)s; correct"
            " the quantity shipped.",
            field="shipped",
            shipped=shipped,
            lot=lot.number,
            size=f"{lot.size} {lot.size_unit}",
        )
    else:
        return
    named = proposal.revises or proposal.duplicates
    if named:
        yield Blocker(refusal, "reports:certificate_detail", named.pk)
    else:
        yield Blocker(refusal, "reports:issue", assessment.pk)


def _grams(amount, unit):
    return Decimal(amount) * _GRAMS[unit]

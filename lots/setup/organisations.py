"""Organisations and their sites."""

from lots.accounts import permissions
from lots.evidence import audit, text_checks
from lots.models import (
    Organisation,
    Site,
)
from lots.rules.laboratory_error import MOST_RETESTS
from lots.rules.step_table import STEPS
from lots.setup import printed_identity


def add_organisation(
    *, by, at, name, address, telephone, is_customer=False, is_ours=False
):
    """Add a company: our own, a manufacturer, a laboratory, a customer."""
    with audit.act(by=by, at=at, action="add_organisation") as act:
        permissions.check(act, STEPS["draft"], subject=name)
        return printed_identity.add(
            act,
            new_name(
                Organisation(
                    name=name,
                    address=address,
                    telephone=telephone,
                    is_customer=is_customer,
                    is_ours=is_ours,
                )
            ),
        )


def change_organisation(
    *, organisation, by, at, reason, name, address, telephone, is_customer, is_ours
):
    """Change what we know of a company.

    Its printed name, address and telephone become a draft for a second person, but for
    a customer's (lots/setup/printed_identity.py).
    """
    with audit.act(by=by, at=at, action="change_organisation", reason=reason) as act:
        permissions.check(act, STEPS["draft"], subject=organisation.name)
        text_checks.reason_given(reason)
        organisation = act.lock(organisation)
        values = {
            "name": name,
            "address": address,
            "telephone": telephone,
            "is_customer": is_customer,
            "is_ours": is_ours,
        }
        new_name(Organisation(pk=organisation.pk, **values))
        return printed_identity.change(act, organisation, values)


def add_site(
    *,
    by,
    at,
    organisation,
    name,
    address,
    telephone,
    manufactures=False,
    tests=False,
    most_retests=None,
):
    """Add an address of an organisation where material is made, packed or tested."""
    with audit.act(by=by, at=at, action="add_site") as act:
        permissions.check(act, STEPS["draft"], subject=name)
        site = printed_identity.add(
            act,
            new_site(
                Site(
                    organisation=organisation,
                    name=name,
                    address=address,
                    telephone=telephone,
                    manufactures=manufactures,
                    tests=tests,
                    most_retests=MOST_RETESTS if most_retests is None else most_retests,
                )
            ),
        )
        # A customer whose site makes or tests material is printed as more than that.
        printed_identity.drafted(act, act.lock(organisation))
        return site


def change_site(
    *,
    site,
    by,
    at,
    reason,
    name,
    address,
    telephone,
    manufactures,
    tests,
    most_retests=None,
):
    """Change what we know of a site; what certificates print of it as a draft.

    The same place, renamed or corrected: another place is another site.
    """
    with audit.act(by=by, at=at, action="change_site", reason=reason) as act:
        permissions.check(act, STEPS["draft"], subject=site.name)
        text_checks.reason_given(reason)
        site = act.lock(site)
        values = {
            "name": name,
            "address": address,
            "telephone": telephone,
            "manufactures": manufactures,
            "tests": tests,
            "most_retests": site.most_retests if most_retests is None else most_retests,
        }
        new_site(Site(pk=site.pk, organisation_id=site.organisation_id, **values))
        return printed_identity.change(act, site, values)


def new_name(organisation):
    """Return the company if its name is sound and no other reads the same."""
    text_checks.sound(organisation)
    text_checks.once(
        Organisation.objects.exclude(pk=organisation.pk),
        text=organisation.name,
        sentence="An organisation with this name, or one that reads the same, already"
        " exists; change that one.",
        field="name",
    )
    return organisation


def new_site(site):
    """Return the site if its texts are sound and its company has no other like it."""
    text_checks.sound(site)
    text_checks.once(
        Site.objects.filter(organisation_id=site.organisation_id).exclude(pk=site.pk),
        text=site.name,
        sentence="This organisation already has this site, or one whose name reads the"
        " same; change that one.",
        field="name",
    )
    return site

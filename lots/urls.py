"""Addresses of the lots app."""

from lots.views import (
    accounts,
    audit_trail,
    certificate_headers,
    documents,
    imports,
    investigations,
    lot_list,
    lot_tabs,
    lots,
    materials,
    methods,
    organisations,
    printed_identity,
    qualifications,
    release,
    results,
    review,
    specifications,
)

app_name = "lots"
urlpatterns = [
    *lot_list.urls,
    *lot_tabs.urls,
    *lots.urls,
    *results.urls,
    *review.urls,
    *release.urls,
    *investigations.urls,
    *documents.urls,
    *imports.urls,
    *materials.urls,
    *methods.urls,
    *specifications.urls,
    *qualifications.urls,
    *organisations.urls,
    *certificate_headers.urls,
    *printed_identity.urls,
    *audit_trail.urls,
    *accounts.urls,
]

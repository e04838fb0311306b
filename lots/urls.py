"""Addresses of the lots app, collected from the view modules."""

from lots.views import (
    accounts,
    audit_trail,
    deciding,
    documents,
    imports,
    investigations,
    letterheads,
    lot_list,
    lots,
    materials,
    organisations,
    qualifications,
    results,
    reviewing,
    specifications,
)

app_name = "lots"
urlpatterns = [
    *lot_list.urls,
    *lots.urls,
    *results.urls,
    *reviewing.urls,
    *deciding.urls,
    *investigations.urls,
    *documents.urls,
    *imports.urls,
    *materials.urls,
    *specifications.urls,
    *qualifications.urls,
    *organisations.urls,
    *letterheads.urls,
    *audit_trail.urls,
    *accounts.urls,
]

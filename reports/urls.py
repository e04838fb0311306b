"""Addresses of the reports app."""

from reports.views import (
    certificates,
    check,
    dashboard,
    issue,
    my_work,
    record,
    register,
)

app_name = "reports"
urlpatterns = [
    *my_work.urls,
    *dashboard.urls,
    *register.urls,
    *issue.urls,
    *certificates.urls,
    *check.urls,
    *record.urls,
]

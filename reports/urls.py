"""Addresses of the reports app."""

from reports.views import (
    below_minimum,
    certificates,
    check,
    commands,
    consistency,
    dashboard,
    find,
    issue,
    my_work,
    record,
    register,
    trends,
)

app_name = "reports"
urlpatterns = [
    *my_work.urls,
    *below_minimum.urls,
    *dashboard.urls,
    *consistency.urls,
    *trends.urls,
    *find.urls,
    *commands.urls,
    *register.urls,
    *issue.urls,
    *certificates.urls,
    *check.urls,
    *record.urls,
]

"""Find: one search over lots, certificates, orders, investigations and the set-up."""

from django.shortcuts import redirect, render
from django.urls import path
from django.views.decorators.http import require_safe

from lots.accounts.roles import readable
from reports import site_search


@require_safe
@readable
def find(request):
    """Lead to what the text names where it is one thing; else list what it may be."""
    text = site_search.cleaned(request.GET.get("q", ""))
    groups = site_search.found(text)
    if hit := site_search.only(groups):
        return redirect(hit.url)
    return render(request, "reports/find.html", {"text": text, "groups": groups})


urls = [path("find/", find, name="find")]

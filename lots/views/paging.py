"""Paging of long lists: the program says how many rows a page has, no address does."""

from django.core.paginator import EmptyPage, PageNotAnInteger, Paginator
from django.utils.translation import gettext as _


def turn_to_page(table, request, *, per_page):
    """Show the page asked for; return what is said where there is none, else nothing.

    The first page is shown then, for an address can be old or mistyped.
    """
    try:
        table.paginate(page=request.GET.get("page", 1), per_page=per_page)
    except (EmptyPage, PageNotAnInteger):
        table.paginate(page=1, per_page=per_page)
        said = _("There is no page %(page)s; this is page 1.")
        return [said % {"page": request.GET["page"][:40]}]
    return []


def page_of(request, rows, *, per_page):
    """Return the page of these rows that is asked for, or the nearest there is."""
    return Paginator(rows, per_page).get_page(request.GET.get("page"))


def query_without(request, *names):
    """Return the query of the address without these names, for links that set them."""
    query = request.GET.copy()
    for name in names:
        query.pop(name, None)
    return query.urlencode()

"""Middleware: caching of pages, cookies, addresses, and what only a button asks."""

import ipaddress

from django.conf import settings
from django.shortcuts import render
from django.utils.cache import add_never_cache_headers


def kept_nowhere(get_response):
    """Let no answer be kept, so that Back asks again, also after signing out.

    A page says what is so at its moment, and mostly to one person. Stands behind what
    serves static files, which are kept for long.
    """

    def answer(request):
        response = get_response(request)
        add_never_cache_headers(response)
        return response

    return answer


def with_a_page_for_buttons(get_response):
    """Answer with a page where a person opens an address that only a button sends to.

    They come there by signing in again after a session that ended meanwhile.
    """

    def answer(request):
        response = get_response(request)
        is_read = request.method == "GET" and request.user.is_authenticated
        if response.status_code != 405 or not is_read:
            return response
        page = render(request, "405.html", status=405)
        page["Allow"] = response["Allow"]
        return page

    return answer


def with_plain_cookies(get_response):
    """Forget a cookie that is not plain, for this site sets no such one.

    A quoted cookie can hold U+0000, and PostgreSQL fails when it is asked for a
    session of that key.
    """

    def answer(request):
        request.COOKIES = {
            name: value
            for name, value in request.COOKIES.items()
            if value.isprintable()
        }
        return get_response(request)

    return answer


def address(request):
    """Return the address a request comes from, None where it is not one.

    Behind a web server only that can say: all requests have the address of its own.
    """
    name = "HTTP_X_REAL_IP" if settings.PROXY_SETS_REAL_IP else "REMOTE_ADDR"
    try:
        return str(ipaddress.ip_address(request.META.get(name, "")))
    except ValueError:
        return None

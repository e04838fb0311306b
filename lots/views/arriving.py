"""What is looked at before any view: cookies, and where a request comes from.

Imports nothing of the project; the settings name it, the check page imports it.
"""

import ipaddress

from django.conf import settings


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

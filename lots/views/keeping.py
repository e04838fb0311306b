"""What browsers and proxies keep of the pages: nothing.

A page says what is so at its moment, and mostly to one person. Imports nothing of the
project; the settings name it.
"""

from django.utils.cache import add_never_cache_headers


def kept_nowhere(get_response):
    """Let no answer be kept, so that Back asks again, also after signing out.

    Stands behind what serves static files, which are kept for long.
    """

    def answer(request):
        response = get_response(request)
        add_never_cache_headers(response)
        return response

    return answer

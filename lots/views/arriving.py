"""What is looked at before any view: cookies.

Imports nothing of the project; the settings name it.
"""


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

"""What a WSGI server serves: gunicorn qatracker.wsgi."""

import os

from django.core.wsgi import get_wsgi_application
from django.utils.http import parse_header_parameters

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "qatracker.settings")

_site = get_wsgi_application()


def application(environ, start_response):
    """Answer a request; a content type that cannot be read is taken for none.

    The framework reads it before any middleware, and fails where a part of it is in
    an encoding that nobody knows (RFC 2231).
    """
    try:
        parse_header_parameters(environ.get("CONTENT_TYPE", ""))
    except ValueError:
        environ["CONTENT_TYPE"] = ""
    return _site(environ, start_response)

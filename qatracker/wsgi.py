"""What a WSGI server serves: gunicorn qatracker.wsgi."""

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "qatracker.settings")

application = get_wsgi_application()

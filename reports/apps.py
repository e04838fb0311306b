"""The Django app of certificates, the check page and the dashboard."""

from django.apps import AppConfig


class ReportsConfig(AppConfig):
    name = "reports"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self):
        from reports import receivers

        receivers.connect()

"""The Django app of lots."""

from django.apps import AppConfig


class LotsConfig(AppConfig):
    name = "lots"
    default_auto_field = "django.db.models.BigAutoField"

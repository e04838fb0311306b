"""Versions of what certificates print; none is made up for what is there."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("lots", "0018_phase_one"),
    ]

    operations = [
        migrations.CreateModel(
            name="PrintedIdentity",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True,
                        primary_key=True,
                        serialize=False,
                        verbose_name="ID",
                    ),
                ),
                ("version", models.PositiveIntegerField()),
                (
                    "texts",
                    models.JSONField(max_length=600, verbose_name="printed texts"),
                ),
                (
                    "reason",
                    models.CharField(blank=True, max_length=400, verbose_name="reason"),
                ),
                ("state", models.CharField(default="draft", max_length=12)),
                ("drafted_at", models.DateTimeField()),
                (
                    "drafted_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "material",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="identities",
                        to="lots.material",
                    ),
                ),
                (
                    "organisation",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="identities",
                        to="lots.organisation",
                    ),
                ),
                (
                    "signature",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="lots.signature",
                    ),
                ),
                (
                    "site",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="identities",
                        to="lots.site",
                    ),
                ),
                (
                    "statement",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="identities",
                        to="lots.statement",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(
                                ("material__isnull", True),
                                ("organisation__isnull", False),
                                ("site__isnull", True),
                                ("statement__isnull", True),
                            ),
                            models.Q(
                                ("material__isnull", True),
                                ("organisation__isnull", True),
                                ("site__isnull", False),
                                ("statement__isnull", True),
                            ),
                            models.Q(
                                ("material__isnull", False),
                                ("organisation__isnull", True),
                                ("site__isnull", True),
                                ("statement__isnull", True),
                            ),
                            models.Q(
                                ("material__isnull", True),
                                ("organisation__isnull", True),
                                ("site__isnull", True),
                                ("statement__isnull", False),
                            ),
                            _connector="OR",
                        ),
                        name="identity_of_one",
                    ),
                    models.UniqueConstraint(
                        fields=("organisation", "version"),
                        name="identity_version_of_organisation",
                    ),
                    models.UniqueConstraint(
                        fields=("site", "version"), name="identity_version_of_site"
                    ),
                    models.UniqueConstraint(
                        fields=("material", "version"),
                        name="identity_version_of_material",
                    ),
                    models.UniqueConstraint(
                        fields=("statement", "version"),
                        name="identity_version_of_statement",
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(("state__in", ["draft", "approved"])),
                        fields=("organisation", "state"),
                        name="identity_state_of_organisation",
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(("state__in", ["draft", "approved"])),
                        fields=("site", "state"),
                        name="identity_state_of_site",
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(("state__in", ["draft", "approved"])),
                        fields=("material", "state"),
                        name="identity_state_of_material",
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(("state__in", ["draft", "approved"])),
                        fields=("statement", "state"),
                        name="identity_state_of_statement",
                    ),
                ],
            },
        ),
    ]

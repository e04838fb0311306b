"""Methods are drafted by one person and approved by another.

Nothing is approved here: what there is stays in use, and nobody signed it.
"""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("lots", "0029_strict_limits_and_scales"),
    ]

    operations = [
        migrations.AddField(
            model_name="method",
            name="drafted_at",
            field=models.DateTimeField(null=True),
        ),
        migrations.AddField(
            model_name="method",
            name="drafted_by",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddField(
            model_name="method",
            name="signature",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="lots.signature",
            ),
        ),
        migrations.AddField(
            model_name="method",
            name="state",
            field=models.CharField(blank=True, default="", max_length=12),
        ),
        migrations.AddConstraint(
            model_name="method",
            constraint=models.UniqueConstraint(
                condition=models.Q(("state", "draft")),
                fields=("test",),
                name="procedure_one_draft",
            ),
        ),
    ]

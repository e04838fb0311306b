"""Choices of states, stages, roles and meanings leave the schema; nothing is stored anew.

Their words stand in the enums of the code (`lots.models.code_field`).
"""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("reports", "0002_certificate_header"),
    ]

    operations = [
        migrations.AlterField(
            model_name="certificate",
            name="state",
            field=models.CharField(
                default="being_made", max_length=10, verbose_name="state"
            ),
        ),
    ]

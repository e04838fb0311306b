"""Labels of fields and choices in the words of the trade; the database does not change."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("reports", "0002_certificate_header"),
    ]

    operations = [
        migrations.SeparateDatabaseAndState(
            state_operations=[
                migrations.AlterField(
                    model_name="certificate",
                    name="state",
                    field=models.CharField(
                        choices=[
                            ("being_made", "Issuing"),
                            ("issued", "Issued"),
                            ("superseded", "Superseded"),
                            ("withdrawn", "Withdrawn"),
                        ],
                        default="being_made",
                        max_length=10,
                        verbose_name="state",
                    ),
                ),
            ]
        )
    ]

"""Employee numbers, and which accounts count as one person.

No number is made up: an administrator enters those of accounts that are there. Which of
these count as one is found after the migration, in an act of its own
(lots/accounts/people.py).
"""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("lots", "0014_column_maps")]
    operations = [
        migrations.AddField(
            model_name="user",
            name="employee_number",
            field=models.CharField(
                blank=True, default="", max_length=40, verbose_name="employee number"
            ),
        ),
        migrations.AddField(
            model_name="user",
            name="employee_key",
            field=models.CharField(
                blank=True, default="", editable=False, max_length=40
            ),
        ),
        migrations.AddField(
            model_name="user",
            name="one_with",
            field=models.JSONField(
                default=list, verbose_name="counts as one person with"
            ),
        ),
        migrations.AddConstraint(
            model_name="user",
            constraint=models.UniqueConstraint(
                fields=["employee_key"],
                condition=models.Q(is_active=True) & ~models.Q(employee_key=""),
                name="one_active_account_of_a_person",
            ),
        ),
    ]

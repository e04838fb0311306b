"""Entries no longer store the digest of the entry before: it stands there already."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("lots", "0030_approved_methods")]

    operations = [migrations.RemoveField(model_name="auditentry", name="previous")]

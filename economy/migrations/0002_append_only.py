from pathlib import Path

from django.db import migrations

# Triggers are beyond the ORM, and so are foreign keys by which the database itself deletes.
SQL = Path(__file__).with_name("append_only.sql").read_text()
BACK = """
DROP TRIGGER append_only ON economy_transfer;
DROP TRIGGER append_only_as_a_whole ON economy_transfer;
DROP FUNCTION economy_append_only();
ALTER TABLE economy_account DROP CONSTRAINT account_of_workspace;
ALTER TABLE economy_ledgerhead DROP CONSTRAINT head_of_workspace;
ALTER TABLE economy_transfer DROP CONSTRAINT transfer_of_workspace;
ALTER TABLE economy_refusedtransfer DROP CONSTRAINT refused_of_workspace;
"""


class Migration(migrations.Migration):
    dependencies = [("economy", "0001_initial")]

    operations = [migrations.RunSQL(SQL, BACK)]

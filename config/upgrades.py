"""Between an upgrade of the code and `manage.py migrate` tables and columns are missing: told as what it is."""

from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor

WHAT_TO_DO = "The database is of an older release than the code: run `manage.py migrate`"


def database_is_behind() -> bool:
    """Whether there are migrations to apply; no, too, where the database does not answer."""
    try:
        executor = MigrationExecutor(connection)
        return bool(executor.migration_plan(executor.loader.graph.leaf_nodes()))
    except DatabaseError:
        return False

#!/usr/bin/env python
"""The face of Agora for developers: `python manage.py help` lists every command."""

import os
import sys

from django.core.management import execute_from_command_line
from django.db.utils import OperationalError, ProgrammingError

# As of a program that a closed pipe has ended: 128 + SIGPIPE.
PIPE_CLOSED = 141


def main() -> None:
    try:
        try:
            execute_from_command_line(sys.argv)
        finally:
            sys.stdout.flush()
    except BrokenPipeError:
        # Whoever read along (head, less) has seen enough. What is still in the buffer goes nowhere.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(PIPE_CLOSED)
    except OperationalError as error:
        sys.exit(f"PostgreSQL does not answer: {error}\nStart the embedded servers with `manage.py services start`.")
    except ProgrammingError:
        from config import upgrades

        if "migrate" in sys.argv or not upgrades.database_is_behind():
            raise
        sys.exit(upgrades.WHAT_TO_DO)


if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    main()

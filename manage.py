#!/usr/bin/env python
"""The face of Agora for developers: `python manage.py help` lists every command."""

import os
import sys

from django.core.management import execute_from_command_line
from django.db.utils import OperationalError

if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    try:
        execute_from_command_line(sys.argv)
    except OperationalError as error:
        sys.exit(f"PostgreSQL does not answer: {error}\nStart the embedded servers with `manage.py services start`.")

"""Every command of ours explains itself."""

import pytest
from django.core.management import get_commands, load_command_class

from .conftest import APPS

COMMANDS = sorted(name for name, app in get_commands().items() if app in APPS)


def test_there_are_commands():
    assert COMMANDS


@pytest.mark.parametrize("name", COMMANDS)
def test_a_command_has_help_and_shows_it(name, capsys):
    command = load_command_class(get_commands()[name], name)
    assert command.help.strip()
    with pytest.raises(SystemExit) as ended:
        command.create_parser("manage.py", name).parse_args(["--help"])
    assert ended.value.code == 0
    assert name in capsys.readouterr().out

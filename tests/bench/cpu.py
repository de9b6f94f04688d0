"""Processor time by program, which says where an event's microseconds go however noisy the machine is."""

import os
from collections import Counter
from pathlib import Path

PROGRAMS = {"granian": "web", "postgres": "PostgreSQL", "redis-server": "Redis", "python": "sender"}


def seconds():
    """Processor seconds so far, of all living processes of each program that belongs to this bench."""
    ticks = os.sysconf("SC_CLK_TCK")
    used, found, postmasters = Counter(), [], set()
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            stat = (folder / "stat").read_text()
            words = (folder / "environ").read_bytes() + (folder / "cmdline").read_bytes()
        except OSError:
            continue
        name = stat[stat.index("(") + 1 : stat.rindex(")")]
        parent, *fields = stat[stat.rindex(")") + 4 :].split()
        found.append((name, parent, b"/var/bench" in words, (int(fields[9]) + int(fields[10])) / ticks))
        if name == "postgres" and b"/var/bench" in words:
            postmasters.add(folder.name)
    for name, parent, ours, spent in found:
        program = next((title for start, title in PROGRAMS.items() if name.startswith(start)), None)
        # A backend of PostgreSQL is known by its parent alone.
        if program and (ours or parent in postmasters):
            used[program] += spent
    return used

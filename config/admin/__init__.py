from config.admin import members, runs, schedules, site, users, workspaces  # noqa: F401 importing registers

from config.admin import api_tokens, members, runs, schedules, site, users, workspaces  # noqa: F401 importing registers

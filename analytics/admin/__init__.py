from analytics.admin import dashboards, state  # noqa: F401 importing registers

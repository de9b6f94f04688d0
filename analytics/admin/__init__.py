from analytics.admin import dashboards, funnels, state  # noqa: F401 importing registers

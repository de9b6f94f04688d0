from analytics.admin import dashboards, funnels, recounts, state  # noqa: F401 importing registers

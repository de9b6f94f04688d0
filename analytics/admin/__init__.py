from analytics.admin import dashboards, definitions, funnels, recounts, state  # noqa: F401 importing registers

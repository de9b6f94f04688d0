from analytics.admin import (  # noqa: F401 importing registers
    dashboards,
    definitions,
    features,
    funnels,
    recounts,
    rollups,
    state,
    time_zones,
)

from analytics.admin import (  # noqa: F401 importing registers
    dashboards,
    definitions,
    exports,
    features,
    funnels,
    recounts,
    rollups,
    state,
    time_zones,
)

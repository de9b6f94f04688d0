"""Rollups, metrics and dashboards: what the stored events add up to. One engine fills, one reader reads."""

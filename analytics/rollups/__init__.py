"""Rollups: what the events add up to. declarations.py says what there is, engine.py fills it, sql/ holds how."""

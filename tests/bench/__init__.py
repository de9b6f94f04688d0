"""Measurements of the whole, each figure beside its limit: `make bench`. They print, they never fail a test."""

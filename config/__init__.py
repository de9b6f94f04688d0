"""Settings, entry points and what every room shares: users, workspaces, members, runs."""

from config.celery import app as celery_app

__all__ = ["celery_app"]

from moderation.admin import desk, rows

__all__ = ["desk", "rows"]

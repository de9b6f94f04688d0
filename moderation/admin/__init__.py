from moderation.admin import desk, patterns, rows, webhooks

__all__ = ["desk", "patterns", "rows", "webhooks"]

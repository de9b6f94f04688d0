from moderation.admin import desk, rows, webhooks

__all__ = ["desk", "rows", "webhooks"]

from moderation.admin import desk, numbers, patterns, rows, second_reviews, webhooks

__all__ = ["desk", "numbers", "patterns", "rows", "second_reviews", "webhooks"]

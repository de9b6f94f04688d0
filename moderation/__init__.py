"""Moderation: reports, cases, decisions and their metrics. It builds on analytics and never imports economy."""

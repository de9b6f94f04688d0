"""Point economy: the ledger, its rules and its rollups. It builds on analytics and never imports moderation."""

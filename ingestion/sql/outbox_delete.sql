-- Runs in the team's own database: removes rows of its outbox that are stored or quarantined by now.
-- Parameters: ids
DELETE FROM agora.outbox
WHERE id = ANY(%s)

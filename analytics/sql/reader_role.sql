-- The role as which questions about events are asked: nobody logs in as it, and it may do nothing until it is told.
-- No rows: it is made where it is not there. No parameters.
DO $$
BEGIN
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'agora_reader') THEN
        CREATE ROLE agora_reader NOLOGIN;
    END IF;
EXCEPTION
    -- Another installation on this server made it meanwhile.
    WHEN duplicate_object OR unique_violation THEN NULL;
END
$$

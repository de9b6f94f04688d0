-- A script for the team's own database, PostgreSQL 13 or newer, not for Agora's: the outbox that Agora reads from.
-- Row of agora.outbox: one event that has not been read yet. Running the script again changes nothing.
CREATE SCHEMA IF NOT EXISTS agora;

-- event_id and occurred_at are fixed when the row is written: an event that is read twice is the same event.
CREATE TABLE IF NOT EXISTS agora.outbox (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    event_id uuid NOT NULL DEFAULT gen_random_uuid(),
    occurred_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    event_name text NOT NULL,
    user_id text,
    properties jsonb NOT NULL DEFAULT '{}',
    context jsonb NOT NULL DEFAULT '{}'
) WITH (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 5000);

-- The columns of a row that may be taken: those named, or all but the ones left out by name or by pattern.
CREATE OR REPLACE FUNCTION agora.columns_of(content jsonb, taken jsonb, left_out jsonb, personal text)
RETURNS jsonb LANGUAGE sql IMMUTABLE SET search_path = pg_catalog, pg_temp AS $columns_of$
    SELECT coalesce(jsonb_object_agg(key, value), '{}')
    FROM jsonb_each(content)
    WHERE NOT left_out ? key
      AND CASE WHEN taken = 'null' THEN key !~* personal ELSE taken ? key END
$columns_of$;

-- Runs with its owner's rights, so that whoever writes the table needs none on the outbox.
CREATE OR REPLACE FUNCTION agora.capture()
RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $capture$
DECLARE
    -- Arguments of the trigger: event name, columns of the row's key, column of the person, columns taken, columns
    -- left out, pattern of personal columns.
    row_of_old jsonb;
    row_of_new jsonb;
    was jsonb;
    has_become jsonb;
    changed jsonb;
    facts jsonb := jsonb_build_object(
        'library', jsonb_build_object('name', 'agora.outbox', 'table', TG_TABLE_SCHEMA || '.' || TG_TABLE_NAME)
    );
    row_key text;
BEGIN
    IF TG_OP <> 'INSERT' THEN
        row_of_old := to_jsonb(OLD);
        was := agora.columns_of(row_of_old, TG_ARGV[3]::jsonb, TG_ARGV[4]::jsonb, TG_ARGV[5]);
    END IF;
    IF TG_OP <> 'DELETE' THEN
        row_of_new := to_jsonb(NEW);
        has_become := agora.columns_of(row_of_new, TG_ARGV[3]::jsonb, TG_ARGV[4]::jsonb, TG_ARGV[5]);
    END IF;
    IF TG_OP = 'UPDATE' THEN
        SELECT jsonb_agg(key ORDER BY key) INTO changed
        FROM jsonb_each(has_become)
        WHERE value IS DISTINCT FROM was -> key;
        IF changed IS NULL THEN
            RETURN NULL;
        END IF;
        facts := facts || jsonb_build_object('changed', changed);
    END IF;
    row_of_new := coalesce(row_of_new, row_of_old);
    SELECT string_agg(row_of_new ->> value, ':' ORDER BY place) INTO row_key
    FROM jsonb_array_elements_text(TG_ARGV[1]::jsonb) WITH ORDINALITY AS part (value, place);
    INSERT INTO agora.outbox (event_name, user_id, properties, context)
    SELECT
        TG_ARGV[0] || CASE TG_OP WHEN 'INSERT' THEN '_created' WHEN 'UPDATE' THEN '_updated' ELSE '_deleted' END,
        row_of_new ->> TG_ARGV[2],
        coalesce(jsonb_object_agg(key, value) FILTER (WHERE value <> 'null'), '{}')
        || CASE WHEN row_key IS NULL THEN '{}' ELSE jsonb_build_object('object_id', row_key) END,
        facts
    FROM jsonb_each(coalesce(has_become, was));
    RETURN NULL;
END
$capture$;

REVOKE ALL ON FUNCTION agora.capture() FROM PUBLIC;

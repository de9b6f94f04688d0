-- From here to the end of the transaction nothing can be written, and no statement takes longer; where the reader's role
-- is ready, only what it may read is there.
-- Row: one, of what was set; role is null where there is none.
-- Parameters: longest (text, such as 30s), needs (names of the tables that the role has to be able to read)
SELECT
    set_config('statement_timeout', %(longest)s, TRUE) AS longest,
    set_config('transaction_read_only', 'on', TRUE) AS read_only,
    (
        SELECT set_config('role', rolname, TRUE)
        FROM pg_roles
        WHERE
            rolname = 'agora_reader'
            AND pg_has_role(current_user, oid, 'MEMBER')
            AND NOT EXISTS (
                SELECT 1
                FROM unnest(%(needs)s::text []) AS needed (name)
                WHERE NOT has_table_privilege(pg_roles.oid, needed.name, 'SELECT')
            )
    ) AS role;

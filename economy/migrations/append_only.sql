-- A ledger is only ever added to. Its rows go with their workspace, by the foreign keys below, and in no other way:
-- PostgreSQL takes them away when the workspace's row is gone already, which is what the trigger looks at.
ALTER TABLE economy_account
    ADD CONSTRAINT account_of_workspace FOREIGN KEY (workspace_id) REFERENCES config_workspace ON DELETE CASCADE;
ALTER TABLE economy_ledgerhead
    ADD CONSTRAINT head_of_workspace FOREIGN KEY (workspace_id) REFERENCES config_workspace ON DELETE CASCADE;
ALTER TABLE economy_transfer
    ADD CONSTRAINT transfer_of_workspace FOREIGN KEY (workspace_id) REFERENCES config_workspace ON DELETE CASCADE;
ALTER TABLE economy_refusedtransfer
    ADD CONSTRAINT refused_of_workspace FOREIGN KEY (workspace_id) REFERENCES config_workspace ON DELETE CASCADE;

CREATE FUNCTION economy_append_only() RETURNS trigger LANGUAGE plpgsql AS $append_only$
BEGIN
    IF TG_OP = 'TRUNCATE' THEN
        -- Emptying what is empty, as between tests, takes nothing away.
        IF NOT EXISTS (SELECT FROM economy_transfer) THEN
            RETURN NULL;
        END IF;
    ELSIF TG_OP = 'DELETE' AND NOT EXISTS (SELECT FROM config_workspace WHERE id = old.workspace_id) THEN
        RETURN old;
    END IF;
    RAISE EXCEPTION 'The ledger is only ever added to: reverse a transfer instead of changing it'
        USING ERRCODE = 'restrict_violation';
END
$append_only$;

CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON economy_transfer
FOR EACH ROW EXECUTE FUNCTION economy_append_only();
CREATE TRIGGER append_only_as_a_whole BEFORE TRUNCATE ON economy_transfer
FOR EACH STATEMENT EXECUTE FUNCTION economy_append_only();

-- For the team's own database: every change of a row of the table writes an event into the outbox, in its transaction.
-- Parameters: table, arguments (those of agora.capture)
DROP TRIGGER IF EXISTS agora_capture ON {table};
CREATE TRIGGER agora_capture AFTER INSERT OR UPDATE OR DELETE ON {table}
FOR EACH ROW EXECUTE FUNCTION agora.capture({arguments});

-- Runs in the team's own database: limits of one transaction, which its users must not feel.
SELECT
    set_config('statement_timeout', '30s', true),
    set_config('lock_timeout', '5s', true),
    set_config('idle_in_transaction_session_timeout', '60s', true),
    set_config('TimeZone', 'UTC', true),
    set_config('DateStyle', 'ISO', true)

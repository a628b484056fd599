-- For `gatehouse check`: may this role, on this server, do what revocations
-- need?  NULL where a table is missing.
SELECT NOT pg_is_in_recovery()
	AND current_setting('transaction_read_only') = 'off',
    has_table_privilege(to_regclass('revocation'), 'SELECT')
	AND has_table_privilege(to_regclass('revocation'), 'INSERT')
	AND has_table_privilege(to_regclass('revocation'), 'UPDATE')
	AND has_table_privilege(to_regclass('revocation'), 'DELETE')
	AND has_table_privilege(to_regclass('webhook'), 'INSERT')
	AND has_table_privilege(to_regclass('webhook'), 'DELETE')
	AND has_table_privilege(to_regclass('user_profile'), 'DELETE')

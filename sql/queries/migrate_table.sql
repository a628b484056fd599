CREATE TABLE IF NOT EXISTS gatehouse_migrations (
	version integer NOT NULL PRIMARY KEY,
	name text NOT NULL,
	sha256 text NOT NULL,
	applied_at timestamptz NOT NULL DEFAULT now()
);

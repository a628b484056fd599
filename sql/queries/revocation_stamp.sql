-- Rows of transactions that have not begun here: restored ones, with numbers of
-- another server.  They would stay behind every reader's cursor.
WITH stamped AS (
    UPDATE revocation SET xid = pg_current_xact_id()
    WHERE row IN (
	SELECT row FROM revocation
	WHERE xid >= pg_snapshot_xmax(pg_current_snapshot())
	ORDER BY xid
	LIMIT 1000
	FOR UPDATE SKIP LOCKED)
    RETURNING true
)
SELECT count(*) FROM stamped

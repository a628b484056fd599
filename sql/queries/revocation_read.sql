-- What stands behind ($1, $2), and with it, as of the same moment, the oldest
-- transaction that is open: rows of those before it are all to be seen; and the
-- first that has not begun.  The deletion of nothing is refused by a standby,
-- which may be late.  The server's start and the table's number tell it from
-- any other, whose transactions have numbers of their own.
WITH writable AS (DELETE FROM revocation WHERE false)
SELECT s.*, r.*
FROM (SELECT pg_snapshot_xmin(pg_current_snapshot()) AS xmin,
	pg_snapshot_xmax(pg_current_snapshot()) AS xmax,
	concat(extract(epoch FROM pg_postmaster_start_time()), ' ',
	    to_regclass('revocation')::oid) AS which) AS s
    LEFT JOIN LATERAL (
	SELECT xid, row, provider, kind, id, effect,
	    gone OR ended AS brief,
	    ceil(extract(epoch FROM at))::bigint AS at,
	    ceil(extract(epoch FROM until))::bigint AS until
	FROM revocation
	WHERE (xid, row) > ($1::xid8, $2::bigint) AND until > now()
	ORDER BY xid, row
	LIMIT 250
    ) AS r ON true
ORDER BY r.xid, r.row

WITH pruned AS (
    DELETE FROM webhook
    WHERE (provider, id) IN (
	SELECT provider, id FROM webhook
	WHERE received_at < now() - make_interval(secs => $1::double precision)
	ORDER BY received_at
	LIMIT 1000
	FOR UPDATE SKIP LOCKED)
    RETURNING true
)
SELECT count(*) FROM pruned

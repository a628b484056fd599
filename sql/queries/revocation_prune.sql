WITH pruned AS (
    DELETE FROM revocation
    WHERE row IN (
	SELECT row FROM revocation
	WHERE until <= now()
	ORDER BY until
	LIMIT 1000
	FOR UPDATE SKIP LOCKED)
    RETURNING true
)
SELECT count(*) FROM pruned

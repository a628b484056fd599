-- A message that was here before ($9, NULL: no message) adds nothing; two at
-- once wait for each other at its key.  Until $7 (seconds since 1970; 0: not
-- given), but an hour at least, because a token may outlive its session, and
-- $8 seconds at most.
WITH fresh AS (
    INSERT INTO webhook (provider, id)
    SELECT $1::text, $9::text WHERE $9::text IS NOT NULL
    ON CONFLICT DO NOTHING
    RETURNING true
), stored AS (
    INSERT INTO revocation (provider, kind, id, effect, gone, ended, until)
    SELECT $1::text, $2::text, $3::text, $4::text, $5::boolean, $6::boolean,
	least(now() + make_interval(secs => $8::double precision),
	    CASE WHEN $7::double precision = 0 THEN 'infinity'
	    ELSE greatest(to_timestamp($7::double precision),
		now() + interval '1 hour') END)
    WHERE $9::text IS NULL OR EXISTS (SELECT FROM fresh)
    RETURNING row, at, until
)
SELECT row, ceil(extract(epoch FROM at))::bigint,
    ceil(extract(epoch FROM until))::bigint
FROM stored

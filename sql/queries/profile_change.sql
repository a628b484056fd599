-- NULL keeps, an empty bio clears.  clock_timestamp() and not now(): writers
-- that waited for each other must leave the later time.  $6: when this
-- statement was given up; a server that comes to it later does nothing.
INSERT INTO user_profile AS p
    (provider, user_id, theme, notifications, bio, updated_at)
SELECT $1::text, $2::text, coalesce($3::text, 'light'),
    coalesce($4::boolean, true), nullif($5::text, ''), clock_timestamp()
WHERE clock_timestamp() < to_timestamp($6::double precision)
ON CONFLICT (provider, user_id) DO UPDATE SET
    theme = coalesce($3::text, p.theme),
    notifications = coalesce($4::boolean, p.notifications),
    bio = CASE WHEN $5::text IS NULL THEN p.bio ELSE nullif($5::text, '') END,
    updated_at = clock_timestamp()
WHERE clock_timestamp() < to_timestamp($6::double precision)
RETURNING true

-- The hot path: one index look-up, no transaction number, no WAL.
SELECT theme, notifications, bio
FROM user_profile
WHERE provider = $1 AND user_id = $2

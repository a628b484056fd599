-- DO UPDATE, not DO NOTHING: the loser of a race gets the winner's row too.
INSERT INTO user_profile (provider, user_id)
VALUES ($1, $2)
ON CONFLICT (provider, user_id) DO UPDATE SET user_id = excluded.user_id
RETURNING theme, notifications, bio

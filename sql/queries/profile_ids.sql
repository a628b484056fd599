-- One page of a provider's users, behind $2, along the primary key.
SELECT user_id
FROM user_profile
WHERE provider = $1 AND user_id > $2
ORDER BY user_id
LIMIT $3::integer

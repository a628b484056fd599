-- Why was the row not written?
SELECT true
FROM revocation
WHERE provider = $1 AND id = $2 AND gone AND until > now()
LIMIT 1

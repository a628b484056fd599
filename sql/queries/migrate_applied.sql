SELECT version, name, sha256,
    to_char(applied_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"')
FROM gatehouse_migrations
ORDER BY version

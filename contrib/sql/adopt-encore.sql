-- Takes over the profiles of the "Ory + Encore" or "Encore + Clerk" tutorial.
--
-- 1. The tutorial's table is in Gatehouse's database and schema
--
--      psql -X -v provider=ory -f contrib/sql/adopt-encore.sql DATABASE
--      gatehouse migrate up
--      psql -X -v provider=ory -f contrib/sql/adopt-encore.sql DATABASE
--
--    Both tables are called user_profile, so the first run moves the
--    tutorial's aside, to encore_user_profile (or does nothing if Gatehouse's
--    is there already); migrate makes Gatehouse's; the last run copies.
--
-- 2. It is in another database
--
--      psql -X -c 'COPY (SELECT ory_user_id, theme, notifications, bio,
--          created_at, updated_at FROM user_profile) TO STDOUT' OLD |
--      psql -X -v provider=ory -v from=stdin \
--          -f contrib/sql/adopt-encore.sql NEW
--
--    (clerk_user_id for Clerk.)  OLD is only read.
--
-- 3. It is in the same database in another schema: -v old=public.user_profile
--
-- Variables:
--   provider  the name in Gatehouse's configuration: ory, clerk
--   zone      the time zone the tutorial's server ran in; UTC
--   bio_max   Gatehouse's bio_max: longer texts are kept, and counted; 2000
--
-- Missing values become the defaults, an empty bio none, a theme that is
-- neither light nor dark becomes light.  A row of Gatehouse is replaced only
-- if its user has chosen nothing there yet or the tutorial's row is newer; so
-- a second run changes nothing.  One transaction: all of it happens or nothing.
-- The tutorial's schema_migrations and (renamed) table stay as they are.

\set ON_ERROR_STOP on
\set QUIET on
\if :{?provider} \else \set provider '' \endif
\if :{?zone} \else \set zone UTC \endif
\if :{?bio_max} \else \set bio_max 2000 \endif
\if :{?from} \else \set from table \endif
\if :{?old} \else \set old '' \endif

BEGIN;
SET LOCAL client_min_messages = warning;
SET LOCAL lock_timeout = '5s';
SET LOCAL timezone = :'zone';
-- The lock of "gatehouse migrate": not while tables are being made.
SELECT pg_advisory_xact_lock(7449363237540164979) \g /dev/null

CREATE FUNCTION pg_temp.stop(why text) RETURNS void LANGUAGE plpgsql
AS $$ BEGIN RAISE EXCEPTION 'adopt-encore: %', why; END $$;

-- Whose table it is, is told by its columns: the name is the same.
CREATE FUNCTION pg_temp.id_column(name text) RETURNS text LANGUAGE sql
AS $$
	SELECT attname::text FROM pg_attribute
	WHERE attrelid = to_regclass(name) AND NOT attisdropped
	    AND attname IN ('ory_user_id', 'clerk_user_id')
$$;

SELECT CASE
	WHEN :'provider' = '' THEN pg_temp.stop('say -v provider=ory or clerk')
	WHEN :'from' NOT IN ('table', 'stdin') THEN
		pg_temp.stop('from is table or stdin')
	WHEN :'old' <> '' AND pg_temp.id_column(:'old') IS NULL THEN
		pg_temp.stop('no tutorial''s table is called ' || :'old')
END \g /dev/null

SELECT :'from' = 'stdin' AS by_stdin,
    :'from' = 'table' AND :'old' = ''
	AND pg_temp.id_column('user_profile') IS NOT NULL AS in_the_way
\gset
\if :in_the_way
	ALTER TABLE user_profile RENAME TO encore_user_profile;
	\echo 'moved aside: user_profile is now encore_user_profile'
\endif

SELECT coalesce(nullif(:'old', ''), 'encore_user_profile') AS old,
    to_regclass('user_profile') IS NOT NULL AS have_new
\gset
SELECT coalesce(pg_temp.id_column(:'old'), '') AS id_column,
    coalesce(to_regclass(:'old')::text, '') AS old_table
\gset
SELECT CASE
	WHEN :'by_stdin'::boolean AND NOT :'have_new'::boolean THEN
		pg_temp.stop('run "gatehouse migrate up" first')
	WHEN NOT :'by_stdin'::boolean AND :'id_column' = '' THEN
		pg_temp.stop('no tutorial''s table is here')
END \g /dev/null

\if :have_new
\else
	COMMIT;
	\echo 'next: gatehouse migrate up; then this script once more'
	\quit
\endif

CREATE TEMP TABLE adopted (
	user_id text, theme text, notifications boolean, bio text,
	created_at timestamp, updated_at timestamp
) ON COMMIT DROP;

\if :by_stdin
	\copy adopted FROM pstdin
\else
	INSERT INTO adopted
	SELECT :"id_column", theme, notifications, bio, created_at, updated_at
	FROM :old_table;
\endif

WITH clean AS (
	SELECT :'provider' AS provider, user_id,
	    CASE theme WHEN 'dark' THEN 'dark' ELSE 'light' END AS theme,
	    coalesce(notifications, true) AS notifications,
	    nullif(bio, '') AS bio,
	    coalesce(created_at, updated_at, 'epoch') AT TIME ZONE :'zone'
		AS created_at,
	    coalesce(updated_at, created_at, 'epoch') AT TIME ZONE :'zone'
		AS updated_at
	FROM adopted
	WHERE char_length(user_id) BETWEEN 1 AND 255
), done AS (
	INSERT INTO user_profile AS p (provider, user_id, theme, notifications,
	    bio, created_at, updated_at)
	SELECT * FROM clean
	ON CONFLICT (provider, user_id) DO UPDATE SET
	    theme = excluded.theme, notifications = excluded.notifications,
	    bio = excluded.bio, created_at = excluded.created_at,
	    updated_at = excluded.updated_at
	WHERE (p.updated_at < excluded.updated_at
		OR (p.updated_at = p.created_at AND p.theme = 'light'
		    AND p.notifications AND p.bio IS NULL))
	    AND (p.theme, p.notifications, p.bio, p.created_at, p.updated_at)
		IS DISTINCT FROM
		(excluded.theme, excluded.notifications, excluded.bio,
		    excluded.created_at, excluded.updated_at)
	RETURNING p.xmax = 0 AS fresh
)
SELECT count(*) FILTER (WHERE fresh) AS made,
    count(*) FILTER (WHERE NOT fresh) AS replaced
FROM done
\gset

SELECT count(*) AS rows,
    count(*) FILTER (WHERE theme NOT IN ('light', 'dark')) AS bad_themes,
    count(*) FILTER (WHERE theme IS NULL OR notifications IS NULL) AS missing,
    count(*) FILTER (WHERE char_length(bio) > :'bio_max'::int) AS long_bios,
    count(*) FILTER (WHERE user_id IS NULL
	OR char_length(user_id) NOT BETWEEN 1 AND 255) AS bad_ids
FROM adopted
\gset
COMMIT;

\echo :rows 'rows read;' :made 'made,' :replaced 'replaced, the others kept'
\echo :missing 'had no theme or no notifications: defaults'
\echo :bad_themes 'had another theme than light and dark: light'
\echo :long_bios 'have a bio longer than' :bio_max 'characters: kept whole'
\echo :bad_ids 'had no user id that can be one: left out'

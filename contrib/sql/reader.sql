-- A role that can only look: it reads Gatehouse's tables, also those of later
-- migrations, and can change nothing.  (Advisory locks and NOTIFY are open to
-- every role of PostgreSQL, and so to this one.)  The quickstart's dashboard
-- uses it.
--
--   psql -X -v ON_ERROR_STOP=1 -v owner=gatehouse -f reader.sql DATABASE
--
-- By a superuser, in the database of Gatehouse; "owner" is Gatehouse's role.
-- It may be run again.  The role has no password: how it may sign in is said in
-- pg_hba.conf, or by ALTER ROLE ... PASSWORD.

SELECT NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'gatehouse_reader')
    AS missing \gset
\if :missing
CREATE ROLE gatehouse_reader;
\endif

ALTER ROLE gatehouse_reader LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE
    NOREPLICATION NOBYPASSRLS NOINHERIT CONNECTION LIMIT 8;

-- What a session of it could change back is only a courtesy: the rights below
-- are what keeps it from writing.
ALTER ROLE gatehouse_reader SET default_transaction_read_only = on;
ALTER ROLE gatehouse_reader SET statement_timeout = '2s';
ALTER ROLE gatehouse_reader SET lock_timeout = '500ms';
ALTER ROLE gatehouse_reader SET idle_in_transaction_session_timeout = '2s';

-- PostgreSQL lets everybody make temporary tables and large objects, and before
-- version 15 tables in the schema "public" as well.
SELECT format('REVOKE TEMPORARY ON DATABASE %I FROM PUBLIC',
    current_database()) \gexec
SELECT format('GRANT EXECUTE ON FUNCTION %s TO %I',
        oid::regprocedure, :'owner'),
    format('REVOKE EXECUTE ON FUNCTION %s FROM PUBLIC', oid::regprocedure)
FROM pg_proc
WHERE pronamespace = 'pg_catalog'::regnamespace AND proname ~ '^lo_|^lowrite$'
    AND has_function_privilege('public', oid, 'EXECUTE') \gexec
SELECT format('GRANT CONNECT ON DATABASE %I TO gatehouse_reader',
    current_database()) \gexec
GRANT CREATE, USAGE ON SCHEMA public TO :"owner";
REVOKE CREATE ON SCHEMA public FROM PUBLIC;

GRANT USAGE ON SCHEMA public TO gatehouse_reader;
GRANT SELECT ON ALL TABLES IN SCHEMA public TO gatehouse_reader;
ALTER DEFAULT PRIVILEGES FOR ROLE :"owner" IN SCHEMA public
    GRANT SELECT ON TABLES TO gatehouse_reader;

-- Who and what is no longer welcome: the truth that all hosts read, and the ids
-- of the providers' messages that had their effect.
--
-- Needs PostgreSQL 13 (xid8).

CREATE TABLE revocation (
	row bigint GENERATED ALWAYS AS IDENTITY,
	xid xid8 NOT NULL,
	provider text NOT NULL,
	kind text NOT NULL,
	id text NOT NULL,
	effect text NOT NULL,
	gone boolean NOT NULL DEFAULT false,
	ended boolean NOT NULL DEFAULT false,
	at timestamptz NOT NULL DEFAULT clock_timestamp(),
	until timestamptz NOT NULL,

	CONSTRAINT revocation_key PRIMARY KEY (row),
	CONSTRAINT revocation_provider_check
		CHECK (char_length(provider) BETWEEN 1 AND 64),
	CONSTRAINT revocation_kind_check
		CHECK (kind IN ('session', 'user')),
	CONSTRAINT revocation_id_check
		CHECK (char_length(id) BETWEEN 1 AND 255),
	CONSTRAINT revocation_effect_check
		CHECK (effect IN ('recheck', 'older', 'all')),
	CONSTRAINT revocation_gone_check
		CHECK (NOT gone OR (kind = 'user' AND effect = 'all')),
	CONSTRAINT revocation_ended_check
		CHECK (NOT ended OR (kind = 'session' AND effect = 'all'))
);

-- In the order in which hosts read; for the profiles' trigger; for pruning.
CREATE INDEX revocation_order ON revocation (xid, row);
CREATE INDEX revocation_gone ON revocation (provider, id) WHERE gone;
CREATE INDEX revocation_until ON revocation (until);

COMMENT ON TABLE revocation IS
	'sessions and users that are refused or asked again, until a time';
COMMENT ON COLUMN revocation.xid IS
	'who reads behind the oldest transaction still open misses nothing';
COMMENT ON COLUMN revocation.effect IS
	'recheck: what was found out before is asked again; '
	'older: what was issued before "at" is refused; all: refused';
COMMENT ON COLUMN revocation.gone IS
	'the user was deleted: as is the profile, and none is made again';
COMMENT ON COLUMN revocation.ended IS
	'the provider makes no more tokens of the session';

CREATE TABLE webhook (
	provider text NOT NULL,
	id text NOT NULL,
	received_at timestamptz NOT NULL DEFAULT now(),

	CONSTRAINT webhook_key PRIMARY KEY (provider, id),
	CONSTRAINT webhook_id_check CHECK (char_length(id) BETWEEN 1 AND 255)
);

CREATE INDEX webhook_received ON webhook (received_at);

COMMENT ON TABLE webhook IS
	'messages of providers that had their effect, so that none has it twice';

-- A profile is made under a lock that its deletion takes alone, and every
-- statement in here sees what was committed before it: either the deletion
-- finds the profile, or the profile finds the deletion.  Statements of another
-- isolation see less, and are refused.  So few locks that one statement may
-- make any number of profiles.  The search path is the one that found the
-- tables here, whoever comes by which.
CREATE FUNCTION gatehouse_sees_all() RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
	IF current_setting('transaction_isolation') NOT IN
	    ('read committed', 'read uncommitted') THEN
		RAISE EXCEPTION 'gatehouse: isolation must be read committed'
		    USING ERRCODE = 'serialization_failure';
	END IF;
END
$$;

CREATE FUNCTION gatehouse_profile_made() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
	PERFORM gatehouse_sees_all();
	PERFORM pg_advisory_xact_lock_shared(1734440037,
	    hashtext(NEW.provider || chr(31) || NEW.user_id) & 255);
	IF EXISTS (SELECT FROM revocation
	    WHERE provider = NEW.provider AND id = NEW.user_id AND gone
		AND until > now()) THEN
		RETURN NULL;
	END IF;
	RETURN NEW;
END
$$;

-- Whatever number a row brings along: a dump's is of another server.
CREATE FUNCTION gatehouse_revoking() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
	NEW.xid := pg_current_xact_id();
	IF NEW.gone THEN
		PERFORM gatehouse_sees_all();
		PERFORM pg_advisory_xact_lock(1734440037,
		    hashtext(NEW.provider || chr(31) || NEW.id) & 255);
	END IF;
	RETURN NEW;
END
$$;

-- Transactions that notify wait for each other when they commit: only what is
-- new does.
CREATE FUNCTION gatehouse_revoked() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
	IF NEW.gone THEN
		DELETE FROM user_profile
		WHERE provider = NEW.provider AND user_id = NEW.id;
	END IF;
	PERFORM pg_notify('gatehouse_revocation', '');
	RETURN NULL;
END
$$;

CREATE TRIGGER gatehouse_profile_made BEFORE INSERT ON user_profile
	FOR EACH ROW EXECUTE FUNCTION gatehouse_profile_made();
CREATE TRIGGER gatehouse_revoking BEFORE INSERT ON revocation
	FOR EACH ROW EXECUTE FUNCTION gatehouse_revoking();
CREATE TRIGGER gatehouse_revoked AFTER INSERT ON revocation
	FOR EACH ROW EXECUTE FUNCTION gatehouse_revoked();

-- What each signed-in user has chosen, one row a user and provider.
--
-- No IF NOT EXISTS: a table of that name that is not ours (the tutorials' has
-- it too) must stop the migration; contrib/sql/adopt-encore.sql takes it over.

CREATE TABLE user_profile (
	provider text NOT NULL,
	user_id text NOT NULL,
	theme text NOT NULL DEFAULT 'light',
	notifications boolean NOT NULL DEFAULT true,
	bio text,
	created_at timestamptz NOT NULL DEFAULT now(),
	updated_at timestamptz NOT NULL DEFAULT now(),

	CONSTRAINT user_profile_key PRIMARY KEY (provider, user_id),
	CONSTRAINT user_profile_provider_check
		CHECK (char_length(provider) BETWEEN 1 AND 64),
	CONSTRAINT user_profile_user_id_check
		CHECK (char_length(user_id) BETWEEN 1 AND 255),
	CONSTRAINT user_profile_theme_check
		CHECK (theme IN ('light', 'dark')),
	CONSTRAINT user_profile_bio_check
		CHECK (bio <> '')
);

COMMENT ON TABLE user_profile IS
	'profiles and preferences, by identity provider and its user id';
COMMENT ON COLUMN user_profile.bio IS
	'NULL: none; never empty';
COMMENT ON COLUMN user_profile.updated_at IS
	'equal to created_at as long as the user has chosen nothing';

/* SPDX-License-Identifier: MIT */
/* hook/svix: the published example, and everything that must not pass. */
#include "tap.h"

#include "conf/conf.h"
#include "hook/svix.h"
#include "unit/hooked.h"

#include <string.h>

enum { SENT_S = 1614265330 };

#define OTHER_SECRET "whsec_b3RoZXIgc2VjcmV0IG9mIG91cnM="

static const struct svix_message good = { HOOKED_ID, HOOKED_TIME,
	HOOKED_SIGNATURE, HOOKED_BODY, sizeof(HOOKED_BODY) - 1 };

static const char *
check_at(const struct svix_message *m, int64_t now_s)
{
	const struct conf_list secrets = { 1, { HOOKED_SECRET } };

	return svix_check(m, &secrets, now_s);
}

static const char *
check(const struct svix_message *m)
{
	return check_at(m, SENT_S);
}

static void
published(void)
{
	char signature[HOOKED_SIGNATURE_SIZE];

	CHECK(check(&good) == NULL);
	hooked_sign(HOOKED_SECRET, HOOKED_ID, HOOKED_TIME, HOOKED_BODY,
	    sizeof(HOOKED_BODY) - 1, signature);
	STREQ(signature, HOOKED_SIGNATURE);
}

/* Each bit of what is signed, and of the signature. */
static void
mutations(void)
{
	static const char *const field[] = { HOOKED_ID, HOOKED_TIME,
		HOOKED_SIGNATURE, HOOKED_BODY };

	for (size_t f = 0; f < ROWS(field); f++)
		for (size_t bit = 0; bit < 8 * strlen(field[f]); bit++) {
			struct svix_message m = good;
			char text[64] = "";

			strcpy(text, field[f]);
			text[bit / 8] ^= (char)(1u << bit % 8);
			tap_row("field %zu, bit %zu", f, bit);
			m.id = f == 0 ? text : m.id;
			m.timestamp = f == 1 ? text : m.timestamp;
			m.signature = f == 2 ? text : m.signature;
			m.body = f == 3 ? text : m.body;
			CHECK(check(&m) != NULL);
		}
	for (size_t n = 0; n < good.body_len; n++) {
		struct svix_message m = good;

		m.body_len = n;
		CHECK(check(&m) != NULL);
	}
}

#define SIG HOOKED_SIGNATURE
#define CODE "g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="
#define FALSE_SIG "v1,Ceo5qEr07ixe2NLpvHk3FH9bwy/WavXrAFQ/9tdO6mc="

static void
signatures(void)
{
	static const struct {
		const char *field;
		bool passes;
	} t[] = {
		{ SIG, true },
		{ "  " SIG "\t", true },
		{ SIG " " FALSE_SIG, true },
		{ FALSE_SIG " " SIG, true },
		{ "v1a,xyz " SIG, true },
		{ SIG " v1a,xyz", true },
		{ "v2," CODE " " SIG " v3", true },
		{ SIG "  " SIG, true },
		{ FALSE_SIG, false },
		{ "v1a," CODE, false },
		{ "v2," CODE, false },
		{ "V1," CODE, false },
		{ "v1 ," CODE, false },
		{ "v1, " CODE, false },
		{ ",v1," CODE, false },
		{ CODE, false },
		{ SIG ",", false },
		{ SIG ",x", false },
		{ SIG "=", false },
		{ SIG "\t" FALSE_SIG, false },
		{ SIG "," FALSE_SIG, false },
		{ FALSE_SIG "," SIG, false },
		{ "v1,", false },
		{ "v1", false },
		{ "v1,=", false },
		/* the same bytes in other letters: padding, url, case */
		{ "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE", false },
		{ "v1,g0hM9SsE-OTPJTGt_tmIKtSyZlE3uFJELVlNIOLJ1OE=", false },
		{ "v1,G0HM9SSE+OTPJTGT/TMIKTSYZLE3UFJELVLNIOLJ1OE=", false },
		{ "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OF=", false },
		{ "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1A==", false },
		/* its beginning is not it */
		{ "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ", false },
	};

	for (size_t i = 0; i < ROWS(t); i++) {
		struct svix_message m = good;

		tap_row("%s", t[i].field);
		m.signature = t[i].field;
		INTEQ(check(&m) == NULL, t[i].passes);
	}
}

static void
times(void)
{
	static const struct {
		const char *sent;
		int64_t now_s;
		const char *why;
	} t[] = {
		{ HOOKED_TIME, SENT_S - 300, NULL },
		{ HOOKED_TIME, SENT_S + 300, NULL },
		{ HOOKED_TIME, SENT_S - 301, "signed in the future" },
		{ HOOKED_TIME, SENT_S + 301, "signed too long ago" },
		{ " " HOOKED_TIME "\t", SENT_S, NULL },
		{ "0", SENT_S, "signed too long ago" },
		{ "999999999999", SENT_S, "signed in the future" },
		{ "1614265330000", SENT_S, "the timestamp is not a number" },
		{ "9223372036854775808", SENT_S,
		    "the timestamp is not a number" },
		{ "01614265330", SENT_S, "no signature fits" },
		{ "+1614265330", SENT_S, "the timestamp is not a number" },
		{ "-1614265330", SENT_S, "the timestamp is not a number" },
		{ "1614265330.0", SENT_S, "the timestamp is not a number" },
		{ "1614 265330", SENT_S, "the timestamp is not a number" },
		{ "0x60379f72", SENT_S, "the timestamp is not a number" },
		{ "1614265330\n", SENT_S, "the timestamp is not a number" },
		{ "now", SENT_S, "the timestamp is not a number" },
	};

	for (size_t i = 0; i < ROWS(t); i++) {
		struct svix_message m = good;
		const char *why;

		tap_row("%s at %lld", t[i].sent, (long long)t[i].now_s);
		m.timestamp = t[i].sent;
		why = check_at(&m, t[i].now_s);
		if (t[i].why == NULL)
			CHECK(why == NULL);
		else
			STREQ(why, t[i].why);
	}
}

static void
missing(void)
{
	static const struct svix_message t[] = {
		{ NULL, HOOKED_TIME, SIG, "", 0 },
		{ "", HOOKED_TIME, SIG, "", 0 },
		{ " \t", HOOKED_TIME, SIG, "", 0 },
		{ HOOKED_ID, NULL, SIG, "", 0 },
		{ HOOKED_ID, " ", SIG, "", 0 },
		{ HOOKED_ID, HOOKED_TIME, NULL, "", 0 },
		{ HOOKED_ID, HOOKED_TIME, "\t", "", 0 },
	};

	for (size_t i = 0; i < ROWS(t); i++) {
		tap_row("%zu", i);
		CHECK(svix_missing(&t[i]) != NULL);
		STREQ(check(&t[i]), svix_missing(&t[i]));
	}
	CHECK(svix_missing(&good) == NULL);
}

static void
several_secrets(void)
{
	static const struct conf_list both = { 2,
		{ OTHER_SECRET, HOOKED_SECRET } };
	static const struct conf_list turned = { 2,
		{ HOOKED_SECRET, OTHER_SECRET } };
	static const struct conf_list bare = { 1, { &HOOKED_SECRET[6] } };
	static const struct conf_list other = { 1, { OTHER_SECRET } };
	static const struct conf_list broken = { 2,
		{ "whsec_", HOOKED_SECRET } };
	static const struct conf_list none = { 0 };

	CHECK(svix_check(&good, &both, SENT_S) == NULL);
	CHECK(svix_check(&good, &turned, SENT_S) == NULL);
	CHECK(svix_check(&good, &bare, SENT_S) == NULL);
	CHECK(svix_check(&good, &broken, SENT_S) == NULL);
	STREQ(svix_check(&good, &other, SENT_S), "no signature fits");
	STREQ(svix_check(&good, &none, SENT_S), "no signature fits");
}

static void
secrets(void)
{
	static const struct {
		const char *text;
		int len;
	} t[] = {
		{ HOOKED_SECRET, 24 },
		{ &HOOKED_SECRET[6], 24 },
		{ "whsec_YQ==", 1 },
		{ "whsec_YQ", 1 },
		{ "YWI=", 2 },
		{ "", -1 },
		{ "whsec_", -1 },
		{ "whsec_!", -1 },
		{ "whsec_YQ=", -1 },
		{ "whsec_Y-_Q", -1 },
		{ "WHSEC_YQ==", -1 },
		{ "whsec_whsec_YQ==", -1 },
		{ " YQ==", -1 },
	};
	unsigned char key[SVIX_SECRET_MAX];
	char text[SVIX_SECRET_MAX / 3 * 4 + 5];

	for (size_t i = 0; i < ROWS(t); i++) {
		tap_row("%s", t[i].text);
		INTEQ(svix_secret(t[i].text, key), t[i].len);
	}
	memset(text, 'A', sizeof(text) - 1);
	text[sizeof(text) - 5] = '\0';
	INTEQ(svix_secret(text, key), SVIX_SECRET_MAX);
	text[sizeof(text) - 5] = 'A';
	text[sizeof(text) - 1] = '\0';
	INTEQ(svix_secret(text, key), -1);
}

static void
ids(void)
{
	char id[SVIX_ID_MAX + 1], longest[SVIX_ID_MAX + 1] = "";
	char too_long[SVIX_ID_MAX + 2] = "";
	struct svix_message m = good;

	STREQ(svix_id(&m, id), HOOKED_ID);
	m.id = " \tmsg_1 ";
	STREQ(svix_id(&m, id), "msg_1");
	memset(longest, 'x', SVIX_ID_MAX);
	memset(too_long, 'x', SVIX_ID_MAX + 1);
	m.id = longest;
	STREQ(svix_id(&m, id), longest);
	m.id = too_long;
	CHECK(svix_id(&m, id) == NULL);
	m.id = "msg 1";
	CHECK(svix_id(&m, id) == NULL);
	m.id = "msg\xc3\xa9";
	CHECK(svix_id(&m, id) == NULL);
	m.id = NULL;
	CHECK(svix_id(&m, id) == NULL);
}

static const struct tap_case cases[] = {
	{ "the published example is accepted", published },
	{ "no bit of it can be changed, no byte of the body cut", mutations },
	{ "of several items one v1 must fit, as a whole", signatures },
	{ "300 s either way, and digits only", times },
	{ "a blank field is a missing one", missing },
	{ "every secret is tried, in any order", several_secrets },
	{ "a secret is base64, with or without whsec_", secrets },
	{ "an id is what can be stored: visible, of bounded length", ids },
};
TAP_MAIN(cases)

/* SPDX-License-Identifier: MIT */
/*
 * What one verification costs in a worker, next to what libcrypto needs for
 * it: `verify [ROUNDS]`.  Every round visits every row, CALLS times each, and
 * takes the CPU time of this thread alone; ratios are taken within a round.
 */
#include "token.h"
#include "users.h"

#include "auth/auth.h"
#include "auth/jwks.h"
#include "auth/jwt.h"
#include "base/arena.h"
#include "base/clock.h"
#include "shm/shared.h"
#include "unit/files.h"
#include "unit/memory.h"
#include "unit/stub.h"

#include <linux/perf_event.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

enum {
	CALLS = 200,
	TOKENS = 64,
	ROUNDS = 180,
	ROUNDS_MAX = 10000,
	ARENA = 1 << 20,
	WARM_UP = 10,
	BUDGET_MS = 5000
};

static struct {
	char token[TOKENS][BENCH_JWT_MAX];
	struct {
		size_t signed_len, sig_len;
		unsigned char sig[512], hash[32];
	} raw[TOKENS];
	/* what a C programmer would keep: the digest and both contexts */
	EVP_MD *md;
	EVP_MD_CTX *hashing;
	EVP_PKEY_CTX *verifying;
	struct jwks *set;
	struct auth *with_key, *with_set;
	struct arena *arena;
} b;

static void
must(bool good, const char *what)
{
	if (good)
		return;
	fprintf(stderr, "tests/bench/verify: %s\n", what);
	exit(1);
}

static bool
rsa(int i)
{
	return EVP_PKEY_verify(b.verifying, b.raw[i].sig, b.raw[i].sig_len,
		   b.raw[i].hash, sizeof(b.raw[i].hash)) == 1;
}

static bool
bare(int i)
{
	unsigned char hash[32];
	unsigned n;

	return EVP_DigestInit_ex(b.hashing, b.md, NULL) == 1 &&
	       EVP_DigestUpdate(b.hashing, b.token[i], b.raw[i].signed_len) ==
		   1 &&
	       EVP_DigestFinal_ex(b.hashing, hash, &n) == 1 &&
	       EVP_PKEY_verify(b.verifying, b.raw[i].sig, b.raw[i].sig_len,
		   hash, n) == 1;
}

static bool
token(int i)
{
	const char *text = b.token[i];
	struct key *key;
	struct jwt t;
	bool good;

	arena_reset(b.arena);
	good = jwt_open(&t, text, strlen(text), b.arena) == NULL &&
	       jwks_find(b.set, &t, &key) == JWKS_FOUND &&
	       jwt_check_signature(&t, key) == NULL;
	jwt_close(&t);
	return good;
}

static bool
check(struct auth *auth, int i)
{
	const char *text = b.token[i];
	struct auth_request rq = {
		.cred = { .kind = CRED_BEARER,
		    .value = text,
		    .len = strlen(text) },
		.request_id = "bench",
		.deadline = clock_mono_ms() + BUDGET_MS,
		.wants_contact = true,
		.arena = b.arena,
	};
	struct auth_answer answer;

	arena_reset(b.arena);
	auth_check(auth, &rq, &answer);
	return answer.verdict == AUTH_ALLOW && answer.who.email[0] != '\0';
}

static bool
with_key(int i)
{
	return check(b.with_key, i);
}

static bool
with_set(int i)
{
	return check(b.with_set, i);
}

enum { ROW_RSA, ROW_BARE, ROW_TOKEN, ROW_KEY, ROW_SET, ROWS };

static const struct {
	const char *name, *what;
	bool (*run)(int i);
	double goal; /* at most so many times ROW_BARE; 0: none */
} rows[ROWS] = {
	[ROW_RSA] = { "rsa", "EVP_PKEY_verify alone", rsa, 0 },
	[ROW_BARE] = { "bare", "SHA-256 of the token, EVP_PKEY_verify", bare,
	    0 },
	[ROW_TOKEN] = { "token", "jwt_open, jwks_find, jwt_check_signature",
	    token, 1.4 },
	[ROW_KEY] = { "clerk, key", "auth_check, clerk.jwt_key", with_key,
	    1.4 },
	[ROW_SET] = { "clerk, set", "auth_check, a fetched key set", with_set,
	    1.4 },
};

/* The signature and the hash of each token, as libcrypto wants them. */
static void
take_apart(int i)
{
	struct jwt t;
	unsigned n;

	arena_reset(b.arena);
	must(jwt_open(&t, b.token[i], strlen(b.token[i]), b.arena) == NULL &&
		 t.sig_len <= sizeof(b.raw[i].sig),
	    "no token");
	b.raw[i].signed_len = t.signed_len;
	b.raw[i].sig_len = t.sig_len;
	memcpy(b.raw[i].sig, t.sig, t.sig_len);
	must(EVP_Digest(b.token[i], t.signed_len, b.raw[i].hash, &n, b.md,
		 NULL) == 1,
	    "SHA-256");
	jwt_close(&t);
}

static void
open_bare(void)
{
	b.md = EVP_MD_fetch(NULL, "SHA256", NULL);
	b.hashing = EVP_MD_CTX_new();
	b.verifying = EVP_PKEY_CTX_new_from_pkey(NULL, bench_key(), NULL);
	must(b.md != NULL && b.hashing != NULL && b.verifying != NULL &&
		 EVP_PKEY_verify_init(b.verifying) == 1 &&
		 EVP_PKEY_CTX_set_signature_md(b.verifying, b.md) == 1,
	    "libcrypto");
}

/* One worker's routine with Clerk, of these lines in its group. */
static struct auth *
open_auth(struct shared *shared, const char *lines)
{
	struct err e = { 0 };
	struct conf *c;
	struct auth *a;
	char *text;
	int slot = board_take(shared->board, 1);

	must(asprintf(&text,
		 "providers = [ \"clerk\" ];\nclerk: {\n"
		 "issuer = \"" BENCH_ISSUER "\";\n"
		 "authorized_parties = [ \"" BENCH_PARTY "\" ];\n"
		 "email_claim = \"email\";\n%s};\n",
		 lines) > 0,
	    "memory");
	c = files_conf(text);
	must(c != NULL, files_problem(0));
	board_set(shared->board, slot, BOARD_BUSY, clock_mono_ms());
	a = auth_new(c, shared, slot, &e);
	must(a != NULL, e.text);
	free(text);
	return a;
}

static void
open_ours(const struct stub *stub)
{
	struct shared *shared = memory_new();
	struct err e = { 0 };
	char *set = bench_jwks(), *lines, *pem = bench_pem();

	atomic_store(&shared->board->limit, 2);
	b.set = jwks_parse(set, strlen(set), KEY_BIT(KEY_RS256), &e);
	must(b.set != NULL, e.text);
	files_write("clerk.pem", pem, 0600);
	must(asprintf(&lines, "jwt_key = \"file:%s\";\n",
		 files_path("clerk.pem")) > 0,
	    "memory");
	b.with_key = open_auth(shared, lines);
	free(lines);
	must(asprintf(&lines,
		 "secret_key = \"sk_test_bench\";\napi_url = \"%s\";\n",
		 stub_url(stub)) > 0,
	    "memory");
	b.with_set = open_auth(shared, lines);
	free(lines);
	free(pem);
	free(set);
}

/* Instructions of this thread outside the kernel; -1 where none are told. */
static int
open_counter(void)
{
	struct perf_event_attr attr = {
		.type = PERF_TYPE_HARDWARE,
		.size = sizeof(attr),
		.config = PERF_COUNT_HW_INSTRUCTIONS,
		.exclude_kernel = 1,
		.exclude_hv = 1,
	};

	return (int)syscall(SYS_perf_event_open, &attr, 0, -1, -1, 0);
}

static double
counted(int counter)
{
	uint64_t n = 0;

	if (counter != -1 && read(counter, &n, sizeof(n)) != sizeof(n))
		must(false, "the counter is gone");
	return (double)n;
}

static double
cpu_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
	return (double)t.tv_sec * 1e9 + (double)t.tv_nsec;
}

struct sample {
	double ns, instructions;
};

static struct sample
measure(int row, int counter)
{
	double count = counted(counter), began = cpu_ns(), took;
	int good = 0;

	for (int i = 0; i < CALLS; i++)
		good += rows[row].run(i % TOKENS);
	took = cpu_ns() - began;
	count = counted(counter) - count;
	must(good == CALLS, "a good token was refused");
	return (struct sample){ took / CALLS, count / CALLS };
}

static int
by_size(const void *x, const void *y)
{
	double a = *(const double *)x, c = *(const double *)y;

	return (a > c) - (a < c);
}

struct spread {
	double low, median, high;
};

/* Median and the middle eight tenths; sorts. */
static struct spread
spread(double *v, int n)
{
	qsort(v, (size_t)n, sizeof(*v), by_size);
	return (struct spread){ v[n / 10], v[n / 2], v[n - 1 - n / 10] };
}

static void
report(struct sample (*s)[ROWS], int n, int counter)
{
	static double v[ROUNDS_MAX];

	printf("%-12s%8s %15s%8s %13s%8s%14s\n", "row", "ns", "(of 8 in 10)",
	    "ratio", "(of 8 in 10)", "to rsa", "instructions");
	for (int row = 0; row < ROWS; row++) {
		struct spread ns, ratio, to_rsa;

		for (int i = 0; i < n; i++)
			v[i] = s[i][row].ns;
		ns = spread(v, n);
		for (int i = 0; i < n; i++)
			v[i] = s[i][row].ns / s[i][ROW_RSA].ns;
		to_rsa = spread(v, n);
		for (int i = 0; i < n; i++)
			v[i] = s[i][row].ns / s[i][ROW_BARE].ns;
		ratio = spread(v, n);
		printf("%-12s%8.0f   (%5.0f-%5.0f)%8.2f   (%.2f-%.2f)%8.2f",
		    rows[row].name, ns.median, ns.low, ns.high, ratio.median,
		    ratio.low, ratio.high, to_rsa.median);
		for (int i = 0; i < n; i++)
			v[i] = s[i][row].instructions;
		if (counter == -1)
			printf("%14s\n", "no counter");
		else
			printf("%14.0f\n", spread(v, n).median);
		if (rows[row].goal > 0)
			printf("Goal: %s at most %.1f times bare: %.2f, %s\n",
			    rows[row].name, rows[row].goal, ratio.median,
			    ratio.median <= rows[row].goal ? "met" : "missed");
	}
}

int
main(int argc, char **argv)
{
	static struct sample samples[ROUNDS_MAX][ROWS];
	int n = argc > 1 ? atoi(argv[1]) : ROUNDS, counter = open_counter();
	struct stub *stub = stub_start();
	char *set = bench_jwks();

	must(n > 0 && n <= ROUNDS_MAX, "1 to 10000 rounds");
	stub_json(stub, "/v1/jwks", 200, "", set);
	b.arena = arena_new(ARENA);
	must(b.arena != NULL, "memory");
	open_bare();
	for (int i = 0; i < TOKENS; i++) {
		bench_jwt(i, b.token[i]);
		take_apart(i);
	}
	open_ours(stub);
	printf("A token of %zu bytes, RS256 with %d bits; %d rounds of %d "
	       "calls a row\n",
	    strlen(b.token[0]), EVP_PKEY_get_bits(bench_key()), n, CALLS);
	for (int row = 0; row < ROWS; row++)
		printf("  %s: %s\n", rows[row].name, rows[row].what);
	for (int i = -WARM_UP; i < n; i++)
		for (int k = 0; k < ROWS; k++) {
			/* another row begins each round */
			int row = (k + i + WARM_UP) % ROWS;
			struct sample one = measure(row, counter);

			if (i >= 0)
				samples[i][row] = one;
		}
	report(samples, n, counter);
	stub_stop(&stub);
	free(set);
	return 0;
}

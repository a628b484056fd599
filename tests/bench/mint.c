/* SPDX-License-Identifier: MIT */
/*
 * What a Clerk instance gives its users and us: `mint FOLDER` writes a token a
 * user to FOLDER/clerk-tokens, and the key to clerk.pem and jwks.json there.
 */
#include "token.h"
#include "users.h"

#include <stdlib.h>

static FILE *
begin(const char *folder, const char *name)
{
	char path[4096];
	FILE *f;

	snprintf(path, sizeof(path), "%s/%s", folder, name);
	f = fopen(path, "w");
	if (f == NULL) {
		perror(path);
		exit(1);
	}
	return f;
}

static void
end(FILE *f)
{
	if (ferror(f) != 0 || fclose(f) != 0) {
		perror("mint");
		exit(1);
	}
}

static void
put(const char *folder, const char *name, char *text)
{
	FILE *f = begin(folder, name);

	fputs(text, f);
	end(f);
	free(text);
}

int
main(int argc, char **argv)
{
	char token[BENCH_JWT_MAX];
	FILE *f;

	if (argc != 2) {
		fprintf(stderr, "usage: %s FOLDER\n", argv[0]);
		return 2;
	}
	put(argv[1], "clerk.pem", bench_pem());
	put(argv[1], "jwks.json", bench_jwks());
	f = begin(argv[1], "clerk-tokens");
	for (int i = 0; i < BENCH_USERS; i++) {
		bench_jwt(i, token);
		fprintf(f, "%s\n", token);
	}
	end(f);
	return 0;
}

/* SPDX-License-Identifier: MIT */
/* The rows decide what there is. */
#include "cmd/words.h"

#include "base/str.h"

/* The field that the option fills in, and *value where "=" stands in it. */
static const char **
field_of(const struct words_option *options, size_t n, void *fields,
    const char *word, const char **value)
{
	for (size_t i = 0; i < n; i++) {
		const char *rest = str_after(word, options[i].name);

		if (rest == NULL || (*rest != '\0' && *rest != '='))
			continue;
		*value = *rest == '=' ? rest + 1 : NULL;
		return (const char **)(void *)((char *)fields +
					       options[i].offset);
	}
	return NULL;
}

int
words_parse(int argc, char **argv, const struct words_option *options, size_t n,
    void *fields)
{
	for (int i = 0; i < argc; i++) {
		const char *value;
		const char **field =
		    field_of(options, n, fields, argv[i], &value);

		if (field == NULL || *field != NULL)
			return -1;
		if (value == NULL && ++i < argc)
			value = argv[i];
		if (value == NULL || *value == '\0')
			return -1;
		*field = value;
	}
	return 0;
}

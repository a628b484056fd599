/* SPDX-License-Identifier: MIT */
/* gatehouse openapi: the API's description, for people and tools. */
#ifndef ROUTE_OPENAPI_PRINT_H
#define ROUTE_OPENAPI_PRINT_H

#include <stdio.h>

struct conf;

/*
 * Prints what /openapi.json answers with this configuration, indented.  Asks
 * neither the database nor a provider.  The exit status: 0, or 1 and why on
 * `complaints`.
 */
int openapi_print(const struct conf *c, FILE *out, FILE *complaints);

#endif

/* SPDX-License-Identifier: MIT */
/* What is allowed and seldom meant; conf_advise() of conf.h is all of it. */
#ifndef CONF_ADVICE_H
#define CONF_ADVICE_H

struct conf;
struct rules_sink;

/* The part of it that is about guard.rules; advice_guard.c. */
void advice_guard(const struct rules_sink *s, const struct conf *c);

#endif

/* SPDX-License-Identifier: MIT */
/* gatehouse explain: may somebody go there, by which rule, and why not? */
#ifndef CMD_EXPLAIN_H
#define CMD_EXPLAIN_H

#include <stdio.h>

struct conf;

/*
 * argv holds the argc words after "explain": --path, as a browser sends it,
 * and --method, else it is GET.  When it matters who asks, one line is read
 * from `in`: a token or cookies as name=value, or nothing for nobody.  Prints
 * the rule that decides, what it demands of whom, and the answer.  The exit
 * status:
 * 0  may pass
 * 1  may not
 * 2  wrong words
 * 3  it could not be found out
 */
int cmd_explain(const struct conf *c, int argc, char **argv, FILE *in,
    FILE *out, FILE *complaints);

#endif

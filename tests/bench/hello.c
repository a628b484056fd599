/* SPDX-License-Identifier: MIT */
/* A fixed answer through libfcgi: what FastCGI itself costs. */
#include "prefork.h"

#include <fcgiapp.h>

static const char answer[] =
    "Content-Type: application/json\r\n"
    "\r\n"
    "{\"userId\":\"00000000-0000-4000-8000-000000000000\","
    "\"email\":\"user0@example.com\",\"name\":\"User Number0\","
    "\"theme\":\"dark\",\"notifications\":true,"
    "\"bio\":\"Reads, rides a bicycle, and answers to user0.\"}";

int
main(int argc, char **argv)
{
	int listener = prefork(argc, argv);
	FCGX_Request r;

	FCGX_InitRequest(&r, listener, 0);
	while (FCGX_Accept_r(&r) == 0) {
		FCGX_PutStr(answer, sizeof(answer) - 1, r.out);
		FCGX_Finish_r(&r);
	}
	return 0;
}

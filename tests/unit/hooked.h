/* SPDX-License-Identifier: MIT */
/* Webhooks as a provider signs them; not by the code under test. */
#ifndef UNIT_HOOKED_H
#define UNIT_HOOKED_H

#include <stddef.h>

/* The example that the scheme's documentation publishes. */
#define HOOKED_SECRET "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
#define HOOKED_ID "msg_p5jXN8AQM9LWM0D4loKWxJek"
#define HOOKED_TIME "1614265330"
#define HOOKED_BODY "{\"test\": 2432232314}"
#define HOOKED_SIGNATURE "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="

enum { HOOKED_SIGNATURE_SIZE = 48 };

/* "v1," and the code in base64, by HMAC as RFC 2104 spells it out. */
void hooked_sign(const char *secret, const char *id, const char *timestamp,
    const void *body, size_t n, char signature[HOOKED_SIGNATURE_SIZE]);

#endif

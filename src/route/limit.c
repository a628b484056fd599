/* SPDX-License-Identifier: MIT */
/* Buckets are found by keyed tags: nobody can aim at another's. */
#include "route/limit.h"

#include "base/clock.h"
#include "conf/conf.h"
#include "io/address.h"
#include "io/crypt.h"
#include "obs/metrics.h"
#include "route/request.h"
#include "shm/rate.h"
#include "shm/shared.h"

#include <string.h>

/* What a bucket is of, first in its tag. */
enum holder { HOLDER_ADDRESS = 'a', HOLDER_TEXT = 't', HOLDER_SUBJECT = 's' };

uint64_t
limit_address_tag(struct crypt_mac *mac, const char *address)
{
	const char *text = address == NULL ? "" : address;
	unsigned char holder[ADDRESS_HOLDER_MAX];
	size_t n = address_holder(text, holder);
	char kind = n == 0 ? HOLDER_TEXT : HOLDER_ADDRESS;
	const struct crypt_part parts[] = {
		{ &kind, 1 },
		n == 0 ? (struct crypt_part){ text, strlen(text) }
		       : (struct crypt_part){ holder, n },
	};

	return crypt_tag(mac, parts, 2);
}

static uint64_t
subject_tag(struct crypt_mac *mac, const struct auth_ident *who)
{
	const char kind = HOLDER_SUBJECT;
	const struct crypt_part parts[] = {
		{ &kind, 1 },
		{ who->provider, strlen(who->provider) },
		{ who->subject, strlen(who->subject) },
	};

	return crypt_tag(mac, parts, 3);
}

static bool
take(struct request *rq, uint64_t tag, const struct conf_rate *rate,
    enum metric_limit limit)
{
	const struct rate_limit l = { rate->interval_us, rate->burst };
	int64_t wait_us =
	    rate_take(rq->service->shared->rate, tag, &l, clock_mono_us());

	if (wait_us == 0)
		return true;
	rq->why = limit == METRIC_PER_ADDRESS ? "too often from this address"
					      : "too often by this user";
	metrics_add(rq->service->metrics, METRIC_LIMITED, METRIC_AT(limit), 1);
	reply_limited(&rq->reply, (wait_us + 999) / 1000);
	return false;
}

bool
limit_address(struct request *rq)
{
	const struct conf_rate *rate = &rq->service->conf->rate.per_address;

	return rate->interval_us == 0 ||
	       take(rq, limit_address_tag(rq->service->rate_mac, rq->address),
		   rate, METRIC_PER_ADDRESS);
}

bool
limit_subject(struct request *rq)
{
	const struct conf_rate *rate = &rq->service->conf->rate.per_subject;

	return rate->interval_us == 0 ||
	       take(rq, subject_tag(rq->service->rate_mac, &rq->auth.who), rate,
		   METRIC_PER_SUBJECT);
}

/* SPDX-License-Identifier: MIT */
/* Prefixes that are not the Internet, as two tables. */
#include "io/address.h"

#include <arpa/inet.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

struct prefix {
	unsigned char bytes[16];
	int bits;
};

enum { IPV4_BITS = 32, IPV6_BITS = 128, MAPPED_BITS = IPV6_BITS - IPV4_BITS };

static const struct prefix closed4[] = {
	{ { 0 }, 8 },             /* this network */
	{ { 10 }, 8 },            /* private, RFC 1918 */
	{ { 100, 64 }, 10 },      /* shared, RFC 6598 */
	{ { 127 }, 8 },           /* loopback */
	{ { 169, 254 }, 16 },     /* link-local; cloud metadata lives there */
	{ { 172, 16 }, 12 },      /* private */
	{ { 192, 0, 0 }, 24 },    /* protocol assignments */
	{ { 192, 0, 2 }, 24 },    /* documentation */
	{ { 192, 168 }, 16 },     /* private */
	{ { 198, 18 }, 15 },      /* benchmarks */
	{ { 198, 51, 100 }, 24 }, /* documentation */
	{ { 203, 0, 113 }, 24 },  /* documentation */
	{ { 224 }, 4 },           /* multicast */
	{ { 240 }, 4 },           /* reserved, broadcast */
};

/* Of IPv6, 2000::/3 is the Internet, less these. */
static const struct prefix global6 = { { 0x20 }, 3 };
static const struct prefix closed6[] = {
	{ { 0x20, 0x01, 0x00 }, 23 },       /* protocol assignments */
	{ { 0x20, 0x01, 0x0d, 0xb8 }, 32 }, /* documentation */
	{ { 0x3f, 0xff }, 20 },             /* documentation */
};

/* An IPv4 address stands in these, at that byte. */
static const struct {
	struct prefix prefix;
	int at;
} carriers[] = {
	{ { { [10] = 0xff, 0xff }, 96 }, 12 },      /* mapped */
	{ { { 0x00, 0x64, 0xff, 0x9b }, 96 }, 12 }, /* NAT64 */
	{ { { 0x20, 0x02 }, 16 }, 2 },              /* 6to4 */
};

static bool
is_in(const unsigned char *address, const struct prefix *p)
{
	int whole = p->bits / 8, rest = p->bits % 8;
	unsigned mask = 0xffu << (8 - rest) & 0xffu;

	return memcmp(address, p->bytes, (size_t)whole) == 0 &&
	       (rest == 0 || ((address[whole] ^ p->bytes[whole]) & mask) == 0);
}

static bool
is_in_any(const unsigned char *address, const struct prefix *list, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (is_in(address, &list[i]))
			return true;
	return false;
}

#define N(table) (sizeof(table) / sizeof((table)[0]))

/* The IPv4 address within an IPv6 one; NULL: there is none. */
static const unsigned char *
carried(const unsigned char *a)
{
	for (size_t i = 0; i < N(carriers); i++)
		if (is_in(a, &carriers[i].prefix))
			return a + carriers[i].at;
	return NULL;
}

bool
address_is_public(const char *text)
{
	const unsigned char *within;
	unsigned char a[16];

	if (inet_pton(AF_INET, text, a) == 1)
		return !is_in_any(a, closed4, N(closed4));
	if (inet_pton(AF_INET6, text, a) != 1)
		return false;
	within = carried(a);
	if (within != NULL)
		return !is_in_any(within, closed4, N(closed4));
	return is_in(a, &global6) && !is_in_any(a, closed6, N(closed6));
}

size_t
address_holder(const char *text, unsigned char holder[ADDRESS_HOLDER_MAX])
{
	enum { IPV4 = 4 };
	const unsigned char *within;
	unsigned char a[16];

	if (inet_pton(AF_INET, text, holder) == 1)
		return IPV4;
	if (inet_pton(AF_INET6, text, a) != 1)
		return 0;
	within = carried(a);
	if (within != NULL) {
		memcpy(holder, within, IPV4);
		return IPV4;
	}
	memcpy(holder, a, ADDRESS_HOLDER_MAX);
	return ADDRESS_HOLDER_MAX;
}

/* Either family as IPv6, one of IPv4 mapped; its own bits, 0: no address. */
static int
read_address(const char *text, unsigned char bytes[16])
{
	static const unsigned char mapped[16] = { [10] = 0xff, 0xff };

	if (inet_pton(AF_INET6, text, bytes) == 1)
		return IPV6_BITS;
	memcpy(bytes, mapped, sizeof(mapped));
	return inet_pton(AF_INET, text, bytes + 12) == 1 ? IPV4_BITS : 0;
}

static bool
is_mapped(const unsigned char *address)
{
	return is_in(address, &carriers[0].prefix);
}

/* "8" of /8: decimal, at most max; -1: it is not. */
static int
read_bits(const char *text, int max)
{
	int bits = 0;

	if (text[0] == '\0' || (text[0] == '0' && text[1] != '\0'))
		return -1;
	for (; *text >= '0' && *text <= '9' && bits <= max; text++)
		bits = bits * 10 + *text - '0';
	return *text == '\0' && bits <= max ? bits : -1;
}

static bool
ends_with_its_prefix(const struct prefix *p)
{
	for (int i = p->bits; i < IPV6_BITS; i++)
		if ((p->bytes[i / 8] & 0x80u >> i % 8) != 0)
			return false;
	return true;
}

static bool
read_network(const char *text, struct prefix *p)
{
	char address[INET6_ADDRSTRLEN];
	size_t n = strcspn(text, "/");
	int own, bits;

	if (n >= sizeof(address))
		return false;
	memcpy(address, text, n);
	address[n] = '\0';
	own = read_address(address, p->bytes);
	bits = text[n] == '/' ? read_bits(text + n + 1, own) : own;
	if (own == 0 || bits == -1)
		return false;
	p->bits = IPV6_BITS - own + bits;
	return ends_with_its_prefix(p);
}

bool
address_is_network(const char *text)
{
	struct prefix p;

	return read_network(text, &p);
}

bool
address_is_in(const char *text, const char *network)
{
	unsigned char a[16];
	struct prefix p;

	if (read_address(text, a) == 0 || !read_network(network, &p))
		return false;
	/* ::/0 holds all of IPv6; that IPv4 is written within is our doing */
	if (is_mapped(a) && p.bits < MAPPED_BITS)
		return false;
	return is_in(a, &p);
}

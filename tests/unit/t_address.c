/* SPDX-License-Identifier: MIT */
/* io/address: both ends of each closed prefix, and what hides an address. */
#include "tap.h"

#include "io/address.h"

#include <string.h>

static void
open_ones(void)
{
	static const char *const t[] = {
		"1.1.1.1",
		"8.8.8.8",
		"9.255.255.255",
		"11.0.0.0",
		"100.63.255.255",
		"100.128.0.0",
		"126.255.255.255",
		"128.0.0.0",
		"169.253.255.255",
		"169.255.0.0",
		"172.15.255.255",
		"172.32.0.0",
		"192.0.1.0",
		"192.0.3.0",
		"192.167.255.255",
		"192.169.0.0",
		"198.17.255.255",
		"198.20.0.0",
		"198.51.99.255",
		"198.51.101.0",
		"203.0.112.255",
		"203.0.114.0",
		"223.255.255.255",
		"2000::1",
		"2001:200::1",
		"2001:db7:ffff::1",
		"2001:db9::1",
		"2606:4700:4700::1111",
		"3ffe:ffff::1",
		"3fff:1000::1",
		"::ffff:8.8.8.8",
		"64:ff9b::8.8.8.8",
		"2002:808:808::1",
	};

	for (size_t i = 0; i < ROWS(t); i++) {
		tap_row("%s", t[i]);
		CHECK(address_is_public(t[i]));
	}
}

static void
closed_ones(void)
{
	static const char *const t[] = {
		"0.0.0.0",
		"0.255.255.255",
		"10.0.0.0",
		"10.255.255.255",
		"100.64.0.0",
		"100.127.255.255",
		"127.0.0.1",
		"127.255.255.255",
		"169.254.0.0",
		"169.254.169.254",
		"169.254.255.255",
		"172.16.0.0",
		"172.31.255.255",
		"192.0.0.0",
		"192.0.0.255",
		"192.0.2.1",
		"192.168.0.0",
		"192.168.255.255",
		"198.18.0.0",
		"198.19.255.255",
		"198.51.100.7",
		"203.0.113.255",
		"224.0.0.1",
		"239.255.255.255",
		"240.0.0.0",
		"255.255.255.255",
		"::",
		"::1",
		"100::1",
		"1fff:ffff::1",
		"2001::1",
		"2001:1ff::1",
		"2001:db8::1",
		"2001:db8:ffff::1",
		"3fff::1",
		"3fff:fff::1",
		"4000::1",
		"5f00::1",
		"fc00::1",
		"fd12:3456::1",
		"fe80::1",
		"febf::1",
		"ff02::1",
	};

	for (size_t i = 0; i < ROWS(t); i++) {
		tap_row("%s", t[i]);
		CHECK(!address_is_public(t[i]));
	}
}

/* An IPv4 address that travels in an IPv6 one. */
static void
carried(void)
{
	static const char *const t[] = {
		"::ffff:127.0.0.1",
		"::ffff:10.1.2.3",
		"::ffff:a9fe:a9fe",
		"::127.0.0.1",
		"::8.8.8.8",
		"64:ff9b::169.254.169.254",
		"64:ff9b::10.0.0.1",
		"64:ff9b:1::8.8.8.8",
		"2002:7f00:1::1",
		"2002:a00:1::1",
		"2002:c0a8:101::1",
	};

	for (size_t i = 0; i < ROWS(t); i++) {
		tap_row("%s", t[i]);
		CHECK(!address_is_public(t[i]));
	}
}

static void
no_address(void)
{
	static const char *const t[] = {
		"",
		" ",
		"localhost",
		"example.com",
		"8.8.8",
		"8.8.8.8.8",
		"8.8.8.256",
		"0x8.8.8.8",
		"134744072",
		" 8.8.8.8",
		"8.8.8.8 ",
		"8.8.8.8:443",
		"[2606:4700::1]",
		"2606:4700::1%eth0",
		"fe80::1%lo",
		":::",
	};

	for (size_t i = 0; i < ROWS(t); i++) {
		tap_row("\"%s\"", t[i]);
		CHECK(!address_is_public(t[i]));
	}
}

/* Whoever holds a network has one bucket, not one for each address in it. */
static void
holders(void)
{
	static const struct {
		const char *text;
		size_t n;
		unsigned char holder[ADDRESS_HOLDER_MAX];
	} t[] = {
		{ "192.0.2.7", 4, { 192, 0, 2, 7 } },
		{ "::ffff:192.0.2.7", 4, { 192, 0, 2, 7 } },
		{ "::FFFF:c000:207", 4, { 192, 0, 2, 7 } },
		{ "64:ff9b::192.0.2.7", 4, { 192, 0, 2, 7 } },
		{ "2002:c000:207:1::5", 4, { 192, 0, 2, 7 } },
		{ "2001:db8:1:2:3:4:5:6", 8, { 32, 1, 13, 184, 0, 1, 0, 2 } },
		{ "2001:db8:1:2::", 8, { 32, 1, 13, 184, 0, 1, 0, 2 } },
		{ "2001:db8:1:3::", 8, { 32, 1, 13, 184, 0, 1, 0, 3 } },
		{ "::1", 8, { 0 } },
		{ "fe80::1%lo", 0, { 0 } }, { "", 0, { 0 } },
		{ "192.0.2", 0, { 0 } }, { "unix:", 0, { 0 } },
	};

	for (size_t i = 0; i < ROWS(t); i++) {
		unsigned char got[ADDRESS_HOLDER_MAX] = { 0 };

		tap_row("\"%s\"", t[i].text);
		INTEQ(address_holder(t[i].text, got), t[i].n);
		CHECK(memcmp(got, t[i].holder, sizeof(got)) == 0);
	}
}

static void
networks(void)
{
	static const struct {
		const char *network, *in, *out; /* in NULL: no network */
	} t[] = {
		{ "10.0.0.0/8", "10.255.255.255", "11.0.0.0" },
		{ "10.0.0.0/8", "::ffff:10.1.2.3", "::10.1.2.3" },
		{ "192.0.2.128/25", "192.0.2.255", "192.0.2.127" },
		{ "192.0.2.7", "192.0.2.7", "192.0.2.6" },
		{ "192.0.2.7/32", "::ffff:c000:207", "192.0.2.8" },
		{ "0.0.0.0/0", "255.255.255.255", "::1" },
		{ "::ffff:10.0.0.0/104", "10.9.9.9", "11.0.0.0" },
		{ "::/0", "2001:db8::1", "10.0.0.1" },
		{ "::/0", "::1", "::ffff:10.0.0.1" },
		{ "::1", "::1", "127.0.0.1" },
		{ "2001:db8::/33", "2001:DB8:7fff::", "2001:db8:8000::" },
		{ "fe80::/10", "fe80::1", "fe80::1%lo" },
		{ "127.0.0.1", "127.0.0.1", "127.0.0.1, 10.0.0.1" },
		{ "127.0.0.1", "127.0.0.1", "unix:" },
		{ "127.0.0.1", "127.0.0.1", "" },
		{ "127.0.0.1", "127.0.0.1", "localhost" },
		{ "127.0.0.1", "127.0.0.1", "127.0.0.1/32" },
		{ "10.0.0.1/8", NULL, "10.0.0.1" },
		{ "10.0.0.0/33", NULL, "10.0.0.0" },
		{ "10.0.0.0/", NULL, "10.0.0.0" },
		{ "10.0.0.0/08", NULL, "10.0.0.0" },
		{ "10.0.0.0/-8", NULL, "10.0.0.0" },
		{ "10.0.0.0/8 ", NULL, "10.0.0.0" },
		{ "10.0.0.0/8/8", NULL, "10.0.0.0" },
		{ "10.0.0.0/4294967304", NULL, "10.0.0.0" },
		{ "10/8", NULL, "10.0.0.0" }, { "::1/129", NULL, "::1" },
		{ "::/0x0", NULL, "::1" }, { "*", NULL, "10.0.0.0" },
		{ "", NULL, "" }, { "/8", NULL, "10.0.0.0" },
		{ "localhost", NULL, "127.0.0.1" },
	};

	for (size_t i = 0; i < ROWS(t); i++) {
		tap_row("%s and %s", t[i].network, t[i].out);
		INTEQ(address_is_network(t[i].network), t[i].in != NULL);
		CHECK(t[i].in == NULL || address_is_in(t[i].in, t[i].network));
		CHECK(!address_is_in(t[i].out, t[i].network));
	}
}

static const struct tap_case cases[] = {
	{ "what lies just outside the closed prefixes is public", open_ones },
	{ "both ends of each closed prefix are closed", closed_ones },
	{ "a closed address within an IPv6 one stays closed", carried },
	{ "what is no address is not public", no_address },
	{ "one holder of a network is one, IPv4 in whatever form", holders },
	{ "both ends of a network, and what looks like one", networks },
};
TAP_MAIN(cases)

/* SPDX-License-Identifier: MIT */
/* Which network an IP address belongs to. */
#ifndef IO_ADDRESS_H
#define IO_ADDRESS_H

#include <stdbool.h>

/*
 * A numeric IPv4 or IPv6 address that can be reached over the Internet: not
 * loopback, private, link-local, shared, reserved or multicast (IANA's
 * special-purpose registries, RFC 6890), also not as an IPv4 address within
 * an IPv6 one.  False for anything that is no address.
 */
bool address_is_public(const char *text);

#endif

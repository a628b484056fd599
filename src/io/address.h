/* SPDX-License-Identifier: MIT */
/* Which network an IP address belongs to. */
#ifndef IO_ADDRESS_H
#define IO_ADDRESS_H

#include <stdbool.h>
#include <stddef.h>

/*
 * A numeric IPv4 or IPv6 address that can be reached over the Internet: not
 * loopback, private, link-local, shared, reserved or multicast (IANA's
 * special-purpose registries, RFC 6890), also not as an IPv4 address within
 * an IPv6 one.  False for anything that is no address.
 */
bool address_is_public(const char *text);

/*
 * What one client holds of the Internet, as bytes: an IPv4 address, also one
 * within an IPv6 address, or the first 64 bits of an IPv6 address (RFC 6177: a
 * site gets as many at least).  How many bytes; 0: no numeric address.
 */
enum { ADDRESS_HOLDER_MAX = 8 };
size_t address_holder(const char *text,
    unsigned char holder[ADDRESS_HOLDER_MAX]);

/*
 * A numeric address, or a network as "10.0.0.0/8": no bit is set behind the
 * prefix (RFC 4632, 3.1).
 */
bool address_is_network(const char *text);

/*
 * A numeric address within such a network.  A mapped one (RFC 4291, 2.5.5.2)
 * counts as the IPv4 address it is; one of IPv4 is in no network of IPv6.
 * False for anything that is no address or no network.
 */
bool address_is_in(const char *text, const char *network);

#endif

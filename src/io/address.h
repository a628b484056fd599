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

#endif

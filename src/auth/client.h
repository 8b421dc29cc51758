/* SPDX-License-Identifier: Apache-2.0 */
/* The client's address, for limits and sessions: that of the connection, or of mod_remoteip. */
#ifndef AS_AUTH_CLIENT_H
#define AS_AUTH_CLIENT_H

#include <httpd.h>

/* The address as text. */
const char *as_client_get_address(request_rec *r);

/* The network that limits count: an IPv4 address (also one mapped into IPv6), or an IPv6 /64. */
const char *as_client_get_network(request_rec *r);

/* The wider network of an IPv6 client: its /48, which one customer may have. NULL: IPv4. */
const char *as_client_get_wide_network(request_rec *r);

#endif

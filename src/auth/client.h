/* SPDX-License-Identifier: Apache-2.0 */
/* The client's address, for limits and sessions: the connection's, as mod_remoteip may have set it.
 */
#ifndef AS_AUTH_CLIENT_H
#define AS_AUTH_CLIENT_H

#include <httpd.h>

/* The address in text. */
const char *as_client_get_address(request_rec *r);

/* The address by which limits count: IPv4 whole (also when mapped into IPv6), IPv6 by its /64. */
const char *as_client_get_network(request_rec *r);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
#include "auth/client.h"

#include <apr_network_io.h>
#include <apr_strings.h>

#include <string.h>

enum { IPV6_BYTES = 16, MAPPED_BYTES = 12 };

const char *as_client_get_address(request_rec *r)
{
    return r->useragent_ip;
}

const char *as_client_get_network(request_rec *r)
{
    const apr_sockaddr_t *address = r->useragent_addr;
    const unsigned char *b;
    static const unsigned char mapped[MAPPED_BYTES] = {[10] = 0xff, [11] = 0xff};

    if (!address || address->family != APR_INET6 || address->ipaddr_len != IPV6_BYTES) {
        return r->useragent_ip;
    }
    b = address->ipaddr_ptr;
    if (memcmp(b, mapped, sizeof(mapped)) == 0) {
        return apr_psprintf(r->pool, "%d.%d.%d.%d", b[12], b[13], b[14], b[15]);
    }
    return apr_psprintf(r->pool, "%02x%02x:%02x%02x:%02x%02x:%02x%02x::/64", b[0], b[1], b[2], b[3],
                        b[4], b[5], b[6], b[7]);
}

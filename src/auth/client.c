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

/* NULL: IPv4, also mapped into IPv6. */
static const unsigned char *get_ipv6(const request_rec *r)
{
    static const unsigned char mapped[MAPPED_BYTES] = {[10] = 0xff, [11] = 0xff};
    const apr_sockaddr_t *address = r->useragent_addr;

    if (!address || address->family != APR_INET6 || address->ipaddr_len != IPV6_BYTES ||
        memcmp(address->ipaddr_ptr, mapped, sizeof(mapped)) == 0) {
        return NULL;
    }
    return address->ipaddr_ptr;
}

static const char *get_ipv4(const request_rec *r)
{
    const apr_sockaddr_t *address = r->useragent_addr;
    const unsigned char *b;

    if (!address || address->family != APR_INET6 || address->ipaddr_len != IPV6_BYTES) {
        return r->useragent_ip;
    }
    b = (const unsigned char *)address->ipaddr_ptr + MAPPED_BYTES;
    return apr_psprintf(r->pool, "%d.%d.%d.%d", b[0], b[1], b[2], b[3]);
}

const char *as_client_get_network(request_rec *r)
{
    const unsigned char *b = get_ipv6(r);

    return b ? apr_psprintf(r->pool, "%02x%02x:%02x%02x:%02x%02x:%02x%02x::/64", b[0], b[1], b[2],
                            b[3], b[4], b[5], b[6], b[7])
             : get_ipv4(r);
}

const char *as_client_get_wide_network(request_rec *r)
{
    const unsigned char *b = get_ipv6(r);

    return b ? apr_psprintf(r->pool, "%02x%02x:%02x%02x:%02x%02x::/48", b[0], b[1], b[2], b[3],
                            b[4], b[5])
             : NULL;
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "auth/request_event.h"

#include "auth/client.h"
#include "config/config.h"

/* UNIQUE_ID of mod_unique_id, else httpd's id of the request in the error log; NULL: neither. */
static const char *get_request_id(const request_rec *r)
{
    const char *id = apr_table_get(r->subprocess_env, "UNIQUE_ID");

    return id ? id : r->log_id;
}

void as_request_event_raise(request_rec *r, as_event_t event)
{
    event.address = as_client_get_address(r);
    event.request = get_request_id(r);
    event.host = r->server->server_hostname;
    as_event_raise(&as_srv(r->server)->events, r->pool, &event);
}

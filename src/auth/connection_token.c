/* SPDX-License-Identifier: Apache-2.0 */
#include "auth/connection_token.h"

#include <apr_strings.h>

/* Earlier copies stay in the pool, since a finished request may still be logged: a connection gets
 * a limited number of them. */
enum { COPIES_MAX = 8 };

void as_connection_token_set(conn_rec *c, const char *field, const as_token_t *token)
{
    as_connection_token_t *copy = as_connection_token_get(c);

    /* An HTTP/2 stream has a connection of its own, for one request. */
    if (!c->keepalives || c->master) {
        return;
    }
    if (!copy) {
        copy = apr_pcalloc(c->pool, sizeof(*copy));
        ap_set_module_config(c->conn_config, &authsms_module, copy);
    }
    if (copy->copies == COPIES_MAX) {
        return;
    }
    copy->copies++;
    copy->field = field ? apr_pstrdup(c->pool, field) : NULL;
    as_token_copy(c->pool, token, &copy->token);
}

void as_connection_token_invalidate(as_connection_token_t *copy)
{
    copy->field = NULL;
    copy->token.text.data = NULL;
}

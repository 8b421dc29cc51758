/* SPDX-License-Identifier: Apache-2.0 */
#include "guard/identity.h"

static const char ID[] = "AUTHSMS_ID";

void as_identity_environment(request_rec *r, const as_token_t *token)
{
    /* Looking for an older value costs more than all else here; only a sub-request can have one. */
    void (*put)(apr_table_t *, const char *, const char *) =
        apr_table_get(r->subprocess_env, ID) ? apr_table_setn : apr_table_addn;

    put(r->subprocess_env, ID, token->claims.id);
    if (token->claims.sid) {
        put(r->subprocess_env, "AUTHSMS_SID", token->claims.sid);
    }
    for (apr_uint32_t i = 0; i < token->variable_count; i++) {
        put(r->subprocess_env, token->variables[i].name, token->variables[i].value);
    }
}

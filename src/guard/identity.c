/* SPDX-License-Identifier: Apache-2.0 */
#include "guard/identity.h"

void as_identity_environment(request_rec *r, const as_token_t *token)
{
    apr_table_setn(r->subprocess_env, "AUTHSMS_ID", token->claims.id);
    if (token->claims.sid) {
        apr_table_setn(r->subprocess_env, "AUTHSMS_SID", token->claims.sid);
    }
    for (apr_uint32_t i = 0; i < token->variable_count; i++) {
        apr_table_setn(r->subprocess_env, token->variables[i].name, token->variables[i].value);
    }
}

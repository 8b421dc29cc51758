/* SPDX-License-Identifier: Apache-2.0 */
#include "api/login.h"

#include <apr_strings.h>

#include "api/limit.h"
#include "auth/client.h"
#include "store/addresses.h"

#define ADDRESS_TTL apr_time_from_sec(30 * 86400)

apr_status_t as_login_hash_address(const as_call_t *call, const char *name, const char **digest)
{
    const char *address = apr_pstrcat(call->pool, as_client_get_network(call->r), " ", name, NULL);

    return as_limit_hash_key(call, "address", address, digest);
}

as_error_t as_login_check_state(as_call_t *call, const as_user_t *user)
{
    if (user->locked) {
        return AS_E_LOCKED;
    }
    if (!user->verified && as_srv_require_verified(call->sc)) {
        call->reply.account_id = user->id;
        return AS_E_NOT_VERIFIED;
    }
    return AS_OK;
}

as_error_t as_login_create(as_call_t *call, as_login_t *login)
{
    return as_session_token_create(call, login->user->id, login->amr, &login->session_token);
}

apr_status_t as_login_store(as_tx_t *tx, const as_call_t *call, as_login_t *login)
{
    const as_user_t *user = login->user;
    apr_status_t rv =
        as_users_record_login(tx, user->id, call->now, user->password, login->renewed_hash);

    if (rv != APR_SUCCESS) {
        return rv;
    }
    rv = as_session_token_store(tx, &login->session_token);
    if (rv != APR_SUCCESS) {
        return rv;
    }
    return as_addresses_record(tx, login->address_digest, user->id, call->now + ADDRESS_TTL);
}

as_error_t as_login_reply(as_call_t *call, const as_login_t *login)
{
    return as_session_token_reply(call, &login->session_token);
}

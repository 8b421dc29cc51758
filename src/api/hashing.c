/* SPDX-License-Identifier: Apache-2.0 */
#include "api/hashing.h"

#include "account/password.h"

static const apr_interval_time_t WAIT = 2 * APR_USEC_PER_SEC;

as_error_t as_hashing_hash(as_call_t *call, const char *password, const char **hash)
{
    as_semaphore_t *gate = call->sc->child->hashing;
    as_password_hash_options_t how = {as_srv_hash_cost(call->sc)};
    apr_status_t rv;

    if (as_semaphore_acquire(gate, WAIT) != APR_SUCCESS) {
        return as_call_fail_unavailable(call);
    }
    rv = as_password_hash(call->pool, &how, password, hash);
    as_semaphore_release(gate);
    return rv == APR_SUCCESS ? AS_OK : as_call_fail_unavailable(call);
}

as_error_t as_hashing_verify(as_call_t *call, const char *password, const char *stored,
                             int dearest_cost, int *matches, const char **renewed)
{
    as_semaphore_t *gate = call->sc->child->hashing;
    as_password_hash_options_t how = {as_srv_hash_cost(call->sc)};
    as_password_hash_options_t work = {dearest_cost > how.cost ? dearest_cost : how.cost};
    const char *hash = NULL;

    if (as_semaphore_acquire(gate, WAIT) != APR_SUCCESS) {
        return as_call_fail_unavailable(call);
    }
    *matches = as_password_matches(&work, password, stored);
    if (*matches && renewed && as_password_needs_rehash(&how, stored) &&
        as_password_hash(call->pool, &how, password, &hash) != APR_SUCCESS) {
        hash = NULL;
    }
    if (renewed) {
        *renewed = hash;
    }
    as_semaphore_release(gate);
    return AS_OK;
}

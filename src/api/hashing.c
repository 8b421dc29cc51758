/* SPDX-License-Identifier: Apache-2.0 */
#include "api/hashing.h"

#include "account/password.h"

#define WAIT_MAX apr_time_from_sec(2)

as_error_t as_hashing_hash(as_call_t *call, const char *password, const char **hash)
{
    as_semaphore_t *slots = call->sc->child->hashing_slots;
    as_password_hash_options_t settings = {as_srv_hash_cost(call->sc)};
    apr_status_t rv;

    if (as_semaphore_acquire(slots, WAIT_MAX) != APR_SUCCESS) {
        return as_call_fail_unavailable(call);
    }
    rv = as_password_hash(call->pool, &settings, password, hash);
    as_semaphore_release(slots);
    return rv == APR_SUCCESS ? AS_OK : as_call_fail_unavailable(call);
}

/* NULL: the hash is up to date, or cannot be renewed now. */
static const char *renew_hash(as_call_t *call, const as_password_hash_options_t *settings,
                              const char *password, const char *stored)
{
    const char *hash;

    if (!as_password_needs_rehash(settings, stored) ||
        as_password_hash(call->pool, settings, password, &hash) != APR_SUCCESS) {
        return NULL;
    }
    return hash;
}

as_error_t as_hashing_verify(as_call_t *call, const char *password, const char *stored,
                             int highest_cost, int *matches, const char **renewed)
{
    as_semaphore_t *slots = call->sc->child->hashing_slots;
    as_password_hash_options_t settings = {as_srv_hash_cost(call->sc)};
    as_password_hash_options_t work = {highest_cost > settings.cost ? highest_cost : settings.cost};

    if (as_semaphore_acquire(slots, WAIT_MAX) != APR_SUCCESS) {
        return as_call_fail_unavailable(call);
    }
    *matches = as_password_matches(&work, password, stored);
    if (renewed) {
        *renewed = *matches ? renew_hash(call, &settings, password, stored) : NULL;
    }
    as_semaphore_release(slots);
    return AS_OK;
}

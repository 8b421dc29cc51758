/* SPDX-License-Identifier: Apache-2.0 */
#include "server/account_epochs.h"

#include <apr_atomic.h>
#include <apr_shm.h>
#include <http_config.h>

#include <string.h>

enum { COUNTERS = 4096 };

static const char RETAINED[] = "authsms:changes";

typedef struct changes_t {
    apr_uint32_t counters[COUNTERS];
} changes_t;

static changes_t *changes;

apr_status_t as_account_epochs_post_config(server_rec *s)
{
    changes_t **kept = ap_retained_data_get(RETAINED);
    apr_shm_t *shm = NULL;
    apr_status_t rv = APR_SUCCESS;

    if (!kept) {
        kept = ap_retained_data_create(RETAINED, sizeof(*kept));
        rv = apr_shm_create(&shm, sizeof(changes_t), NULL, s->process->pool);
        if (rv == APR_SUCCESS) {
            *kept = apr_shm_baseaddr_get(shm);
        }
    }
    changes = *kept;
    return changes ? rv : APR_ENOSHMAVAIL;
}

/* FNV-1a over the end of the id, which is its random part. */
apr_uint32_t as_account_epochs_find_slot(const char *user_id)
{
    enum { LOOKED_AT = 8 };
    apr_size_t len = strlen(user_id);
    apr_uint32_t hash = 2166136261u;

    for (apr_size_t i = len > LOOKED_AT ? len - LOOKED_AT : 0; i < len; i++) {
        hash = (hash ^ (unsigned char)user_id[i]) * 16777619u;
    }
    return hash % COUNTERS;
}

apr_uint32_t as_account_epochs_get(apr_uint32_t place)
{
    return apr_atomic_read32(&changes->counters[place]);
}

void as_account_epochs_raise(const char *user_id)
{
    apr_atomic_inc32(&changes->counters[as_account_epochs_find_slot(user_id)]);
}

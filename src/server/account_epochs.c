/* SPDX-License-Identifier: Apache-2.0 */
#include "server/account_epochs.h"

#include <apr_atomic.h>
#include <apr_shm.h>
#include <http_config.h>

#include <string.h>

enum { SLOTS = 4096 };

static const char RETAINED[] = "authsms:account_epochs";

typedef struct table_t {
    apr_uint32_t epochs[SLOTS];
} table_t;

static table_t *table;

apr_status_t as_account_epochs_post_config(server_rec *s)
{
    table_t **retained = ap_retained_data_get(RETAINED);
    apr_shm_t *shm = NULL;
    apr_status_t rv = APR_SUCCESS;

    if (!retained) {
        retained = ap_retained_data_create(RETAINED, sizeof(*retained));
        rv = apr_shm_create(&shm, sizeof(table_t), NULL, s->process->pool);
        if (rv == APR_SUCCESS) {
            *retained = apr_shm_baseaddr_get(shm);
        }
    }
    table = *retained;
    return table ? rv : APR_ENOSHMAVAIL;
}

/* FNV-1a of the end of the id, which is random. */
apr_uint32_t as_account_epochs_find_slot(const char *user_id)
{
    enum { RANDOM_LEN = 8 };
    apr_size_t len = strlen(user_id);
    apr_uint32_t hash = 2166136261u;

    for (apr_size_t i = len > RANDOM_LEN ? len - RANDOM_LEN : 0; i < len; i++) {
        hash = (hash ^ (unsigned char)user_id[i]) * 16777619u;
    }
    return hash % SLOTS;
}

apr_uint32_t as_account_epochs_get(apr_uint32_t slot)
{
    return apr_atomic_read32(&table->epochs[slot]);
}

void as_account_epochs_raise(const char *user_id)
{
    apr_atomic_inc32(&table->epochs[as_account_epochs_find_slot(user_id)]);
}

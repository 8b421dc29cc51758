/* SPDX-License-Identifier: Apache-2.0 */
#include "server/metrics.h"

#include <apr_shm.h>
#include <http_config.h>
#include <http_log.h>

#include <unistd.h>

#include "base/metric.h"
#include "config/config.h"
#include "sms/sender.h"
#include "sms/verifier.h"

APLOG_USE_MODULE(authsms);

static const char RETAINED[] = "authsms:metrics";

typedef struct memory_t {
    apr_uint64_t layout_id;
    void *cells;
} memory_t;

static memory_t *memory;

/* ---- labels ---- */

static apr_status_t name_senders(apr_pool_t *pconf)
{
    apr_array_header_t *names = apr_array_make(pconf, 8, sizeof(const char *));
    const char *name;

    for (int i = 0; (name = as_sender_name(i)); i++) {
        APR_ARRAY_PUSH(names, const char *) = name;
    }
    for (int i = 0; (name = as_verifier_name(i)); i++) {
        APR_ARRAY_PUSH(names, const char *) = name;
    }
    return as_metric_set_values(AS_METRIC_LABEL_SENDER, (const char *const *)names->elts,
                                names->nelts);
}

static apr_status_t name_limits(void)
{
    static const char *const names[] = {
#define AS_METRICS_LIMIT(name, text, count, seconds) text,
        AS_LIMITS(AS_METRICS_LIMIT)
#undef AS_METRICS_LIMIT
    };
    apr_status_t rv = as_metric_set_values(AS_METRIC_LABEL_LIMIT, names, AS_LIMIT_COUNT);

    for (int i = 0; rv == APR_SUCCESS && i < AS_LIMIT_COUNT; i++) {
        as_metric_show_value(AS_METRIC_LABEL_LIMIT, i + 1);
    }
    return rv;
}

static void show_sender(const char *name)
{
    as_metric_show_value(AS_METRIC_LABEL_SENDER,
                         as_metric_find_value(AS_METRIC_LABEL_SENDER, name));
}

static void show_configured(const server_rec *s)
{
    for (; s; s = s->next) {
        const apr_array_header_t *senders = as_srv_senders(as_srv(s));
        const as_verifier_t *verifier = as_srv_verifier(as_srv(s));

        for (int i = 0; senders && i < senders->nelts; i++) {
            show_sender(APR_ARRAY_IDX(senders, i, as_sender_t).type->name);
        }
        if (verifier) {
            show_sender(verifier->type->name);
        }
    }
}

/* ---- memory ---- */

/* Anonymous memory is zero at first. */
static apr_status_t create_memory(apr_pool_t *process, apr_uint64_t layout_id)
{
    apr_shm_t *shm = NULL;
    apr_status_t rv = apr_shm_create(&shm, as_metric_memory_size(), NULL, process);

    if (rv != APR_SUCCESS) {
        return rv;
    }
    memory->cells = apr_shm_baseaddr_get(shm);
    memory->layout_id = layout_id;
    return APR_SUCCESS;
}

apr_status_t as_metrics_post_config(apr_pool_t *pconf, server_rec *s)
{
    apr_status_t rv = name_senders(pconf);

    if (rv == APR_SUCCESS) {
        rv = name_limits();
    }
    if (rv != APR_SUCCESS) {
        return rv;
    }
    show_configured(s);
    memory = ap_retained_data_get(RETAINED);
    if (!memory) {
        memory = ap_retained_data_create(RETAINED, sizeof(*memory));
    }
    if (!memory->cells || memory->layout_id != as_metric_layout_id()) {
        rv = create_memory(s->process->pool, as_metric_layout_id());
    }
    if (rv == APR_SUCCESS) {
        as_metric_attach(memory->cells, 0);
    }
    return rv;
}

void as_metrics_child_init(apr_pool_t *pchild, server_rec *s)
{
    (void)pchild;
    (void)s;
    as_metric_attach(memory->cells, (unsigned)getpid());
}

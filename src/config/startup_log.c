/* SPDX-License-Identifier: Apache-2.0 */
#include "config/startup_log.h"

#include <apr_hash.h>
#include <apr_strings.h>
#include <http_core.h>
#include <http_log.h>

#include "config/config.h"

APLOG_USE_MODULE(authsms);

static const char LOGGED[] = "authsms:startup_log";

int as_startup_log_is_second_pass(void)
{
    return ap_state_query(AP_SQ_MAIN_STATE) == AP_SQ_MS_CREATE_CONFIG &&
           ap_state_query(AP_SQ_CONFIG_GEN) == 1;
}

/* The texts that were logged. The pool is cleared before the configuration is read again. */
static apr_hash_t *get_logged(apr_pool_t *pconf)
{
    void *logged = NULL;

    apr_pool_userdata_get(&logged, LOGGED, pconf);
    if (!logged) {
        logged = apr_hash_make(pconf);
        apr_pool_userdata_setn(logged, LOGGED, NULL, pconf);
    }
    return logged;
}

void as_startup_log_once(server_rec *s, int level, const char *text)
{
    apr_pool_t *pconf = s->process->pconf;
    apr_hash_t *logged = get_logged(pconf);

    if (as_startup_log_is_second_pass() || apr_hash_get(logged, text, APR_HASH_KEY_STRING)) {
        return;
    }
    apr_hash_set(logged, apr_pstrdup(pconf, text), APR_HASH_KEY_STRING, "");
    ap_log_error(APLOG_MARK, APLOG_STARTUP | level, 0, s, "%s", text);
}

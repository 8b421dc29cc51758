/* SPDX-License-Identifier: Apache-2.0 */
#include "server/startup_notice.h"

#include <apr_strings.h>
#include <apr_tables.h>
#include <http_log.h>

#include "base/log.h"
#include "base/version.h"
#include "config/config.h"
#include "server/dbd.h"

APLOG_USE_MODULE(authsms);

static const char *sender_names(apr_pool_t *p, const as_srv_t *sc)
{
    const apr_array_header_t *senders = as_srv_senders(sc);
    const char *names = NULL;

    for (int i = 0; senders && i < senders->nelts; i++) {
        const char *name = APR_ARRAY_IDX(senders, i, as_sender_t).type->name;

        names = names ? apr_pstrcat(p, names, "+", name, NULL) : name;
    }
    return names ? names : "none";
}

static const char *verifier_name(const as_srv_t *sc)
{
    const as_verifier_t *verifier = as_srv_verifier(sc);

    if (!as_srv_validation(sc)) {
        return "off";
    }
    return verifier ? verifier->type->name : "local";
}

static const char *describe(apr_pool_t *p, server_rec *s)
{
    const as_srv_t *sc = as_srv(s);
    const char *driver = as_dbd_get_driver(s);

    return apr_psprintf(p, "database %s, sender %s, verifier %s", driver ? driver : "none",
                        sender_names(p, sc), verifier_name(sc));
}

void as_startup_notice_log(apr_pool_t *p, server_rec *s)
{
    apr_table_t *seen = apr_table_make(p, 4);
    const char *line = NULL;

    for (server_rec *each = s; each; each = each->next) {
        const char *text = as_srv(each)->keyring ? describe(p, each) : NULL;

        if (text && !apr_table_get(seen, text)) {
            apr_table_setn(seen, text, text);
            line =
                line ? apr_pstrcat(p, line, "; ", each->server_hostname, ": ", text, NULL) : text;
        }
    }
    if (line) {
        ap_log_error(APLOG_MARK, APLOG_NOTICE, 0, s, AS_TAG(0100) "mod_authsms %s: %s",
                     as_version(), line);
    }
}

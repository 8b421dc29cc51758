/* SPDX-License-Identifier: Apache-2.0 */
/* doctor: which hosts have the API, or protected sections. */
#include "ctl_doctor.h"

#include <apr_cstr.h>

/* Does a section of this host, or of all hosts, have this directive with this value? */
static int has_in_section(const ctl_conf_t *conf, int host, const char *name, const char *value)
{
    for (int i = 0; i < conf->directives->nelts; i++) {
        const ctl_directive_t *d = &APR_ARRAY_IDX(conf->directives, i, ctl_directive_t);

        if ((d->host == host || d->host == 0) && ctl_directive_is(d, name) &&
            apr_cstr_casecmp(ctl_directive_word(d, 0), value) == 0) {
            return 1;
        }
    }
    return 0;
}

int ctl_doctor_has_api(const ctl_conf_t *conf, int host)
{
    return has_in_section(conf, host, "AuthSMSApi", "On");
}

int ctl_doctor_has_guard(const ctl_conf_t *conf, int host)
{
    return has_in_section(conf, host, "AuthType", "JWT") ||
           has_in_section(conf, host, "AuthSMSProtect", "On");
}

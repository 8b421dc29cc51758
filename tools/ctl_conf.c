/* SPDX-License-Identifier: Apache-2.0 */
#include "ctl_conf.h"

#include <apr_cstr.h>
#include <apr_file_info.h>

#include <string.h>

#include "ctl_conf_reader.h"

static const char *value_of(const ctl_conf_t *conf, int host, const char *name)
{
    const ctl_directive_t *d = ctl_conf_find(conf, host, name);

    return d ? ctl_directive_word(d, 0) : NULL;
}

/* NULL: none, or a program, which only httpd can write to. */
static const char *find_audit_log(const ctl_conf_t *conf, const char *value)
{
    char *path;

    if (!value || *value == '|' || apr_cstr_casecmp(value, "none") == 0) {
        return NULL;
    }
    return apr_filepath_merge(&path, conf->root, value, 0, conf->pool) == APR_SUCCESS ? path : NULL;
}

int ctl_conf_read(ctl_t *ctl, const char *file)
{
    ctl_conf_t *conf;
    const char *error;
    const char *audit_log = NULL;

    if (ctl_conf_load(ctl->pool, file, &conf, &error) != APR_SUCCESS) {
        return ctl_print_error("%s", error);
    }
    for (int host = 0; host < conf->hosts; host++) {
        const char *driver = value_of(conf, host, "DBDriver");
        const char *params = driver ? value_of(conf, host, "DBDParams") : NULL;

        if (!params) {
            continue;
        }
        if (ctl->params && (strcmp(params, ctl->params) != 0 || strcmp(driver, ctl->driver) != 0)) {
            return ctl_print_error(
                "%s has several databases: choose one with --driver and --params", file);
        }
        ctl->driver = driver;
        ctl->params = params;
        audit_log = value_of(conf, host, "AuthSMSAuditLog");
    }
    if (!ctl->params) {
        return ctl_print_error("%s has no DBDriver and DBDParams", file);
    }
    ctl->audit_log = find_audit_log(conf, audit_log);
    return CTL_OK;
}

/* SPDX-License-Identifier: Apache-2.0 */
/* Setters of the section "Storage", and of "Operating". */
#include <apr_file_info.h>
#include <apr_strings.h>

#include <string.h>

#include "config/config.h"
#include "config/directives.h"
#include "config/parse.h"

const char *as_set_schema(cmd_parms *cmd, void *dir, const char *value)
{
    static const char *const modes[] = {"auto", "check", "off", NULL}; /* as as_schema_mode_t */

    (void)dir;
    return as_parse_choice(cmd, value, modes, &as_srv(cmd->server)->schema);
}

const char *as_set_database(cmd_parms *cmd, void *dir, int argc, char *const argv[])
{
    const char *max_age = NULL;
    const as_parse_option_t options[] = {{"max-age", &max_age}, {NULL, NULL}};
    const char *error = as_parse_options(cmd, argc, argv, options);

    (void)dir;
    if (error) {
        return error;
    }
    if (!max_age) {
        return apr_psprintf(cmd->pool, "%s needs max-age=DURATION, such as max-age=60s",
                            cmd->cmd->name);
    }
    return as_parse_duration(cmd, max_age, apr_time_from_sec(1), apr_time_from_sec(86400),
                             &as_srv(cmd->server)->database_max_age);
}

/* Can a file be created there? It is opened at the start only. */
static int is_in_directory(cmd_parms *cmd, const char *file)
{
    const char *path = ap_server_root_relative(cmd->temp_pool, file);
    const char *slash = path ? strrchr(path, '/') : NULL;
    apr_finfo_t info;

    return slash && slash[1] &&
           apr_stat(&info, apr_pstrmemdup(cmd->temp_pool, path, (apr_size_t)(slash + 1 - path)),
                    APR_FINFO_TYPE, cmd->temp_pool) == APR_SUCCESS &&
           info.filetype == APR_DIR;
}

const char *as_set_audit_log(cmd_parms *cmd, void *dir, const char *value)
{
    as_srv_t *sc = as_srv(cmd->server);

    (void)dir;
    if (ap_cstr_casecmp(value, as_config_none) == 0) {
        sc->audit_log = as_config_none;
        return NULL;
    }
    sc->audit_log = value;
    if (*value == '|' ? value[1 + strspn(value + 1, "|$ ")] != '\0' : is_in_directory(cmd, value)) {
        return NULL;
    }
    return as_parse_error(cmd, value,
                          "must be a file in an existing directory, \"|PROGRAM ARGUMENT...\" or "
                          "none");
}

/* SPDX-License-Identifier: Apache-2.0 */
/* Setters of the section "Storage", and of "Operating". */
#include <apr_strings.h>

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

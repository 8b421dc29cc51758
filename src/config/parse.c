/* SPDX-License-Identifier: Apache-2.0 */
#include "config/parse.h"

#include <apr_lib.h>
#include <apr_strings.h>
#include <http_core.h>
#include <http_log.h>
#include <http_main.h>

#include <string.h>

#include "base/duration.h"
#include "base/log.h"
#include "base/utf8.h"
#include "config/config.h"
#include "config/directives.h"
#include "config/startup_log.h"

APLOG_USE_MODULE(authsms);

const char *as_parse_error(cmd_parms *cmd, const char *value, const char *sentence)
{
    return apr_psprintf(cmd->pool, "%s: '%s': %s", cmd->cmd->name, value, sentence);
}

void as_parse_warn(cmd_parms *cmd, const char *tag, const char *format, ...)
{
    va_list args;

    if (as_startup_log_is_second_pass()) {
        return;
    }
    va_start(args, format);
    ap_log_error(APLOG_MARK, APLOG_STARTUP | APLOG_WARNING, 0, cmd->server, "%s%s: %s", tag,
                 cmd->cmd->name, apr_pvsprintf(cmd->temp_pool, format, args));
    va_end(args);
}

const char *as_parse_redact(cmd_parms *cmd, const char *word)
{
    return apr_pstrmemdup(cmd->pool, word, strcspn(word, "="));
}

/* "must be a, b or c" */
static const char *list_choices(apr_pool_t *p, const char *const *words)
{
    const char *list = apr_pstrcat(p, "must be ", words[0], NULL);

    for (int i = 1; words[i]; i++) {
        list = apr_pstrcat(p, list, words[i + 1] ? ", " : " or ", words[i], NULL);
    }
    return list;
}

const char *as_parse_choice(cmd_parms *cmd, const char *value, const char *const *words, int *index)
{
    int i = 0;

    while (words[i] && ap_cstr_casecmp(value, words[i]) != 0) {
        i++;
    }
    if (!words[i]) {
        return as_parse_error(cmd, value, list_choices(cmd->pool, words));
    }
    *index = i;
    return NULL;
}

const char *as_parse_flag(cmd_parms *cmd, const char *value, int *flag)
{
    static const char *const words[] = {"Off", "On", NULL};

    return as_parse_choice(cmd, value, words, flag);
}

const char *as_parse_int(cmd_parms *cmd, const char *value, int min, int max, int *number)
{
    char *end;
    apr_int64_t n = apr_strtoi64(value, &end, 10);

    if (!apr_isdigit(*value) || *end || n < min || n > max) {
        return as_parse_error(
            cmd, value, apr_psprintf(cmd->pool, "must be a whole number from %d to %d", min, max));
    }
    *number = (int)n;
    return NULL;
}

static const char *format_duration(apr_pool_t *p, apr_interval_time_t duration)
{
    apr_int64_t seconds = apr_time_sec(duration);
    static const struct {
        apr_int64_t seconds;
        char unit;
    } units[] = {{86400, 'd'}, {3600, 'h'}, {60, 'm'}, {1, 's'}};
    int i = 0;

    while (units[i].seconds > 1 && (!seconds || seconds % units[i].seconds)) {
        i++;
    }
    return apr_psprintf(p, "%" APR_INT64_T_FMT "%c", seconds / units[i].seconds, units[i].unit);
}

const char *as_parse_duration(cmd_parms *cmd, const char *value, apr_interval_time_t min,
                              apr_interval_time_t max, apr_interval_time_t *duration)
{
    if (as_duration_parse(value, duration) != APR_SUCCESS || *duration < min || *duration > max) {
        return as_parse_error(cmd, value,
                              apr_psprintf(cmd->pool,
                                           "must be a duration such as 90, 30s, 10m, 1h or 30d, "
                                           "from %s to %s",
                                           format_duration(cmd->pool, min),
                                           format_duration(cmd->pool, max)));
    }
    return NULL;
}

const char *as_parse_text(cmd_parms *cmd, const char *value, const char **text)
{
    if (!*value || as_utf8_has_control(value) || !as_utf8_is_valid(value, strlen(value))) {
        return as_parse_error(cmd, value,
                              "must be a line of UTF-8 without control characters, or none");
    }
    *text = ap_cstr_casecmp(value, as_config_none) == 0 ? as_config_none : value;
    return NULL;
}

const char *as_parse_trim_slashes(apr_pool_t *p, const char *path)
{
    apr_size_t len = strlen(path);

    while (len && path[len - 1] == '/') {
        len--;
    }
    return apr_pstrmemdup(p, path, len);
}

const char *as_parse_value_of(const char *word, const char *name)
{
    apr_size_t len = strlen(name);

    return strncmp(word, name, len) == 0 && word[len] == '=' ? word + len + 1 : NULL;
}

static const char *list_options(apr_pool_t *p, const as_parse_option_t *options)
{
    const char *names = options->name;

    for (options++; options->name; options++) {
        names = apr_pstrcat(p, names, ", ", options->name, NULL);
    }
    return names;
}

static const char *parse_option(cmd_parms *cmd, const char *word, const as_parse_option_t *options)
{
    const char *key = as_parse_redact(cmd, word);
    const as_parse_option_t *option = options;
    const char *value = NULL;

    while (option->name && !(value = as_parse_value_of(word, option->name))) {
        option++;
    }
    if (!option->name) {
        return as_parse_error(cmd, key,
                              apr_psprintf(cmd->pool, "is not one of the keys %s (key=value)",
                                           list_options(cmd->pool, options)));
    }
    if (*option->value) {
        return as_parse_error(cmd, key, "is given twice");
    }
    if (!*value) {
        return as_parse_error(cmd, key, "has no value");
    }
    *option->value = value;
    return NULL;
}

const char *as_parse_options(cmd_parms *cmd, int argc, char *const argv[],
                             const as_parse_option_t *options)
{
    for (int i = 0; i < argc; i++) {
        const char *error = parse_option(cmd, argv[i], options);

        if (error) {
            return error;
        }
    }
    return NULL;
}

const char *as_parse_secret_source(cmd_parms *cmd, const char *source, as_secret_source_kind_t kind,
                                   as_span_t *secret)
{
    const char *error = NULL;
    const char *path = strncmp(source, "file:", 5) == 0 ? source + 5 : NULL;

    if (as_secret_source_read(cmd->pool, source, ap_server_root, kind, secret, &error) !=
        APR_SUCCESS) {
        return error;
    }
    path = path ? ap_server_root_relative(cmd->temp_pool, path) : NULL;
    if (path && as_secret_source_is_world_readable(cmd->temp_pool, path)) {
        as_parse_warn(cmd, AS_TAG(0167), "every user can read %s: restrict it with chmod 600",
                      path);
    }
    return NULL;
}

const char *as_parse_secret(cmd_parms *cmd, const char *source, as_secret_source_kind_t kind,
                            as_span_t *secret)
{
    const char *error = as_parse_secret_source(cmd, source, kind, secret);

    return error ? apr_psprintf(cmd->pool, "%s: %s", cmd->cmd->name, error) : NULL;
}

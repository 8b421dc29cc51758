/* SPDX-License-Identifier: Apache-2.0 */
#include "config/survey.h"

#include <apr_fnmatch.h>
#include <apr_strings.h>

#include <string.h>

#include "config/config.h"
#include "config/parse.h"
#include "config/section.h"

static const char *first_argument(apr_pool_t *p, const ap_directive_t *line)
{
    const char *args = line->args;

    return ap_getword_conf(p, &args);
}

/* Is this the directive, with this first argument? argument NULL: any. */
static int is_line(apr_pool_t *p, const ap_directive_t *line, const char *name,
                   const char *argument)
{
    return ap_cstr_casecmp(line->directive, name) == 0 &&
           (!argument || ap_cstr_casecmp(first_argument(p, line), argument) == 0);
}

static const char *section_path(apr_pool_t *p, const ap_directive_t *section)
{
    return as_parse_trim_slashes(p, as_section_get_path(p, section));
}

/* AuthSMSStatus of a server, a virtual host or a Location. */
static void add_status(apr_pool_t *p, as_survey_t *survey, const ap_directive_t *line)
{
    const ap_directive_t *section = line->parent;
    const char *value = first_argument(p, line);

    if (!section || as_section_is_virtual_host(section)) {
        survey->status = value;
    } else if (ap_cstr_casecmp(section->directive, "<Location") == 0) {
        apr_hash_set(survey->statuses, section_path(p, section), APR_HASH_KEY_STRING, value);
    }
}

static void add_line(apr_pool_t *p, as_survey_t *survey, const ap_directive_t *line, int user_check)
{
    if (is_line(p, line, "AuthType", "JWT") || is_line(p, line, "AuthSMSProtect", "On")) {
        survey->first_guard = survey->first_guard ? survey->first_guard : line;
        survey->first_lookup = survey->first_lookup || !user_check ? survey->first_lookup : line;
        APR_ARRAY_PUSH(survey->guards, const ap_directive_t *) = line;
    } else if (line->parent && is_line(p, line, "AuthSMSApi", NULL)) {
        const char *path = section_path(p, line->parent);

        apr_hash_set(survey->apis, path, APR_HASH_KEY_STRING,
                     is_line(p, line, "AuthSMSApi", "On") ? line : NULL);
    }
    if (is_line(p, line, "AuthSMSStatus", NULL)) {
        add_status(p, survey, line);
    }
    if (is_line(p, line, "SetHandler", AS_CHECK_HANDLER)) {
        APR_ARRAY_PUSH(survey->check_handlers, const ap_directive_t *) = line;
    }
    survey->has_dbd_driver |= is_line(p, line, "DBDriver", NULL);
    survey->has_dbd_params |= is_line(p, line, "DBDParams", NULL);
    if (is_line(p, line, "DBDMax", NULL)) {
        survey->dbd_max = first_argument(p, line);
    }
}

/* Is AuthSMSUserCheck on for the guards among these lines? Other sections for the same path are
 * ignored. */
static int find_user_check(apr_pool_t *p, const ap_directive_t *line, int inherited)
{
    int user_check = inherited;

    for (; line; line = line->next) {
        if (is_line(p, line, "AuthSMSUserCheck", NULL)) {
            user_check = !is_line(p, line, "AuthSMSUserCheck", "off");
        }
    }
    return user_check;
}

/* Add lines and their sections to each of the surveys; <VirtualHost> is left to walk_hosts. */
static void walk_lines(apr_pool_t *p, const ap_directive_t *line, int inherited_user_check,
                       const apr_array_header_t *surveys)
{
    int user_check = find_user_check(p, line, inherited_user_check);

    for (; line; line = line->next) {
        for (int i = 0; i < surveys->nelts; i++) {
            add_line(p, APR_ARRAY_IDX(surveys, i, as_survey_t *), line, user_check);
        }
        if (line->first_child && !as_section_is_virtual_host(line)) {
            walk_lines(p, line->first_child, user_check, surveys);
        }
    }
}

static int is_defined_by(const server_rec *s, const ap_directive_t *host)
{
    return s->defn_name && s->defn_line_number == (unsigned)host->line_num &&
           strcmp(s->defn_name, host->filename) == 0;
}

/* After the lines outside: those of a virtual host are merged last, as httpd does. */
static void walk_hosts(apr_pool_t *p, const ap_directive_t *top, const apr_array_header_t *surveys)
{
    int user_check = find_user_check(p, top, 1);

    for (const ap_directive_t *line = top; line; line = line->next) {
        apr_array_header_t *of_host = apr_array_make(p, 1, sizeof(as_survey_t *));

        for (int i = 0; as_section_is_virtual_host(line) && i < surveys->nelts; i++) {
            as_survey_t *survey = APR_ARRAY_IDX(surveys, i, as_survey_t *);

            if (is_defined_by(survey->server, line)) {
                APR_ARRAY_PUSH(of_host, as_survey_t *) = survey;
            }
        }
        if (of_host->nelts) {
            walk_lines(p, line->first_child, user_check, of_host);
        }
    }
}

const apr_array_header_t *as_survey_servers(apr_pool_t *p, server_rec *s)
{
    apr_array_header_t *surveys = apr_array_make(p, 4, sizeof(as_survey_t *));

    for (; s; s = s->next) {
        as_survey_t *survey = apr_pcalloc(p, sizeof(*survey));

        survey->server = s;
        survey->apis = apr_hash_make(p);
        survey->statuses = apr_hash_make(p);
        survey->guards = apr_array_make(p, 4, sizeof(const ap_directive_t *));
        survey->check_handlers = apr_array_make(p, 1, sizeof(const ap_directive_t *));
        APR_ARRAY_PUSH(surveys, as_survey_t *) = survey;
    }
    walk_lines(p, ap_conftree, 1, surveys);
    walk_hosts(p, ap_conftree, surveys);
    return surveys;
}

int as_survey_has_always200(const as_survey_t *survey, const char *path)
{
    const char *value = apr_hash_get(survey->statuses, path, APR_HASH_KEY_STRING);

    value = value ? value : survey->status;
    return value && ap_cstr_casecmp(value, "always200") == 0;
}

/* The path of the <Location> around a line, if it is the line's outermost section and its path is
 * no pattern. NULL: the line is in another section, or in none. */
static const char *plain_location(apr_pool_t *p, const ap_directive_t *line)
{
    const ap_directive_t *section = as_section_find_outermost(line);
    const char *path;

    if (!section || ap_cstr_casecmp(section->directive, "<Location") != 0) {
        return NULL;
    }
    path = as_section_get_path(p, section);
    return strcmp(path, "~") == 0 || apr_fnmatch_test(path) ? NULL : path;
}

/* Can this guard apply to requests to the path? Only two plain Locations certainly differ. */
static int may_guard(apr_pool_t *p, const ap_directive_t *guard, const char *path)
{
    const char *guarded = plain_location(p, guard);

    return !guarded || as_section_covers_path(guarded, path);
}

const ap_directive_t *as_survey_find_unguarded_check(apr_pool_t *p, const as_survey_t *survey)
{
    for (int i = 0; i < survey->check_handlers->nelts; i++) {
        const ap_directive_t *line =
            APR_ARRAY_IDX(survey->check_handlers, i, const ap_directive_t *);
        const char *path = plain_location(p, line);
        int is_guarded = 0;

        for (int j = 0; j < survey->guards->nelts; j++) {
            const ap_directive_t *guard = APR_ARRAY_IDX(survey->guards, j, const ap_directive_t *);

            is_guarded |= !path || may_guard(p, guard, path);
        }
        if (!is_guarded) {
            return line;
        }
    }
    return NULL;
}

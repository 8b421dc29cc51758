/* SPDX-License-Identifier: Apache-2.0 */
#include "config/survey.h"

#include <apr_strings.h>

#include <string.h>

#include "config/parse.h"

static const char *first_word(apr_pool_t *p, const ap_directive_t *d)
{
    const char *args = d->args;

    return ap_getword_conf(p, &args);
}

static int is_line(apr_pool_t *p, const ap_directive_t *d, const char *name, const char *word)
{
    return ap_cstr_casecmp(d->directive, name) == 0 &&
           (!word || ap_cstr_casecmp(first_word(p, d), word) == 0);
}

/* The path of a section as the setter saw it; the tree keeps the > at the end. */
static const char *section_path(apr_pool_t *p, const ap_directive_t *section)
{
    char *args = apr_pstrdup(p, section->args);
    char *end = strrchr(args, '>');
    const char *rest = args;

    if (end) {
        *end = '\0';
    }
    return as_parse_trim_slashes(p, ap_getword_conf(p, &rest));
}

static void look_at(apr_pool_t *p, const ap_directive_t *d, int asks, as_survey_t *w)
{
    if (is_line(p, d, "AuthType", "JWT") || is_line(p, d, "AuthSMSProtect", "On")) {
        w->guard = w->guard ? w->guard : d;
        w->asking = w->asking || !asks ? w->asking : d;
    } else if (d->parent && is_line(p, d, "AuthSMSApi", NULL)) {
        const char *path = section_path(p, d->parent);

        apr_hash_set(w->apis, path, APR_HASH_KEY_STRING,
                     is_line(p, d, "AuthSMSApi", "On") ? d : NULL);
    }
    w->has_driver |= is_line(p, d, "DBDriver", NULL);
    w->has_params |= is_line(p, d, "DBDParams", NULL);
    if (is_line(p, d, "DBDMax", NULL)) {
        w->most_connections = first_word(p, d);
    }
}

/* Do the guards among these lines look users up? What another section for the same address says is
 * not seen. */
static int asks_here(apr_pool_t *p, const ap_directive_t *d, int outer)
{
    for (; d; d = d->next) {
        if (is_line(p, d, "AuthSMSUserCheck", NULL)) {
            outer = !is_line(p, d, "AuthSMSUserCheck", "off");
        }
    }
    return outer;
}

/* Gather what is asked of the hosts in `some`; <VirtualHost> sections are left to walk_hosts. */
static void walk(apr_pool_t *p, const ap_directive_t *d, int asks, const apr_array_header_t *some)
{
    asks = asks_here(p, d, asks);
    for (; d; d = d->next) {
        for (int i = 0; i < some->nelts; i++) {
            look_at(p, d, asks, APR_ARRAY_IDX(some, i, as_survey_t *));
        }
        if (d->first_child && ap_cstr_casecmp(d->directive, "<VirtualHost") != 0) {
            walk(p, d->first_child, asks, some);
        }
    }
}

static int is_defined_by(const server_rec *s, const ap_directive_t *host)
{
    return s->defn_name && s->defn_line_number == (unsigned)host->line_num &&
           strcmp(s->defn_name, host->filename) == 0;
}

/* After the lines outside, which hold for each host: its own come last, as in httpd's merging. */
static void walk_hosts(apr_pool_t *p, const ap_directive_t *top, const apr_array_header_t *all)
{
    int asks = asks_here(p, top, 1);

    for (const ap_directive_t *d = top; d; d = d->next) {
        apr_array_header_t *one = apr_array_make(p, 1, sizeof(as_survey_t *));

        for (int i = 0; i < all->nelts; i++) {
            as_survey_t *w = APR_ARRAY_IDX(all, i, as_survey_t *);

            if (is_defined_by(w->server, d) && ap_cstr_casecmp(d->directive, "<VirtualHost") == 0) {
                APR_ARRAY_PUSH(one, as_survey_t *) = w;
            }
        }
        if (one->nelts) {
            walk(p, d->first_child, asks, one);
        }
    }
}

const apr_array_header_t *as_survey_servers(apr_pool_t *p, server_rec *s)
{
    apr_array_header_t *all = apr_array_make(p, 4, sizeof(as_survey_t *));

    for (; s; s = s->next) {
        as_survey_t *w = apr_pcalloc(p, sizeof(*w));

        w->server = s;
        w->apis = apr_hash_make(p);
        APR_ARRAY_PUSH(all, as_survey_t *) = w;
    }
    walk(p, ap_conftree, 1, all);
    walk_hosts(p, ap_conftree, all);
    return all;
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "guard/identity.h"

#include <apr_lib.h>
#include <apr_strings.h>
#include <http_core.h>
#include <util_filter.h>

#include <string.h>

static const char ID[] = "AUTHSMS_ID";

/* The account's own id, where the token may have that of another system. */
static const char *id_of(const as_token_t *token, const as_user_t *user)
{
    return user ? user->id : token->claims.id;
}

/* Is this the name of a variable that as_identity_set_environment sets? */
static int is_ours(const char *name)
{
    return ap_cstr_casecmp(name, ID) == 0 || ap_cstr_casecmp(name, AS_TOKEN_SID) == 0 ||
           ap_cstr_casecmpn(name, AS_TOKEN_CLAIM, sizeof(AS_TOKEN_CLAIM) - 1) == 0;
}

/* Remove the entries whose names are found in `names`. */
static void unset_all(apr_table_t *table, const apr_array_header_t *names)
{
    for (int i = 0; i < names->nelts; i++) {
        apr_table_unset(table, APR_ARRAY_IDX(names, i, const char *));
    }
}

void as_identity_unset_environment(request_rec *r)
{
    const apr_array_header_t *variables = apr_table_elts(r->subprocess_env);
    apr_array_header_t *names = apr_array_make(r->pool, 8, sizeof(const char *));

    for (int i = 0; i < variables->nelts; i++) {
        const char *name = APR_ARRAY_IDX(variables, i, apr_table_entry_t).key;

        if (is_ours(name)) {
            APR_ARRAY_PUSH(names, const char *) = name;
        }
    }
    unset_all(r->subprocess_env, names);
}

void as_identity_set_environment(request_rec *r, int anew, const as_token_t *token,
                                 const as_user_t *user)
{
    /* Looking for older values costs more than all else here. */
    if (!anew) {
        as_identity_unset_environment(r);
    }
    if (token->environment) {
        apr_table_overlap(r->subprocess_env, token->environment, APR_OVERLAP_TABLES_ADD);
    } else {
        for (apr_uint32_t i = 0; i < token->variable_count; i++) {
            apr_table_addn(r->subprocess_env, token->record.data + token->variables[i].name,
                           token->record.data + token->variables[i].value);
        }
    }
    apr_table_addn(r->subprocess_env, ID, id_of(token, user));
}

/* A character of a header name as CGI shows it (RFC 3875 §4.1.18). */
static char cgi_character(char c)
{
    return apr_isalnum(c) ? (char)apr_toupper(c) : '_';
}

static int begins_with(const char *name, const char *prefix)
{
    while (*prefix && cgi_character(*name) == cgi_character(*prefix) && *name) {
        name++;
        prefix++;
    }
    return !*prefix;
}

/* What stands in a table under a name that is `before` and then the prefix. */
static void scrub(apr_pool_t *p, apr_table_t *table, const char *before, const char *prefix)
{
    const apr_array_header_t *fields = apr_table_elts(table);
    apr_array_header_t *names = apr_array_make(p, 2, sizeof(const char *));
    apr_size_t len = strlen(before);

    for (int i = 0; i < fields->nelts; i++) {
        const char *name = APR_ARRAY_IDX(fields, i, apr_table_entry_t).key;

        if (strncmp(name, before, len) == 0 && begins_with(name + len, prefix)) {
            APR_ARRAY_PUSH(names, const char *) = name;
        }
    }
    unset_all(table, names);
}

/* A proxy leaves out the fields that Connection names (RFC 9110 §7.6.1): ours are none of those. */
static void keep_ours(apr_pool_t *p, apr_table_t *fields, const char *prefix)
{
    const char *names = apr_table_get(fields, "Connection");
    char *kept = apr_pstrdup(p, names ? names : "");
    char *end = kept;
    int ours = 0;
    char *state;

    for (char *word = apr_strtok(kept, " \t,;", &state); word;
         word = apr_strtok(NULL, " \t,;", &state)) {
        if (begins_with(word, prefix)) {
            ours = 1;
        } else {
            apr_size_t len = strlen(word);

            if (end > kept) {
                *end++ = ',';
            }
            memmove(end, word, len);
            end += len;
        }
    }
    *end = '\0';
    if (ours && *kept) {
        apr_table_setn(fields, "Connection", kept);
    } else if (ours) {
        apr_table_unset(fields, "Connection");
    }
}

static void scrub_fields(apr_pool_t *p, apr_table_t *fields, const char *prefix)
{
    scrub(p, fields, "", prefix);
    keep_ours(p, fields, prefix);
}

/* MergeTrailers puts what comes behind a body beside the headers, which were judged before. */
apr_status_t as_identity_scrub_trailers(ap_filter_t *f, apr_bucket_brigade *bb,
                                        ap_input_mode_t mode, apr_read_type_e block,
                                        apr_off_t bytes)
{
    request_rec *r = f->r;
    const apr_table_t *before = r->headers_in;
    apr_status_t rv = ap_get_brigade(f->next, bb, mode, block, bytes);

    if (r->headers_in != before) {
        scrub_fields(r->pool, r->trailers_in, f->ctx);
        r->headers_in = apr_table_overlay(r->pool, before, r->trailers_in);
    }
    return rv;
}

ap_filter_rec_t *as_identity_trailers_filter;

void as_identity_remove_spoofed(request_rec *r, const char *prefix)
{
    const core_server_config *core = ap_get_core_module_config(r->server->module_config);

    scrub_fields(r->pool, r->headers_in, prefix);
    if (r->main) {
        /* A page made its variables of what the client sent, and hands them to what it includes. */
        scrub(r->pool, r->subprocess_env, "HTTP_", prefix);
    } else if (core->merge_trailers == AP_MERGE_TRAILERS_ENABLE) {
        ap_add_input_filter_handle(as_identity_trailers_filter, (void *)prefix, r, r->connection);
    }
}

static const char *header_value(apr_pool_t *p, const char *text)
{
    static const char hex[] = "0123456789ABCDEF";
    char *value = apr_palloc(p, 3 * strlen(text) + 1);
    char *out = value;

    for (; *text; text++) {
        unsigned char c = (unsigned char)*text;

        if (c < 0x20 || c > 0x7e || c == '%') {
            *out++ = '%';
            *out++ = hex[c >> 4];
            *out++ = hex[c & 15];
        } else {
            *out++ = *text;
        }
    }
    *out = '\0';
    return value;
}

static void set_header(request_rec *r, const char *prefix, const char *name, const char *text)
{
    if (text) {
        apr_table_setn(r->headers_in, apr_pstrcat(r->pool, prefix, name, NULL),
                       header_value(r->pool, text));
    }
}

void as_identity_set_headers(request_rec *r, const char *prefix, const as_token_t *token,
                             const as_user_t *user)
{
    set_header(r, prefix, "Id", id_of(token, user));
    set_header(r, prefix, "Sid", token->claims.sid);
    set_header(r, prefix, "Username", r->user);
    if (user) {
        set_header(r, prefix, "Verified", user->verified ? "true" : "false");
        set_header(r, prefix, "Mobile", user->mobile);
    }
}

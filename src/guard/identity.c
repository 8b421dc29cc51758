/* SPDX-License-Identifier: Apache-2.0 */
#include "guard/identity.h"

#include <apr_lib.h>
#include <apr_strings.h>
#include <http_core.h>
#include <util_filter.h>

#include <string.h>

static const char ID[] = "AUTHSMS_ID", ROLES[] = "AUTHSMS_ROLES";

/* Imported accounts: their tokens have an id of the original system. */
static const char *get_id(const as_token_t *token, const as_account_t *account)
{
    return account ? account->id : token->claims.id;
}

const char *as_identity_get_roles(const as_token_t *token, const as_account_t *account)
{
    return account ? account->roles : token->roles;
}

/* Is it one that as_identity_set_environment sets? */
static int is_identity_variable(const char *name)
{
    return ap_cstr_casecmp(name, ID) == 0 || ap_cstr_casecmp(name, ROLES) == 0 ||
           ap_cstr_casecmp(name, AS_TOKEN_SID) == 0 ||
           ap_cstr_casecmpn(name, AS_TOKEN_CLAIM, sizeof(AS_TOKEN_CLAIM) - 1) == 0;
}

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

        if (is_identity_variable(name)) {
            APR_ARRAY_PUSH(names, const char *) = name;
        }
    }
    unset_all(r->subprocess_env, names);
}

int as_identity_is_set(const request_rec *r)
{
    return apr_table_get(r->subprocess_env, ID) != NULL;
}

void as_identity_set_environment(request_rec *r, int is_empty, const as_token_t *token,
                                 const as_account_t *account)
{
    const char *roles = as_identity_get_roles(token, account);

    /* Searching for older values costs more than all the rest. */
    if (!is_empty) {
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
    apr_table_addn(r->subprocess_env, ID, get_id(token, account));
    if (roles) {
        apr_table_addn(r->subprocess_env, ROLES, roles);
    }
}

/* A character of a header name in the name of its CGI variable (RFC 3875 section 4.1.18). */
static char to_cgi(char c)
{
    return apr_isalnum(c) ? (char)apr_toupper(c) : '_';
}

static int begins_with(const char *name, const char *prefix)
{
    while (*prefix && to_cgi(*name) == to_cgi(*prefix) && *name) {
        name++;
        prefix++;
    }
    return !*prefix;
}

/* Unset the entries whose names begin with `before` and the prefix. */
static void unset_prefixed(apr_pool_t *p, apr_table_t *table, const char *before,
                           const char *prefix)
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

/* A proxy removes the headers that Connection names (RFC 9110 section 7.6.1): a client must not
 * have identity headers removed. */
static void unset_in_connection(apr_pool_t *p, apr_table_t *headers, const char *prefix)
{
    const char *names = apr_table_get(headers, "Connection");
    char *kept = apr_pstrdup(p, names ? names : "");
    char *end = kept;
    int is_changed = 0;
    char *state;

    for (char *word = apr_strtok(kept, " \t,;", &state); word;
         word = apr_strtok(NULL, " \t,;", &state)) {
        if (begins_with(word, prefix)) {
            is_changed = 1;
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
    if (is_changed && *kept) {
        apr_table_setn(headers, "Connection", kept);
    } else if (is_changed) {
        apr_table_unset(headers, "Connection");
    }
}

static void unset_spoofed(apr_pool_t *p, apr_table_t *headers, const char *prefix)
{
    unset_prefixed(p, headers, "", prefix);
    unset_in_connection(p, headers, prefix);
}

/* MergeTrailers adds trailers to the headers after the body, when the headers have been cleaned. */
apr_status_t as_identity_clean_trailers(ap_filter_t *f, apr_bucket_brigade *bb,
                                        ap_input_mode_t mode, apr_read_type_e block,
                                        apr_off_t bytes)
{
    request_rec *r = f->r;
    const apr_table_t *before = r->headers_in;
    apr_status_t rv = ap_get_brigade(f->next, bb, mode, block, bytes);

    if (r->headers_in != before) {
        unset_spoofed(r->pool, r->trailers_in, f->ctx);
        r->headers_in = apr_table_overlay(r->pool, before, r->trailers_in);
    }
    return rv;
}

ap_filter_rec_t *as_identity_trailers_filter;

void as_identity_remove_spoofed(request_rec *r, const char *prefix)
{
    const core_server_config *core = ap_get_core_module_config(r->server->module_config);

    unset_spoofed(r->pool, r->headers_in, prefix);
    if (r->main) {
        /* A sub-request inherits CGI variables that its page made of the client's headers. */
        unset_prefixed(r->pool, r->subprocess_env, "HTTP_", prefix);
    } else if (core->merge_trailers == AP_MERGE_TRAILERS_ENABLE) {
        ap_add_input_filter_handle(as_identity_trailers_filter, (void *)prefix, r, r->connection);
    }
}

/* Percent-encode. */
static const char *encode_value(apr_pool_t *p, const char *text)
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

typedef struct headers_t {
    apr_pool_t *p;
    apr_table_t *table;
    const char *prefix;
} headers_t;

static void set_header(const headers_t *headers, const char *name, const char *text)
{
    if (text) {
        apr_table_setn(headers->table, apr_pstrcat(headers->p, headers->prefix, name, NULL),
                       encode_value(headers->p, text));
    }
}

void as_identity_set_headers(request_rec *r, apr_table_t *table, const char *prefix,
                             const as_token_t *token, const as_account_t *account)
{
    const headers_t headers = {r->pool, table, prefix};

    set_header(&headers, "Id", get_id(token, account));
    set_header(&headers, "Sid", token->claims.sid);
    set_header(&headers, "Username", r->user);
    set_header(&headers, "Roles", as_identity_get_roles(token, account));
    if (account) {
        set_header(&headers, "Verified", account->verified ? "true" : "false");
        set_header(&headers, "Mobile", account->mobile);
    }
}

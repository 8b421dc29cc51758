/* SPDX-License-Identifier: Apache-2.0 */
/* Reads as much of httpd's configuration language as DBDriver, DBDParams and AuthSMSAuditLog need.
 */
#include "ctl_conf.h"

#include <apr_cstr.h>
#include <apr_file_info.h>
#include <apr_fnmatch.h>
#include <apr_lib.h>
#include <apr_strings.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { DEPTH_MAX = 32 };

/* The settings of one virtual host. The first entry is the main server. */
typedef struct host_t {
    const char *driver;
    const char *params;
    const char *audit_log;
} host_t;

typedef struct reader_t {
    apr_pool_t *pool;
    const char *root; /* ServerRoot */
    apr_table_t *defines;
    apr_array_header_t *hosts; /* host_t */
    int current;               /* its index */
    int depth;
} reader_t;

static int read_path(reader_t *r, const char *path);

/* Replace ${NAME} by a Define or an environment variable. Others stay unchanged, as in httpd. */
static const char *expand(const reader_t *r, const char *line)
{
    const char *out = "";
    const char *start, *end;

    while ((start = strstr(line, "${")) != NULL && (end = strchr(start, '}')) != NULL) {
        const char *name = apr_pstrmemdup(r->pool, start + 2, (apr_size_t)(end - start) - 2);
        const char *value = apr_table_get(r->defines, name);

        value = value ? value : getenv(name);
        value = value ? value : apr_pstrcat(r->pool, "${", name, "}", NULL);
        out = apr_pstrcat(r->pool, out, apr_pstrmemdup(r->pool, line, (apr_size_t)(start - line)),
                          value, NULL);
        line = end + 1;
    }
    return apr_pstrcat(r->pool, out, line, NULL);
}

/* The next word, maybe in quotes, inside which \" is a quote. */
static const char *next_word(apr_pool_t *p, const char **line)
{
    const char *at = *line + strspn(*line, " \t");
    char *word = apr_palloc(p, strlen(at) + 1);
    char *out = word;
    char quote = *at == '"' || *at == '\'' ? *at++ : '\0';

    while (*at && (quote ? *at != quote : !apr_isspace(*at))) {
        if (quote && *at == '\\' && (at[1] == quote || at[1] == '\\')) {
            at++;
        }
        *out++ = *at++;
    }
    *out = '\0';
    *line = quote && *at ? at + 1 : at;
    return word;
}

static host_t *current_host(const reader_t *r)
{
    return &APR_ARRAY_IDX(r->hosts, r->current, host_t);
}

static int compare_names(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static int include(reader_t *r, const char *path, int optional)
{
    apr_array_header_t *names;
    const char *slash;
    apr_finfo_t info;
    int status = CTL_OK;

    if (*path != '/') {
        path = apr_pstrcat(r->pool, r->root, "/", path, NULL);
    }
    if (apr_stat(&info, path, APR_FINFO_TYPE, r->pool) == APR_SUCCESS && info.filetype == APR_DIR) {
        path = apr_pstrcat(r->pool, path, "/*", NULL);
    }
    if (!strpbrk(path, "*?[")) {
        return optional && apr_stat(&info, path, APR_FINFO_TYPE, r->pool) != APR_SUCCESS
                   ? CTL_OK
                   : read_path(r, path);
    }
    slash = strrchr(path, '/');
    if (apr_match_glob(path, &names, r->pool) != APR_SUCCESS || (!names->nelts && !optional)) {
        return optional ? CTL_OK : ctl_print_error("no file matches %s", path);
    }
    qsort(names->elts, (size_t)names->nelts, sizeof(char *), compare_names);
    for (int i = 0; status == CTL_OK && i < names->nelts; i++) {
        const char *entry = APR_ARRAY_IDX(names, i, const char *);
        const char *file = apr_pstrcat(
            r->pool, apr_pstrmemdup(r->pool, path, (apr_size_t)(slash - path) + 1), entry, NULL);

        if (strcmp(entry, ".") == 0 || strcmp(entry, "..") == 0) {
            continue;
        }
        status = apr_stat(&info, file, APR_FINFO_TYPE, r->pool) == APR_SUCCESS &&
                         info.filetype == APR_DIR
                     ? include(r, file, 1)
                     : read_path(r, file);
    }
    return status;
}

static int read_line(reader_t *r, const char *line)
{
    const char *rest = expand(r, line);
    const char *name = next_word(r->pool, &rest);
    int status = CTL_OK;

    if (apr_cstr_casecmp(name, "DBDriver") == 0) {
        current_host(r)->driver = next_word(r->pool, &rest);
    } else if (apr_cstr_casecmp(name, "DBDParams") == 0) {
        current_host(r)->params = next_word(r->pool, &rest);
    } else if (apr_cstr_casecmp(name, "AuthSMSAuditLog") == 0) {
        current_host(r)->audit_log = next_word(r->pool, &rest);
    } else if (apr_cstr_casecmp(name, "ServerRoot") == 0) {
        r->root = next_word(r->pool, &rest);
    } else if (apr_cstr_casecmp(name, "Define") == 0) {
        name = next_word(r->pool, &rest);
        apr_table_set(r->defines, name, next_word(r->pool, &rest));
    } else if (apr_cstr_casecmp(name, "Include") == 0) {
        status = include(r, next_word(r->pool, &rest), 0);
    } else if (apr_cstr_casecmp(name, "IncludeOptional") == 0) {
        status = include(r, next_word(r->pool, &rest), 1);
    } else if (apr_cstr_casecmpn(name, "<VirtualHost", strlen("<VirtualHost")) == 0) {
        r->current = r->hosts->nelts;
        *(host_t *)apr_array_push(r->hosts) = (host_t){NULL, NULL, NULL};
    } else if (apr_cstr_casecmpn(name, "</VirtualHost", strlen("</VirtualHost")) == 0) {
        r->current = 0;
    }
    return status;
}

/* One line, joined with its continuation lines. NULL: end of file. */
static const char *logical_line(apr_pool_t *p, FILE *in, char **buffer, size_t *size)
{
    const char *line = NULL;
    ssize_t n;

    while ((n = getline(buffer, size, in)) >= 0) {
        while (n > 0 && ((*buffer)[n - 1] == '\n' || (*buffer)[n - 1] == '\r')) {
            (*buffer)[--n] = '\0';
        }
        line = apr_pstrcat(p, line ? line : "", *buffer, NULL);
        if (n == 0 || (*buffer)[n - 1] != '\\') {
            break;
        }
        line = apr_pstrmemdup(p, line, strlen(line) - 1);
    }
    return line;
}

static int read_path(reader_t *r, const char *path)
{
    FILE *in = fopen(path, "r");
    char *buffer = NULL;
    size_t size = 0;
    const char *line;
    int status = CTL_OK;

    if (!in) {
        return ctl_print_error("%s cannot be read: %s", path, strerror(errno));
    }
    if (++r->depth > DEPTH_MAX) {
        status = ctl_print_error("%s: includes are nested too deep", path);
    }
    while (status == CTL_OK && (line = logical_line(r->pool, in, &buffer, &size)) != NULL) {
        line += strspn(line, " \t");
        status = *line && *line != '#' ? read_line(r, line) : CTL_OK;
    }
    r->depth--;
    free(buffer);
    fclose(in);
    return status;
}

/* The database of a host, which inherits from the main server. params NULL: none. */
static host_t resolve_host(const reader_t *r, int i)
{
    host_t outer = APR_ARRAY_IDX(r->hosts, 0, host_t);
    host_t host = APR_ARRAY_IDX(r->hosts, i, host_t);

    host.driver = host.driver ? host.driver : outer.driver;
    host.params = host.params ? host.params : outer.params;
    host.audit_log = host.audit_log ? host.audit_log : outer.audit_log;
    if (!host.driver) {
        host.params = NULL;
    }
    return host;
}

/* NULL: none, or a program, which only httpd can write to. */
static const char *find_audit_log(const reader_t *r, const char *value)
{
    char *path;

    if (!value || *value == '|' || apr_cstr_casecmp(value, "none") == 0) {
        return NULL;
    }
    return apr_filepath_merge(&path, r->root, value, 0, r->pool) == APR_SUCCESS ? path : NULL;
}

int ctl_conf_read(ctl_t *ctl, const char *file)
{
    const char *slash = strrchr(file, '/');
    reader_t r = {.pool = ctl->pool, .defines = apr_table_make(ctl->pool, 8)};
    host_t found = {NULL, NULL, NULL};
    int status;

    /* Debian's configuration has no ServerRoot; the built-in one is the directory of the file. */
    r.root = slash ? apr_pstrmemdup(ctl->pool, file, (apr_size_t)(slash - file) + 1) : ".";
    r.hosts = apr_array_make(ctl->pool, 8, sizeof(host_t));
    *(host_t *)apr_array_push(r.hosts) = found;
    status = read_path(&r, file);
    for (int i = 0; status == CTL_OK && i < r.hosts->nelts; i++) {
        host_t host = resolve_host(&r, i);

        if (host.params && found.params &&
            (strcmp(host.params, found.params) != 0 || strcmp(host.driver, found.driver) != 0)) {
            status = ctl_print_error(
                "%s has several databases: choose one with --driver and --params", file);
        }
        found = host.params ? host : found;
    }
    if (status == CTL_OK && !found.params) {
        status = ctl_print_error("%s has no DBDriver and DBDParams", file);
    }
    ctl->driver = found.driver;
    ctl->params = found.params;
    ctl->audit_log = find_audit_log(&r, found.audit_log);
    return status;
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "ctl_conf_reader.h"

#include <apr_cstr.h>
#include <apr_file_info.h>
#include <apr_lib.h>
#include <apr_strings.h>

#include <errno.h>
#include <glob.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ctl_conf_text.h"
#include "ctl_envvars.h"

enum { DEPTH_MAX = 32 };

/* Is the condition of a section met? */
typedef enum truth_t { FALSE_HERE, TRUE_HERE, UNKNOWN_HERE } truth_t;

typedef struct section_t {
    const char *name;
    const char *place;
    truth_t truth;
} section_t;

typedef struct reader_t {
    ctl_conf_t *conf;
    apr_pool_t *pool;
    apr_table_t *defines; /* values; a Define without a value has none here */
    apr_table_t *defined; /* all names of Define */
    apr_table_t *modules; /* of LoadModule */
    apr_array_header_t *sections;
    const char *file;
    int line;
    int host;
    int depth;
    const char *text;  /* the line before ${NAME} is replaced */
    int uses_envvars;  /* of the line */
    const char *error; /* the first one */
} reader_t;

static void read_path(reader_t *r, const char *path);

/* ---- lines and words ---- */

static const char *find_variable(const reader_t *r, const char *name)
{
    const char *value = apr_table_get(r->defines, name);

    value = value ? value : getenv(name);
    return value ? value : apr_table_get(r->conf->envvars, name);
}

/* Replace ${NAME} by its value. Unknown ones stay unchanged, as in httpd. */
static const char *expand(reader_t *r, const char *line)
{
    const char *out = "";
    const char *start, *end;

    while ((start = strstr(line, "${")) != NULL && (end = strchr(start, '}')) != NULL) {
        const char *name = apr_pstrmemdup(r->pool, start + 2, (apr_size_t)(end - start) - 2);
        const char *value = find_variable(r, name);

        r->uses_envvars |= apr_table_get(r->conf->envvars, name) != NULL;
        value = value ? value : apr_pstrcat(r->pool, "${", name, "}", NULL);
        out = apr_pstrcat(r->pool, out, apr_pstrmemdup(r->pool, line, (apr_size_t)(start - line)),
                          value, NULL);
        line = end + 1;
    }
    return apr_pstrcat(r->pool, out, line, NULL);
}

/* ---- conditions ---- */

static int exists(const reader_t *r, const char *path)
{
    apr_finfo_t info;

    return apr_stat(&info, ctl_conf_path(r->conf, path), APR_FINFO_TYPE, r->pool) == APR_SUCCESS;
}

/* "mod_dbd.c" is the file of the module "dbd_module". */
static const char *module_name(apr_pool_t *p, const char *word)
{
    apr_size_t len = strlen(word);

    if (strncmp(word, "mod_", strlen("mod_")) == 0 && len > 6 &&
        strcmp(word + len - 2, ".c") == 0) {
        return apr_pstrcat(p, apr_pstrmemdup(p, word + 4, len - 6), "_module", NULL);
    }
    /* The MPMs: event.c */
    if (len > 2 && strcmp(word + len - 2, ".c") == 0) {
        return apr_pstrcat(p, "mpm_", apr_pstrmemdup(p, word, len - 2), "_module", NULL);
    }
    return word;
}

static int is_mpm(const char *module)
{
    return strncmp(module, "mpm_", strlen("mpm_")) == 0;
}

/* A module that no LoadModule names may be linked statically. There is only one MPM. */
static truth_t is_loaded(const reader_t *r, const char *word)
{
    const char *module = module_name(r->pool, word);
    const apr_array_header_t *loaded = apr_table_elts(r->modules);

    if (apr_table_get(r->modules, module)) {
        return TRUE_HERE;
    }
    for (int i = 0; is_mpm(module) && i < loaded->nelts; i++) {
        if (is_mpm(APR_ARRAY_IDX(loaded, i, apr_table_entry_t).key)) {
            return FALSE_HERE;
        }
    }
    return UNKNOWN_HERE;
}

static truth_t evaluate(const reader_t *r, const char *section, const char *word)
{
    int negated = *word == '!';
    truth_t truth = UNKNOWN_HERE;

    word += negated;
    if (apr_cstr_casecmp(section, "IfModule") == 0) {
        truth = is_loaded(r, word);
    } else if (apr_cstr_casecmp(section, "IfDefine") == 0) {
        truth = apr_table_get(r->defined, word) ? TRUE_HERE : UNKNOWN_HERE;
    } else if (apr_cstr_casecmp(section, "IfFile") == 0) {
        truth = exists(r, word) ? TRUE_HERE : FALSE_HERE;
    }
    if (!negated || truth == UNKNOWN_HERE) {
        return truth;
    }
    return truth == TRUE_HERE ? FALSE_HERE : TRUE_HERE;
}

static int is_one_of(const char *const *names, const char *name)
{
    while (*names && apr_cstr_casecmp(*names, name) != 0) {
        names++;
    }
    return *names != NULL;
}

/* Sections that are evaluated while the configuration is read, and macros. */
static int is_conditional(const char *section)
{
    static const char *const names[] = {"IfModule",    "IfDefine",  "IfFile", "IfVersion",
                                        "IfDirective", "IfSection", "Macro",  NULL};

    return is_one_of(names, section);
}

static truth_t current_truth(const reader_t *r)
{
    truth_t truth = TRUE_HERE;

    for (int i = 0; i < r->sections->nelts; i++) {
        truth_t one = APR_ARRAY_IDX(r->sections, i, section_t).truth;

        if (one == FALSE_HERE) {
            return FALSE_HERE;
        }
        truth = one == UNKNOWN_HERE ? one : truth;
    }
    return truth;
}

/* The innermost section that is neither conditional nor a virtual host. NULL: none. */
static const section_t *innermost_place(const reader_t *r)
{
    for (int i = r->sections->nelts - 1; i >= 0; i--) {
        const section_t *section = &APR_ARRAY_IDX(r->sections, i, section_t);

        if (!is_conditional(section->name) && apr_cstr_casecmp(section->name, "VirtualHost") != 0) {
            return section;
        }
    }
    return NULL;
}

/* ---- directives ---- */

static void open_section(reader_t *r, const char *name, const apr_array_header_t *words)
{
    const char *place = words->nelts ? APR_ARRAY_IDX(words, words->nelts - 1, const char *) : "";
    section_t section = {name, place, TRUE_HERE};

    if (is_conditional(name)) {
        section.truth =
            evaluate(r, name, words->nelts ? APR_ARRAY_IDX(words, 0, const char *) : "");
    } else if (apr_cstr_casecmp(name, "VirtualHost") == 0 && current_truth(r) != FALSE_HERE) {
        r->host = r->conf->hosts++;
    }
    APR_ARRAY_PUSH(r->sections, section_t) = section;
}

static void close_section(reader_t *r, const char *name)
{
    const section_t *section = apr_array_pop(r->sections);

    if (section && apr_cstr_casecmp(name, "VirtualHost") == 0) {
        r->host = 0;
    }
}

/* "<Location /x>" or "</Location>". */
static void read_section_line(reader_t *r, const char *line)
{
    int closes = line[1] == '/';
    const char *text = line + 1 + closes;
    const char *end = strrchr(text, '>');
    const char *rest = apr_pstrmemdup(r->pool, text, end ? (apr_size_t)(end - text) : strlen(text));
    const char *name = ctl_conf_next_word(r->pool, &rest);

    if (!name) {
        return;
    }
    if (closes) {
        close_section(r, name);
    } else {
        open_section(r, name, ctl_conf_split_words(r->pool, rest));
    }
}

static void include(reader_t *r, const char *path, int is_optional)
{
    glob_t found;
    apr_finfo_t info;
    int is_pattern;

    path = ctl_conf_path(r->conf, path);
    if (apr_stat(&info, path, APR_FINFO_TYPE, r->pool) == APR_SUCCESS && info.filetype == APR_DIR) {
        path = apr_pstrcat(r->pool, path, "/*", NULL);
        is_optional = 1;
    }
    is_pattern = strpbrk(path, "*?[") != NULL;
    if (!is_pattern && !is_optional) {
        read_path(r, path);
        return;
    }
    if (glob(path, 0, NULL, &found) != 0) {
        if (!is_optional) {
            r->error = apr_psprintf(r->pool, "no file matches %s", path);
        }
        return;
    }
    for (size_t i = 0; !r->error && i < found.gl_pathc; i++) {
        const char *name = apr_pstrdup(r->pool, found.gl_pathv[i]);

        if (apr_stat(&info, name, APR_FINFO_TYPE, r->pool) == APR_SUCCESS &&
            info.filetype == APR_DIR) {
            include(r, name, 1);
        } else {
            read_path(r, name);
        }
    }
    globfree(&found);
}

static void define(reader_t *r, const ctl_directive_t *d)
{
    apr_table_set(r->defined, ctl_directive_word(d, 0), "");
    if (d->words->nelts > 1) {
        apr_table_set(r->defines, ctl_directive_word(d, 0), ctl_directive_word(d, 1));
    }
}

static void read_directive(reader_t *r, const char *line, int has_variables)
{
    const section_t *place = innermost_place(r);
    ctl_directive_t d = {.file = r->file,
                         .line = r->line,
                         .host = r->host,
                         .section = place ? place->name : NULL,
                         .place = place ? place->place : NULL,
                         .is_uncertain = current_truth(r) == UNKNOWN_HERE,
                         .has_variables = has_variables,
                         .uses_envvars = r->uses_envvars,
                         .text = r->text};

    d.name = ctl_conf_next_word(r->pool, &line);
    if (!d.name) {
        return; /* a variable without a value */
    }
    d.words = ctl_conf_split_words(r->pool, line);
    if (ctl_directive_is(&d, "Include") || ctl_directive_is(&d, "IncludeOptional")) {
        include(r, ctl_directive_word(&d, 0), ctl_directive_is(&d, "IncludeOptional"));
        return;
    }
    if (ctl_directive_is(&d, "ServerRoot")) {
        r->conf->root = ctl_directive_word(&d, 0);
    } else if (ctl_directive_is(&d, "Define")) {
        define(r, &d);
    } else if (ctl_directive_is(&d, "UnDefine")) {
        apr_table_unset(r->defined, ctl_directive_word(&d, 0));
        apr_table_unset(r->defines, ctl_directive_word(&d, 0));
    } else if (ctl_directive_is(&d, "LoadModule")) {
        apr_table_set(r->modules, ctl_directive_word(&d, 0), "");
    } else if (ctl_directive_is(&d, "Use")) {
        APR_ARRAY_PUSH(r->conf->unread, const char *) =
            apr_psprintf(r->pool, "Use %s (%s:%d)", ctl_directive_word(&d, 0), d.file, d.line);
    }
    APR_ARRAY_PUSH(r->conf->directives, ctl_directive_t) = d;
}

static void read_line(reader_t *r, const char *line)
{
    const char *expanded;
    int has_variables;

    r->uses_envvars = 0;
    r->text = line;
    expanded = expand(r, line);
    has_variables = strcmp(line, expanded) != 0;
    line = expanded;
    if (*line == '<') {
        read_section_line(r, line);
    } else if (current_truth(r) != FALSE_HERE) {
        read_directive(r, line, has_variables);
    }
}

static void read_lines(reader_t *r, FILE *in)
{
    char *buffer = NULL;
    size_t size = 0;
    const char *line;
    int lines;
    int next = 1;

    while (!r->error && (line = ctl_conf_read_line(r->pool, in, &buffer, &size, &lines)) != NULL) {
        r->line = next;
        next += lines;
        while (apr_isspace(*line)) {
            line++;
        }
        if (*line && *line != '#') {
            read_line(r, line);
        }
    }
    free(buffer);
}

static void read_path(reader_t *r, const char *path)
{
    const char *outer_file = r->file;
    FILE *in = fopen(path, "r");

    if (!in) {
        r->error = apr_psprintf(r->pool, "%s cannot be read: %s", path, strerror(errno));
        return;
    }
    if (++r->depth > DEPTH_MAX) {
        r->error = apr_psprintf(r->pool, "%s: includes are nested too deep", path);
    }
    r->conf->files++;
    r->file = path;
    read_lines(r, in);
    r->file = outer_file;
    r->depth--;
    fclose(in);
}

/* ---- public functions ---- */

apr_status_t ctl_conf_load(apr_pool_t *p, const char *file, ctl_conf_t **conf, const char **error)
{
    ctl_conf_t *c = apr_pcalloc(p, sizeof(*c));
    reader_t r = {.conf = c,
                  .pool = p,
                  .defines = apr_table_make(p, 8),
                  .defined = apr_table_make(p, 8),
                  .modules = apr_table_make(p, 32),
                  .sections = apr_array_make(p, 8, sizeof(section_t))};
    const char *slash = strrchr(file, '/');

    /* Debian's configuration has no ServerRoot; the built-in one is the directory of the file. */
    c->root = slash ? apr_pstrmemdup(p, file, (apr_size_t)(slash - file) + 1) : "./";
    c->pool = p;
    c->directives = apr_array_make(p, 256, sizeof(ctl_directive_t));
    c->unread = apr_array_make(p, 2, sizeof(const char *));
    c->hosts = 1;
    c->envvars_file = apr_pstrcat(p, c->root, "envvars", NULL);
    c->envvars = ctl_envvars_read(p, c->envvars_file);
    read_path(&r, file);
    *conf = c;
    *error = r.error;
    return r.error ? APR_EGENERAL : APR_SUCCESS;
}

int ctl_directive_is(const ctl_directive_t *d, const char *name)
{
    return apr_cstr_casecmp(d->name, name) == 0;
}

const char *ctl_directive_word(const ctl_directive_t *d, int i)
{
    return i < d->words->nelts ? APR_ARRAY_IDX(d->words, i, const char *) : "";
}

const ctl_directive_t *ctl_conf_find(const ctl_conf_t *conf, int host, const char *name)
{
    const ctl_directive_t *found = NULL;

    for (int i = 0; i < conf->directives->nelts; i++) {
        const ctl_directive_t *d = &APR_ARRAY_IDX(conf->directives, i, ctl_directive_t);

        if (!d->section && ctl_directive_is(d, name) && (d->host == host || d->host == 0) &&
            (!found || found->host == d->host || d->host == host)) {
            found = d;
        }
    }
    return found;
}

static apr_array_header_t *list_of_host(const ctl_conf_t *conf, int host, const char *name,
                                        int *is_set)
{
    apr_array_header_t *list = apr_array_make(conf->pool, 4, sizeof(const ctl_directive_t *));

    *is_set = 0;
    for (int i = 0; i < conf->directives->nelts; i++) {
        const ctl_directive_t *d = &APR_ARRAY_IDX(conf->directives, i, ctl_directive_t);

        if (d->host != host || d->section || !ctl_directive_is(d, name)) {
            continue;
        }
        *is_set = 1;
        if (d->words->nelts == 1 && apr_cstr_casecmp(ctl_directive_word(d, 0), "none") == 0) {
            apr_array_clear(list);
        } else {
            APR_ARRAY_PUSH(list, const ctl_directive_t *) = d;
        }
    }
    return list;
}

apr_array_header_t *ctl_conf_list(const ctl_conf_t *conf, int host, const char *name)
{
    int is_set;
    apr_array_header_t *list = list_of_host(conf, host, name, &is_set);

    return is_set || host == 0 ? list : list_of_host(conf, 0, name, &is_set);
}

const char *ctl_conf_path(const ctl_conf_t *conf, const char *path)
{
    if (*path == '/') {
        return path;
    }
    return apr_pstrcat(conf->pool, conf->root,
                       *conf->root && conf->root[strlen(conf->root) - 1] == '/' ? "" : "/", path,
                       NULL);
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "ctl_envvars.h"

#include <apr_lib.h>
#include <apr_strings.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ctl_conf_text.h"

static const char EXPORT[] = "export ";

static apr_size_t name_length(const char *text)
{
    apr_size_t len = 0;

    while (apr_isalnum(text[len]) || text[len] == '_') {
        len++;
    }
    return len;
}

static const char *value_of(apr_pool_t *p, const apr_table_t *variables, const char *name)
{
    const char *value = getenv(name);

    value = value ? value : apr_table_get(variables, name);
    return value ? apr_pstrdup(p, value) : "";
}

/* Replace $NAME and ${NAME}, as a shell does: unknown ones are empty. NULL: a shell would do more.
 */
static const char *expand(apr_pool_t *p, const apr_table_t *variables, const char *text)
{
    const char *out = "";
    const char *dollar;

    while ((dollar = strchr(text, '$')) != NULL) {
        int braces = dollar[1] == '{';
        const char *name = dollar + 1 + braces;
        apr_size_t len = name_length(name);

        if (!len || (braces && name[len] != '}')) {
            return NULL;
        }
        out = apr_pstrcat(p, out, apr_pstrmemdup(p, text, (apr_size_t)(dollar - text)),
                          value_of(p, variables, apr_pstrmemdup(p, name, len)), NULL);
        text = name + len + braces;
    }
    return apr_pstrcat(p, out, text, NULL);
}

/* "NAME=VALUE" with one plain word. */
static void read_assignment(apr_pool_t *p, apr_table_t *variables, const char *line)
{
    apr_size_t len = name_length(line);
    const apr_array_header_t *words;
    const char *value = "";

    if (!len || line[len] != '=' || strpbrk(line, "`();&|<>\\")) {
        return;
    }
    words = ctl_conf_split_words(p, line + len + 1);
    if (words->nelts > 1 && *APR_ARRAY_IDX(words, 1, const char *) != '#') {
        return;
    }
    if (words->nelts) {
        value = APR_ARRAY_IDX(words, 0, const char *);
    }
    if (line[len + 1] != '\'') {
        value = expand(p, variables, value);
    }
    if (value) {
        apr_table_set(variables, apr_pstrmemdup(p, line, len), value);
    }
}

apr_table_t *ctl_envvars_read(apr_pool_t *p, const char *path)
{
    apr_table_t *variables = apr_table_make(p, 8);
    FILE *in = fopen(path, "r");
    char *buffer = NULL;
    size_t size = 0;
    const char *line;
    int lines;

    while (in && (line = ctl_conf_read_line(p, in, &buffer, &size, &lines)) != NULL) {
        line += strspn(line, " \t");
        if (strncmp(line, EXPORT, strlen(EXPORT)) == 0) {
            line += strlen(EXPORT);
            read_assignment(p, variables, line + strspn(line, " \t"));
        }
    }
    free(buffer);
    if (in) {
        fclose(in);
    }
    return variables;
}

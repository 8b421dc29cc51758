/* SPDX-License-Identifier: Apache-2.0 */
#include "ctl_conf_text.h"

#include <apr_lib.h>
#include <apr_strings.h>

#include <string.h>

const char *ctl_conf_next_word(apr_pool_t *p, const char **line)
{
    const char *at = *line;
    char *word, *out;
    char quote;

    while (apr_isspace(*at)) {
        at++;
    }
    word = out = apr_palloc(p, strlen(at) + 1);
    quote = *at == '"' || *at == '\'' ? *at++ : '\0';

    if (!quote && !*at) {
        return NULL;
    }
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

apr_array_header_t *ctl_conf_split_words(apr_pool_t *p, const char *line)
{
    apr_array_header_t *words = apr_array_make(p, 4, sizeof(const char *));
    const char *word;

    while ((word = ctl_conf_next_word(p, &line)) != NULL) {
        APR_ARRAY_PUSH(words, const char *) = word;
    }
    return words;
}

/* One line, joined with its continuation lines. NULL: end of file. *lines: how many they were. */
const char *ctl_conf_read_line(apr_pool_t *p, FILE *in, char **buffer, size_t *size, int *lines)
{
    const char *line = NULL;
    size_t n;

    *lines = 0;
    while (getline(buffer, size, in) >= 0) {
        ++*lines;
        n = strlen(*buffer); /* a line ends at a NUL, as in httpd */
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

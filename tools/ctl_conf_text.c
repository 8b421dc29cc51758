/* SPDX-License-Identifier: Apache-2.0 */
#include "ctl_conf_text.h"

#include <apr_lib.h>
#include <apr_strings.h>

#include <string.h>

static int is_escape(const char *at, char quote)
{
    return quote && *at == '\\' && (at[1] == quote || at[1] == '\\');
}

/* The end of a word: a quote mark, or white space for a word without quotes. */
static const char *find_end(const char *at, char quote)
{
    while (*at && (quote ? *at != quote : !apr_isspace(*at))) {
        at += is_escape(at, quote) ? 2 : 1;
    }
    return at;
}

const char *ctl_conf_next_word(apr_pool_t *p, const char **line)
{
    const char *at = *line;
    const char *end;
    char *word, *out;
    char quote;

    while (apr_isspace(*at)) {
        at++;
    }
    quote = *at == '"' || *at == '\'' ? *at++ : '\0';
    if (!quote && !*at) {
        return NULL;
    }
    end = find_end(at, quote);
    word = out = apr_palloc(p, (apr_size_t)(end - at) + 1);
    while (at < end) {
        at += is_escape(at, quote);
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

/* The array doubles when it is full: a line of many parts is not copied for each of them. */
static void append(apr_array_header_t *text, const char *part, size_t length)
{
    for (size_t i = 0; i < length; i++) {
        APR_ARRAY_PUSH(text, char) = part[i];
    }
}

/* One line, joined with its continuation lines. NULL: end of file. *lines: how many they were. */
const char *ctl_conf_read_line(apr_pool_t *p, FILE *in, char **buffer, size_t *size, int *lines)
{
    apr_array_header_t *line = apr_array_make(p, 0, sizeof(char));
    size_t n;

    *lines = 0;
    while (getline(buffer, size, in) >= 0) {
        ++*lines;
        n = strlen(*buffer); /* a line ends at a NUL, as in httpd */
        while (n > 0 && ((*buffer)[n - 1] == '\n' || (*buffer)[n - 1] == '\r')) {
            (*buffer)[--n] = '\0';
        }
        if (n == 0 || (*buffer)[n - 1] != '\\') {
            append(line, *buffer, n);
            break;
        }
        append(line, *buffer, n - 1);
    }
    if (!*lines) {
        return NULL;
    }
    append(line, "", 1);
    return line->elts;
}

/* SPDX-License-Identifier: Apache-2.0 */
/* Lines and words of httpd's configuration language. */
#ifndef AS_TOOLS_CTL_CONF_TEXT_H
#define AS_TOOLS_CTL_CONF_TEXT_H

#include <apr_pools.h>
#include <apr_tables.h>

#include <stdio.h>

/* The next word of *line, maybe in quotes, inside which \" is a quote. *line moves behind it. NULL:
 * there is none. */
const char *ctl_conf_next_word(apr_pool_t *p, const char **line);

/* All words of a line: const char *. */
apr_array_header_t *ctl_conf_split_words(apr_pool_t *p, const char *line);

/* Read one line, joined with its continuation lines. *lines: how many they were. *buffer and *size
 * are those of getline; the caller frees *buffer. NULL: end of file. */
const char *ctl_conf_read_line(apr_pool_t *p, FILE *in, char **buffer, size_t *size, int *lines);

#endif

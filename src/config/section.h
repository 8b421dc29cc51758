/* SPDX-License-Identifier: Apache-2.0 */
/* Sections of the configuration tree. */
#ifndef AS_CONFIG_SECTION_H
#define AS_CONFIG_SECTION_H

#include <httpd.h>
#include <http_config.h>

int as_section_is_virtual_host(const ap_directive_t *line);

/* The outermost section around a line, within its server. NULL: the line is in no section. */
const ap_directive_t *as_section_find_outermost(const ap_directive_t *line);

/* The path of a <Location>, <Directory> or similar, as the core's setter gets it. */
const char *as_section_get_path(apr_pool_t *p, const ap_directive_t *section);

/* Is `section` the path `path`, or one above it? */
int as_section_covers_path(const char *section, const char *path);

#endif

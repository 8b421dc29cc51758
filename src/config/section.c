/* SPDX-License-Identifier: Apache-2.0 */
#include "config/section.h"

#include <apr_strings.h>

#include <string.h>

int as_section_is_virtual_host(const ap_directive_t *line)
{
    return ap_cstr_casecmp(line->directive, "<VirtualHost") == 0;
}

const ap_directive_t *as_section_find_outermost(const ap_directive_t *line)
{
    const ap_directive_t *section = line->parent;

    while (section && section->parent && !as_section_is_virtual_host(section->parent)) {
        section = section->parent;
    }
    return section && !as_section_is_virtual_host(section) ? section : NULL;
}

const char *as_section_get_path(apr_pool_t *p, const ap_directive_t *section)
{
    /* The tree keeps the final >. */
    char *args = apr_pstrdup(p, section->args);
    char *end = strrchr(args, '>');
    const char *rest = args;

    if (end) {
        *end = '\0';
    }
    return ap_getword_conf(p, &rest);
}

int as_section_covers_path(const char *section, const char *path)
{
    apr_size_t len = strlen(section);

    while (len && section[len - 1] == '/') {
        len--;
    }
    return strncmp(section, path, len) == 0 && (!path[len] || path[len] == '/');
}

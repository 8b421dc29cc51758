/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reads an httpd configuration: the directives of FILE and its includes, with the virtual host and
 * section of each. It does not know what a directive means: `apachectl configtest` checks that.
 *
 * Include, IncludeOptional, ServerRoot, Define, UnDefine, ${NAME} and continuation lines work as in
 * httpd. ${NAME} is also looked up in the environment, and in the file `envvars` beside FILE, which
 * Debian's apache2ctl reads. Conditional sections are skipped if their condition is certainly
 * false. If it depends on something unknown here (-D options, static modules, versions), their
 * lines are read and marked. .htaccess files are not read.
 */
#ifndef AS_TOOLS_CTL_CONF_READER_H
#define AS_TOOLS_CTL_CONF_READER_H

#include <apr_pools.h>
#include <apr_tables.h>

typedef struct ctl_directive_t {
    const char *name;                /* as written */
    const apr_array_header_t *words; /* const char *: its arguments, without quotes */
    const char *file;
    int line;
    int host;            /* a number below ctl_conf_t.hosts; 0: outside <VirtualHost> */
    const char *section; /* the innermost section but VirtualHost, such as Location; NULL: none */
    const char *place;   /* the first argument of that section */
    int is_uncertain;    /* in a section whose condition is unknown */
    int has_variables;   /* a ${NAME} was replaced */
    int uses_envvars;    /* … by a variable of `envvars` */
    const char *text;    /* the line, before that */
} ctl_directive_t;

typedef struct ctl_conf_t {
    apr_pool_t *pool;
    const char *root;               /* ServerRoot, else the directory of FILE */
    apr_array_header_t *directives; /* ctl_directive_t, in order */
    int hosts;                      /* number of virtual hosts, and 1 */
    int files;                      /* that were read */
    apr_table_t *envvars;           /* the variables of `envvars` */
    const char *envvars_file;       /* its path */
    apr_array_header_t *unread;     /* const char *: "Use at FILE:LINE": macros are not expanded */
} ctl_conf_t;

/* Read FILE. APR_EGENERAL and *error: a file cannot be read, or includes are nested too deep. */
apr_status_t ctl_conf_load(apr_pool_t *p, const char *file, ctl_conf_t **conf, const char **error);

/* Is this its name? Names are case-insensitive. */
int ctl_directive_is(const ctl_directive_t *d, const char *name);

/* Word i, or "" if there are fewer. */
const char *ctl_directive_word(const ctl_directive_t *d, int i);

/* The directive of a host that is in effect outside of sections: its last one, else that outside
 * <VirtualHost>. NULL: none. */
const ctl_directive_t *ctl_conf_find(const ctl_conf_t *conf, int host, const char *name);

/* The lines of a directive that makes a list (AuthSMSKey), as const ctl_directive_t *: those of the
 * host, else those outside <VirtualHost>; "none" removes the lines before it. */
apr_array_header_t *ctl_conf_list(const ctl_conf_t *conf, int host, const char *name);

/* A path relative to ServerRoot. */
const char *ctl_conf_path(const ctl_conf_t *conf, const char *path);

#endif

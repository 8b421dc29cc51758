/* SPDX-License-Identifier: Apache-2.0 */
/* The variables of /etc/apache2/envvars, a shell script which Debian's apache2ctl reads. */
#ifndef AS_TOOLS_CTL_ENVVARS_H
#define AS_TOOLS_CTL_ENVVARS_H

#include <apr_pools.h>
#include <apr_tables.h>

/*
 * The variables of lines such as `export NAME=VALUE`, where VALUE is one word. $NAME in it is
 * replaced by the environment's variable, or one of an earlier line, else by nothing. The script is
 * not run: other lines are left out. No such file: no variables.
 */
apr_table_t *ctl_envvars_read(apr_pool_t *p, const char *path);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
#ifndef AS_TOOLS_CTL_HTPASSWD_H
#define AS_TOOLS_CTL_HTPASSWD_H

#include "store/users.h"

/*
 * Read a line of a file of htpasswd, "name:hash", into an account: verified, without a number.
 * NULL, or a sentence that says what is wrong with the line, without its content. *skip: the line
 * is empty or a comment.
 */
const char *ctl_htpasswd_read_line(apr_pool_t *p, const char *line, apr_size_t len, as_user_t *user,
                                   int *skip);

#endif

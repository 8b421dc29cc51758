/* SPDX-License-Identifier: Apache-2.0 */
#ifndef AS_TOOLS_CTL_CONF_H
#define AS_TOOLS_CTL_CONF_H

#include "ctl.h"

/* Set ctl->driver, ctl->params and ctl->audit_log from DBDriver, DBDParams and AuthSMSAuditLog of
 * an httpd configuration and its includes. CTL_OK, or CTL_FAILED with a printed error: a file
 * cannot be read, no database, or several. */
int ctl_conf_read(ctl_t *ctl, const char *file);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
#ifndef AS_TOOLS_CTL_CONF_H
#define AS_TOOLS_CTL_CONF_H

#include "ctl.h"

/* ctl->driver and ctl->params from DBDriver and DBDParams of an httpd configuration with all it
 * includes. CTL_OK or, told, CTL_FAILED: a file that cannot be read, none there, or several that
 * differ. */
int ctl_conf_read(ctl_t *ctl, const char *file);

#endif

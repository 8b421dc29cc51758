/* SPDX-License-Identifier: Apache-2.0 */
#ifndef AS_TOOLS_CTL_AUDIT_H
#define AS_TOOLS_CTL_AUDIT_H

#include "base/event.h"
#include "ctl.h"

/* Append a line to ctl->audit_log, as httpd does, about a change that was made. account: its id;
 * NULL: none. If the line cannot be written, a note is printed. */
void ctl_audit(const ctl_t *ctl, as_event_kind_t kind, const char *account);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/* The commands of authsmsctl. */
#ifndef AS_TOOLS_CTL_COMMANDS_H
#define AS_TOOLS_CTL_COMMANDS_H

#include "ctl.h"

/* A command: its exit code. */
typedef int ctl_command_fn(ctl_t *ctl);

ctl_command_fn ctl_schema;
ctl_command_fn ctl_list, ctl_show, ctl_lock, ctl_unlock, ctl_verify, ctl_logout, ctl_delete;
ctl_command_fn ctl_import;

#endif

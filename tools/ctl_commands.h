/* SPDX-License-Identifier: Apache-2.0 */
/* The commands of authsmsctl: ctl_accounts.c, ctl_import.c, ctl_schema.c. */
#ifndef AS_TOOLS_CTL_COMMANDS_H
#define AS_TOOLS_CTL_COMMANDS_H

#include "ctl.h"

/* A command. Returns the exit status. */
typedef int ctl_command_fn(ctl_t *ctl);

ctl_command_fn ctl_schema;
ctl_command_fn ctl_accounts_list, ctl_accounts_show, ctl_accounts_lock, ctl_accounts_unlock,
    ctl_accounts_verify, ctl_accounts_logout, ctl_accounts_delete;
ctl_command_fn ctl_import;

#endif

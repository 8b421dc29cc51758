/* SPDX-License-Identifier: Apache-2.0 */
/* The commands of authsmsctl, each with its file. */
#ifndef AS_TOOLS_CTL_COMMANDS_H
#define AS_TOOLS_CTL_COMMANDS_H

#include "ctl.h"

/* A command. Returns the exit status. */
typedef int ctl_command_fn(ctl_t *ctl);

ctl_command_fn ctl_doctor;
ctl_command_fn ctl_schema;
ctl_command_fn ctl_accounts_list, ctl_accounts_show, ctl_accounts_lock, ctl_accounts_unlock,
    ctl_accounts_verify, ctl_accounts_delete;
ctl_command_fn ctl_add, ctl_passwd; /* ctl_add.c */
ctl_command_fn ctl_export, ctl_factor, ctl_role, ctl_invite, ctl_purge, ctl_import;
ctl_command_fn ctl_sessions_list, ctl_sessions_end;

#endif

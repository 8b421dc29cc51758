/* SPDX-License-Identifier: Apache-2.0 */
#ifndef AS_TOOLS_CTL_PASSWORD_H
#define AS_TOOLS_CTL_PASSWORD_H

#include "ctl.h"

/*
 * Read a new password and hash it: asked for twice if standard input is a terminal, else its first
 * line. It must meet the default AuthSMSPasswordPolicy. The hash is replaced at the next login if
 * AuthSMSPasswordHash differs. CTL_OK, or CTL_FAILED with a printed error.
 */
int ctl_password_read(ctl_t *ctl, const char *username, const char *mobile, const char **hash);

#endif

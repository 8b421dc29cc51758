/* SPDX-License-Identifier: Apache-2.0 */
#ifndef AS_TOOLS_CTL_NUMBER_H
#define AS_TOOLS_CTL_NUMBER_H

#include "ctl.h"

/* Normalize --number to E.164; calling code in *country (as stored with an account; may be NULL).
 * CTL_OK, or CTL_USAGE with a printed error. */
int ctl_number_read(const ctl_t *ctl, const char **mobile, const char **country);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
#ifndef AS_BASE_VERSION_H
#define AS_BASE_VERSION_H

/* The version of this build, such as "0.1.0". */
const char *as_version(void);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/* A separate file, because config.h and httpd's headers define the same names. */
#include "base/version.h"

#include "config.h"

const char *as_version(void)
{
    return PACKAGE_VERSION;
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "db/driver.h"

#include <dlfcn.h>
#include <string.h>

int as_driver_is_pgsql(const apr_dbd_driver_t *driver)
{
    return !strcmp(apr_dbd_name(driver), "pgsql");
}

int as_driver_is_sqlite(const apr_dbd_driver_t *driver)
{
    return !strcmp(apr_dbd_name(driver), "sqlite3");
}

void *as_driver_find_symbol(const char *name)
{
    return dlsym(RTLD_DEFAULT, name);
}

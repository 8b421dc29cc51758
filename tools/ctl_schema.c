/* SPDX-License-Identifier: Apache-2.0 */
#include "ctl_commands.h"

#include <stdio.h>
#include <string.h>

#include "store/schema.h"

static int show(int version)
{
    if (version) {
        printf("version %d, this program's is %d\n", version, AS_SCHEMA_VERSION);
    } else {
        printf("no tables, this program's version is %d\n", AS_SCHEMA_VERSION);
    }
    return CTL_OK;
}

static int ensure(ctl_t *ctl)
{
    if (as_schema_ensure(ctl->db, ctl->pool, 1) != APR_SUCCESS) {
        return ctl_fail("nothing was changed");
    }
    ctl_hand_over(ctl);
    printf("the tables have version %d\n", AS_SCHEMA_VERSION);
    return CTL_OK;
}

int ctl_schema(ctl_t *ctl)
{
    const char *what = ctl->argv[0];
    int version = 0;
    int status;

    if (strcmp(what, "show") != 0 && strcmp(what, "create") != 0 && strcmp(what, "upgrade") != 0) {
        ctl_fail("schema '%s' must be show, create or upgrade", what);
        return CTL_USAGE;
    }
    if (ctl_is_there(ctl) && as_schema_version(ctl->db, ctl->pool, &version) != APR_SUCCESS) {
        return ctl_fail("the database cannot be read");
    }
    if (strcmp(what, "show") == 0) {
        status = show(version);
    } else if (strcmp(what, "create") == 0 && version && version != AS_SCHEMA_VERSION) {
        status = ctl_fail("there are tables of version %d: schema upgrade", version);
    } else if (strcmp(what, "upgrade") == 0 && !version) {
        status = ctl_fail("there are no tables to upgrade: schema create");
    } else {
        status = ensure(ctl);
    }
    return status;
}

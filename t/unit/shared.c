/* SPDX-License-Identifier: Apache-2.0 */
#include "shared.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

const char *shared_path(const char *name)
{
    static char path[4096];
    const char *folder = getenv("AUTHSMS_SHARED");

    snprintf(path, sizeof(path), "%s/%s", folder ? folder : AS_SOURCE_TREE "/../shared", name);
    return path;
}

static void skip_program(const char *missing)
{
    printf("1..0 # SKIP there is no %s\n", missing);
    exit(0);
}

void require_file(const char *path)
{
    if (access(path, R_OK) != 0) {
        skip_program(path);
    }
}

void require_command(const char *command)
{
    char search[256];

    snprintf(search, sizeof(search), "command -v %s >/dev/null", command);
    if (system(search) != 0) {
        skip_program(command);
    }
}

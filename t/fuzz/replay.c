/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Feeds every file of a directory to a fuzz target, as an ordinary test that speaks TAP. The
 * directory is FUZZ_CORPUS, or the first argument. A finding ends the program, which the harness
 * reports.
 */
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>

#include "fuzz.h"

/* The file's bytes, to be freed; NULL: it cannot be read. */
static uint8_t *read_all(FILE *f, size_t *size)
{
    uint8_t *data = NULL;
    long end = fseek(f, 0, SEEK_END) == 0 ? ftell(f) : -1;

    if (end < 0) {
        return NULL;
    }
    rewind(f);
    *size = (size_t)end;
    data = malloc(*size ? *size : 1); /* exactly, so that a sanitizer sees a read beyond it */
    if (data && fread(data, 1, *size, f) != *size) {
        free(data);
        return NULL;
    }
    return data;
}

static int replay(const char *dir, const char *name)
{
    char path[4096];
    uint8_t *data = NULL;
    size_t size = 0;
    FILE *f;

    snprintf(path, sizeof(path), "%s/%s", dir, name);
    f = fopen(path, "rb");
    if (f) {
        data = read_all(f, &size);
        fclose(f);
    }
    if (!data) {
        return 0;
    }
    LLVMFuzzerTestOneInput(data, size);
    free(data);
    return 1;
}

int main(int argc, char **argv)
{
    const char *dir = argc > 1 ? argv[1] : FUZZ_CORPUS;
    struct dirent **entries;
    int i, n = scandir(dir, &entries, NULL, alphasort);
    int tests = 0, failed = 0;

    if (n < 0) {
        printf("Bail out! %s cannot be read\n", dir);
        return 1;
    }
    for (i = 0; i < n; i++) {
        if (entries[i]->d_name[0] != '.') {
            int ok = replay(dir, entries[i]->d_name);

            printf("%sok %d - %s\n", ok ? "" : "not ", ++tests, entries[i]->d_name);
            fflush(stdout);
            failed += !ok;
        }
        free(entries[i]);
    }
    free(entries);
    printf("1..%d\n", tests);
    return failed || !tests;
}

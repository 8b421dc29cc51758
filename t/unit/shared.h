/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Third-party test data, which the repository does not carry. A program that needs a missing file
 * is skipped as a whole (TAP: "1..0 # SKIP there is no …"): cmocka 1.1.5 reports a test that calls
 * skip() as failed.
 */
#ifndef AS_UNIT_SHARED_H
#define AS_UNIT_SHARED_H

/*
 * The path of a file ("vectors/x.json") in the shared folder: $AUTHSMS_SHARED, or the folder
 * "shared" beside the source tree. Valid until the next call.
 */
const char *shared_path(const char *name);

/* For the start of main: skip the program unless the file can be read, or the command exists. */
void require_file(const char *path);
void require_command(const char *command);

#endif

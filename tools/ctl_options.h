/* SPDX-License-Identifier: Apache-2.0 */
/* The command line: options, the name of a command, its words. */
#ifndef AS_TOOLS_CTL_OPTIONS_H
#define AS_TOOLS_CTL_OPTIONS_H

#include "ctl.h"

/* The options that only some commands take, as bits of ctl_command_t.options. */
enum {
    CTL_OPT_PENDING = 1 << 0,
    CTL_OPT_LOCKED = 1 << 1,
    CTL_OPT_LIMIT = 1 << 2,
    CTL_OPT_FULL = 1 << 3,
    CTL_OPT_YES = 1 << 4,
    CTL_OPT_COUNTRY = 1 << 5,
    CTL_OPT_PENDING_TTL = 1 << 6,
    CTL_OPT_NUMBER = 1 << 7,
    CTL_OPT_ROLE = 1 << 8,
    CTL_OPT_USES = 1 << 9,
    CTL_OPT_TTL = 1 << 10,
    CTL_OPT_RESET = 1 << 11,
    CTL_OPT_HTPASSWD = 1 << 12,
};

typedef struct ctl_command_t {
    const char *name;
    int (*run)(ctl_t *ctl);   /* returns the exit status */
    int words_min, words_max; /* after the name */
    int options;              /* CTL_OPT_… that it takes */
    int creates_tables;
    int opens_no_database; /* the command does it itself */
    int has_signed_words;  /* words such as -ROLE: all options stand before the command */
    const char *usage;
} ctl_command_t;

/*
 * Read the options and find the command, of `commands`, which ends with a name NULL. Sets ctl's
 * members and *command. Options may stand anywhere, unless the command has signed words. CTL_OK;
 * CTL_USAGE with a printed error. --help and --version are answered here: *command stays NULL with
 * CTL_OK.
 */
int ctl_options_read(ctl_t *ctl, int argc, const char *const *argv, const ctl_command_t *commands,
                     const ctl_command_t **command);

#endif

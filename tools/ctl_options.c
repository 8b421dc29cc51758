/* SPDX-License-Identifier: Apache-2.0 */
#include "ctl_options.h"

#include <apr_getopt.h>
#include <apr_strings.h>

#include <stdio.h>
#include <string.h>

#include "account/phone.h"
#include "base/duration.h"
#include "base/version.h"
#include "store/roles.h"

enum { LIMIT_MAX = 1000000, USES_MAX = 1000000 };
#define TTL_MAX apr_time_from_sec(365LL * 86400)

/* The values of options for apr_getopt: options of some commands are their bits, shifted past the
 * short options. */
enum { SHIFT = 10, OPT_CONFIG = 256, OPT_DRIVER, OPT_PARAMS, OPT_JSON };

static const apr_getopt_option_t options[] = {
    {"config", OPT_CONFIG, 1, NULL},
    {"driver", OPT_DRIVER, 1, NULL},
    {"params", OPT_PARAMS, 1, NULL},
    {"json", OPT_JSON, 0, NULL},
    {"version", 'V', 0, NULL},
    {"help", 'h', 0, NULL},
    {"pending", CTL_OPT_PENDING << SHIFT, 0, NULL},
    {"locked", CTL_OPT_LOCKED << SHIFT, 0, NULL},
    {"limit", CTL_OPT_LIMIT << SHIFT, 1, NULL},
    {"full", CTL_OPT_FULL << SHIFT, 0, NULL},
    {"yes", CTL_OPT_YES << SHIFT, 0, NULL},
    {"country", CTL_OPT_COUNTRY << SHIFT, 1, NULL},
    {"pending-ttl", CTL_OPT_PENDING_TTL << SHIFT, 1, NULL},
    {"number", CTL_OPT_NUMBER << SHIFT, 1, NULL},
    {"role", CTL_OPT_ROLE << SHIFT, 1, NULL},
    {"uses", CTL_OPT_USES << SHIFT, 1, NULL},
    {"ttl", CTL_OPT_TTL << SHIFT, 1, NULL},
    {"reset", CTL_OPT_RESET << SHIFT, 0, NULL},
    {"htpasswd", CTL_OPT_HTPASSWD << SHIFT, 0, NULL},
    {NULL, 0, 0, NULL},
};

typedef struct reader_t {
    ctl_t *ctl;
    int given; /* CTL_OPT_… */
    int is_answered;
    const ctl_command_t *commands;
} reader_t;

static void print_usage(FILE *out, const ctl_command_t *commands)
{
    fputs(
        "usage: authsmsctl (--config FILE | --driver sqlite3|pgsql --params TEXT) [--json]\n"
        "                  COMMAND …\n"
        "       authsmsctl --help | --version\n\n"
        "  --config FILE   use DBDriver and DBDParams of this httpd configuration\n"
        "  --driver, --params   use these values; put a password into ~/.pgpass\n"
        "  --json   print one JSON object per line\n\n"
        "USER is a username, an account id, or the id from before an import. A password is asked\n"
        "for on a terminal; else it is the first line of standard input.\n\n",
        out);
    for (; commands->name; commands++) {
        fprintf(out, "  %s\n", commands->usage);
    }
    fputs("\nA running httpd sees a change within AuthSMSUserCheck (10 s by default).\n"
          "Exit status: 0; 1: failed (import: or lines were skipped; doctor: problems were\n"
          "found); 2: wrong arguments.\n",
          out);
}

static int reject_value(const char *name, const char *value, const char *right)
{
    ctl_print_error("--%s '%s' must be %s", name, value, right);
    return CTL_USAGE;
}

static int read_count(const char *name, const char *value, int max, int *count)
{
    char *end;
    apr_int64_t number = apr_strtoi64(value, &end, 10);

    if (*end || number < 1 || number > max) {
        return reject_value(name, value, "a number from 1 to 1000000");
    }
    *count = (int)number;
    return CTL_OK;
}

static int read_ttl(const char *name, const char *value, apr_interval_time_t *ttl)
{
    if (as_duration_parse(value, ttl) != APR_SUCCESS || *ttl < apr_time_from_sec(1) ||
        *ttl > TTL_MAX) {
        return reject_value(name, value, "a duration from 1s to 365d, such as 24h");
    }
    return CTL_OK;
}

static int read_role(ctl_t *ctl, const char *value)
{
    if (!as_roles_is_name(value)) {
        return reject_value("role", value, "1 to 64 of the characters A-Z a-z 0-9 _ . : -");
    }
    if (ctl->roles->nelts == AS_ROLES_MAX) {
        ctl_print_error("an account has at most %d roles", AS_ROLES_MAX);
        return CTL_USAGE;
    }
    APR_ARRAY_PUSH(ctl->roles, const char *) = value;
    return CTL_OK;
}

static int read_option(reader_t *reader, int name, const char *value)
{
    ctl_t *ctl = reader->ctl;

    if (name >= 1 << SHIFT) {
        reader->given |= name >> SHIFT;
    }
    switch (name) {
    case OPT_CONFIG:
        ctl->config = value;
        return CTL_OK;
    case OPT_DRIVER:
        ctl->driver = value;
        return CTL_OK;
    case OPT_PARAMS:
        ctl->params = value;
        return CTL_OK;
    case OPT_JSON:
        ctl->json = 1;
        return CTL_OK;
    case 'V':
        printf("authsmsctl %s\n", as_version());
        reader->is_answered = 1;
        return CTL_OK;
    case 'h':
        print_usage(stdout, reader->commands);
        reader->is_answered = 1;
        return CTL_OK;
    case CTL_OPT_PENDING << SHIFT:
        ctl->pending = 1;
        return CTL_OK;
    case CTL_OPT_LOCKED << SHIFT:
        ctl->locked = 1;
        return CTL_OK;
    case CTL_OPT_FULL << SHIFT:
        ctl->full = 1;
        return CTL_OK;
    case CTL_OPT_YES << SHIFT:
        ctl->yes = 1;
        return CTL_OK;
    case CTL_OPT_RESET << SHIFT:
        ctl->reset = 1;
        return CTL_OK;
    case CTL_OPT_HTPASSWD << SHIFT:
        ctl->htpasswd = 1;
        return CTL_OK;
    case CTL_OPT_NUMBER << SHIFT:
        ctl->number = value;
        return CTL_OK;
    case CTL_OPT_ROLE << SHIFT:
        return read_role(ctl, value);
    case CTL_OPT_LIMIT << SHIFT:
        return read_count("limit", value, LIMIT_MAX, &ctl->limit);
    case CTL_OPT_USES << SHIFT:
        return read_count("uses", value, USES_MAX, &ctl->uses);
    case CTL_OPT_TTL << SHIFT:
        return read_ttl("ttl", value, &ctl->ttl);
    case CTL_OPT_PENDING_TTL << SHIFT:
        return read_ttl("pending-ttl", value, &ctl->pending_ttl);
    default:
        if (as_phone_parse_calling_code(ctl->pool, value, &ctl->country) != APR_SUCCESS) {
            return reject_value("country", value, "a calling code such as +44");
        }
        return CTL_OK;
    }
}

/* Read the options of argv[1] and later. interleave: options may stand after words. Sets ctl->argc
 * and argv to the words. */
static int read_options(reader_t *reader, int argc, const char *const *argv, int interleave)
{
    ctl_t *ctl = reader->ctl;
    apr_getopt_t *os;
    apr_status_t rv;
    const char *value;
    int name, status = CTL_OK;

    apr_getopt_init(&os, ctl->pool, argc, argv);
    os->interleave = interleave;
    while (status == CTL_OK && !reader->is_answered &&
           (rv = apr_getopt_long(os, options, &name, &value)) != APR_EOF) {
        /* apr_getopt has printed the error. */
        status = rv == APR_SUCCESS ? read_option(reader, name, value) : CTL_USAGE;
    }
    ctl->argc = argc - os->ind;
    ctl->argv = (const char *const *)os->argv + os->ind;
    return status;
}

static const char *find_name(int option)
{
    const apr_getopt_option_t *o = options;

    while (o->optch != option << SHIFT) {
        o++;
    }
    return o->name;
}

static int check_options(const reader_t *reader, const ctl_command_t *command)
{
    for (int option = 1; option <= CTL_OPT_HTPASSWD; option <<= 1) {
        if (reader->given & ~command->options & option) {
            ctl_print_error("--%s is not an option of %s", find_name(option), command->name);
            return CTL_USAGE;
        }
    }
    return CTL_OK;
}

static int check_words(const ctl_t *ctl, const ctl_command_t *command)
{
    if (ctl->argc < command->words_min || ctl->argc > command->words_max) {
        ctl_print_error("usage: %s", command->usage);
        return CTL_USAGE;
    }
    return CTL_OK;
}

int ctl_options_read(ctl_t *ctl, int argc, const char *const *argv, const ctl_command_t *commands,
                     const ctl_command_t **command)
{
    const char **words = apr_pcalloc(ctl->pool, ((apr_size_t)argc + 1) * sizeof(*words));
    reader_t reader = {.ctl = ctl, .commands = commands};
    const ctl_command_t *found = commands;
    int status;

    for (int i = 0; i < argc; i++) {
        /* apr_getopt would parse "-" as an option. */
        words[i] = strcmp(argv[i], "-") == 0 ? CTL_STDIN : argv[i];
    }
    status = read_options(&reader, argc, words, 0);
    if (status != CTL_OK || reader.is_answered) {
        return status;
    }
    if (!ctl->argc) {
        print_usage(stderr, commands);
        return CTL_USAGE;
    }
    while (found->name && strcmp(found->name, ctl->argv[0]) != 0) {
        found++;
    }
    if (!found->name) {
        ctl_print_error("there is no command '%s' (authsmsctl --help)", ctl->argv[0]);
        return CTL_USAGE;
    }
    if (found->has_signed_words) {
        ctl->argc--;
        ctl->argv++;
    } else {
        status = read_options(&reader, ctl->argc, ctl->argv, 1);
    }
    if (status != CTL_OK || reader.is_answered) {
        return status;
    }
    status = check_options(&reader, found);
    if (status == CTL_OK) {
        status = check_words(ctl, found);
    }
    *command = found;
    return status;
}

/* SPDX-License-Identifier: Apache-2.0 */
/* authsmsctl: the accounts of mod_authsms from a shell. */
#include <apr_general.h>
#include <apr_getopt.h>
#include <apr_strings.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/duration.h"
#include "account/phone.h"
#include "base/version.h"
#include "ctl_commands.h"
#include "ctl_conf.h"

enum { LIMIT_MAX = 1000000 };
#define BOUND apr_time_from_sec(60)

static const struct {
    const char *name;
    ctl_command_fn *run;
    int least, most; /* words after it */
    int makes_tables;
    const char *usage;
} commands[] = {
    {"schema", ctl_schema, 1, 1, 1,
     "schema show|create|upgrade|contract   the version of the tables; create them; upgrade them\n"
     "                               while servers run; remove what only older modules need"},
    {"list", ctl_accounts_list, 0, 0, 0,
     "list [--pending|--locked] [--limit N]   accounts by name, numbers masked"},
    {"show", ctl_accounts_show, 1, 1, 0,
     "show USER [--full]   one account; --full: with its number"},
    {"lock", ctl_accounts_lock, 1, 1, 0, "lock USER   no login, and its tokens are refused"},
    {"unlock", ctl_accounts_unlock, 1, 1, 0, "unlock USER"},
    {"verify", ctl_accounts_verify, 1, 1, 0, "verify USER   as if its code had been entered"},
    {"logout", ctl_accounts_logout, 1, 1, 0, "logout USER   end every session and token of it"},
    {"delete", ctl_accounts_delete, 1, 1, 0,
     "delete USER [--yes]   the account and all that hangs on it"},
    {"import", ctl_import, 1, 1, 0,
     "import FILE|- [--country +44] [--pending-ttl 24h]   mongoexport's lines of the tutorial's\n"
     "                               users collection; may be run again"},
};

static void usage(FILE *out)
{
    fputs("usage: authsmsctl (--config FILE | --driver sqlite3|pgsql --params TEXT) COMMAND …\n"
          "       authsmsctl --help | --version\n\n"
          "  --config FILE   an httpd configuration: its DBDriver and DBDParams are used\n"
          "  --driver, --params   the same, given here; a password belongs into ~/.pgpass\n\n"
          "USER is a username, an account's id, or the id it had before its import.\n\n",
          out);
    for (size_t i = 0; i < sizeof(commands) / sizeof(commands[0]); i++) {
        fprintf(out, "  %s\n", commands[i].usage);
    }
    fputs("\nA running httpd notices what is changed here within AuthSMSUserCheck (10 s by "
          "default).\n"
          "Exit code: 0, 1 for a failure (import: also for lines that were left out), 2 for wrong "
          "arguments.\n",
          out);
}

/* ---- arguments ---- */

enum { OPT_CONFIG = 256, OPT_DRIVER, OPT_PARAMS, OPT_LIMIT, OPT_TTL, OPT_COUNTRY };

static const apr_getopt_option_t options[] = {
    {"config", OPT_CONFIG, 1, NULL},
    {"driver", OPT_DRIVER, 1, NULL},
    {"params", OPT_PARAMS, 1, NULL},
    {"limit", OPT_LIMIT, 1, NULL},
    {"pending-ttl", OPT_TTL, 1, NULL},
    {"country", OPT_COUNTRY, 1, NULL},
    {"yes", 'y', 0, NULL},
    {"full", 'f', 0, NULL},
    {"pending", 'p', 0, NULL},
    {"locked", 'l', 0, NULL},
    {"version", 'V', 0, NULL},
    {"help", 'h', 0, NULL},
    {NULL, 0, 0, NULL},
};

static int bad_value(const char *name, const char *value, const char *right)
{
    ctl_print_error("--%s '%s' must be %s", name, value, right);
    return CTL_USAGE;
}

/* An option whose value is looked at here. */
static int read_typed(ctl_t *ctl, int name, const char *value)
{
    char *end;
    apr_int64_t limit;

    if (name == OPT_LIMIT) {
        limit = apr_strtoi64(value, &end, 10);
        if (*end || limit < 1 || limit > LIMIT_MAX) {
            return bad_value("limit", value, "a number from 1 to 1000000");
        }
        ctl->limit = (int)limit;
    } else if (name == OPT_TTL && as_duration_parse(value, &ctl->pending_ttl) != APR_SUCCESS) {
        return bad_value("pending-ttl", value, "a duration such as 24h");
    } else if (name == OPT_COUNTRY &&
               as_phone_parse_calling_code(ctl->pool, value, &ctl->country) != APR_SUCCESS) {
        return bad_value("country", value, "a calling code such as +44");
    }
    return CTL_OK;
}

static int read_options(ctl_t *ctl, int argc, const char *const *argv, const char **config)
{
    const char **words = apr_pcalloc(ctl->pool, ((apr_size_t)argc + 1) * sizeof(*words));
    apr_getopt_t *os;
    apr_status_t rv;
    const char *value;
    int name, status = CTL_OK;

    for (int i = 0; i < argc; i++) {
        /* apr_getopt takes a lone hyphen for an option. */
        words[i] = strcmp(argv[i], "-") == 0 ? CTL_STDIN : argv[i];
    }
    apr_getopt_init(&os, ctl->pool, argc, words);
    os->interleave = 1;
    while (status == CTL_OK && (rv = apr_getopt_long(os, options, &name, &value)) != APR_EOF) {
        if (rv != APR_SUCCESS) {
            return CTL_USAGE; /* apr_getopt has said why */
        }
        switch (name) {
        case OPT_CONFIG:
            *config = value;
            break;
        case OPT_DRIVER:
            ctl->driver = value;
            break;
        case OPT_PARAMS:
            ctl->params = value;
            break;
        case 'y':
            ctl->yes = 1;
            break;
        case 'f':
            ctl->full = 1;
            break;
        case 'p':
            ctl->pending = 1;
            break;
        case 'l':
            ctl->locked = 1;
            break;
        case 'V':
            printf("authsmsctl %s\n", as_version());
            exit(CTL_OK);
        case 'h':
            usage(stdout);
            exit(CTL_OK);
        default:
            status = read_typed(ctl, name, value);
            break;
        }
    }
    ctl->argc = argc - os->ind;
    ctl->argv = (const char *const *)os->argv + os->ind;
    return status;
}

/* In a word of DBDParams, or in front of the host in a URI. */
static int has_password(const char *params)
{
    const char *host = strstr(params, "://");
    const char *colon = host ? strchr(host + 3, ':') : NULL;

    return strstr(params, "password=") || (colon && strchr(colon, '@'));
}

static int find_database(ctl_t *ctl, const char *config)
{
    if (config && (ctl->driver || ctl->params)) {
        ctl_print_error("--config says which database, or --driver and --params: not both");
        return CTL_USAGE;
    }
    if (config) {
        return ctl_conf_read(ctl, config);
    }
    if (!ctl->driver || !ctl->params) {
        ctl_print_error("which database? --config FILE, or --driver and --params");
        return CTL_USAGE;
    }
    if (strcmp(ctl->driver, "pgsql") == 0 && has_password(ctl->params)) {
        ctl_print_error("whoever lists the processes sees the password in --params: use ~/.pgpass, "
                        "passfile= or --config");
    }
    return CTL_OK;
}

static int run(ctl_t *ctl, int argc, const char *const *argv)
{
    const char *config = NULL;
    int status = read_options(ctl, argc, argv, &config);
    size_t i = 0, n = sizeof(commands) / sizeof(commands[0]);

    if (status == CTL_OK && !ctl->argc) {
        usage(stderr);
        return CTL_USAGE;
    }
    if (status != CTL_OK) {
        return status;
    }
    while (i < n && strcmp(commands[i].name, ctl->argv[0]) != 0) {
        i++;
    }
    if (i == n) {
        ctl_print_error("there is no command '%s' (authsmsctl --help)", ctl->argv[0]);
        return CTL_USAGE;
    }
    ctl->argc--;
    ctl->argv++;
    if (ctl->argc < commands[i].least || ctl->argc > commands[i].most) {
        ctl_print_error("usage: %s", commands[i].usage);
        return CTL_USAGE;
    }
    status = find_database(ctl, config);
    if (status == CTL_OK) {
        status = ctl_open(ctl, commands[i].makes_tables ? CTL_SCHEMA_TIMEOUT : BOUND);
    }
    if (status == CTL_OK && !commands[i].makes_tables) {
        status = ctl_check_schema(ctl);
    }
    return status == CTL_OK ? commands[i].run(ctl) : status;
}

int main(int argc, const char *const *argv)
{
    ctl_t ctl = {.limit = LIMIT_MAX, .pending_ttl = apr_time_from_sec(86400), .country = "+44"};
    int status;

    if (apr_app_initialize(&argc, &argv, NULL) != APR_SUCCESS) {
        return CTL_FAILED;
    }
    apr_pool_create(&ctl.pool, NULL);
    status = run(&ctl, argc, argv);
    if (fflush(stdout) != 0 || ferror(stdout)) {
        status = ctl_print_error("the answer could not be written: %s", strerror(errno));
    }
    apr_pool_destroy(ctl.pool);
    apr_terminate();
    return status;
}

/* SPDX-License-Identifier: Apache-2.0 */
/* authsmsctl: manages accounts and tables of mod_authsms from a shell. Options and commands. */
#include <apr_general.h>
#include <apr_getopt.h>
#include <apr_strings.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "account/phone.h"
#include "base/duration.h"
#include "base/version.h"
#include "ctl_commands.h"
#include "ctl_conf.h"

enum { LIMIT_MAX = 1000000, DAY_SECONDS = 86400 };
#define STATEMENT_TIMEOUT apr_time_from_sec(60)

static const struct {
    const char *name;
    ctl_command_fn *run;
    int words_min, words_max; /* after the name */
    int creates_tables;
    const char *usage;
} commands[] = {
    {"schema", ctl_schema, 1, 1, 1,
     "schema show|create|upgrade|contract   show the version of the tables; create them; upgrade\n"
     "                               them while servers run; remove what only older modules need"},
    {"list", ctl_accounts_list, 0, 0, 0,
     "list [--pending|--locked] [--limit N]   list accounts by name, with masked numbers"},
    {"show", ctl_accounts_show, 1, 1, 0,
     "show USER [--full]   show one account; --full: with the whole number"},
    {"lock", ctl_accounts_lock, 1, 1, 0, "lock USER   reject logins and tokens"},
    {"unlock", ctl_accounts_unlock, 1, 1, 0, "unlock USER   allow them again"},
    {"verify", ctl_accounts_verify, 1, 1, 0, "verify USER   verify the account without a code"},
    {"logout", ctl_accounts_logout, 1, 1, 0, "logout USER   end every session and token"},
    {"delete", ctl_accounts_delete, 1, 1, 0,
     "delete USER [--yes]   delete the account and all its rows"},
    {"import", ctl_import, 1, 1, 0,
     "import FILE|- [--country +44] [--pending-ttl 24h]   import the users of the tutorial's back\n"
     "                               end, exported by mongoexport; may be repeated"},
};

static void usage(FILE *out)
{
    fputs("usage: authsmsctl (--config FILE | --driver sqlite3|pgsql --params TEXT) COMMAND …\n"
          "       authsmsctl --help | --version\n\n"
          "  --config FILE   use DBDriver and DBDParams of this httpd configuration\n"
          "  --driver, --params   use these values; put a password into ~/.pgpass\n\n"
          "USER is a username, an account id, or the id from before an import.\n\n",
          out);
    for (size_t i = 0; i < sizeof(commands) / sizeof(commands[0]); i++) {
        fprintf(out, "  %s\n", commands[i].usage);
    }
    fputs("\nA running httpd sees a change within AuthSMSUserCheck (10 s by default).\n"
          "Exit status: 0; 1: failed (import: or lines were skipped); 2: wrong arguments.\n",
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

static int reject_value(const char *name, const char *value, const char *right)
{
    ctl_print_error("--%s '%s' must be %s", name, value, right);
    return CTL_USAGE;
}

/* An option whose value has a type. */
static int read_typed_option(ctl_t *ctl, int name, const char *value)
{
    char *end;
    apr_int64_t limit;

    if (name == OPT_LIMIT) {
        limit = apr_strtoi64(value, &end, 10);
        if (*end || limit < 1 || limit > LIMIT_MAX) {
            return reject_value("limit", value, "a number from 1 to 1000000");
        }
        ctl->limit = (int)limit;
    } else if (name == OPT_TTL && as_duration_parse(value, &ctl->pending_ttl) != APR_SUCCESS) {
        return reject_value("pending-ttl", value, "a duration such as 24h");
    } else if (name == OPT_COUNTRY &&
               as_phone_parse_calling_code(ctl->pool, value, &ctl->country) != APR_SUCCESS) {
        return reject_value("country", value, "a calling code such as +44");
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
        /* apr_getopt would parse "-" as an option. */
        words[i] = strcmp(argv[i], "-") == 0 ? CTL_STDIN : argv[i];
    }
    apr_getopt_init(&os, ctl->pool, argc, words);
    os->interleave = 1;
    while (status == CTL_OK && (rv = apr_getopt_long(os, options, &name, &value)) != APR_EOF) {
        if (rv != APR_SUCCESS) {
            return CTL_USAGE; /* apr_getopt has printed the error */
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
            status = read_typed_option(ctl, name, value);
            break;
        }
    }
    ctl->argc = argc - os->ind;
    ctl->argv = (const char *const *)os->argv + os->ind;
    return status;
}

/* As a word of DBDParams, or before the host in a URI? */
static int has_password(const char *params)
{
    const char *host = strstr(params, "://");
    const char *colon = host ? strchr(host + 3, ':') : NULL;

    return strstr(params, "password=") || (colon && strchr(colon, '@'));
}

static int find_database(ctl_t *ctl, const char *config)
{
    if (config && (ctl->driver || ctl->params)) {
        ctl_print_error("use --config, or --driver and --params, not both");
        return CTL_USAGE;
    }
    if (config) {
        return ctl_conf_read(ctl, config);
    }
    if (!ctl->driver || !ctl->params) {
        ctl_print_error("no database: add --config FILE, or --driver and --params");
        return CTL_USAGE;
    }
    if (strcmp(ctl->driver, "pgsql") == 0 && has_password(ctl->params)) {
        ctl_print_note("the password in --params is visible in the process list: use ~/.pgpass, "
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
    if (ctl->argc < commands[i].words_min || ctl->argc > commands[i].words_max) {
        ctl_print_error("usage: %s", commands[i].usage);
        return CTL_USAGE;
    }
    status = find_database(ctl, config);
    if (status == CTL_OK) {
        status = ctl_open(ctl, commands[i].creates_tables ? CTL_SCHEMA_TIMEOUT : STATEMENT_TIMEOUT);
    }
    if (status == CTL_OK && !commands[i].creates_tables) {
        status = ctl_check_schema(ctl);
    }
    return status == CTL_OK ? commands[i].run(ctl) : status;
}

int main(int argc, const char *const *argv)
{
    ctl_t ctl = {
        .limit = LIMIT_MAX, .pending_ttl = apr_time_from_sec(DAY_SECONDS), .country = "+44"};
    int status;

    if (apr_app_initialize(&argc, &argv, NULL) != APR_SUCCESS) {
        return CTL_FAILED;
    }
    apr_pool_create(&ctl.pool, NULL);
    status = run(&ctl, argc, argv);
    if (fflush(stdout) != 0 || ferror(stdout)) {
        status = ctl_print_error("writing to standard output failed: %s", strerror(errno));
    }
    apr_pool_destroy(ctl.pool);
    apr_terminate();
    return status;
}

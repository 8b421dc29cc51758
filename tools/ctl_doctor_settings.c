/* SPDX-License-Identifier: Apache-2.0 */
/* doctor: settings that weaken a site. */
#include "ctl_doctor.h"

#include <apr_cstr.h>
#include <apr_strings.h>

#include <string.h>
#include <unistd.h>

static int is_word(const ctl_directive_t *d, int i, const char *word)
{
    return apr_cstr_casecmp(ctl_directive_word(d, i), word) == 0;
}

static void check_limit(ctl_doctor_t *d, const ctl_directive_t *line)
{
    if (is_word(line, 1, "off")) {
        ctl_doctor_report(d, CTL_DOCTOR_WARNING,
                          "remove the line, or set a limit: AuthSMSLimit NAME COUNT/DURATION",
                          "AuthSMSLimit %s off (%s): attackers can guess passwords and codes, or "
                          "send texts, as fast as they like",
                          ctl_directive_word(line, 0), ctl_doctor_place(d->pool, line));
    }
}

/* Its number and code are not shown. */
static void check_test_number(ctl_doctor_t *d, const ctl_directive_t *line)
{
    if (!is_word(line, 0, "none")) {
        ctl_doctor_report(d, CTL_DOCTOR_WARNING, "remove the line after the review",
                          "AuthSMSTestNumber (%s): an account has a fixed code",
                          ctl_doctor_place(d->pool, line));
    }
}

static void check_lifetime(ctl_doctor_t *d, const ctl_directive_t *line)
{
    if (is_word(line, 0, "none")) {
        ctl_doctor_report(d, CTL_DOCTOR_WARNING,
                          "remove the line when the clients have tokens of this server",
                          "AuthSMSRequireClaims none (%s): tokens without exp never expire",
                          ctl_doctor_place(d->pool, line));
    }
}

/* httpd does not start without the directory of a file. */
static void check_audit_log(ctl_doctor_t *d, const ctl_directive_t *line)
{
    const char *path = ctl_conf_path(d->conf, ctl_directive_word(line, 0));
    const char *directory = ctl_doctor_directory(d->pool, path);

    if (*ctl_directive_word(line, 0) == '|' || is_word(line, 0, "none") || strstr(path, "${") ||
        access(directory, F_OK) == 0) {
        return;
    }
    ctl_doctor_report(d, CTL_DOCTOR_PROBLEM,
                      apr_psprintf(d->pool, "install -d -o root -g root -m 750 %s",
                                   ctl_doctor_quote(d->pool, directory)),
                      "AuthSMSAuditLog %s (%s): the directory cannot be found", path,
                      ctl_doctor_place(d->pool, line));
}

void ctl_doctor_check_settings(ctl_doctor_t *d)
{
    static const struct {
        const char *name;
        void (*check)(ctl_doctor_t *d, const ctl_directive_t *line);
    } checks[] = {{"AuthSMSLimit", check_limit},
                  {"AuthSMSTestNumber", check_test_number},
                  {"AuthSMSRequireClaims", check_lifetime},
                  {"AuthSMSAuditLog", check_audit_log}};
    int faults = d->counts[CTL_DOCTOR_WARNING] + d->counts[CTL_DOCTOR_PROBLEM];

    d->group = "settings";
    for (int i = 0; i < d->conf->directives->nelts; i++) {
        const ctl_directive_t *line = &APR_ARRAY_IDX(d->conf->directives, i, ctl_directive_t);

        for (size_t n = 0; n < sizeof(checks) / sizeof(checks[0]); n++) {
            if (ctl_directive_is(line, checks[n].name)) {
                checks[n].check(d, line);
            }
        }
    }
    if (faults == d->counts[CTL_DOCTOR_WARNING] + d->counts[CTL_DOCTOR_PROBLEM]) {
        ctl_doctor_report(d, CTL_DOCTOR_OK, NULL, "limits are on, and no fixed codes");
    }
}

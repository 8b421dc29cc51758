/* SPDX-License-Identifier: Apache-2.0 */
/* doctor: clocks. */
#include "ctl_doctor.h"

/* A JWT whose iat is over 60 s ahead is refused. */
enum { CLOCK_WARNING = 5, CLOCK_PROBLEM = 60 /* seconds */ };

void ctl_doctor_check_clock(ctl_doctor_t *d, const char *whose, apr_time_t other, apr_time_t before,
                            apr_time_t after)
{
    /* The other clock was read between these times. */
    apr_time_t ahead = before - other > 0 ? before - other : other - after > 0 ? other - after : 0;
    int seconds = (int)apr_time_sec(ahead);

    if (seconds < CLOCK_WARNING) {
        ctl_doctor_report(d, CTL_DOCTOR_OK, NULL, "the clocks of this host and of %s agree", whose);
        return;
    }
    ctl_doctor_report(d, seconds < CLOCK_PROBLEM ? CTL_DOCTOR_WARNING : CTL_DOCTOR_PROBLEM,
                      "synchronize both by NTP: timedatectl set-ntp true",
                      "the clock of this host is %d s %s that of %s", seconds,
                      before > other ? "ahead of" : "behind", whose);
}

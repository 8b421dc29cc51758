/* SPDX-License-Identifier: Apache-2.0 */
/* The number of messages (segments) that a text takes: 3GPP TS 23.038 §6.2.1, TS 23.040
 * §9.2.3.24.1. */
#ifndef AS_SMS_SEGMENTS_H
#define AS_SMS_SEGMENTS_H

typedef struct as_segments_t {
    int gsm7;  /* encoded in GSM's 7-bit alphabet; else in UCS-2 */
    int units; /* septets, or UTF-16 code units */
    int count; /* number of messages; 0: the text is empty */
} as_segments_t;

/* text: valid UTF-8. */
as_segments_t as_segments_count(const char *text);

#endif

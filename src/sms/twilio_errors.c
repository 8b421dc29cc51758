/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Codes and comments: Twilio's error reference, https://www.twilio.com/docs/api/errors. The results
 * are our choice. A code that depends on the entered number must not be CREDENTIALS, TEMPORARY or
 * UNKNOWN: these open the circuit breaker, for all numbers.
 */
#include "sms/twilio_api.h"

const as_http_api_error_t as_twilio_api_errors[] = {
    /* clang-format off */
    {20001, AS_SMS_REJECTED}, /* Invalid parameter */
    {20003, AS_SMS_CREDENTIALS}, /* Authenticate */
    {20404, AS_SMS_UNKNOWN}, /* The requested resource was not found */
    {20429, AS_SMS_RATE_LIMITED}, /* Too Many Requests */
    {20500, AS_SMS_TEMPORARY}, /* Internal Server Error */
    {21211, AS_SMS_REJECTED}, /* Invalid 'To' Phone Number */
    {21212, AS_SMS_CREDENTIALS}, /* Invalid From Number */
    {21215, AS_SMS_UNREACHABLE}, /* Account not authorised to call this number (voice geo permissions) */
    {21216, AS_SMS_UNREACHABLE}, /* Account not allowed to reach this number */
    {21264, AS_SMS_CREDENTIALS}, /* 'From' phone number not verified */
    {21265, AS_SMS_REJECTED}, /* 'To' number cannot be a Short Code */
    {21266, AS_SMS_UNREACHABLE}, /* 'To' and 'From' number cannot be the same */
    {21267, AS_SMS_CREDENTIALS}, /* Alphanumeric Sender ID cannot be used as From on trial accounts */
    {21408, AS_SMS_UNREACHABLE}, /* Permission to send an SMS has not been enabled for the region of the 'To' number */
    {21602, AS_SMS_REJECTED}, /* Message body is required */
    {21603, AS_SMS_CREDENTIALS}, /* A 'From' phone number is required */
    {21604, AS_SMS_REJECTED}, /* A 'To' phone number is required */
    {21606, AS_SMS_UNREACHABLE}, /* The 'From' number is not a valid, SMS-capable number of this account */
    {21607, AS_SMS_CREDENTIALS}, /* 'From' must be the sandbox number (trial) */
    {21608, AS_SMS_REJECTED}, /* The number is unverified; trial accounts can only send to verified numbers */
    {21610, AS_SMS_REJECTED}, /* Attempt to send to unsubscribed recipient */
    {21611, AS_SMS_RATE_LIMITED}, /* This 'From' number has exceeded the maximum number of queued messages */
    {21612, AS_SMS_UNREACHABLE}, /* The 'To' number is not currently reachable via SMS or MMS from this sender */
    {21614, AS_SMS_REJECTED}, /* 'To' number is not a valid mobile number */
    {21617, AS_SMS_REJECTED}, /* The concatenated message body exceeds the 1600 character limit */
    {21659, AS_SMS_UNREACHABLE}, /* 'From' is not a Twilio phone number or Short Code country mismatch */
    {21660, AS_SMS_CREDENTIALS}, /* Mismatch between the 'From' number and the account */
    {21661, AS_SMS_CREDENTIALS}, /* 'From' number is not SMS-capable */
    {21910, AS_SMS_UNREACHABLE}, /* 'From' and 'To' must be of the same channel */
    {30001, AS_SMS_RATE_LIMITED}, /* Queue overflow */
    {30002, AS_SMS_CREDENTIALS}, /* Account suspended */
    {30003, AS_SMS_UNREACHABLE}, /* Unreachable destination handset */
    {30004, AS_SMS_UNREACHABLE}, /* Message blocked */
    {30005, AS_SMS_REJECTED}, /* Unknown destination handset */
    {30006, AS_SMS_REJECTED}, /* Landline or unreachable carrier */
    {30007, AS_SMS_UNREACHABLE}, /* Message filtered (carrier violation) */
    {30008, AS_SMS_UNREACHABLE}, /* Unknown error: not delivered */
    {30022, AS_SMS_RATE_LIMITED}, /* US A2P 10DLC rate limit exceeded */
    {30034, AS_SMS_UNREACHABLE}, /* US A2P 10DLC: message from an unregistered number */
    {30450, AS_SMS_FRAUD}, /* Message delivery blocked (SMS pumping protection) */
    {60200, AS_SMS_REJECTED}, /* Invalid parameter */
    {60202, AS_SMS_TOO_MANY}, /* Max check attempts reached */
    {60203, AS_SMS_RATE_LIMITED}, /* Max send attempts reached */
    {60205, AS_SMS_REJECTED}, /* SMS is not supported by landline phone number */
    {60207, AS_SMS_RATE_LIMITED}, /* Max rate limits per service reached */
    {60212, AS_SMS_RATE_LIMITED}, /* Too many concurrent requests for phone number */
    {60220, AS_SMS_UNREACHABLE}, /* Use case vetting (China) */
    {60223, AS_SMS_CREDENTIALS}, /* Delivery channel disabled */
    {60238, AS_SMS_FRAUD}, /* Verification blocked by Twilio */
    {60410, AS_SMS_FRAUD}, /* Verification delivery attempt blocked (Fraud Guard) */
    {60412, AS_SMS_FRAUD}, /* Fraudulent sign-up prevention */
    {60413, AS_SMS_FRAUD}, /* Device intelligence block */
    {60605, AS_SMS_REJECTED}, /* Verification delivery attempt blocked (Verify geo permissions) */
    {0, AS_SMS_UNKNOWN},
    /* clang-format on */
};

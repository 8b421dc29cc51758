/* SPDX-License-Identifier: Apache-2.0 */
/* What tests of providers share: a pool and a client for each test, the words of a directive, a
 * stand-in with one answer. */
#ifndef AS_PROVIDER_SUPPORT_H
#define AS_PROVIDER_SUPPORT_H

#include "http_stand_in.h"
#include "sms/sender.h"
#include "sms/verifier.h"

#define COUNT(a) (sizeof(a) / sizeof(*(a)))
#define HEX32 "0123456789abcdef0123456789ABCDEF"
#define BAD_URL                                                                                    \
    "url= must be https://..., or http:// to 127.0.0.1, [::1] or localhost, without user, query "  \
    "and fragment"
#define TEST(function) cmocka_unit_test_setup_teardown(function, support_set_up, support_tear_down)

/* One row of a table of words; a NULL error: there is none. */
typedef struct support_words_t {
    const char *name, *words, *error;
} support_words_t;

/* A response of the stand-in, and the result of a text that gets it. */
typedef struct support_response_t {
    int status;
    const char *body;
    as_sms_result_t result;
} support_response_t;

extern apr_pool_t *pool;
extern char support_line[4096]; /* what was logged last */

/* Before any test. */
void support_init(void);
int support_set_up(void **state);
int support_tear_down(void **state);

/* A call of half a second. */
as_sms_call_t support_call(void);

/* The words of `text`, which are separated by `|`. */
const apr_array_header_t *support_words(const char *text);

/* as_provider_param_read_fn: the source itself; env:NONE cannot be read, "file:two lines" has two.
 */
apr_status_t support_read(void *ctx, apr_pool_t *p, const char *source, const char **value,
                          const char **error);

/* Make each row's provider, and compare the error. */
void support_check_words(const support_words_t *rows, apr_size_t count);

as_sender_t support_sender(const char *name, const char *words);
as_verifier_t support_verifier(const char *name, const char *words);

/* Send a text by the sender `name`, configured with `words`. */
as_sms_result_t support_send(const char *name, const char *words, const as_sms_text_t *text,
                             const char **ref, as_sms_call_t *call);

/* For each row, send a text by the sender `name` to a stand-in with the response, and compare the
 * result. `words` ends with the begin of a pair, such as `url=`, to which the URL of the stand-in
 * is added. The request is sent once. */
void support_check_responses(const char *name, const char *words, const support_response_t *rows,
                             apr_size_t count);

/* What a request for the account means for every provider, apart from its own answers. */
#define SUPPORT_ACCOUNT_REFUSALS                                                                   \
    {401, "{}", AS_SMS_CREDENTIALS}, {403, "", AS_SMS_CREDENTIALS},                                \
        {404, "{}", AS_SMS_CREDENTIALS}, {429, "{}", AS_SMS_RATE_LIMITED},                         \
        {500, "", AS_SMS_TEMPORARY}, {302, "", AS_SMS_TEMPORARY},                                  \
    {                                                                                              \
        200, "<p>", AS_SMS_TEMPORARY                                                               \
    }

/* Check the account of a sender, or of a verifier, by stand-ins that give these answers, and
 * compare the results. `words` ends with `url=`. Each sends one request, which begins with
 * `request`. */
void support_check_sender_account(const char *name, const char *words, const char *request,
                                  const support_response_t *rows, apr_size_t count);
void support_check_verifier_account(const char *name, const char *words, const char *request,
                                    const support_response_t *rows, apr_size_t count);

/* A stand-in that gives this answer once. */
stand_in_t *support_says(int status, const char *body);

/* The lines and the body of a request must be there: `begin` at its start. */
void support_assert_begins(const char *request, const char *begin);

/* What stands behind the head of a request. */
const char *support_body(const char *request);

/* The value of a header field, in the pool; NULL: it has none. */
const char *support_header(const char *request, const char *name);

#endif

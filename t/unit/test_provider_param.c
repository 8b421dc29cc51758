/* SPDX-License-Identifier: Apache-2.0 */
/* The providers' words in a directive. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include "provider_support.h"

#define ACCOUNT "AC" HEX32
#define TWILIO "account=" ACCOUNT "|token=t|"
#define KEYS "account=, token=, from=, messaging-service=, url=, for="
#define BAD_FOR "for= must be prefixes of numbers such as +44 or +44,+1876"
#define WORD_WITHOUT_KEY                                                                           \
    "a word without a known key: must be one of " KEYS                                             \
    ", and a value (quote a pair with blanks as a whole)"

static void reports_invalid_parameters(void **state)
{
    static const support_words_t rows[] = {
        {"log", "", NULL},
        {"log", "url=https://x", "unknown key url=: must be one of for="},
        {"log", "for=+44", NULL},
        {"log", "for=+44,+1876,+3", NULL},
        {"log", "for=", "for= has no value"},
        {"log", "for=44", BAD_FOR},
        {"log", "for=+", BAD_FOR},
        {"log", "for=+44,", BAD_FOR},
        {"log", "for=,+44", BAD_FOR},
        {"log", "for=+44 +49", BAD_FOR},
        {"log", "for=+0", BAD_FOR},
        {"log", "for=+44x", BAD_FOR},
        {"log", "for=+1234567890123456", BAD_FOR},
        {"log", "for=env:NONE", BAD_FOR},
        {"log", "for=+44|for=+49", "for= is given twice"},
        {"twilio", TWILIO "from=12345|for=+44", NULL},
        {"authy", "key=k|for=+44", "unknown key for=: must be one of key=, email=, url="},
        {"twilio", TWILIO "from=+15005550006", NULL},
        {"twilio", TWILIO "from=12345", NULL},
        {"twilio", TWILIO "from=My Shop", NULL},
        {"twilio", TWILIO "messaging-service=MG" HEX32 "|url=http://127.0.0.1:1/x/", NULL},
        {"twilio", "", "account= is missing"},
        {"twilio", "account=" ACCOUNT "|from=+15005550006", "token= is missing"},
        {"twilio", TWILIO, "exactly one of from=, messaging-service= must be given"},
        {"twilio", TWILIO "from=12345|messaging-service=MG" HEX32,
         "exactly one of from=, messaging-service= must be given"},
        {"twilio", TWILIO "token=u", "token= is given twice"},
        {"twilio", "token=", "token= has no value"},
        {"twilio", "token=env:NONE", "token=: cannot read it"},
        {"twilio", "token=file:two lines", "token= must not be empty or have control characters"},
        {"twilio", TWILIO "form=12345", "unknown key form=: must be one of " KEYS},
        {"twilio", "5eCr3t", WORD_WITHOUT_KEY},
        {"twilio", "c2VjcmV0IG9mIG91cnM=", WORD_WITHOUT_KEY},
        {"twilio", "account=AC123|token=t|from=12345",
         "account= must be an Account SID: AC and 32 hex digits"},
        {"twilio", "account=" ACCOUNT "/../x|token=t|from=12345",
         "account= must be an Account SID: AC and 32 hex digits"},
        {"twilio", TWILIO "from=PN" HEX32,
         "from= must be a number such as +15005550006, a short code, or a name of at most 11 "
         "letters and digits"},
        {"twilio", TWILIO "messaging-service=" ACCOUNT,
         "messaging-service= must be a Messaging Service SID: MG and 32 hex digits"},
        {"twilio", TWILIO "from=12345|url=http://127.0.0.1@evil.example/", BAD_URL},
        {"twilio", TWILIO "from=12345|url=http://localhost.evil.example", BAD_URL},
        {"twilio", TWILIO "from=12345|url=https://example.org/?x", BAD_URL},
        {"authy", "key=k", NULL},
        {"authy", "key=k|email=sms+{id}@example.org|url=https://example.org", NULL},
        {"authy", "email=a@b", "key= is missing"},
        {"authy", "key=k|email=nobody",
         "email= must be an address such as {id}@users.invalid, where {id} is the account's id"},
        {"authy", "key=k|url=ftp://127.0.0.1", BAD_URL},
    };

    (void)state;
    support_check_words(rows, COUNT(rows));
    assert_null(as_sender_find("authy"));
    assert_null(as_verifier_find("local"));
    assert_string_equal(as_sender_names(pool), "log, twilio, vonage, webhook, http");
    assert_string_equal(as_verifier_names(pool), "authy, twilio-verify");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(reports_invalid_parameters),
    };

    support_init();
    return cmocka_run_group_tests(tests, NULL, NULL);
}

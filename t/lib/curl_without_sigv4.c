/* SPDX-License-Identifier: Apache-2.0 */
/* A libcurl that was built without AWS Signature 4. For LD_PRELOAD in a test of configtest, which
 * sets no other option. */
#include <curl/curl.h>

#undef curl_easy_setopt

CURLcode curl_easy_setopt(CURL *curl, CURLoption option, ...)
{
    (void)curl;
    return option == CURLOPT_AWS_SIGV4 ? CURLE_UNKNOWN_OPTION : CURLE_OK;
}

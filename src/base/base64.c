/* SPDX-License-Identifier: Apache-2.0 */
#include "base/base64.h"

#include <apr_strings.h>
#include <openssl/crypto.h>

#include <string.h>

#include "base/base64url.h"

apr_status_t as_base64_decode(apr_pool_t *p, const char *text, apr_size_t len, as_span_t *bytes)
{
    apr_size_t data = len;
    apr_status_t rv;
    char *url;

    while (data && len - data < 2 && text[data - 1] == '=') {
        data--;
    }
    if (len % 4 || memchr(text, '-', len) || memchr(text, '_', len)) {
        return APR_EINVAL;
    }
    url = apr_pstrmemdup(p, text, data);
    for (apr_size_t i = 0; i < data; i++) {
        url[i] = url[i] == '+' ? '-' : url[i] == '/' ? '_' : url[i];
    }
    rv = as_base64url_decode(p, url, data, bytes);
    OPENSSL_cleanse(url, data);
    return rv;
}

const char *as_base64_encode(apr_pool_t *p, const void *bytes, apr_size_t len)
{
    static const char padding[][3] = {"", "==", "="};
    char *text = apr_pstrcat(p, as_base64url_encode(p, bytes, len), padding[len % 3], NULL);

    for (char *c = text; *c; c++) {
        *c = *c == '-' ? '+' : *c == '_' ? '/' : *c;
    }
    return text;
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "account/username.h"

#include <unicase.h>
#include <unictype.h>
#include <uninorm.h>
#include <unistr.h>

#include <apr_strings.h>

#include <stdlib.h>
#include <string.h>

#include "base/utf8.h"
#include "base/uuid.h"

/* Folding is stable after this many rounds, in every version of Unicode so far. */
enum { FOLD_ROUNDS = 4 };

enum { LEGACY_ID_LEN = 24 };

static apr_size_t remove_ignorable(uint32_t *points, apr_size_t count)
{
    apr_size_t kept = 0;

    for (apr_size_t i = 0; i < count; i++) {
        if (!uc_is_property_default_ignorable_code_point(points[i])) {
            points[kept++] = points[i];
        }
    }
    return kept;
}

/* One round of toNFKC_Casefold (Unicode §3.13, D147): fold, remove ignorable code points, NFKC. */
static uint32_t *fold_once(const uint32_t *points, size_t count, size_t *folded_count)
{
    size_t len = 0;
    uint32_t *folded = u32_casefold(points, count, NULL, UNINORM_NFKC, NULL, &len);
    uint32_t *normal = NULL;

    if (folded) {
        len = remove_ignorable(folded, len);
        normal = u32_normalize(UNINORM_NFKC, folded, len, NULL, folded_count);
        free(folded);
    }
    return normal;
}

static apr_status_t to_text(apr_pool_t *p, const uint32_t *points, size_t count, const char **text)
{
    size_t len = 0;
    uint8_t *bytes = u32_to_u8(points, count, NULL, &len);

    if (!bytes) {
        return APR_ENOMEM;
    }
    *text = apr_pstrmemdup(p, (const char *)bytes, len);
    free(bytes);
    return APR_SUCCESS;
}

apr_status_t as_username_fold(apr_pool_t *p, const char *name, const char **folded)
{
    size_t count = 0;
    uint32_t *points;
    apr_status_t rv = APR_ENOMEM;

    if (!as_utf8_is_valid(name, strlen(name))) {
        return APR_EINVAL;
    }
    points = u8_to_u32((const uint8_t *)name, strlen(name), NULL, &count);
    for (int round = 0; points && round < FOLD_ROUNDS; round++) {
        size_t next_count = 0;
        uint32_t *next = fold_once(points, count, &next_count);
        int stable = next && next_count == count && u32_cmp(next, points, count) == 0;

        free(points);
        points = next;
        count = next_count;
        round = stable ? FOLD_ROUNDS : round;
    }
    if (points) {
        rv = to_text(p, points, count, folded);
        free(points);
    }
    return rv;
}

static int is_allowed(ucs4_t point)
{
    return !uc_is_general_category_withtable(point, UC_CATEGORY_MASK_Cc | UC_CATEGORY_MASK_Cf |
                                                        UC_CATEGORY_MASK_Co | UC_CATEGORY_MASK_Cs |
                                                        UC_CATEGORY_MASK_Cn);
}

int as_username_is_too_long(const char *name)
{
    apr_size_t count = 0;

    for (; *name && count <= AS_USERNAME_MAX; name++) {
        count += ((unsigned char)*name & 0xc0) != 0x80;
    }
    return count > AS_USERNAME_MAX;
}

int as_username_has_id_form(const char *folded)
{
    return as_uuid_is_valid(folded) ||
           (strlen(folded) == LEGACY_ID_LEN && strspn(folded, "0123456789abcdef") == LEGACY_ID_LEN);
}

apr_status_t as_username_validate(apr_pool_t *p, const char *name)
{
    apr_size_t len = strlen(name);
    const char *folded;
    ucs4_t first = 0, point = 0;
    apr_size_t count = 0;

    if (!len || !as_utf8_is_valid(name, len)) {
        return APR_EINVAL;
    }
    for (const uint8_t *at = (const uint8_t *)name; *at; count++) {
        at = u8_next(&point, at);
        first = count ? first : point;
        if (!is_allowed(point) || count == AS_USERNAME_MAX) {
            return APR_EINVAL;
        }
    }
    if (uc_is_property_white_space(first) || uc_is_property_white_space(point) ||
        as_username_fold(p, name, &folded) != APR_SUCCESS || !*folded) {
        return APR_EINVAL;
    }
    return APR_SUCCESS;
}

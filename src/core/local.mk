# SPDX-License-Identifier: Apache-2.0
libauthsms_la_SOURCES += src/core/error.c src/core/log.c src/core/cache.c
libauthsms_la_SOURCES += src/core/base64url.c src/core/clock.c src/core/random.c

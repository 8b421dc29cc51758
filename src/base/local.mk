# SPDX-License-Identifier: Apache-2.0
libauthsms_la_SOURCES += \
	src/base/base64.c \
	src/base/base64url.c \
	src/base/cache.c \
	src/base/clock.c \
	src/base/duration.c \
	src/base/error.c \
	src/base/event.c \
	src/base/hkdf.c \
	src/base/http_client.c \
	src/base/log.c \
	src/base/mac.c \
	src/base/metric.c \
	src/base/random.c \
	src/base/seal.c \
	src/base/secret_literal.c \
	src/base/secret_source.c \
	src/base/semaphore.c \
	src/base/signed_id.c \
	src/base/template.c \
	src/base/thread.c \
	src/base/utf8.c \
	src/base/uuid.c \
	src/base/version.c \
	src/base/wipe.c

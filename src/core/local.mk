# SPDX-License-Identifier: Apache-2.0
libauthsms_la_SOURCES += src/core/error.c src/core/log.c src/core/cache.c
libauthsms_la_SOURCES += src/core/base64url.c src/core/clock.c src/core/random.c
libauthsms_la_SOURCES += src/core/alg.c src/core/claims.c src/core/jwk.c src/core/jwt.c \
	src/core/key.c src/core/keyring.c src/core/pem.c src/core/signature.c src/core/weakness.c

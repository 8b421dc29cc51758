# SPDX-License-Identifier: Apache-2.0
libauthsms_la_SOURCES += \
	src/jose/alg.c \
	src/jose/claims.c \
	src/jose/jwk.c \
	src/jose/jwt.c \
	src/jose/key.c \
	src/jose/key_record.c \
	src/jose/key_strength.c \
	src/jose/keyring.c \
	src/jose/pem.c \
	src/jose/signature.c

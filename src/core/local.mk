# SPDX-License-Identifier: Apache-2.0
libauthsms_la_SOURCES += src/core/error.c src/core/log.c src/core/cache.c
libauthsms_la_SOURCES += src/core/json_path.c
libauthsms_la_SOURCES += src/core/base64.c src/core/base64url.c src/core/clock.c src/core/random.c
libauthsms_la_SOURCES += src/core/alg.c src/core/claims.c src/core/jwk.c src/core/jwt.c \
	src/core/key.c src/core/keyring.c src/core/pem.c src/core/signature.c src/core/weakness.c
libauthsms_la_SOURCES += src/core/utf8.c src/core/typed.c src/core/json.c src/core/json_strict.c src/core/json_text.c \
	src/core/json_view.c src/core/form.c \
	src/core/duration.c src/core/gate.c src/core/username.c src/core/code.c src/core/credential.c src/core/literal.c src/core/secret.c \
	src/core/password.c src/core/password_policy.c src/core/phone.c src/core/phone_plan.c src/core/phone_tables.c src/core/seal.c src/core/template.c
libauthsms_la_SOURCES += src/core/http_client.c src/core/mac.c src/core/version.c

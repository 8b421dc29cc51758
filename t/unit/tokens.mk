# SPDX-License-Identifier: Apache-2.0
TOKEN_TESTS = t/unit/test_base64url t/unit/test_clock t/unit/test_random t/unit/test_jwk \
	t/unit/test_jwt t/unit/test_jws_vectors t/unit/test_wycheproof t/unit/test_claims
UNIT_TESTS += $(TOKEN_TESTS)
TOKEN_CPPFLAGS = $(AM_CPPFLAGS) -I$(srcdir)/t/unit \
	-DAS_SOURCE_TREE='"$(abs_top_srcdir)"' -DAS_CORPUS='"$(abs_top_srcdir)/t/fuzz/corpus"'
TOKEN_HELP = t/unit/token_support.c t/unit/token_support.h
SHARED = t/unit/shared.c t/unit/shared.h

t_unit_test_base64url_SOURCES = t/unit/test_base64url.c $(TOKEN_HELP)
t_unit_test_base64url_CPPFLAGS = $(TOKEN_CPPFLAGS)
t_unit_test_base64url_LDADD = $(UNIT_LIBS)
t_unit_test_clock_SOURCES = t/unit/test_clock.c $(TOKEN_HELP)
t_unit_test_clock_CPPFLAGS = $(TOKEN_CPPFLAGS)
t_unit_test_clock_LDADD = $(UNIT_LIBS)
t_unit_test_random_SOURCES = t/unit/test_random.c $(TOKEN_HELP)
t_unit_test_random_CPPFLAGS = $(TOKEN_CPPFLAGS)
t_unit_test_random_LDADD = $(UNIT_LIBS)
t_unit_test_jwk_SOURCES = t/unit/test_jwk.c $(TOKEN_HELP)
t_unit_test_jwk_CPPFLAGS = $(TOKEN_CPPFLAGS)
t_unit_test_jwk_LDADD = $(UNIT_LIBS)
t_unit_test_jwt_SOURCES = t/unit/test_jwt.c $(TOKEN_HELP)
t_unit_test_jwt_CPPFLAGS = $(TOKEN_CPPFLAGS)
t_unit_test_jwt_LDADD = $(UNIT_LIBS)
t_unit_test_jws_vectors_SOURCES = t/unit/test_jws_vectors.c $(TOKEN_HELP)
t_unit_test_jws_vectors_CPPFLAGS = $(TOKEN_CPPFLAGS)
t_unit_test_jws_vectors_LDADD = $(UNIT_LIBS)
t_unit_test_wycheproof_SOURCES = t/unit/test_wycheproof.c $(TOKEN_HELP) $(SHARED)
t_unit_test_wycheproof_CPPFLAGS = $(TOKEN_CPPFLAGS)
t_unit_test_wycheproof_LDADD = $(UNIT_LIBS)
t_unit_test_claims_SOURCES = t/unit/test_claims.c $(TOKEN_HELP)
t_unit_test_claims_CPPFLAGS = $(TOKEN_CPPFLAGS)
t_unit_test_claims_LDADD = $(UNIT_LIBS)

# SPDX-License-Identifier: Apache-2.0
UNIT_TESTS += t/unit/test_alg t/unit/test_claims t/unit/test_jwk t/unit/test_jws_vectors \
	t/unit/test_jwt t/unit/test_key t/unit/test_key_strength t/unit/test_keyring t/unit/test_pem \
	t/unit/test_wycheproof
t_unit_test_alg_SOURCES = t/unit/test_alg.c $(TOKEN_SUPPORT)
t_unit_test_claims_SOURCES = t/unit/test_claims.c $(TOKEN_SUPPORT)
t_unit_test_jwk_SOURCES = t/unit/test_jwk.c $(TOKEN_SUPPORT)
t_unit_test_jws_vectors_SOURCES = t/unit/test_jws_vectors.c $(TOKEN_SUPPORT)
t_unit_test_jwt_SOURCES = t/unit/test_jwt.c $(TOKEN_SUPPORT)
t_unit_test_key_SOURCES = t/unit/test_key.c $(TOKEN_SUPPORT)
t_unit_test_key_strength_SOURCES = t/unit/test_key_strength.c $(TOKEN_SUPPORT)
t_unit_test_keyring_SOURCES = t/unit/test_keyring.c $(TOKEN_SUPPORT)
t_unit_test_pem_SOURCES = t/unit/test_pem.c $(TOKEN_SUPPORT)
t_unit_test_wycheproof_SOURCES = t/unit/test_wycheproof.c $(TOKEN_SUPPORT) $(SHARED)
t_unit_test_wycheproof_CPPFLAGS = $(AM_CPPFLAGS) -DAS_SOURCE_TREE='"$(abs_top_srcdir)"'

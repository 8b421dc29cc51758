# SPDX-License-Identifier: Apache-2.0
# Fuzz targets. `make check` replays their seeds as TAP tests; `make fuzzers` builds them for real with
# clang (run: t/fuzz/fuzz_NAME DIR t/fuzz/corpus/NAME; new inputs go to DIR).
FUZZ_TARGETS = hash token jwk claims json typed credential path refresh challenge template
FUZZ_CPPFLAGS = $(AM_CPPFLAGS) -I$(srcdir)/t/fuzz
FUZZ_TESTS = t/fuzz/replay_token t/fuzz/replay_jwk t/fuzz/replay_claims t/fuzz/replay_json \
	t/fuzz/replay_typed t/fuzz/replay_credential t/fuzz/replay_path \
	t/fuzz/replay_refresh t/fuzz/replay_challenge t/fuzz/replay_hash t/fuzz/replay_template
EXTRA_DIST += t/fuzz/fuzz.h t/fuzz/corpus

t_fuzz_replay_hash_SOURCES = t/fuzz/replay.c t/fuzz/fuzz_hash.c
t_fuzz_replay_hash_CPPFLAGS = $(FUZZ_CPPFLAGS) -DFUZZ_CORPUS='"$(abs_top_srcdir)/t/fuzz/corpus/hash"'
t_fuzz_replay_hash_LDADD = libauthsms.la
t_fuzz_replay_token_SOURCES = t/fuzz/replay.c t/fuzz/fuzz_token.c
t_fuzz_replay_token_CPPFLAGS = $(FUZZ_CPPFLAGS) -DFUZZ_CORPUS='"$(abs_top_srcdir)/t/fuzz/corpus/token"'
t_fuzz_replay_token_LDADD = libauthsms.la
t_fuzz_replay_jwk_SOURCES = t/fuzz/replay.c t/fuzz/fuzz_jwk.c
t_fuzz_replay_jwk_CPPFLAGS = $(FUZZ_CPPFLAGS) -DFUZZ_CORPUS='"$(abs_top_srcdir)/t/fuzz/corpus/jwk"'
t_fuzz_replay_jwk_LDADD = libauthsms.la
t_fuzz_replay_claims_SOURCES = t/fuzz/replay.c t/fuzz/fuzz_claims.c
t_fuzz_replay_claims_CPPFLAGS = $(FUZZ_CPPFLAGS) -DFUZZ_CORPUS='"$(abs_top_srcdir)/t/fuzz/corpus/claims"'
t_fuzz_replay_claims_LDADD = libauthsms.la
t_fuzz_replay_json_SOURCES = t/fuzz/replay.c t/fuzz/fuzz_json.c
t_fuzz_replay_json_CPPFLAGS = $(FUZZ_CPPFLAGS) -DFUZZ_CORPUS='"$(abs_top_srcdir)/t/fuzz/corpus/json"'
t_fuzz_replay_json_LDADD = libauthsms.la
t_fuzz_replay_typed_SOURCES = t/fuzz/replay.c t/fuzz/fuzz_typed.c
t_fuzz_replay_typed_CPPFLAGS = $(FUZZ_CPPFLAGS) -DFUZZ_CORPUS='"$(abs_top_srcdir)/t/fuzz/corpus/typed"'
t_fuzz_replay_typed_LDADD = libauthsms.la
t_fuzz_replay_credential_SOURCES = t/fuzz/replay.c t/fuzz/fuzz_credential.c
t_fuzz_replay_credential_CPPFLAGS = $(FUZZ_CPPFLAGS) -DFUZZ_CORPUS='"$(abs_top_srcdir)/t/fuzz/corpus/credential"'
t_fuzz_replay_credential_LDADD = libauthsms.la
t_fuzz_replay_path_SOURCES = t/fuzz/replay.c t/fuzz/fuzz_path.c
t_fuzz_replay_path_CPPFLAGS = $(FUZZ_CPPFLAGS) -DFUZZ_CORPUS='"$(abs_top_srcdir)/t/fuzz/corpus/path"'
t_fuzz_replay_path_LDADD = libauthsms.la
t_fuzz_replay_refresh_SOURCES = t/fuzz/replay.c t/fuzz/fuzz_refresh.c
t_fuzz_replay_refresh_CPPFLAGS = $(FUZZ_CPPFLAGS) -DFUZZ_CORPUS='"$(abs_top_srcdir)/t/fuzz/corpus/refresh"'
t_fuzz_replay_refresh_LDADD = libauthsms.la

t_fuzz_replay_challenge_SOURCES = t/fuzz/replay.c t/fuzz/fuzz_challenge.c
t_fuzz_replay_challenge_CPPFLAGS = $(FUZZ_CPPFLAGS) -DFUZZ_CORPUS='"$(abs_top_srcdir)/t/fuzz/corpus/challenge"'
t_fuzz_replay_challenge_LDADD = libauthsms.la

t_fuzz_replay_template_SOURCES = t/fuzz/replay.c t/fuzz/fuzz_template.c
t_fuzz_replay_template_CPPFLAGS = $(FUZZ_CPPFLAGS) -DFUZZ_CORPUS='"$(abs_top_srcdir)/t/fuzz/corpus/template"'
t_fuzz_replay_template_LDADD = libauthsms.la

FUZZ_CC = clang
FUZZ_CFLAGS = -g -O1 -std=gnu11 -fsanitize=fuzzer,address,undefined -fno-sanitize-recover=undefined

.PHONY: fuzzers
fuzzers:
	@mkdir -p t/fuzz; sources=; \
	for s in $(libauthsms_la_SOURCES); do \
	  case $$s in *.c) sources="$$sources $(srcdir)/$$s" ;; esac; \
	done; \
	for name in $(FUZZ_TARGETS); do \
	  echo "  FUZZ     t/fuzz/fuzz_$$name"; \
	  $(FUZZ_CC) $(FUZZ_CFLAGS) $(FUZZ_CPPFLAGS) $(APACHE_CFLAGS) $(APR_CFLAGS) $(CURL_CFLAGS) \
	    $(JSON_CFLAGS) $(OPENSSL_CFLAGS) $(srcdir)/t/fuzz/fuzz_$$name.c $$sources \
	    $(libauthsms_la_LIBADD) -o t/fuzz/fuzz_$$name || exit 1; \
	done

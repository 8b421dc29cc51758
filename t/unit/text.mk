# SPDX-License-Identifier: Apache-2.0
UNIT_TESTS += t/unit/test_form t/unit/test_json t/unit/test_json_path t/unit/test_json_view
t_unit_test_form_SOURCES = t/unit/test_form.c $(TOKEN_SUPPORT)
t_unit_test_json_SOURCES = t/unit/test_json.c $(TOKEN_SUPPORT) t/unit/json_samples.h
t_unit_test_json_CPPFLAGS = $(AM_CPPFLAGS) -DAS_CORPUS='"$(abs_top_srcdir)/t/fuzz/corpus"'
t_unit_test_json_path_SOURCES = t/unit/test_json_path.c $(TOKEN_SUPPORT)
t_unit_test_json_view_SOURCES = t/unit/test_json_view.c $(TOKEN_SUPPORT) t/unit/json_samples.h

/* SPDX-License-Identifier: Apache-2.0 */
/* What libFuzzer (clang -fsanitize=fuzzer) and replay.c call. */
#ifndef AS_FUZZ_FUZZ_H
#define AS_FUZZ_FUZZ_H

#include <stddef.h>
#include <stdint.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* End the run, as a finding. */
#define FUZZ_REQUIRE(condition)                                                                    \
    do {                                                                                           \
        if (!(condition)) {                                                                        \
            __builtin_trap();                                                                      \
        }                                                                                          \
    } while (0)

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/* The function that libFuzzer (clang -fsanitize=fuzzer) and replay.c call. */
#ifndef AS_FUZZ_FUZZ_H
#define AS_FUZZ_FUZZ_H

#include <stddef.h>
#include <stdint.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Report a finding: end the process. */
#define FUZZ_REQUIRE(condition)                                                                    \
    do {                                                                                           \
        if (!(condition)) {                                                                        \
            __builtin_trap();                                                                      \
        }                                                                                          \
    } while (0)

#endif

/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * fuzz.h - what a fuzz target is
 *
 * One function that takes any bytes and asserts the contract of the code
 * under test. libFuzzer drives it with --enable-fuzz, replay.c otherwise.
 */
#ifndef UL_TESTS_FUZZ_H
#define UL_TESTS_FUZZ_H

#include <assert.h>
#include <stddef.h>
#include <stdint.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

#endif

/* SPDX-License-Identifier: BSD-3-Clause */
/* cc.h - what lwIP needs to know of the platform */
#ifndef UL_LWIP_ARCH_CC_H
#define UL_LWIP_ARCH_CC_H

#include <endian.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/time.h>

#define LWIP_TIMEVAL_PRIVATE 0

#define LWIP_DONT_PROVIDE_BYTEORDER_FUNCTIONS 1
#define lwip_htons(x) htobe16(x)
#define lwip_htonl(x) htobe32(x)

/* A state that our code allowed and must not have: stays on in releases. */
void ul_lwip_assert_failed(const char *what, const char *file, int line)
	__attribute__((noreturn));
#define LWIP_PLATFORM_ASSERT(what) \
	ul_lwip_assert_failed(what, __FILE__, __LINE__)
#define LWIP_PLATFORM_DIAG(x) do { } while (0)

uint32_t ul_lwip_rand(void);
#define LWIP_RAND() ul_lwip_rand()

#endif

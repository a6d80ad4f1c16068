/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * dns_exchange.h - one question to a server by TCP (RFC 7766)
 *
 * For an answer that was too long for UDP. The owner has the timer.
 */
#ifndef UL_SVC_DNS_EXCHANGE_H
#define UL_SVC_DNS_EXCHANGE_H

#include <stddef.h>
#include <stdint.h>

#include "loop/loop.h"
#include "sys/resolv.h"

/*
 * A message of the server, or @len -errno: it did not answer. Either way the
 * exchange is over but for being freed, which may be done here.
 */
typedef void (*ul_dns_exchange_fn)(uint8_t *msg, ssize_t len, void *arg);

struct ul_dns_exchange;

/* Ask @query of @len bytes, which stay in place. 0 or -errno. */
int ul_dns_exchange_new(struct ul_dns_exchange **out, struct ul_loop *loop,
			const struct ul_resolver *server, const uint8_t *query,
			size_t len, ul_dns_exchange_fn fn, void *arg);
/* NULL is fine. */
void ul_dns_exchange_free(struct ul_dns_exchange *x);

#endif

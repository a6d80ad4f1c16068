/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * heard.h - which addresses a name of DNS was answered with
 *
 * A rule by name speaks of the addresses that guests were told for it. One
 * counts for as long as the answer says, but at least UL_HEARD_FLOOR_US, for
 * a client connects some time after it asked; and while a flow to it is open.
 * All guests of a network share what one of them heard, as they share the
 * rules.
 */
#ifndef UL_FLOW_HEARD_H
#define UL_FLOW_HEARD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/addr.h"
#include "base/htab.h"
#include "base/list.h"

#define UL_HEARD_MAX 8192		/* pairs of name and address */
#define UL_HEARD_NAMES_MAX 32		/* of one address, so a look is short */
#define UL_HEARD_FLOOR_US 60000000ll
#define UL_HEARD_TTL_MAX_S 86400

struct ul_heard_table;

struct ul_heard {
	struct ul_hnode node;		/* by address */
	struct ul_list order;		/* heard longest ago first */
	struct ul_heard_table *table;
	struct ul_addr addr;
	int64_t until_us;
	unsigned int held;		/* by flows */
	char name[];
};

struct ul_heard_table *ul_heard_table_new(void);
/* Nothing is held any more. NULL is fine. */
void ul_heard_table_free(struct ul_heard_table *t);

/*
 * @name (lower case, no dot at its end) was answered with @addr. Where all is
 * full the one heard longest ago makes room, if no flow holds it.
 */
void ul_heard_add(struct ul_heard_table *t, const char *name,
		  const struct ul_addr *addr, uint32_t ttl_s, int64_t now_us);

/* Walk the names of @addr: begin with @prev NULL; NULL at the end. */
struct ul_heard *ul_heard_find(const struct ul_heard_table *t,
			       const struct ul_addr *addr,
			       const struct ul_heard *prev);

/* Does it count at @now_us for a flow that begins? */
bool ul_heard_is_fresh(const struct ul_heard *h, int64_t now_us);
/* A flow to it is in use: it counts for a while longer. */
void ul_heard_use(struct ul_heard *h, int64_t now_us);
/* A flow holds it until it is released. NULL is fine. */
struct ul_heard *ul_heard_hold(struct ul_heard *h);
void ul_heard_release(struct ul_heard *h);

size_t ul_heard_count(const struct ul_heard_table *t);
/* Those that count at @now_us. */
void ul_heard_each(const struct ul_heard_table *t, int64_t now_us,
		   void (*fn)(const struct ul_heard *h, void *arg), void *arg);

#endif

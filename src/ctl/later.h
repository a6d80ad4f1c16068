/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * later.h - answers that are owed to a client
 *
 * A command whose outcome takes time holds up neither its client's next one
 * nor anybody else's: its answer comes when it is known. When the client
 * leaves before, what is under way for it is ended.
 */
#ifndef UL_CTL_LATER_H
#define UL_CTL_LATER_H

#include <jansson.h>

#include "base/list.h"

#define UL_LATERS_MAX 64	/* of one client */

struct ul_client;
struct ul_later;

/* Embedded in the client. */
struct ul_laters {
	struct ul_list list;
	unsigned int count;
};

void ul_laters_init(struct ul_laters *laters);
/* None of them will be answered: what they wait for is ended. */
void ul_laters_cancel(struct ul_laters *laters);

/*
 * Owe the answer to the command whose "id" was @id (NULL: it had none).
 * @cancel ends what it waits for. NULL with UL_LATERS_MAX owed already.
 */
struct ul_later *ul_later_new(struct ul_client *client, json_t *id,
			      void (*cancel)(void *arg), void *arg);

/* Answer with "return", or with "error"; @later is gone. */
void ul_later_return(struct ul_later *later, json_t *take_result);
void ul_later_fail(struct ul_later *later, const char *class_name,
		   const char *desc);
/* What it would have waited for did not begin: the caller answers. */
void ul_later_drop(struct ul_later *later);

#endif

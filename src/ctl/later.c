/* SPDX-License-Identifier: BSD-3-Clause */
/* later.c - answers that are owed to a client */
#include "ctl/later.h"

#include <glib.h>

#include "ctl/client.h"
#include "ctl/json.h"

struct ul_later {
	struct ul_list node;
	struct ul_laters *all;
	struct ul_client *client;
	json_t *id;
	void (*cancel)(void *arg);
	void *arg;
};

void ul_laters_init(struct ul_laters *laters)
{
	ul_list_init(&laters->list);
	laters->count = 0;
}

void ul_later_drop(struct ul_later *l)
{
	ul_list_remove(&l->node);
	l->all->count--;
	json_decref(l->id);
	g_free(l);
}

void ul_laters_cancel(struct ul_laters *laters)
{
	struct ul_list *n;

	while ((n = ul_list_first(&laters->list)) != NULL) {
		struct ul_later *l = ul_container_of(n, struct ul_later, node);
		void (*cancel)(void *arg) = l->cancel;
		void *arg = l->arg;

		ul_later_drop(l);
		cancel(arg);
	}
}

struct ul_later *ul_later_new(struct ul_client *client, json_t *id,
			      void (*cancel)(void *arg), void *arg)
{
	struct ul_laters *all = ul_client_laters(client);
	struct ul_later *l;

	if (all->count >= UL_LATERS_MAX)
		return NULL;
	l = g_new0(struct ul_later, 1);
	l->all = all;
	l->client = client;
	l->id = json_incref(id);
	l->cancel = cancel;
	l->arg = arg;
	ul_list_append(&all->list, &l->node);
	all->count++;
	return l;
}

/* The client may be over by what it is told, but is there until the turn ends. */
static void answer(struct ul_later *l, const char *member, json_t *take_value)
{
	struct ul_client *client = l->client;
	json_t *message = json_object();

	ul_json_put(message, member, take_value);
	if (l->id)
		json_object_set(message, "id", l->id);
	ul_later_drop(l);
	ul_client_say(client, message);
	json_decref(message);
}

void ul_later_return(struct ul_later *l, json_t *take_result)
{
	answer(l, "return", take_result);
}

void ul_later_fail(struct ul_later *l, const char *class_name,
		   const char *desc)
{
	answer(l, "error", ul_json_error(class_name, "%s", desc));
}

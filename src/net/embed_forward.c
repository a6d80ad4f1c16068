/* SPDX-License-Identifier: BSD-3-Clause */
/* embed_forward.c - ways between the host and an embedded network's guest */
#include <errno.h>
#include <string.h>

#include <glib.h>

#include "flow/forward.h"
#include "flow/guestfwd.h"
#include "net/embed.h"
#include "net/router.h"

int ul_embed_forward(struct ul_embed *e, const struct ul_forward_conf *conf,
		     char **error)
{
	return ul_router_forward(ul_embed_router(e), conf, NULL, NULL, NULL,
				 error);
}

/* What the forward took: the port that was free, too. */
static bool is_at(const struct ul_forward_info *info, void *arg)
{
	const struct ul_embed_door *door = arg;

	if (info->is_udp != door->is_udp)
		return false;
	if (door->path)
		return info->path && !strcmp(info->path, door->path);
	return info->host_count && ul_ep_eq(&info->host[0], &door->host);
}

int ul_embed_unforward(struct ul_embed *e, const struct ul_embed_door *door)
{
	struct ul_forwards *all = ul_router_forwards(ul_embed_router(e));
	struct ul_forward *f = ul_forwards_find(all, is_at, (void *)door);

	if (!f)
		return -ENOENT;
	ul_forward_remove(f, UL_FORWARD_KEEP);
	return 0;
}

void ul_embed_add_guestfwd(struct ul_embed *e,
			   const struct ul_embed_guestfwd *fwd)
{
	struct ul_guestfwd_rule rule = {
		.at = fwd->at, .path = fwd->path, .argv = fwd->argv,
		.text = fwd->text, .open = fwd->open, .arg = fwd->arg,
	};

	ul_guestfwds_add(ul_router_guestfwds(ul_embed_router(e)), &rule);
}

int ul_embed_remove_guestfwd(struct ul_embed *e, const struct ul_ep *at)
{
	return ul_guestfwds_remove(ul_router_guestfwds(ul_embed_router(e)),
				   at);
}

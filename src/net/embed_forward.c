/* SPDX-License-Identifier: BSD-3-Clause */
/* embed_forward.c - host ports that lead to an embedded network's guest */
#include <errno.h>
#include <string.h>

#include <glib.h>

#include "flow/forward.h"
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

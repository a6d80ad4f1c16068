/* SPDX-License-Identifier: BSD-3-Clause */
/* udp_peer.c - whom a guest's endpoint talks to */
#include "flow/udp_peer.h"

#include <stdlib.h>

#include "flow/policy.h"

#define PEERS_MAX 1024			/* of one mapping */
/* Of all guests together; above that each guest has its part of them. */
#define PEERS_ALL_MAX 65536
#define PEER_KEY_LEN (8 + 16)

static uint64_t peer_hash(const struct ul_udp_mapping *m,
			  const struct ul_addr *host)
{
	uint8_t key[PEER_KEY_LEN] = { 0 };

	memcpy(key, &m, sizeof(m));
	memcpy(key + 8, host->b, 16);
	return ul_hash(&m->proxy->hash_key, key, sizeof(key));
}

struct ul_udp_peer *ul_udp_peer_find(const struct ul_udp_mapping *m,
				     const struct ul_addr *host)
{
	uint64_t hash = peer_hash(m, host);
	struct ul_hnode *n = NULL;

	while ((n = ul_htab_find(&m->proxy->peers, hash, n))) {
		struct ul_udp_peer *q =
			ul_container_of(n, struct ul_udp_peer, hash_node);

		if (q->mapping == m && ul_addr_eq(&q->host, host))
			return q;
	}
	return NULL;
}

struct ul_udp_peer *ul_udp_peer_oldest(const struct ul_udp_mapping *m)
{
	struct ul_list *n = ul_list_first(&m->peers);

	return n ? ul_container_of(n, struct ul_udp_peer, node) : NULL;
}

void ul_udp_peer_forget(struct ul_udp_peer *q)
{
	ul_htab_remove(&q->mapping->proxy->peers, &q->hash_node);
	ul_list_remove(&q->node);
	q->mapping->peer_count--;
	q->mapping->share.account->udp_peers--;
	free(q);
}

/* One each is always had. */
static bool has_its_peers(const struct ul_udp_mapping *m)
{
	const struct ul_udp_proxy *p = m->proxy;

	if (m->peer_count == PEERS_MAX)
		return true;
	return m->peer_count && p->peers.count >= PEERS_ALL_MAX &&
	       m->share.account->udp_peers >=
	       PEERS_ALL_MAX / ul_accounts_count(p->ctx->accounts);
}

struct ul_udp_peer *ul_udp_peer_remember(struct ul_udp_mapping *m,
					 const struct ul_addr *host,
					 const struct ul_addr *visible)
{
	struct ul_udp_proxy *p = m->proxy;
	struct ul_udp_peer *q = ul_udp_peer_find(m, host);

	if (!q) {
		if (has_its_peers(m))
			ul_udp_peer_forget(ul_udp_peer_oldest(m));
		q = calloc(1, sizeof(*q));
		if (!q)
			return NULL;
		q->mapping = m;
		q->host = *host;
		q->hash_node.hash = peer_hash(m, host);
		ul_list_init(&q->node);
		ul_htab_insert(&p->peers, &q->hash_node);
		m->peer_count++;
		m->share.account->udp_peers++;
	}
	q->visible = *visible;
	ul_list_move_tail(&m->peers, &q->node);
	return q;
}

bool ul_udp_peer_may_answer(struct ul_udp_peer *q, uint16_t port)
{
	struct ul_udp_mapping *m = q->mapping;
	struct ul_policy *policy = m->proxy->ctx->policy;
	unsigned int serial = ul_policy_serial(policy);
	struct ul_try attempt = {
		.port = m->share.account->port, .proto = UL_IPPROTO_UDP,
		.dst = { q->visible, port }, .is_open = true,
	};
	struct ul_ep host = { q->host, port };
	size_t rules;

	ul_policy_rules(policy, &rules);
	if (port == q->port || !rules ||
	    (port == q->other_port && serial == q->other_serial))
		return true;
	if (!ul_policy_still_allows(policy, &attempt, &host))
		return false;
	q->other_port = port;
	q->other_serial = serial;
	return true;
}

/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * fuzz_vxlan_port.c - datagrams from two remotes, each frame sent back
 *
 * The input is a row of datagrams: which remote (one byte), length (two), and
 * as many bytes. They take the way of real ones, over loopback.
 */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/cursor.h"
#include "base/log.h"
#include "fuzz/fuzz.h"
#include "link/gso.h"
#include "link/vxlan.h"
#include "wire/sums.h"

#define MTU 1450
#define DATAGRAM_MAX 65507

static struct ul_loop *loop;
static struct ul_port *port;
static int remote[2];
static struct sockaddr_storage port_sa;
static socklen_t port_sa_len;

static void on_frame(struct ul_port *p, struct ul_frame *f, void *arg)
{
	struct ul_piece piece = { f->data, f->len, f->buf };
	struct ul_gso gso;

	assert(f->len >= 14);
	if (f->offload.csum == UL_CSUM_VALID)
		assert(ul_sums_check(f->data, f->len).state == UL_SUMS_RIGHT);
	if (f->offload.gso_size)
		assert(!ul_gso_check(&gso, &piece, 1, &f->offload));
	else
		assert(f->len <= MTU + 22);
	ul_port_send(p, &piece, 1, &f->offload);
}

static void on_event(struct ul_port *p, void *arg)
{
}

static void on_detached(struct ul_port *p, void *arg)
{
	abort();
}

static const struct ul_port_handler handler = {
	.frame = on_frame, .batch_end = on_event, .has_room = on_event,
	.detached = on_detached,
};

static int open_socket(const char *addr, struct ul_ep *ep)
{
	struct sockaddr_storage sa;
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK, 0);
	socklen_t len;
	int ret;

	ul_addr_parse(&ep->addr, addr);
	ep->port = 0;
	len = ul_ep_to_sa(ep, &sa);
	ret = bind(fd, (struct sockaddr *)&sa, len);
	assert(!ret);
	ret = getsockname(fd, (struct sockaddr *)&sa, &len);
	assert(!ret);
	ul_ep_from_sa(ep, (struct sockaddr *)&sa);
	return fd;
}

static void set_up(void)
{
	struct ul_ep ep[2];
	struct ul_vxlan_conf conf = {
		.vni = 42, .remotes = ep, .remote_count = 2, .mtu = MTU,
	};
	char *error;

	ul_log_set_level(UL_LOG_ERROR);
	remote[0] = open_socket("127.0.0.2", &ep[0]);
	remote[1] = open_socket("127.0.0.3", &ep[1]);
	close(open_socket("127.0.0.1", &conf.local));
	port_sa_len = ul_ep_to_sa(&conf.local, &port_sa);
	loop = ul_loop_new();
	port = ul_vxlan_new(loop, &conf, &handler, NULL, &error);
	assert(port);
}

static void tear_down(void)
{
	ul_port_free(port);
	ul_loop_free(loop);
	close(remote[0]);
	close(remote[1]);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct ul_rd r = ul_rd_new(data, size);
	char drain;

	set_up();
	while (r.left) {
		unsigned int who = ul_rd_u8(&r) & 1;
		size_t len = ul_rd_u16(&r);
		const uint8_t *bytes;

		if (len > r.left)
			len = r.left;
		if (len > DATAGRAM_MAX)
			len = DATAGRAM_MAX;
		bytes = ul_rd_take(&r, len);
		if (!bytes)
			break;
		sendto(remote[who], bytes, len, 0,
		       (struct sockaddr *)&port_sa, port_sa_len);
		ul_loop_turn(loop, 0);
		while (recv(remote[who], &drain, 1, 0) >= 0)
			;
	}
	tear_down();
	return 0;
}

/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * fuzz_tftp_srv.c - the TFTP server takes any messages, from any guest
 *
 * The input is a row of messages, each after a byte of who sends it and to
 * which port, one of how many tenths of a second passed, and one of its
 * length; what is left over is one more message.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/cursor.h"
#include "fuzz/fuzz.h"
#include "svc/tftp_srv.h"

#define SIZE 5000
#define TENTH_US 100000
#define TO_TRANSFER 0x80	/* where the last answer came from */
#define GUESTS 0x0f

static int64_t now_us;
static uint16_t last_port;
static unsigned int sent;

static int64_t fake_clock(void *arg)
{
	return now_us;
}

static int on_open(const char *name, uint64_t *size, void *arg)
{
	int fd;

	if (*name != 'f')
		return -ENOENT;
	fd = memfd_create("tftp", MFD_CLOEXEC);
	assert(fd >= 0 && !ftruncate(fd, SIZE));
	/* Some are shorter than they were. */
	*size = strlen(name) > 3 ? 2 * SIZE : SIZE;
	return fd;
}

static void on_send(const struct ul_ep *guest, const struct ul_ep *service,
		    const uint8_t *data, size_t len, void *arg)
{
	assert(len >= 4 && len <= 4 + UL_TFTP_BLOCK_MAX);
	last_port = service->port;
	sent++;
}

static void say(struct ul_tftp_srv *srv, uint8_t who, const uint8_t *data,
		size_t len)
{
	unsigned int before = sent;
	struct ul_ep guest = {
		ul_addr_v4(0x0a000210u + (who & GUESTS)), 2000,
	};
	struct ul_ep service = {
		ul_addr_v4(0x0a000204),
		who & TO_TRANSFER ? last_port : UL_TFTP_PORT,
	};
	uint8_t *exact = malloc(len ? len : 1);

	assert(exact);
	memcpy(exact, data, len);
	ul_tftp_srv_input(srv, &guest, &service,
			  (void *)(uintptr_t)(who & GUESTS), exact, len);
	free(exact);
	/* An answer to one packet is a window at most. */
	assert(sent - before <= UL_TFTP_WINDOW_MAX + 1);
	assert(ul_tftp_srv_count(srv) <= UL_TFTP_SESSIONS);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct ul_tftp_srv_conf conf = {
		.loop = ul_loop_new(), .open = on_open, .send = on_send,
	};
	struct ul_rd r = ul_rd_new(data, size);
	struct ul_tftp_srv *srv;

	now_us = 1;
	last_port = UL_TFTP_PORT;
	ul_loop_set_clock(conf.loop, fake_clock, NULL);
	ul_loop_turn(conf.loop, 0);
	srv = ul_tftp_srv_new(&conf);
	while (r.left) {
		uint8_t who = ul_rd_u8(&r);
		size_t len;
		struct ul_rd msg;

		now_us += ul_rd_u8(&r) * TENTH_US;
		ul_loop_turn(conf.loop, 0);
		len = ul_rd_u8(&r);
		msg = ul_rd_sub(&r, len < r.left ? len : r.left);
		if (msg.p)
			say(srv, who, msg.p, msg.left);
	}
	/* Whoever went silent is given up. */
	for (int i = 0; i < UL_TFTP_TRIES; i++) {
		now_us += 256 * 1000000ll;
		ul_loop_turn(conf.loop, 0);
	}
	assert(ul_tftp_srv_count(srv) == 0);
	ul_tftp_srv_free(srv);
	ul_loop_free(conf.loop);
	return 0;
}

/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * fake_machine.h - a machine at the other end of a vhost-user port
 *
 * With memory, two rings and a driver of them (fake_driver). It lives in the
 * loop that the port lives in: what it sends is read in the next turn.
 */
#ifndef UL_TESTS_FAKE_MACHINE_H
#define UL_TESTS_FAKE_MACHINE_H

#include "fake/fake_driver.h"
#include "link/vhost_net.h"
#include "loop/loop.h"
#include "wire/vhost_msg.h"

#define FAKE_RX 0
#define FAKE_TX 1
#define FAKE_RING_SIZE 64
/* Where things are in its memory. */
#define FAKE_RX_AT 0
#define FAKE_TX_AT (256u << 10)
#define FAKE_LOG_LEN 4096
#define FAKE_RX_BUFS (1u << 20)
#define FAKE_TX_BUFS (3u << 20)
#define FAKE_TX_BUF_LEN (128u << 10)

#define FAKE_F_CSUM (1ull << 0)
#define FAKE_F_GUEST_CSUM (1ull << 1)
#define FAKE_F_TSO (1ull << 7 | 1ull << 8 | 1ull << 9 | 1ull << 11 | \
		    1ull << 12 | 1ull << 13)
#define FAKE_F_MRG (1ull << 15)
#define FAKE_F_LOG (1ull << 26)
#define FAKE_F_INDIRECT (1ull << 28)
#define FAKE_F_EVENT (1ull << 29)
#define FAKE_F_PROTOCOL (1ull << 30)
#define FAKE_F_VERSION_1 (1ull << 32)
#define FAKE_F_PACKED (1ull << 34)
#define FAKE_F_USO (7ull << 54)
#define FAKE_F_MODERN (FAKE_F_VERSION_1 | FAKE_F_PROTOCOL | FAKE_F_MRG | \
		       FAKE_F_INDIRECT | FAKE_F_EVENT | FAKE_F_CSUM | \
		       FAKE_F_GUEST_CSUM | FAKE_F_TSO)

struct fake_machine {
	struct ul_loop *loop;
	int sock, theirs;
	struct fake_mem mem;
	struct fake_ring ring[2];
	int kick[2], call[2];
	uint64_t features;
	uint32_t rx_buf_len;
	uint32_t base[2];
};

/* @sock is the machine's end; @theirs is to make a port of. */
void fake_machine_init(struct fake_machine *m, struct ul_loop *loop);
void fake_machine_fini(struct fake_machine *m);

/* Send a message as it is. */
void fake_machine_send(struct fake_machine *m, const struct ul_vhost_msg *msg,
		       const int *fds, unsigned int count);
void fake_machine_send_u64(struct fake_machine *m,
			   enum ul_vhost_request request, uint64_t value,
			   int fd);
void fake_machine_send_ring(struct fake_machine *m,
			    enum ul_vhost_request request, uint32_t index,
			    uint32_t num);
/* The reply to the last message, after a few turns. False: none. */
bool fake_machine_reply(struct fake_machine *m, struct ul_vhost_msg *reply,
			int *fd);
void fake_machine_turn(struct fake_machine *m);

/* As a machine does it at its start: features, memory, both rings. */
void fake_machine_start(struct fake_machine *m, uint64_t features);
void fake_machine_send_table(struct fake_machine *m);
void fake_machine_start_ring(struct fake_machine *m, unsigned int index);
/* Stop a ring and keep its base. */
void fake_machine_stop_ring(struct fake_machine *m, unsigned int index);

void fake_machine_kick(struct fake_machine *m, unsigned int index);
/* How often it was called since it was asked last. */
uint64_t fake_machine_calls(struct fake_machine *m, unsigned int index);

/* Offer @count buffers of @len bytes to receive into. */
void fake_machine_offer(struct fake_machine *m, unsigned int count,
			uint32_t len);
/*
 * A frame that was received, with its header of 12 or 10 bytes, in @out of
 * @max bytes; its length, 0: none. @buffers (may be NULL): how many it took.
 */
size_t fake_machine_receive(struct fake_machine *m, uint8_t *out, size_t max,
			    unsigned int *buffers);
/* Send @len bytes, header first, as a chain of @pieces. */
void fake_machine_transmit(struct fake_machine *m, const void *data,
			   size_t len, unsigned int pieces);

#endif

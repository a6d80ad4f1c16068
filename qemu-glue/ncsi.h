/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * ncsi.h - the network controller that a management processor talks to
 *
 * A BMC drives the host's network controller by commands in frames (NC-SI,
 * DSP0222). libslirp answers those that Linux sends with what a controller
 * would say that is always up, and so do we. Pure: a frame in, a frame out.
 */
#ifndef UL_QEMU_GLUE_NCSI_H
#define UL_QEMU_GLUE_NCSI_H

#include <stddef.h>
#include <stdint.h>

#define UL_NCSI_ETHERTYPE 0x88f8
/* Ethernet, header, the longest payload, checksum. */
#define UL_NCSI_ANSWER_MAX (14 + 16 + 172 + 4)

struct ul_ncsi_conf {
	uint32_t mfr_id;	/* whose controller it is, an IANA number */
	uint8_t mac[6];		/* for the BMC; zeros: none */
};

/*
 * Answer the Ethernet frame @frame of @len bytes, a command: how long the
 * answer in @out is, or 0 when there is none.
 */
size_t ul_ncsi_answer(uint8_t out[UL_NCSI_ANSWER_MAX],
		      const struct ul_ncsi_conf *conf,
		      const uint8_t *frame, size_t len);

#endif

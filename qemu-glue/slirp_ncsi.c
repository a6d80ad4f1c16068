/* SPDX-License-Identifier: BSD-3-Clause */
/* slirp_ncsi.c - a management processor's frames, answered at once */
#include "qemu-glue/slirp_priv.h"

#include <string.h>

#include "qemu-glue/ncsi.h"

bool ul_slirp_ncsi_input(const struct Slirp *s, const uint8_t *frame,
			 size_t len)
{
	struct ul_ncsi_conf conf = { .mfr_id = s->mfr_id };
	uint8_t out[UL_NCSI_ANSWER_MAX] = { 0 };
	size_t n;

	if (len < 14 || frame[12] != UL_NCSI_ETHERTYPE >> 8 ||
	    frame[13] != (UL_NCSI_ETHERTYPE & 0xff))
		return false;
	memcpy(conf.mac, s->oob_eth_addr, sizeof(conf.mac));
	n = ul_ncsi_answer(out, &conf, frame, len);
	if (n > 0)
		ul_slirp_cb_send(s, out, n < SHORTEST_FRAME ? SHORTEST_FRAME : n);
	return true;
}

/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * ncsi.c - the network controller that a management processor talks to
 *
 * An answer is the command's header with 0x80 added to its type; a payload,
 * which begins with a code and a reason; and the sum of all 16-bit words,
 * negated. Commands that no controller here knows are answered as DSP0222
 * wants, with code and reason: libslirp's answer to these has no payload and
 * the checksum in its place. What is an answer itself is never answered.
 */
#include "qemu-glue/ncsi.h"

#include <stdbool.h>
#include <string.h>

#include "base/cursor.h"

#define ETH_LEN 14
#define HEAD_LEN 16
#define REVISION 1
#define ANSWER_BIT 0x80

enum {
	CODE_COMPLETED = 0,
	CODE_FAILED = 1,
	CODE_UNAVAILABLE = 2,
	CODE_UNSUPPORTED = 3,
};
enum {
	REASON_NONE = 0,
	REASON_LENGTH = 5,
	REASON_UNKNOWN = 0x7fff,
};

/* Commands whose answer says more than that all is well. */
#define GET_LINK_STATUS 0x0a
#define GET_VERSION 0x15
#define GET_CAPABILITIES 0x16
#define OEM 0x50

#define NCSI_VERSION 0xf1f0f000		/* 1.0.0, in its own BCD */
#define LINK_UP 1
#define UNICAST_FILTERS 2

/* Mellanox' (IANA 0x8119) way to ask for the BMC's MAC. */
#define MELLANOX 0x8119
#define MLX_GET_MAC 0x00
#define MLX_GET_MAC_PARAM 0x1b
#define MLX_GET_MAC_LEN 24
#define MLX_COMMAND_LEN 4		/* revision, command, parameter, - */

/* How long each command's answer is; 0: there is no such command. */
static const uint8_t payload_len[UINT8_MAX + 1] = {
	[0x00] = 4, [0x01] = 4, [0x02] = 4, [0x03] = 4, [0x04] = 4,
	[0x05] = 4, [0x06] = 4, [0x07] = 4, [0x08] = 4, [0x09] = 4,
	[GET_LINK_STATUS] = 16,
	[0x0b] = 4, [0x0c] = 4, [0x0d] = 4, [0x0e] = 4, [0x10] = 4,
	[0x11] = 4, [0x12] = 4, [0x13] = 4, [0x14] = 4,
	[GET_VERSION] = 40, [GET_CAPABILITIES] = 32,
	[0x17] = 40,			/* parameters: no filters are set */
	[0x18] = 172, [0x19] = 172, [0x1a] = 172,	/* statistics */
	[0x1b] = 8,			/* package status */
	[OEM] = 8,			/* grows with what is asked */
	[0x51] = 4,			/* PLDM */
	[0x52] = 20,			/* package UUID */
};

/* What is read of a command. */
struct command {
	uint8_t mc_id, id, type, channel;
	struct ul_rd data;	/* behind the header, padding too */
};

static bool read_command(struct command *c, const uint8_t *frame, size_t len)
{
	struct ul_rd r = ul_rd_new(frame, len);

	ul_rd_skip(&r, ETH_LEN);
	c->mc_id = ul_rd_u8(&r);
	ul_rd_skip(&r, 2);		/* revision, reserved */
	c->id = ul_rd_u8(&r);
	c->type = ul_rd_u8(&r);
	c->channel = ul_rd_u8(&r);
	ul_rd_skip(&r, 2 + 8);		/* length, reserved */
	c->data = r;
	return !r.bad;
}

static void put_result(struct ul_wr *w, uint16_t code, uint16_t reason)
{
	ul_wr_u16(w, code);
	ul_wr_u16(w, reason);
}

static void put_capabilities(struct ul_wr *w)
{
	for (int i = 0; i < 5; i++)
		ul_wr_u32(w, UINT32_MAX);
	ul_wr_zero(w, 3);		/* VLAN, mixed and multicast filters */
	ul_wr_u8(w, UNICAST_FILTERS);
	ul_wr_zero(w, 2);
	ul_wr_u8(w, UINT8_MAX);		/* VLAN modes */
	ul_wr_u8(w, 0);
}

/* The status takes the place of the command's revision. */
static void put_mellanox_mac(struct ul_wr *w, const struct ul_ncsi_conf *conf,
			     const uint8_t cmd[MLX_COMMAND_LEN])
{
	static const uint8_t none[6];

	put_result(w, CODE_COMPLETED, REASON_NONE);
	ul_wr_u32(w, MELLANOX);
	ul_wr_u8(w, memcmp(conf->mac, none, sizeof(none)) != 0);
	ul_wr_bytes(w, cmd + 1, MLX_COMMAND_LEN - 1);
	ul_wr_zero(w, 4);
	ul_wr_bytes(w, conf->mac, sizeof(conf->mac));
	ul_wr_zero(w, 2);
}

static void put_oem(struct ul_wr *w, const struct ul_ncsi_conf *conf,
		    struct ul_rd *r)
{
	uint8_t cmd[MLX_COMMAND_LEN];
	uint32_t mfr_id = ul_rd_u32(r);

	if (r->bad) {
		put_result(w, CODE_FAILED, REASON_LENGTH);
		return;
	}
	ul_rd_bytes(r, cmd, sizeof(cmd));
	if (!r->bad && mfr_id == conf->mfr_id && mfr_id == MELLANOX &&
	    cmd[1] == MLX_GET_MAC && cmd[2] == MLX_GET_MAC_PARAM) {
		put_mellanox_mac(w, conf, cmd);
		return;
	}
	put_result(w, CODE_UNSUPPORTED, REASON_UNKNOWN);
	ul_wr_u32(w, mfr_id);
}

static void put_payload(struct ul_wr *w, const struct ul_ncsi_conf *conf,
			struct command *c)
{
	size_t end = w->len + payload_len[c->type];

	if (payload_len[c->type] == 0) {
		put_result(w, CODE_UNAVAILABLE, REASON_UNKNOWN);
		return;
	}
	if (c->type == OEM) {
		put_oem(w, conf, &c->data);
		return;
	}
	put_result(w, CODE_COMPLETED, REASON_NONE);
	if (c->type == GET_LINK_STATUS)
		ul_wr_u32(w, LINK_UP);
	if (c->type == GET_CAPABILITIES)
		put_capabilities(w);
	if (c->type == GET_VERSION) {
		ul_wr_u32(w, NCSI_VERSION);
		ul_wr_zero(w, 28);	/* the firmware's name and version */
		ul_wr_u32(w, conf->mfr_id);
	}
	ul_wr_zero(w, end - w->len);
}

static uint32_t checksum(const uint8_t *data, size_t len)
{
	struct ul_rd r = ul_rd_new(data, len);
	uint32_t sum = 0;

	while (r.left > 0)
		sum += ul_rd_u16(&r);
	return ~sum + 1;
}

size_t ul_ncsi_answer(uint8_t out[UL_NCSI_ANSWER_MAX],
		      const struct ul_ncsi_conf *conf,
		      const uint8_t *frame, size_t len)
{
	struct ul_wr w = ul_wr_new(out, UL_NCSI_ANSWER_MAX);
	struct command c;

	if (!read_command(&c, frame, len) || c.type & ANSWER_BIT)
		return 0;
	memset(ul_wr_take(&w, 12), 0xff, 12);
	ul_wr_u16(&w, UL_NCSI_ETHERTYPE);
	ul_wr_u8(&w, c.mc_id);
	ul_wr_u8(&w, REVISION);
	ul_wr_u8(&w, 0);
	ul_wr_u8(&w, c.id);
	ul_wr_u8(&w, c.type | ANSWER_BIT);
	ul_wr_u8(&w, c.channel);
	ul_wr_zero(&w, 2 + 8);
	put_payload(&w, conf, &c);
	ul_wr_patch_u16(&w, ETH_LEN + 6,
			(uint16_t)(w.len - ETH_LEN - HEAD_LEN));
	ul_wr_u32(&w, checksum(out + ETH_LEN, w.len - ETH_LEN));
	return w.bad ? 0 : w.len;
}

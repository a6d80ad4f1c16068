/* SPDX-License-Identifier: BSD-3-Clause */
/* pcapng.c - blocks of a pcapng capture */
#include "wire/pcapng.h"

#include <string.h>

#define BLOCK_SECTION 0x0a0d0d0au
#define BLOCK_INTERFACE 1
#define BLOCK_STATISTICS 5
#define BLOCK_PACKET 6
#define BYTE_ORDER 0x1a2b3c4du
#define LINKTYPE_ETHERNET 1

#define OPT_END 0
#define SHB_USERAPPL 4
#define IF_NAME 2
#define IF_TSRESOL 9
#define EPB_FLAGS 2
#define ISB_IFRECV 4
#define ISB_IFDROP 5

#define NANOSECONDS 9		/* 10 to the power of minus this */
#define NAME_MAX_LEN 100
#define BLOCK_OVERHEAD 12	/* type, and the length twice */
#define FLAGS_LEN 12		/* of the option and the end of options */

static size_t padded(size_t len)
{
	return (len + 3) & ~(size_t)3;
}

static void put_u64(struct ul_wr *w, uint64_t v)
{
	ul_wr_u32(w, (uint32_t)(v >> 32));
	ul_wr_u32(w, (uint32_t)v);
}

static void put_option(struct ul_wr *w, uint16_t code, const void *data,
		       size_t len)
{
	ul_wr_u16(w, code);
	ul_wr_u16(w, (uint16_t)len);
	ul_wr_bytes(w, data, len);
	ul_wr_zero(w, padded(len) - len);
}

static void put_option_u64(struct ul_wr *w, uint16_t code, uint64_t v)
{
	ul_wr_u16(w, code);
	ul_wr_u16(w, sizeof(v));
	put_u64(w, v);
}

static void end_options(struct ul_wr *w)
{
	ul_wr_u16(w, OPT_END);
	ul_wr_u16(w, 0);
}

/* A block whose length is known only behind it; its start. */
static size_t begin(struct ul_wr *w, uint32_t type)
{
	size_t at = w->len;

	ul_wr_u32(w, type);
	ul_wr_u32(w, 0);
	return at;
}

static void end(struct ul_wr *w, size_t at)
{
	size_t len = w->len - at + sizeof(uint32_t);

	ul_wr_u32(w, (uint32_t)len);
	ul_wr_patch_u16(w, at + 4, (uint16_t)(len >> 16));
	ul_wr_patch_u16(w, at + 6, (uint16_t)len);
}

static size_t text_len(const char *text)
{
	return strnlen(text, NAME_MAX_LEN);
}

void ul_pcapng_section(struct ul_wr *w, const char *application)
{
	size_t at = begin(w, BLOCK_SECTION);

	ul_wr_u32(w, BYTE_ORDER);
	ul_wr_u16(w, 1);
	ul_wr_u16(w, 0);
	put_u64(w, UINT64_MAX);		/* its length is not known */
	put_option(w, SHB_USERAPPL, application, text_len(application));
	end_options(w);
	end(w, at);
}

void ul_pcapng_interface(struct ul_wr *w, const char *name, uint32_t snap_len)
{
	static const uint8_t resolution = NANOSECONDS;
	size_t at = begin(w, BLOCK_INTERFACE);

	ul_wr_u16(w, LINKTYPE_ETHERNET);
	ul_wr_u16(w, 0);
	ul_wr_u32(w, snap_len);
	put_option(w, IF_NAME, name, text_len(name));
	put_option(w, IF_TSRESOL, &resolution, sizeof(resolution));
	end_options(w);
	end(w, at);
}

static size_t packet_block_len(const struct ul_pcapng_packet *p)
{
	return BLOCK_OVERHEAD + UL_PCAPNG_PACKET_HLEN - 8 +
	       padded(p->cap_len) +
	       (p->direction == UL_PCAPNG_UNKNOWN ? 0 : FLAGS_LEN);
}

void ul_pcapng_packet_head(struct ul_wr *w, const struct ul_pcapng_packet *p)
{
	ul_wr_u32(w, BLOCK_PACKET);
	ul_wr_u32(w, (uint32_t)packet_block_len(p));
	ul_wr_u32(w, p->interface);
	put_u64(w, p->time_ns);
	ul_wr_u32(w, p->cap_len);
	ul_wr_u32(w, p->len);
}

void ul_pcapng_packet_tail(struct ul_wr *w, const struct ul_pcapng_packet *p)
{
	ul_wr_zero(w, padded(p->cap_len) - p->cap_len);
	if (p->direction != UL_PCAPNG_UNKNOWN) {
		ul_wr_u16(w, EPB_FLAGS);
		ul_wr_u16(w, sizeof(uint32_t));
		ul_wr_u32(w, p->direction);
		end_options(w);
	}
	ul_wr_u32(w, (uint32_t)packet_block_len(p));
}

void ul_pcapng_statistics(struct ul_wr *w, uint32_t interface,
			  uint64_t time_ns, uint64_t received,
			  uint64_t dropped)
{
	size_t at = begin(w, BLOCK_STATISTICS);

	ul_wr_u32(w, interface);
	put_u64(w, time_ns);
	put_option_u64(w, ISB_IFRECV, received);
	put_option_u64(w, ISB_IFDROP, dropped);
	end_options(w);
	end(w, at);
}

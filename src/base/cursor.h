/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * cursor.h - bounded reading and writing of bytes
 *
 * A reader or writer is a position, what is left, and one sticky fact: bad.
 * Past the end every read yields zero and every write goes nowhere, so a
 * parser reads in straight lines and asks once, at its end. No code outside
 * this file does arithmetic on pointers into guest bytes.
 */
#ifndef UL_BASE_CURSOR_H
#define UL_BASE_CURSOR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

struct ul_rd {
	const uint8_t *p;
	size_t left;
	bool bad;
};

struct ul_wr {
	uint8_t *start;
	size_t len;		/* bytes written */
	size_t cap;
	bool bad;
};

/* A reader over the @len bytes at @data, borrowed. */
static inline struct ul_rd ul_rd_new(const void *data, size_t len)
{
	return (struct ul_rd){ .p = data, .left = len };
}

/* Borrow the next @n bytes, or NULL (and a bad cursor) when there are fewer. */
static inline const uint8_t *ul_rd_take(struct ul_rd *r, size_t n)
{
	const uint8_t *p = r->p;

	if (r->bad || n > r->left) {
		r->bad = true;
		r->left = 0;
		return NULL;
	}
	r->p += n;
	r->left -= n;
	return p;
}

/* A cursor of its own over the next @n bytes; bad when there are fewer. */
static inline struct ul_rd ul_rd_sub(struct ul_rd *r, size_t n)
{
	const uint8_t *p = ul_rd_take(r, n);

	return (struct ul_rd){ .p = p, .left = p ? n : 0, .bad = !p };
}

static inline void ul_rd_skip(struct ul_rd *r, size_t n)
{
	ul_rd_take(r, n);
}

static inline uint8_t ul_rd_u8(struct ul_rd *r)
{
	const uint8_t *p = ul_rd_take(r, 1);

	return p ? p[0] : 0;
}

static inline uint16_t ul_rd_u16(struct ul_rd *r)
{
	const uint8_t *p = ul_rd_take(r, 2);

	return p ? (uint16_t)(p[0] << 8 | p[1]) : 0;
}

static inline uint32_t ul_rd_u32(struct ul_rd *r)
{
	const uint8_t *p = ul_rd_take(r, 4);

	return p ? (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 |
		   (uint32_t)p[2] << 8 | p[3] : 0;
}

/* Copy the next @n bytes to @out, or zeros when there are fewer. */
static inline void ul_rd_bytes(struct ul_rd *r, void *out, size_t n)
{
	const uint8_t *p = ul_rd_take(r, n);

	if (p)
		memcpy(out, p, n);
	else
		memset(out, 0, n);
}

/* A writer into the @cap bytes at @buf. */
static inline struct ul_wr ul_wr_new(void *buf, size_t cap)
{
	return (struct ul_wr){ .start = buf, .cap = cap };
}

/* Reserve @n bytes, or NULL (and a bad writer) when they do not fit. */
static inline uint8_t *ul_wr_take(struct ul_wr *w, size_t n)
{
	uint8_t *p = w->start + w->len;

	if (w->bad || n > w->cap - w->len) {
		w->bad = true;
		return NULL;
	}
	w->len += n;
	return p;
}

static inline void ul_wr_u8(struct ul_wr *w, uint8_t v)
{
	uint8_t *p = ul_wr_take(w, 1);

	if (p)
		p[0] = v;
}

static inline void ul_wr_u16(struct ul_wr *w, uint16_t v)
{
	uint8_t *p = ul_wr_take(w, 2);

	if (p) {
		p[0] = (uint8_t)(v >> 8);
		p[1] = (uint8_t)v;
	}
}

static inline void ul_wr_u32(struct ul_wr *w, uint32_t v)
{
	ul_wr_u16(w, (uint16_t)(v >> 16));
	ul_wr_u16(w, (uint16_t)v);
}

static inline void ul_wr_bytes(struct ul_wr *w, const void *data, size_t n)
{
	uint8_t *p = ul_wr_take(w, n);

	if (p && n)
		memcpy(p, data, n);
}

static inline void ul_wr_zero(struct ul_wr *w, size_t n)
{
	uint8_t *p = ul_wr_take(w, n);

	if (p)
		memset(p, 0, n);
}

/*
 * Overwrite the 16-bit field at @off, which was written before: lengths and
 * checksums that are known only at the end.
 */
static inline void ul_wr_patch_u16(struct ul_wr *w, size_t off, uint16_t v)
{
	if (w->bad || off + 2 > w->len) {
		w->bad = true;
		return;
	}
	w->start[off] = (uint8_t)(v >> 8);
	w->start[off + 1] = (uint8_t)v;
}

#endif

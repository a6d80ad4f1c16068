/* SPDX-License-Identifier: BSD-3-Clause */
/* guest_mem.c - the memory of a guest, as its machine shares it with us */
#include "link/guest_mem.h"

#include <errno.h>
#include <string.h>

#include <glib.h>

#include "link/dirty_log.h"
#include "sys/shared_map.h"

struct region {
	struct ul_vhost_region is;
	struct ul_shared_map map;
};

struct table {
	unsigned int count;
	struct region *region[UL_GUEST_MEM_REGIONS_MAX];
};

struct ul_guest_mem {
	struct table table;
	struct region *last;		/* that was found */
	struct ul_dirty_log *log;	/* NULL: nobody wants one */
};

struct ul_guest_mem *ul_guest_mem_new(void)
{
	return g_new0(struct ul_guest_mem, 1);
}

static void free_region(struct region *r)
{
	ul_shared_unmap(&r->map);
	g_free(r);
}

static void clear(struct table *t)
{
	while (t->count)
		free_region(t->region[--t->count]);
}

void ul_guest_mem_stop_log(struct ul_guest_mem *mem)
{
	if (!mem->log)
		return;
	ul_shared_unmap(&mem->log->map);
	g_free(mem->log);
	mem->log = NULL;
}

void ul_guest_mem_free(struct ul_guest_mem *mem)
{
	if (!mem)
		return;
	ul_guest_mem_stop_log(mem);
	clear(&mem->table);
	g_free(mem);
}

static bool wraps(uint64_t start, uint64_t len)
{
	return start + len < start;
}

static bool meets(uint64_t a, uint64_t a_len, uint64_t b, uint64_t b_len)
{
	return a < b + b_len && b < a + a_len;
}

static int check(const struct table *t, const struct ul_vhost_region *r)
{
	uint64_t room = UL_GUEST_MEM_LEN_MAX;

	if (!r->len || wraps(r->gpa, r->len) || wraps(r->uva, r->len) ||
	    wraps(r->offset, r->len))
		return -EINVAL;
	for (unsigned int i = 0; i < t->count; i++) {
		const struct ul_vhost_region *other = &t->region[i]->is;

		if (meets(r->gpa, r->len, other->gpa, other->len) ||
		    meets(r->uva, r->len, other->uva, other->len))
			return -EINVAL;
		room -= other->len;
	}
	if (r->len > room)
		return -ENOMEM;
	return t->count < UL_GUEST_MEM_REGIONS_MAX ? 0 : -ENOSPC;
}

static void insert(struct table *t, struct region *r)
{
	unsigned int i = t->count++;

	for (; i && t->region[i - 1]->is.gpa > r->is.gpa; i--)
		t->region[i] = t->region[i - 1];
	t->region[i] = r;
}

static int add(struct table *t, const struct ul_vhost_region *is, int fd)
{
	struct region *r;
	int ret = check(t, is);

	if (ret < 0)
		return ret;
	r = g_new0(struct region, 1);
	r->is = *is;
	ret = ul_shared_map(&r->map, fd, is->offset, is->len);
	if (ret < 0) {
		g_free(r);
		return ret;
	}
	insert(t, r);
	return 0;
}

int ul_guest_mem_set(struct ul_guest_mem *mem,
		     const struct ul_vhost_region *region, const int *fd,
		     unsigned int count)
{
	struct table fresh = { 0 };

	for (unsigned int i = 0; i < count; i++) {
		int ret = add(&fresh, &region[i], fd[i]);

		if (ret < 0) {
			clear(&fresh);
			return ret;
		}
	}
	clear(&mem->table);
	mem->table = fresh;
	mem->last = NULL;
	return 0;
}

int ul_guest_mem_add(struct ul_guest_mem *mem,
		     const struct ul_vhost_region *region, int fd)
{
	return add(&mem->table, region, fd);
}

int ul_guest_mem_remove(struct ul_guest_mem *mem,
			const struct ul_vhost_region *region)
{
	struct table *t = &mem->table;

	for (unsigned int i = 0; i < t->count; i++) {
		const struct ul_vhost_region *is = &t->region[i]->is;

		if (is->gpa != region->gpa || is->len != region->len ||
		    is->uva != region->uva)
			continue;
		free_region(t->region[i]);
		t->count--;
		memmove(&t->region[i], &t->region[i + 1],
			(t->count - i) * sizeof(t->region[0]));
		mem->last = NULL;
		return 0;
	}
	return -ENOENT;
}

static bool has(const struct region *r, uint64_t gpa)
{
	return gpa - r->is.gpa < r->is.len;
}

static struct region *find(struct ul_guest_mem *mem, uint64_t gpa)
{
	const struct table *t = &mem->table;
	unsigned int low = 0, high = t->count;

	if (mem->last && has(mem->last, gpa))
		return mem->last;
	while (low < high) {
		unsigned int mid = (low + high) / 2;

		if (has(t->region[mid], gpa))
			return mem->last = t->region[mid];
		if (t->region[mid]->is.gpa > gpa)
			high = mid;
		else
			low = mid + 1;
	}
	return NULL;
}

int ul_guest_mem_find(struct ul_guest_mem *mem, uint64_t gpa, uint64_t len,
		      struct iovec *iov, unsigned int max)
{
	unsigned int n = 0;

	if (wraps(gpa, len))
		return -EFAULT;
	while (len) {
		struct region *r = find(mem, gpa);
		uint64_t in, part;

		if (!r || n == max)
			return -EFAULT;
		in = gpa - r->is.gpa;
		part = r->is.len - in < len ? r->is.len - in : len;
		iov[n++] = (struct iovec){ r->map.data + in, part };
		gpa += part;
		len -= part;
	}
	return (int)n;
}

void *ul_guest_mem_at(struct ul_guest_mem *mem, uint64_t uva, uint64_t len,
		      size_t align, uint64_t *gpa)
{
	for (unsigned int i = 0; i < mem->table.count; i++) {
		struct region *r = mem->table.region[i];
		uint64_t in = uva - r->is.uva;

		if (in >= r->is.len || len > r->is.len - in)
			continue;
		if ((uintptr_t)(r->map.data + in) % align)
			return NULL;
		*gpa = r->is.gpa + in;
		return r->map.data + in;
	}
	return NULL;
}

int ul_guest_mem_log_to(struct ul_guest_mem *mem, int fd, uint64_t offset,
			uint64_t len)
{
	struct ul_dirty_log *log = g_new0(struct ul_dirty_log, 1);
	int ret = ul_shared_map(&log->map, fd, offset, len);

	if (ret < 0) {
		g_free(log);
		return ret;
	}
	ul_guest_mem_stop_log(mem);
	mem->log = log;
	return 0;
}

void ul_guest_mem_wrote(struct ul_guest_mem *mem, const void *p, size_t len)
{
	if (!mem->log)
		return;
	for (unsigned int i = 0; i < mem->table.count; i++) {
		const struct region *r = mem->table.region[i];
		uintptr_t in = (uintptr_t)p - (uintptr_t)r->map.data;

		if (in < r->is.len)
			ul_dirty_log_mark(mem->log, r->is.gpa + in, len);
	}
}

bool ul_guest_mem_is_lost(const struct ul_guest_mem *mem)
{
	for (unsigned int i = 0; i < mem->table.count; i++)
		if (mem->table.region[i]->map.is_lost)
			return true;
	return false;
}

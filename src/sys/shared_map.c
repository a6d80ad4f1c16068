/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * shared_map.c - memory that another process shares with us
 *
 * Only what the kernel keeps in memory by itself is mapped: a page of a file
 * on a network or in FUSE would be waited for, by everybody. Such files have
 * seals, no others do, and asking for them asks no file system.
 *
 * The list of what is mapped is global, since a signal has no argument. The
 * fault comes while its own memory is touched, never while the list changes.
 */
#include "sys/shared_map.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

/*
 * Of all that is mapped at once. A file in memory may claim any length and
 * have not a page of it; we have 47 bits of addresses (or 32), and nobody gets
 * memory any more once they are gone.
 */
#define TOTAL_MAX (sizeof(size_t) > 4 ? 1ull << 45 : 1ull << 30)

static uint64_t total;
static struct ul_list maps = { &maps, &maps };
static struct sigaction former;
static bool is_handling;

/* Put zeros in place of the memory that was touched. */
static void on_sigbus(int sig, siginfo_t *info, void *context)
{
	int saved = errno;

	for (struct ul_list *n = maps.next; n != &maps; n = n->next) {
		struct ul_shared_map *m =
			ul_container_of(n, struct ul_shared_map, node);

		if ((uintptr_t)info->si_addr - (uintptr_t)m->base >=
		    m->base_len)
			continue;
		if (mmap(m->base, m->base_len, PROT_READ | PROT_WRITE,
			 MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED |
			 MAP_NORESERVE, -1, 0) == MAP_FAILED)
			break;
		m->is_lost = true;
		errno = saved;
		return;
	}
	/* Not ours: the same fault comes again, to whoever had it before. */
	sigaction(SIGBUS, &former, NULL);
	errno = saved;
}

static int handle_faults(void)
{
	struct sigaction sa = {
		.sa_sigaction = on_sigbus, .sa_flags = SA_SIGINFO,
	};

	if (is_handling)
		return 0;
	sigemptyset(&sa.sa_mask);
	if (sigaction(SIGBUS, &sa, &former) < 0)
		return -errno;
	is_handling = true;
	return 0;
}

int ul_shared_map(struct ul_shared_map *map, int fd, uint64_t offset,
		  uint64_t len)
{
	uint64_t page, start, end;
	struct stat st;
	uint8_t *base;
	int ret;

	if (fcntl(fd, F_GET_SEALS) < 0 || fstat(fd, &st) < 0)
		return -EINVAL;
	if (!len || offset + len < len || offset + len > (uint64_t)st.st_size)
		return -EINVAL;
	ret = handle_faults();
	if (ret < 0)
		return ret;
	/* Huge pages are mapped whole. */
	page = (uint64_t)sysconf(_SC_PAGESIZE);
	if ((uint64_t)st.st_blksize > page)
		page = (uint64_t)st.st_blksize;
	start = offset & ~(page - 1);
	end = (offset + len + page - 1) & ~(page - 1);
	if (end - start > TOTAL_MAX - total)
		return -ENOMEM;
	base = mmap(NULL, end - start, PROT_READ | PROT_WRITE,
		    MAP_SHARED | MAP_NORESERVE, fd, (off_t)start);
	if (base == MAP_FAILED)
		return -errno;
	madvise(base, end - start, MADV_DONTDUMP);
	*map = (struct ul_shared_map){
		.data = base + (offset - start), .len = len,
		.base = base, .base_len = end - start,
	};
	total += map->base_len;
	ul_list_append(&maps, &map->node);
	return 0;
}

void ul_shared_unmap(struct ul_shared_map *map)
{
	if (!map->base)
		return;
	ul_list_remove(&map->node);
	munmap(map->base, map->base_len);
	total -= map->base_len;
	*map = (struct ul_shared_map){ 0 };
}

int ul_shared_make(int *fd, const char *name, size_t len)
{
	int made = memfd_create(name, MFD_CLOEXEC | MFD_ALLOW_SEALING);
	int ret;

	if (made < 0)
		return -errno;
	if (ftruncate(made, (off_t)len) < 0) {
		ret = -errno;
		close(made);
		return ret;
	}
	*fd = made;
	return 0;
}

/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * followed.c - a small text file that is read again when it changed
 *
 * The directory of each link in the chain is watched, the file itself too (a
 * bind mount changes without its directory), and for what inotify does not
 * tell (a directory that was itself a link, a mount) the file's identity is
 * compared once a second on use.
 */
#include "sys/followed.h"

#include <errno.h>
#include <fcntl.h>
#include <glib.h>
#include <limits.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/stat.h>
#include <unistd.h>

#define CHAIN_MAX 8		/* symbolic links followed */
#define WATCH_MAX (CHAIN_MAX + 2)
#define CHECK_EVERY_US 1000000ll
#define DRAIN_READS 16
#define DIR_EVENTS (IN_CREATE | IN_DELETE | IN_MOVED_FROM | IN_MOVED_TO | \
		    IN_CLOSE_WRITE)
#define FILE_EVENTS (IN_MODIFY | IN_CLOSE_WRITE | IN_DELETE_SELF | \
		     IN_MOVE_SELF | IN_ATTRIB)

struct ul_followed {
	char *path;
	int inotify_fd;
	int wd[WATCH_MAX];
	size_t wd_count;
	bool is_stale;
	int64_t next_check_us;
	struct stat seen;
};

static void add_watch(struct ul_followed *f, int wd[WATCH_MAX], size_t *count,
		      const char *path, uint32_t events)
{
	int w = inotify_add_watch(f->inotify_fd, path, events);

	if (w >= 0 && *count < WATCH_MAX)
		wd[(*count)++] = w;
}

static bool has_watch(const int *wd, size_t count, int w)
{
	for (size_t i = 0; i < count; i++)
		if (wd[i] == w)
			return true;
	return false;
}

/*
 * Watch each directory on the way to the file, and the file. Watches that
 * the old chain had and the new one has not are removed.
 */
static void watch_chain(struct ul_followed *f)
{
	g_autofree char *path = g_strdup(f->path);
	int wd[WATCH_MAX];
	size_t count = 0;

	if (f->inotify_fd < 0)
		return;
	for (int hop = 0; hop <= CHAIN_MAX; hop++) {
		g_autofree char *dir = g_path_get_dirname(path);
		char target[PATH_MAX];
		ssize_t n;

		add_watch(f, wd, &count, dir, DIR_EVENTS);
		n = readlink(path, target, sizeof(target) - 1);
		if (n < 0)
			break;
		target[n] = '\0';
		g_free(path);
		path = g_path_is_absolute(target) ? g_strdup(target) :
		       g_build_filename(dir, target, NULL);
	}
	add_watch(f, wd, &count, path, FILE_EVENTS);
	for (size_t i = 0; i < f->wd_count; i++)
		if (!has_watch(wd, count, f->wd[i]))
			inotify_rm_watch(f->inotify_fd, f->wd[i]);
	memcpy(f->wd, wd, count * sizeof(*wd));
	f->wd_count = count;
}

static bool is_same_file(const struct stat *a, const struct stat *b)
{
	return a->st_dev == b->st_dev && a->st_ino == b->st_ino &&
	       a->st_size == b->st_size &&
	       a->st_mtim.tv_sec == b->st_mtim.tv_sec &&
	       a->st_mtim.tv_nsec == b->st_mtim.tv_nsec &&
	       a->st_ctim.tv_sec == b->st_ctim.tv_sec &&
	       a->st_ctim.tv_nsec == b->st_ctim.tv_nsec;
}

/* A missing file is all zeros, here as in ul_followed_read(). */
static bool has_other_identity(const struct ul_followed *f)
{
	struct stat st;

	if (stat(f->path, &st) < 0)
		st = (struct stat){ 0 };
	return !is_same_file(&st, &f->seen);
}

/* Bytes, or -errno. A pipe would keep us waiting. */
static ssize_t read_file(const char *path, char *text, size_t size,
			 struct stat *st)
{
	size_t len = 0;
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);

	if (fd < 0)
		return -errno;
	if (fstat(fd, st) < 0 || !S_ISREG(st->st_mode)) {
		close(fd);
		return -EINVAL;
	}
	while (len < size) {
		ssize_t n = read(fd, text + len, size - len);

		if (n <= 0)
			break;
		len += (size_t)n;
	}
	close(fd);
	return (ssize_t)len;
}

struct ul_followed *ul_followed_new(const char *path)
{
	struct ul_followed *f = g_new0(struct ul_followed, 1);

	f->path = g_strdup(path);
	f->inotify_fd = inotify_init1(IN_CLOEXEC | IN_NONBLOCK);
	f->is_stale = true;
	return f;
}

void ul_followed_free(struct ul_followed *f)
{
	if (!f)
		return;
	if (f->inotify_fd >= 0)
		close(f->inotify_fd);
	g_free(f->path);
	g_free(f);
}

int ul_followed_fd(const struct ul_followed *f)
{
	return f->inotify_fd;
}

void ul_followed_drain(struct ul_followed *f)
{
	char events[4096]
		__attribute__((aligned(__alignof__(struct inotify_event))));

	for (int i = 0; i < DRAIN_READS; i++)
		if (read(f->inotify_fd, events, sizeof(events)) <= 0)
			break;
	f->is_stale = true;
}

bool ul_followed_is_stale(struct ul_followed *f, int64_t now_us)
{
	bool is_time = now_us >= f->next_check_us;

	if (!f->is_stale && is_time && has_other_identity(f))
		f->is_stale = true;
	if (is_time)
		f->next_check_us = now_us + CHECK_EVERY_US;
	return f->is_stale;
}

/* Watches come first: a change during the reading is an event then. */
ssize_t ul_followed_read(struct ul_followed *f, char *text, size_t size)
{
	struct stat st = { 0 };
	ssize_t len;

	watch_chain(f);
	len = read_file(f->path, text, size, &st);
	f->seen = st;
	f->is_stale = false;
	return len;
}

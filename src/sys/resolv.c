/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * resolv.c - the host's name servers, as resolv.conf(5) tells them
 *
 * Network managers replace the file in every way there is: in place, by
 * rename, by pointing a symbolic link elsewhere, by mounting over it. So the
 * directory of each link in the chain is watched, the file itself too (a
 * bind mount changes without its directory), and for what inotify does not
 * tell (a directory that was itself a link, a mount) the file's identity is
 * compared once a second on use. Nothing is read before someone asks.
 */
#include "sys/resolv.h"

#include <errno.h>
#include <fcntl.h>
#include <glib.h>
#include <limits.h>
#include <net/if.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/stat.h>
#include <unistd.h>

#define DNS_PORT 53
#define FILE_MAX 65536		/* bytes read of a longer file */
#define CHAIN_MAX 8		/* symbolic links followed */
#define WATCH_MAX (CHAIN_MAX + 2)
#define CHECK_EVERY_US 1000000ll
#define DRAIN_READS 16
#define DIR_EVENTS (IN_CREATE | IN_DELETE | IN_MOVED_FROM | IN_MOVED_TO | \
		    IN_CLOSE_WRITE)
#define FILE_EVENTS (IN_MODIFY | IN_CLOSE_WRITE | IN_DELETE_SELF | \
		     IN_MOVE_SELF | IN_ATTRIB)

struct ul_resolv {
	char *path;
	int inotify_fd;
	int wd[WATCH_MAX];
	size_t wd_count;
	bool is_stale;
	int64_t next_check_us;
	struct stat seen;
	int error;
	unsigned int serial;
	size_t count;
	struct ul_resolver list[UL_RESOLV_MAX];
};

socklen_t ul_resolver_to_sa(const struct ul_resolver *r,
			    struct sockaddr_storage *ss)
{
	socklen_t len = ul_ep_to_sa(&r->ep, ss);

	if (ss->ss_family == AF_INET6)
		((struct sockaddr_in6 *)ss)->sin6_scope_id = r->scope_id;
	return len;
}

/* A zone's name or number (RFC 4007 11); 0 when there is none such. */
static uint32_t scope_of(const char *zone)
{
	uint32_t index = if_nametoindex(zone);
	unsigned long n;
	char *end;

	if (index || *zone < '0' || *zone > '9')
		return index;
	errno = 0;
	n = strtoul(zone, &end, 10);
	return *end || errno || n > INT_MAX ? 0 : (uint32_t)n;
}

static int parse_server(const char *word, size_t len, struct ul_resolver *out)
{
	struct ul_resolver r = { .ep.port = DNS_PORT };
	char text[UL_ADDR_STRLEN + IF_NAMESIZE];
	char *zone;

	if (len >= sizeof(text))
		return -EINVAL;
	memcpy(text, word, len);
	text[len] = '\0';
	zone = strchr(text, '%');
	if (zone)
		*zone++ = '\0';
	if (ul_addr_parse(&r.ep.addr, text) < 0)
		return -EINVAL;
	if (zone) {
		r.scope_id = scope_of(zone);
		if (ul_addr_is_v4(&r.ep.addr) || !r.scope_id)
			return -EINVAL;
	}
	*out = r;
	return 0;
}

static bool is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r';
}

/* The keyword must start the line; what follows the address is ignored. */
static int parse_line(const char *line, size_t len, struct ul_resolver *out)
{
	static const char key[] = "nameserver";
	size_t at = sizeof(key) - 1, end;

	if (len <= at || memcmp(line, key, at) || !is_blank(line[at]))
		return -EINVAL;
	while (at < len && is_blank(line[at]))
		at++;
	for (end = at; end < len && !is_blank(line[end]); end++)
		;
	return parse_server(line + at, end - at, out);
}

size_t ul_resolv_parse(const char *text, size_t len,
		       struct ul_resolver out[UL_RESOLV_MAX])
{
	size_t count = 0;

	while (len && count < UL_RESOLV_MAX) {
		const char *nl = memchr(text, '\n', len);
		size_t line_len = nl ? (size_t)(nl - text) : len;

		if (!parse_line(text, line_len, &out[count]))
			count++;
		line_len += nl ? 1 : 0;
		text += line_len;
		len -= line_len;
	}
	if (!count)
		out[count++] = (struct ul_resolver){
			.ep = { ul_addr_v4(INADDR_LOOPBACK), DNS_PORT },
		};
	return count;
}

static void add_watch(struct ul_resolv *r, int wd[WATCH_MAX], size_t *count,
		      const char *path, uint32_t events)
{
	int w = inotify_add_watch(r->inotify_fd, path, events);

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
static void watch_chain(struct ul_resolv *r)
{
	g_autofree char *path = g_strdup(r->path);
	int wd[WATCH_MAX];
	size_t count = 0;

	if (r->inotify_fd < 0)
		return;
	for (int hop = 0; hop <= CHAIN_MAX; hop++) {
		g_autofree char *dir = g_path_get_dirname(path);
		char target[PATH_MAX];
		ssize_t n;

		add_watch(r, wd, &count, dir, DIR_EVENTS);
		n = readlink(path, target, sizeof(target) - 1);
		if (n < 0)
			break;
		target[n] = '\0';
		g_free(path);
		path = g_path_is_absolute(target) ? g_strdup(target) :
		       g_build_filename(dir, target, NULL);
	}
	add_watch(r, wd, &count, path, FILE_EVENTS);
	for (size_t i = 0; i < r->wd_count; i++)
		if (!has_watch(wd, count, r->wd[i]))
			inotify_rm_watch(r->inotify_fd, r->wd[i]);
	memcpy(r->wd, wd, count * sizeof(*wd));
	r->wd_count = count;
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

/* A missing file is all zeros, here as in load(). */
static bool has_other_identity(const struct ul_resolv *r)
{
	struct stat st;

	if (stat(r->path, &st) < 0)
		st = (struct stat){ 0 };
	return !is_same_file(&st, &r->seen);
}

/* Read the file whole into @text. Bytes, or -errno; never waits. */
static ssize_t read_file(const char *path, char *text, struct stat *st)
{
	size_t len = 0;
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);

	if (fd < 0)
		return -errno;
	if (fstat(fd, st) < 0 || !S_ISREG(st->st_mode)) {
		close(fd);
		return -EINVAL;
	}
	while (len < FILE_MAX) {
		ssize_t n = read(fd, text + len, FILE_MAX - len);

		if (n <= 0)
			break;
		len += (size_t)n;
	}
	close(fd);
	return (ssize_t)len;
}

/* An unchanged list keeps its serial, whatever happened to the file. */
static void set_list(struct ul_resolv *r, const struct ul_resolver *list,
		     size_t count)
{
	bool is_same = count == r->count;

	for (size_t i = 0; is_same && i < count; i++)
		is_same = ul_ep_eq(&list[i].ep, &r->list[i].ep) &&
			  list[i].scope_id == r->list[i].scope_id;
	if (is_same)
		return;
	memcpy(r->list, list, count * sizeof(*list));
	r->count = count;
	r->serial++;
}

/* Watches come first: a change during the reading is an event then. */
static void load(struct ul_resolv *r)
{
	g_autofree char *text = g_malloc(FILE_MAX);
	struct ul_resolver list[UL_RESOLV_MAX];
	struct stat st = { 0 };
	ssize_t len;

	watch_chain(r);
	len = read_file(r->path, text, &st);
	r->error = len < 0 ? (int)len : 0;
	r->seen = st;
	r->is_stale = false;
	set_list(r, list,
		 len < 0 ? 0 : ul_resolv_parse(text, (size_t)len, list));
}

struct ul_resolv *ul_resolv_new(const char *path)
{
	struct ul_resolv *r = g_new0(struct ul_resolv, 1);

	r->path = g_strdup(path);
	r->inotify_fd = inotify_init1(IN_CLOEXEC | IN_NONBLOCK);
	r->is_stale = true;
	return r;
}

void ul_resolv_free(struct ul_resolv *r)
{
	if (!r)
		return;
	if (r->inotify_fd >= 0)
		close(r->inotify_fd);
	g_free(r->path);
	g_free(r);
}

int ul_resolv_fd(const struct ul_resolv *r)
{
	return r->inotify_fd;
}

void ul_resolv_drain(struct ul_resolv *r)
{
	char events[4096]
		__attribute__((aligned(__alignof__(struct inotify_event))));

	for (int i = 0; i < DRAIN_READS; i++)
		if (read(r->inotify_fd, events, sizeof(events)) <= 0)
			break;
	r->is_stale = true;
}

const struct ul_resolver *ul_resolv_list(struct ul_resolv *r, int64_t now_us,
					 size_t *count, unsigned int *serial)
{
	bool is_time = now_us >= r->next_check_us;

	if (r->is_stale || (is_time && has_other_identity(r)))
		load(r);
	if (is_time)
		r->next_check_us = now_us + CHECK_EVERY_US;
	*count = r->count;
	*serial = r->serial;
	return r->list;
}

int ul_resolv_error(const struct ul_resolv *r)
{
	return r->error;
}

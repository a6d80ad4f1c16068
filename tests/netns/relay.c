/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * relay.c - a guest's network card: a tap joined with a socket
 *
 * relay [KIND:]SOCKET TAP [NAME=NUMBER]...
 *
 * Run in the guest's namespace. KIND is stream, seqpacket or dgram. Frames
 * travel on a stream as QEMU sends them, behind a length of four bytes,
 * big-endian; on the others each is a packet. "ready" is printed when the tap
 * is there, "up" and "down" as the socket comes and goes; it is dialled again
 * for ever.
 *
 * On the way a frame may be lost, copied, delayed or held back behind later
 * ones, by a seeded generator: the same seed makes the same choices. Numbers
 * of the way to the guest begin with "g", of the way to the host with "h":
 *
 *   gloss gdup greorder	per 10 000 frames (hloss ...)
 *   gdelay ghold		milliseconds: for each, more for the held back
 *   seed			of the choices
 *   down			milliseconds that a cut lasts
 *   half			1: a cut falls into the middle of a frame
 *
 * Signals: USR1 cuts the socket; USR2 stops reading it (the far end then has
 * a frame half written), and HUP goes on.
 *
 * Two queues for each way keep the order without sorting: one for frames of
 * the common delay, one for those held back; each is in order of its times.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <glib.h>
#include <linux/if.h>
#include <linux/if_tun.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#define HEAD_LEN 4
#define FRAME_MAX 69632
#define FRAME_MIN 14
#define IN_SIZE (512 << 10)
#define OUT_SIZE (1 << 20)
#define BATCH 64
#define DIAL_MS 20
#define DEFAULT_HOLD_MS 3
#define DEFAULT_DOWN_MS 100
#define OF_TEN_THOUSAND 10000

enum way { TO_GUEST, TO_HOST };
#define WAY_COUNT (TO_HOST + 1)

struct impairment {
	uint64_t loss, dup, reorder, delay_ms, hold_ms;
	GQueue common, held;		/* of struct late */
};

struct late {
	int64_t due_ms;
	size_t len;
	uint8_t data[];
};

struct relay {
	const char *path;
	int kind;			/* SOCK_STREAM ... */
	int tap_fd, sock_fd;		/* sock_fd is -1 while down */
	int64_t dial_ms;		/* when to dial again */
	uint64_t seed, down_ms, half;
	struct impairment way[WAY_COUNT];
	bool is_stopped;
	size_t in_len;
	size_t out_len, out_sent;
	uint8_t in[IN_SIZE];
	uint8_t out[OUT_SIZE];
};

static volatile sig_atomic_t cut_wanted, stop_wanted;

static void on_signal(int sig)
{
	if (sig == SIGUSR1)
		cut_wanted = 1;
	else
		stop_wanted = sig == SIGUSR2;
}

static void die(const char *what)
{
	fprintf(stderr, "relay: %s: %s\n", what, strerror(errno));
	exit(EXIT_FAILURE);
}

static int64_t now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

/* The next choice: true @chances times in ten thousand. */
static bool chance(struct relay *r, uint64_t chances)
{
	if (!chances)
		return false;
	r->seed ^= r->seed << 13;	/* xorshift64 */
	r->seed ^= r->seed >> 7;
	r->seed ^= r->seed << 17;
	return r->seed % OF_TEN_THOUSAND < chances;
}

static int open_tap(const char *name)
{
	struct ifreq ifr = { .ifr_flags = IFF_TAP | IFF_NO_PI };
	int fd = open("/dev/net/tun", O_RDWR | O_NONBLOCK | O_CLOEXEC);

	if (fd < 0)
		die("/dev/net/tun");
	strncpy(ifr.ifr_name, name, sizeof(ifr.ifr_name) - 1);
	if (ioctl(fd, TUNSETIFF, &ifr) < 0)
		die(name);
	return fd;
}

static void hang_up(struct relay *r, uint64_t down_ms)
{
	close(r->sock_fd);
	r->sock_fd = -1;
	r->in_len = 0;
	r->out_len = 0;
	r->out_sent = 0;
	r->dial_ms = now_ms() + (int64_t)down_ms;
	puts("down");
}

/*
 * Answers need an address, and one in the file system: an abstract name is
 * known in its own network namespace only.
 */
static void bind_beside(const char *path, int fd)
{
	struct sockaddr_un sun = { .sun_family = AF_UNIX };
	int len = snprintf(sun.sun_path, sizeof(sun.sun_path), "%s.%d", path,
			   (int)getpid());

	errno = ENAMETOOLONG;
	unlink(sun.sun_path);
	if (len >= (int)sizeof(sun.sun_path) ||
	    bind(fd, (struct sockaddr *)&sun, sizeof(sun)) < 0)
		die(path);
}

static void dial(struct relay *r)
{
	struct sockaddr_un sun = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, r->kind | SOCK_CLOEXEC, 0);

	if (fd < 0)
		die("socket");
	if (r->kind == SOCK_DGRAM)
		bind_beside(r->path, fd);
	strncpy(sun.sun_path, r->path, sizeof(sun.sun_path) - 1);
	r->dial_ms = now_ms() + DIAL_MS;
	if (connect(fd, (struct sockaddr *)&sun, sizeof(sun)) < 0) {
		close(fd);
		return;
	}
	if (fcntl(fd, F_SETFL, O_NONBLOCK) < 0)
		die("fcntl");
	r->sock_fd = fd;
	puts("up");
}

static void flush_out(struct relay *r)
{
	while (r->sock_fd >= 0 && r->out_sent < r->out_len) {
		ssize_t n = send(r->sock_fd, r->out + r->out_sent,
				 r->out_len - r->out_sent, MSG_NOSIGNAL);

		if (n < 0 && errno == EAGAIN)
			break;
		if (n < 0) {
			hang_up(r, r->down_ms);
			return;
		}
		r->out_sent += (size_t)n;
	}
	if (r->out_sent == r->out_len) {
		r->out_sent = 0;
		r->out_len = 0;
	}
}

static bool has_out_room(const struct relay *r)
{
	return r->out_len + HEAD_LEN + FRAME_MAX <= OUT_SIZE;
}

/* A full queue loses it, as the link of a card would. */
static void send_packet(struct relay *r, const uint8_t *data, size_t len)
{
	if (send(r->sock_fd, data, len, MSG_NOSIGNAL | MSG_DONTWAIT) < 0 &&
	    errno != EAGAIN && errno != ENOBUFS && errno != EMSGSIZE)
		hang_up(r, r->down_ms);
}

static void emit_host(struct relay *r, const uint8_t *data, size_t len)
{
	uint32_t head = htonl((uint32_t)len);

	if (r->sock_fd < 0 || !has_out_room(r))
		return;		/* as a card without a link, or too slow */
	if (r->kind != SOCK_STREAM) {
		send_packet(r, data, len);
		return;
	}
	memcpy(r->out + r->out_len, &head, HEAD_LEN);
	memcpy(r->out + r->out_len + HEAD_LEN, data, len);
	r->out_len += HEAD_LEN + len;
}

static void emit_guest(struct relay *r, const uint8_t *data, size_t len)
{
	/* The tap refuses frames while the interface is down. */
	if (write(r->tap_fd, data, len) < 0 && errno != EIO &&
	    errno != EAGAIN && errno != ENOBUFS && errno != EINVAL)
		die("tap");
}

static void emit(struct relay *r, enum way way, const uint8_t *data,
		 size_t len)
{
	if (way == TO_GUEST)
		emit_guest(r, data, len);
	else
		emit_host(r, data, len);
}

static void keep(GQueue *queue, int64_t due_ms, const uint8_t *data,
		 size_t len)
{
	struct late *late = g_malloc(sizeof(*late) + len);

	late->due_ms = due_ms;
	late->len = len;
	memcpy(late->data, data, len);
	g_queue_push_tail(queue, late);
}

/* A frame sets out; what becomes of it is chosen here. */
static void depart(struct relay *r, enum way way, const uint8_t *data,
		   size_t len)
{
	struct impairment *im = &r->way[way];
	int copies = chance(r, im->dup) ? 2 : 1;

	if (chance(r, im->loss))
		return;
	while (copies--) {
		if (chance(r, im->reorder))
			keep(&im->held, now_ms() + (int64_t)
			     (im->delay_ms + im->hold_ms), data, len);
		else if (im->delay_ms)
			keep(&im->common, now_ms() + (int64_t)im->delay_ms,
			     data, len);
		else
			emit(r, way, data, len);
	}
}

static void release(struct relay *r, enum way way, GQueue *queue, int64_t now)
{
	struct late *late;

	while ((late = g_queue_peek_head(queue)) && late->due_ms <= now) {
		g_queue_pop_head(queue);
		emit(r, way, late->data, late->len);
		g_free(late);
	}
}

static void release_all(struct relay *r)
{
	int64_t now = now_ms();

	for (enum way w = TO_GUEST; w <= TO_HOST; w++) {
		release(r, w, &r->way[w].common, now);
		release(r, w, &r->way[w].held, now);
	}
	flush_out(r);
}

static void read_tap(struct relay *r)
{
	static uint8_t frame[FRAME_MAX];

	for (int i = 0; i < BATCH && has_out_room(r); i++) {
		ssize_t n = read(r->tap_fd, frame, sizeof(frame));

		if (n <= 0)
			break;
		depart(r, TO_HOST, frame, (size_t)n);
	}
	flush_out(r);
}

/* Hand on every whole frame; a length no card could send ends the test. */
static void parse_in(struct relay *r)
{
	size_t at = 0;

	while (r->in_len - at >= HEAD_LEN) {
		uint32_t len;

		memcpy(&len, r->in + at, HEAD_LEN);
		len = ntohl(len);
		if (len < FRAME_MIN || len > FRAME_MAX) {
			fprintf(stderr, "relay: frame of %u bytes\n", len);
			exit(EXIT_FAILURE);
		}
		if (r->in_len - at - HEAD_LEN < len)
			break;
		depart(r, TO_GUEST, r->in + at + HEAD_LEN, len);
		at += HEAD_LEN + len;
	}
	memmove(r->in, r->in + at, r->in_len - at);
	r->in_len -= at;
}

static void read_packets(struct relay *r)
{
	for (int i = 0; i < BATCH && r->sock_fd >= 0; i++) {
		ssize_t n = recv(r->sock_fd, r->in, IN_SIZE, 0);

		if (n < 0 && errno == EAGAIN)
			return;
		if (n <= 0)
			hang_up(r, r->down_ms);
		else
			depart(r, TO_GUEST, r->in, (size_t)n);
	}
}

static void read_stream(struct relay *r)
{
	ssize_t n = recv(r->sock_fd, r->in + r->in_len, IN_SIZE - r->in_len,
			 0);

	if (n < 0 && errno == EAGAIN)
		return;
	if (n <= 0) {
		hang_up(r, r->down_ms);
		return;
	}
	r->in_len += (size_t)n;
	parse_in(r);
}

/* Close now; with half=1 after the head and one byte of a frame. */
static void cut(struct relay *r)
{
	static const uint8_t torn[HEAD_LEN + 1] = { [2] = 1, [4] = 0xff };

	cut_wanted = 0;
	if (r->sock_fd < 0)
		return;
	if (r->half && r->out_sent == r->out_len)
		send(r->sock_fd, torn, sizeof(torn), MSG_NOSIGNAL);
	hang_up(r, r->down_ms);
}

static int next_timeout(const struct relay *r)
{
	int64_t next = INT64_MAX;

	if (r->sock_fd < 0)
		next = r->dial_ms;
	for (enum way w = TO_GUEST; w <= TO_HOST; w++) {
		const struct late *late[] = {
			g_queue_peek_head((GQueue *)&r->way[w].common),
			g_queue_peek_head((GQueue *)&r->way[w].held),
		};

		for (int i = 0; i < 2; i++)
			if (late[i])
				next = MIN(next, late[i]->due_ms);
	}
	if (next == INT64_MAX)
		return -1;
	return (int)MAX(0, next - now_ms());
}

static void take_signals(struct relay *r)
{
	if (cut_wanted)
		cut(r);
	if (r->is_stopped == (bool)stop_wanted)
		return;
	r->is_stopped = stop_wanted;
	puts(r->is_stopped ? "stopped" : "going on");
}

static void turn(struct relay *r, const sigset_t *open_mask)
{
	struct pollfd p[] = {
		{ .fd = r->tap_fd, .events = has_out_room(r) ? POLLIN : 0 },
		{ .fd = r->sock_fd },
	};
	int ms = next_timeout(r);
	struct timespec wait = { ms / 1000, ms % 1000 * 1000000L };

	if (!r->is_stopped)
		p[1].events |= POLLIN;
	if (r->out_sent < r->out_len)
		p[1].events |= POLLOUT;
	if (ppoll(p, 2, ms < 0 ? NULL : &wait, open_mask) < 0 &&
	    errno != EINTR)
		die("ppoll");
	take_signals(r);
	if (p[0].revents)
		read_tap(r);
	if (r->sock_fd >= 0 && p[1].revents & (POLLOUT | POLLHUP | POLLERR))
		flush_out(r);
	if (r->sock_fd >= 0 && p[1].revents & (POLLIN | POLLHUP) &&
	    !r->is_stopped) {
		if (r->kind == SOCK_STREAM)
			read_stream(r);
		else
			read_packets(r);
	}
	release_all(r);
	if (r->sock_fd < 0 && now_ms() >= r->dial_ms)
		dial(r);
}

static void set_number(struct relay *r, const char *word)
{
	struct impairment *g = &r->way[TO_GUEST], *h = &r->way[TO_HOST];
	const struct { const char *name; uint64_t *value; } known[] = {
		{ "gloss", &g->loss }, { "gdup", &g->dup },
		{ "greorder", &g->reorder }, { "gdelay", &g->delay_ms },
		{ "ghold", &g->hold_ms }, { "hloss", &h->loss },
		{ "hdup", &h->dup }, { "hreorder", &h->reorder },
		{ "hdelay", &h->delay_ms }, { "hhold", &h->hold_ms },
		{ "seed", &r->seed }, { "down", &r->down_ms },
		{ "half", &r->half },
	};
	const char *value = strchr(word, '=');

	for (size_t i = 0; value && i < G_N_ELEMENTS(known); i++) {
		if (strlen(known[i].name) == (size_t)(value - word) &&
		    !strncmp(word, known[i].name, (size_t)(value - word))) {
			*known[i].value = strtoull(value + 1, NULL, 10);
			return;
		}
	}
	fprintf(stderr, "relay: %s: unknown\n", word);
	exit(2);
}

static void set_socket(struct relay *r, const char *word)
{
	const struct { const char *prefix; int kind; } known[] = {
		{ "stream:", SOCK_STREAM }, { "seqpacket:", SOCK_SEQPACKET },
		{ "dgram:", SOCK_DGRAM },
	};

	r->path = word;
	r->kind = SOCK_STREAM;
	for (size_t i = 0; i < G_N_ELEMENTS(known); i++) {
		if (g_str_has_prefix(word, known[i].prefix)) {
			r->kind = known[i].kind;
			r->path = word + strlen(known[i].prefix);
		}
	}
}

/* Signals are let in only while we wait, so that none falls between. */
static void catch_signals(sigset_t *open_mask)
{
	struct sigaction sa = { .sa_handler = on_signal };
	const int ours[] = { SIGUSR1, SIGUSR2, SIGHUP };
	sigset_t mask;

	sigemptyset(&mask);
	for (size_t i = 0; i < G_N_ELEMENTS(ours); i++) {
		sigaddset(&mask, ours[i]);
		sigaction(ours[i], &sa, NULL);
	}
	sigprocmask(SIG_BLOCK, &mask, open_mask);
	for (size_t i = 0; i < G_N_ELEMENTS(ours); i++)
		sigdelset(open_mask, ours[i]);
}

int main(int argc, char **argv)
{
	struct relay *r = g_new0(struct relay, 1);
	sigset_t open_mask;

	if (argc < 3) {
		fputs("usage: relay [KIND:]SOCKET TAP [NAME=NUMBER]...\n", stderr);
		return 2;
	}
	set_socket(r, argv[1]);
	r->sock_fd = -1;
	r->seed = 1;
	r->down_ms = DEFAULT_DOWN_MS;
	for (enum way w = TO_GUEST; w <= TO_HOST; w++) {
		g_queue_init(&r->way[w].common);
		g_queue_init(&r->way[w].held);
		r->way[w].hold_ms = DEFAULT_HOLD_MS;
	}
	for (int i = 3; i < argc; i++)
		set_number(r, argv[i]);
	catch_signals(&open_mask);
	setvbuf(stdout, NULL, _IOLBF, 0);
	r->tap_fd = open_tap(argv[2]);
	puts("ready");
	for (;;)
		turn(r, &open_mask);
}

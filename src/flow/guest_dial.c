/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * guest_dial.c - connections from the router to a guest, and their outcome
 *
 * The connection is a flow of the proxy's like a forward's. A dial is what
 * waits for its answer: the proxy tells from within its own work, so the
 * outcome is noted and told when the turn's work is done. A dial without a
 * flow has its outcome; it is on the list of those that are to be told.
 */
#include "flow/guest_dial.h"

#include <errno.h>
#include <sys/socket.h>

#include <glib.h>

#include "flow/tcp_flow.h"

/* Where the kernel has its own free ports; the gateway has no others. */
#define PORT_MIN 32768
#define PORT_MAX 60999

struct ul_guest_dial {
	struct ul_list node;
	struct ul_guest_dials *all;
	struct ul_guest_dial_conf conf;
	struct ul_tcp_flow *flow;	/* NULL: the outcome is known */
	struct ul_timer patience;
	enum ul_greeting how;
	bool is_probe;
};

struct ul_guest_dials {
	struct ul_flow_ctx *ctx;
	struct ul_tcp_proxy *tcp;
	struct ul_list waiting, known;
	struct ul_defer tell;
	unsigned int count, probes;
};

static void dial_free(struct ul_guest_dial *d)
{
	ul_list_remove(&d->node);
	ul_timer_cancel(d->all->ctx->loop, &d->patience);
	d->all->count--;
	d->all->probes -= d->is_probe;
	g_free(d);
}

static void on_tell(void *arg)
{
	struct ul_guest_dials *all = arg;
	struct ul_list *n;

	while ((n = ul_list_first(&all->known)) != NULL) {
		struct ul_guest_dial *d = ul_container_of(
			n, struct ul_guest_dial, node);
		struct ul_guest_dial_conf conf = d->conf;
		enum ul_greeting how = d->how;

		dial_free(d);
		conf.fn(how, conf.arg);
	}
}

static void note(struct ul_guest_dial *d, enum ul_greeting how)
{
	d->flow = NULL;
	d->how = how;
	ul_timer_cancel(d->all->ctx->loop, &d->patience);
	ul_list_move_tail(&d->all->known, &d->node);
	ul_defer_schedule(d->all->ctx->loop, &d->all->tell);
}

/* A peer that cannot take these few bytes at once takes none. */
static void write_first(const struct ul_guest_dial *d)
{
	int fd = d->flow->watch.fd;
	ssize_t n;

	if (!d->conf.first_len)
		return;
	n = send(fd, d->conf.first, d->conf.first_len,
		 MSG_DONTWAIT | MSG_NOSIGNAL);
	if (n != (ssize_t)d->conf.first_len)
		shutdown(fd, SHUT_RDWR);
}

static void on_greeting(enum ul_greeting how, void *arg)
{
	struct ul_guest_dial *d = arg;

	if (how == UL_GREETING_ACCEPTED && !d->is_probe)
		write_first(d);
	note(d, how);
}

/* Its flow ends, and does not tell. */
static void drop_flow(struct ul_guest_dial *d, enum ul_flow_end why)
{
	if (!d->flow)
		return;
	ul_stack_set_time(d->all->ctx->stack, ul_loop_now(d->all->ctx->loop));
	d->flow->greeter.fn = NULL;
	ul_tcp_flow_reset(d->flow, why);
	d->flow = NULL;
}

static void on_patience_over(int64_t now_us, void *arg)
{
	struct ul_guest_dial *d = arg;

	drop_flow(d, UL_FLOW_GUEST_TIMEOUT);
	note(d, UL_GREETING_SILENT);
}

struct ul_guest_dials *ul_guest_dials_new(struct ul_flow_ctx *ctx,
					  struct ul_tcp_proxy *tcp)
{
	struct ul_guest_dials *all = g_new0(struct ul_guest_dials, 1);

	all->ctx = ctx;
	all->tcp = tcp;
	ul_list_init(&all->waiting);
	ul_list_init(&all->known);
	ul_defer_init(&all->tell, UL_DEFER_FLUSH, on_tell, all);
	return all;
}

static void cancel_all(struct ul_list *list)
{
	struct ul_list *n;

	while ((n = ul_list_first(list)) != NULL)
		ul_guest_dial_cancel(ul_container_of(n, struct ul_guest_dial,
						     node));
}

void ul_guest_dials_free(struct ul_guest_dials *all)
{
	if (!all)
		return;
	cancel_all(&all->waiting);
	cancel_all(&all->known);
	ul_defer_cancel(all->ctx->loop, &all->tell);
	g_free(all);
}

static struct ul_ep gateway_of(const struct ul_guest_dials *all,
			       const struct ul_addr *guest)
{
	return (struct ul_ep){
		.addr = ul_addr_is_v4(guest) ? all->ctx->gateway4 :
					       all->ctx->gateway6,
		.port = (uint16_t)g_random_int_range(PORT_MIN, PORT_MAX + 1),
	};
}

/* @fd is -1 for one that only knocks. */
static int begin(struct ul_guest_dials *all,
		 const struct ul_guest_dial_conf *conf, int fd,
		 struct ul_guest_dial **out)
{
	struct ul_ep peer = gateway_of(all, &conf->guest.addr);
	struct ul_guest_dial *d = g_new0(struct ul_guest_dial, 1);
	struct ul_greeter greeter = { on_greeting, d };
	int ret;

	d->all = all;
	d->conf = *conf;
	d->is_probe = fd < 0;
	if (d->is_probe)
		ret = ul_tcp_proxy_knock(all->tcp, &peer, &conf->guest,
					 &greeter, &d->flow);
	else
		ret = ul_tcp_proxy_greet(all->tcp, fd, &peer, &conf->guest,
					 &greeter, &d->flow);
	if (ret < 0) {
		g_free(d);
		return ret;
	}
	all->count++;
	all->probes += d->is_probe;
	ul_list_append(&all->waiting, &d->node);
	ul_timer_init(&d->patience, on_patience_over, d);
	ul_timer_set(all->ctx->loop, &d->patience,
		     ul_loop_now(all->ctx->loop) + conf->wait_us);
	*out = d;
	return 0;
}

int ul_guest_dial(struct ul_guest_dials *all,
		  const struct ul_guest_dial_conf *conf, int fd,
		  struct ul_guest_dial **out)
{
	if (all->count >= UL_GUEST_DIALS_MAX ||
	    conf->first_len > sizeof(conf->first))
		return -ENOBUFS;
	return begin(all, conf, fd, out);
}

int ul_guest_probe(struct ul_guest_dials *all,
		   const struct ul_guest_dial_conf *conf,
		   struct ul_guest_dial **out)
{
	if (all->count >= UL_GUEST_DIALS_MAX ||
	    all->probes >= UL_GUEST_PROBES_MAX)
		return -ENOBUFS;
	return begin(all, conf, -1, out);
}

void ul_guest_dial_cancel(struct ul_guest_dial *d)
{
	drop_flow(d, UL_FLOW_CUT);
	dial_free(d);
}

unsigned int ul_guest_dials_count(const struct ul_guest_dials *all)
{
	return all->count;
}

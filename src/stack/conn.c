/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * conn.c - one TCP connection with a guest, ended by lwIP
 *
 * lwIP's callbacks only record what happened in conn->events and move data to
 * the connection's own queues; they never call out and never abort. The
 * caller acts on the events when the call has returned, outside of lwIP.
 *
 * A pcb ends in three ways: the guest's RST or a timeout (lwIP frees it and
 * calls on_error), both FINs acknowledged (LAST_ACK: freed; else TIME_WAIT),
 * or our own abort. leave() sees all of them. Data that the guest sent before
 * stays readable without the pcb.
 */
#include "stack/conn.h"

#include <string.h>

#include <glib.h>

#include "stack/priv.h"
#include "wire/tcp.h"

#define KEEPALIVE_INTERVAL_MS 10000
#define KEEPALIVE_COUNT 6
#define FIRST_RTO (LWIP_TCP_RTO_TIME / TCP_SLOW_INTERVAL)
#define SYN_BACKOFF_MAX 4		/* doublings */
#define MORE_TRIES 18

static err_t on_recv(void *arg, struct tcp_pcb *pcb, struct pbuf *p, err_t err)
{
	struct ul_conn *conn = arg;

	if (!p) {
		conn->events |= UL_CONN_FIN;
		ul_ack_guest_ended(conn, pcb);
		return ERR_OK;
	}
	ul_rx_append(conn, p);
	conn->events |= UL_CONN_DATA;
	return ERR_OK;
}

static err_t on_sent(void *arg, struct tcp_pcb *pcb, u16_t len)
{
	struct ul_conn *conn = arg;

	ul_tx_acked(conn, len);
	conn->events |= UL_CONN_ROOM;
	return ERR_OK;
}

/* The pcb is freed already. */
static void on_error(void *arg, err_t err)
{
	struct ul_conn *conn = arg;

	if (err == ERR_RST)
		conn->events |= UL_CONN_RESET;
	else if (err == ERR_CLSD)
		conn->events |= UL_CONN_CLOSED;
	else
		conn->events |= UL_CONN_TIMEOUT;
}

static err_t on_connected(void *arg, struct tcp_pcb *pcb, err_t err)
{
	struct ul_conn *conn = arg;

	conn->events |= UL_CONN_ESTABLISHED;
	if (conn->is_probe) {
		/* lwIP allows it here, and has not acknowledged yet. */
		pcb->errf = NULL;
		tcp_abort(pcb);
		return ERR_ABRT;
	}
	ul_super_begin(conn, pcb);
	return ERR_OK;
}

static void set_up_pcb(struct ul_conn *conn, struct tcp_pcb *pcb)
{
	pcb->callback_arg = conn;
	tcp_recv(pcb, on_recv);
	tcp_sent(pcb, on_sent);
	tcp_err(pcb, on_error);
	tcp_nagle_disable(pcb);
	pcb->keep_intvl = KEEPALIVE_INTERVAL_MS;
	pcb->keep_cnt = KEEPALIVE_COUNT;
}

static struct ul_conn *conn_new(struct ul_stack *stack, void *arg)
{
	struct ul_conn *conn = g_try_new0(struct ul_conn, 1);

	if (!conn)
		return NULL;
	conn->stack = stack;
	conn->arg = arg;
	return conn;
}

/* Leave lwIP and return the events that the call brought about. */
static unsigned int finish(struct ul_conn *conn)
{
	struct ul_stack *stack = conn->stack;
	bool had_pcb = conn->pcb != NULL;
	bool was_time_wait = conn->is_time_wait;
	enum ul_pcb_fate fate;
	unsigned int events;

	conn->is_held |= stack->output_failed;
	fate = ul_stack_leave(stack, &conn->pcb);
	conn->is_time_wait = fate == UL_PCB_TIME_WAIT;
	if (conn->is_time_wait && !was_time_wait)
		conn->events |= UL_CONN_TIME_WAIT;
	if (fate == UL_PCB_GONE && had_pcb &&
	    !(conn->events & (UL_CONN_RESET | UL_CONN_TIMEOUT)))
		conn->events |= UL_CONN_CLOSED;
	if (!conn->pcb || conn->is_time_wait)
		ul_tx_clear(conn);
	events = conn->events;
	conn->events = 0;
	return events;
}

/* A pbuf for @pkt's segment, from the TCP header on. */
static struct pbuf *segment_pbuf(struct ul_stack *stack, struct ul_conn *conn,
				 const struct ul_pkt *pkt, bool is_in_order)
{
	struct ul_rx *rx;

	if (is_in_order && pkt->buf)
		rx = ul_rx_new_ref(stack, conn, pkt->l4, pkt->l4_len,
				   pkt->buf);
	else
		rx = ul_rx_new_copy(stack, conn, pkt->l4, pkt->l4_len);
	return rx ? &rx->pc.pbuf : NULL;
}

struct ul_conn *ul_conn_new_passive(struct ul_stack *stack,
				    const struct ul_pkt *syn, void *arg)
{
	struct ul_conn *conn = conn_new(stack, arg);
	struct pbuf *p = conn ? segment_pbuf(stack, conn, syn, false) :
			       NULL;
	struct ul_tcp h;

	if (!p || ul_tcp_parse(&h, p->payload, p->len) < 0) {
		if (p)
			pbuf_free(p);
		g_free(conn);
		return NULL;
	}
	ul_tcp_clamp_mss(p->payload, h.hdr_len, UL_MSS_MIN, TCP_MSS);
	ul_stack_enter_listening(stack, h.dst_port, conn);
	ul_stack_set_ip_data(stack, syn);
	tcp_input(p, &stack->netif);
	ul_stack_leave(stack, &conn->pcb);
	if (!conn->pcb) {
		g_free(conn);
		return NULL;
	}
	set_up_pcb(conn, conn->pcb);
	return conn;
}

static struct ul_conn *conn_new_active(struct ul_stack *stack,
				       const struct ul_ep *peer,
				       const struct ul_ep *guest, void *arg,
				       bool is_probe)
{
	struct ul_conn *conn = conn_new(stack, arg);
	struct tcp_pcb *pcb;
	ip_addr_t remote;

	if (!conn)
		return NULL;
	conn->is_probe = is_probe;
	ul_stack_enter(stack, NULL);
	pcb = tcp_new_ip_type(ul_addr_is_v4(&guest->addr) ? IPADDR_TYPE_V4 :
							    IPADDR_TYPE_V6);
	if (pcb) {
		ul_addr_to_lwip(&pcb->local_ip, &peer->addr);
		pcb->local_port = peer->port;
		ul_addr_to_lwip(&remote, &guest->addr);
		set_up_pcb(conn, pcb);
		tcp_connect(pcb, &remote, guest->port, on_connected);
	}
	ul_stack_leave(stack, &conn->pcb);
	if (!conn->pcb) {
		g_free(conn);
		return NULL;
	}
	return conn;
}

struct ul_conn *ul_conn_new_active(struct ul_stack *stack,
				   const struct ul_ep *peer,
				   const struct ul_ep *guest, void *arg)
{
	return conn_new_active(stack, peer, guest, arg, false);
}

struct ul_conn *ul_conn_new_probe(struct ul_stack *stack,
				  const struct ul_ep *peer,
				  const struct ul_ep *guest, void *arg)
{
	return conn_new_active(stack, peer, guest, arg, true);
}

void ul_conn_free(struct ul_conn *conn)
{
	if (!conn)
		return;
	if (conn->pcb) {
		ul_stack_enter(conn->stack, conn->pcb);
		conn->pcb->errf = NULL;
		tcp_abandon(conn->pcb, 0);
		ul_stack_leave(conn->stack, &conn->pcb);
	}
	ul_rx_clear(conn);
	ul_tx_clear(conn);
	ul_holes_reset(&conn->holes, 0);
	g_free(conn);
}

static void charge_all(struct ul_budget *b, const struct ul_conn *conn,
		       size_t sign)
{
	if (!b)
		return;
	b->pinned += sign * conn->charged;
	b->send += sign * conn->tx_bufs * UL_SEND_BUF_SIZE;
}

void ul_conn_set_budget(struct ul_conn *conn, struct ul_budget *budget)
{
	charge_all(conn->budget, conn, (size_t)-1);
	charge_all(budget, conn, 1);
	conn->budget = budget;
}

void ul_conn_abort(struct ul_conn *conn)
{
	if (!conn->pcb)
		return;
	ul_stack_enter(conn->stack, conn->pcb);
	conn->pcb->errf = NULL;
	tcp_abort(conn->pcb);
	ul_stack_leave(conn->stack, &conn->pcb);
	conn->is_time_wait = false;
	ul_tx_clear(conn);
}

void ul_conn_refuse(struct ul_stack *stack, const struct ul_pkt *seg)
{
	struct pbuf *p = segment_pbuf(stack, NULL, seg, false);
	struct tcp_pcb *none;

	if (!p)
		return;
	ul_stack_enter(stack, NULL);
	ul_stack_set_ip_data(stack, seg);
	tcp_input(p, &stack->netif);
	ul_stack_leave(stack, &none);
}

/* Leave the first @len bytes of data, and with them no FIN. */
static void cut_data(struct pbuf *p, struct ul_tcp *h, size_t len)
{
	struct tcp_hdr *hdr = p->payload;

	pbuf_realloc(p, (u16_t)(h->hdr_len + len));
	TCPH_UNSET_FLAG(hdr, TCP_FIN);
	h->flags &= (uint8_t)~UL_TCP_FIN;
}

/*
 * lwIP keeps a segment that is out of order without a look at its end, and
 * asserts that it fits the window when its turn has come; and it moves a FIN
 * to the end of whatever covers it. So data ends one byte before the window
 * does, and that byte is a FIN's. Who sends more is told where the window is.
 */
static void fit_window(struct tcp_pcb *pcb, struct pbuf *p, struct ul_tcp *h)
{
	int32_t room = (int32_t)(pcb->rcv_nxt + pcb->rcv_wnd - 1 - h->seq);
	int32_t len = p->tot_len - h->hdr_len;

	if (pcb->state == SYN_SENT || room < 0 || len <= room)
		return;
	cut_data(p, h, (size_t)room);
	tcp_ack_now(pcb);
}

/*
 * Over budget, data is treated as lost on the way; the guest sends it again.
 * What comes next is always taken when all before it was: who waits for it
 * can only make progress with it.
 */
static bool is_over_budget(const struct ul_conn *conn, const struct ul_tcp *h)
{
	if (!conn->rx_len && TCP_SEQ_LEQ(h->seq, conn->pcb->rcv_nxt))
		return false;
	return ul_rx_is_over(conn);
}

/* The data of @p goes where the budget and the window want it. */
static void fit_data(struct ul_conn *conn, struct pbuf *p, struct ul_tcp *h)
{
	if (p->tot_len == h->hdr_len)
		return;
	if (is_over_budget(conn, h)) {
		conn->stack->stats.over_pinned++;
		if (conn->budget)
			conn->budget->over_pinned++;
		conn->owes_update = true;
		cut_data(p, h, 0);	/* the acknowledgement counts */
	}
	fit_window(conn->pcb, p, h);
}

/* Give the segment @p with the header @h, @pkt's or more, to lwIP. */
static unsigned int input(struct ul_conn *conn, const struct ul_pkt *pkt,
			  struct ul_tcp *h, struct pbuf *p)
{
	struct ul_stack *stack = conn->stack;
	uint32_t acked_before = conn->pcb->lastack;
	uint32_t sent_before = conn->pcb->snd_nxt;
	size_t len = p->tot_len - h->hdr_len;

	/* Later ones change nothing, a SYN's that is repeated neither. */
	if (conn->pcb->state == SYN_SENT)
		ul_tcp_clamp_mss(p->payload, h->hdr_len, UL_MSS_MIN, TCP_MSS);
	else
		ul_tcp_blank_options(p->payload, h->hdr_len);
	ul_stack_enter(stack, conn->pcb);
	ul_stack_set_ip_data(stack, pkt);
	if (!conn->is_time_wait) {
		fit_data(conn, p, h);
		ul_bulk_saw(conn, h, p->tot_len - (size_t)h->hdr_len);
		ul_loss_before_input(conn);
		/* One acknowledgement per batch, at settle. */
		tcp_clear_flags(conn->pcb, TF_ACK_DELAY);
	}
	tcp_input(p, &stack->netif);
	if (tcp_active_pcbs && !conn->is_time_wait) {
		ip_reset_option(conn->pcb, SOF_KEEPALIVE);	/* it lives */
		if (conn->pcb->state >= ESTABLISHED) {
			ul_super_trim(conn);
			ul_loss_after_input(conn, h, acked_before);
			ul_loss_hold_window(conn);
			if (conn->events & UL_CONN_ROOM)
				ul_tx_write(conn);
		}
		tcp_output(conn->pcb);
		ul_super_fit_window(conn);
		ul_loss_after_output(conn);
		ul_ack_after_input(conn, len,
				   conn->pcb->snd_nxt != sent_before);
	}
	return finish(conn);
}

unsigned int ul_conn_input(struct ul_conn *conn, const struct ul_pkt *pkt)
{
	struct ul_tcp h;
	struct pbuf *p;

	if (!conn->pcb || ul_tcp_parse(&h, pkt->l4, pkt->l4_len) < 0)
		return 0;
	p = segment_pbuf(conn->stack, conn, pkt,
			 h.seq == conn->pcb->rcv_nxt);
	return p ? input(conn, pkt, &h, p) : 0;
}

/* Would lwIP pass on what begins with @h at once? */
static bool takes_now(const struct ul_conn *conn, const struct ul_tcp *h)
{
	const struct tcp_pcb *pcb = conn->pcb;

	return !conn->is_time_wait && h->seq == pcb->rcv_nxt &&
	       pcb->state >= ESTABLISHED && pcb->state <= FIN_WAIT_2;
}

/* The first segment from its header on, and the payloads of the others. */
static struct pbuf *train_pbuf(struct ul_conn *conn, const struct ul_pkt *pkt,
			       unsigned int count, size_t hdr_len)
{
	struct pbuf *chain = NULL;

	while (count--) {
		size_t skip = count ? hdr_len : 0;
		struct ul_rx *rx = ul_rx_new_ref(conn->stack, conn,
						 pkt[count].l4 + skip,
						 pkt[count].l4_len - skip,
						 pkt[count].buf);
		struct pbuf *p = rx ? &rx->pc.pbuf : NULL;

		if (p && chain)
			p->tot_len += chain->tot_len;
		if (p)
			p->next = chain;
		else if (chain)
			pbuf_free(chain);
		chain = p;
		if (!p)
			break;
	}
	return chain;
}

unsigned int ul_conn_input_train(struct ul_conn *conn,
				 const struct ul_pkt *pkt, unsigned int count)
{
	unsigned int events = 0;
	struct ul_tcp h;
	struct pbuf *p;

	if (count > 1 && conn->pcb &&
	    !ul_tcp_parse(&h, pkt->l4, pkt->l4_len) && takes_now(conn, &h)) {
		p = train_pbuf(conn, pkt, count, h.hdr_len);
		return p ? input(conn, pkt, &h, p) : 0;
	}
	for (unsigned int i = 0; i < count; i++)
		events |= ul_conn_input(conn, &pkt[i]);
	return events;
}

void ul_conn_resume(struct ul_conn *conn)
{
	conn->is_held = false;
	if (!conn->pcb)
		return;
	ul_stack_enter(conn->stack, conn->pcb);
	ul_loss_send(conn);
	tcp_output(conn->pcb);
	conn->is_held = conn->stack->output_failed;
	ul_stack_leave(conn->stack, &conn->pcb);
}

bool ul_conn_is_held(const struct ul_conn *conn)
{
	return conn->is_held;
}

bool ul_conn_wants_tick(const struct ul_conn *conn)
{
	const struct tcp_pcb *pcb = conn->pcb;

	if (!pcb || conn->is_time_wait)
		return false;
	if (conn->window_owed || conn->owes_update)
		return true;
	if (pcb->unacked || pcb->unsent || pcb->ooseq ||
	    pcb->flags & (TF_ACK_DELAY | TF_ACK_NOW | TF_CLOSEPEND) ||
	    pcb->so_options & SOF_KEEPALIVE)
		return true;
	return pcb->state != ESTABLISHED && pcb->state != CLOSE_WAIT &&
	       pcb->state != FIN_WAIT_2;
}

/*
 * lwIP marks visited pcbs with a u8 that it increments per call; this mirror
 * makes sure that the pcb's own mark never happens to be equal.
 */
static void prime_timer(struct tcp_pcb *pcb)
{
	static uint8_t mirror;

	pcb->last_timer = mirror++;
}

/*
 * lwIP repeats a SYN at one pace, and so gives up after 2.4 s. A guest that
 * boots gets half a minute.
 */
static void pace_syn(struct tcp_pcb *pcb)
{
	if (pcb->state == SYN_SENT)
		pcb->rto = (s16_t)(FIRST_RTO << MIN(pcb->nrtx, SYN_BACKOFF_MAX));
}

/*
 * lwIP gives up after 12 tries at most, 72 s at our pace. A guest that is
 * paused for a snapshot gets four minutes.
 */
static void be_patient(struct ul_conn *conn)
{
	struct tcp_pcb *pcb = conn->pcb;

	if (!pcb->nrtx && !pcb->persist_probe)
		conn->more_tries = MORE_TRIES;
	if (!conn->more_tries || pcb->state < ESTABLISHED)
		return;
	if (pcb->nrtx == TCP_MAXRTX - 1)
		pcb->nrtx--;
	else if (pcb->persist_probe == TCP_MAXRTX - 1)
		pcb->persist_probe--;
	else
		return;
	conn->more_tries--;
}

/* States that lwIP asserts never to see in its timer, or treats too harshly. */
static void normalise(struct tcp_pcb *pcb)
{
	pace_syn(pcb);
	if (!pcb->unsent || pcb->unacked)
		pcb->persist_backoff = 0;
	/* It would drop data that a slow guest has yet to take. */
	if (pcb->state == LAST_ACK && (pcb->unsent || pcb->unacked))
		pcb->tmr = tcp_ticks;
}

static void slow_tick(struct ul_conn *conn)
{
	struct tcp_pcb *pcb = conn->pcb;

	normalise(pcb);
	be_patient(conn);
	prime_timer(pcb);
	tcp_ticks = conn->stack->slow_ticks - 1;
	tcp_slowtmr();
	if (!tcp_active_pcbs)
		return;
	if (pcb->state >= ESTABLISHED)
		ul_loss_hold_window(conn);
	/* Memory or a full port may have stopped it, with no event to follow. */
	tcp_output(pcb);
}

unsigned int ul_conn_tick(struct ul_conn *conn, uint32_t tick)
{
	if (!conn->pcb || conn->is_time_wait)
		return 0;
	ul_ack_tick(conn);
	ul_conn_settle(conn);
	ul_stack_enter(conn->stack, conn->pcb);
	prime_timer(conn->pcb);
	tcp_fasttmr();
	if (tcp_active_pcbs)
		ul_loss_on_tick(conn);
	if (tcp_active_pcbs && tick % 2 == 0)
		slow_tick(conn);
	return finish(conn);
}

void ul_conn_probe(struct ul_conn *conn)
{
	if (!conn->pcb || conn->is_time_wait)
		return;
	ip_set_option(conn->pcb, SOF_KEEPALIVE);
	conn->pcb->keep_idle = 0;
	conn->pcb->tmr = conn->stack->slow_ticks;
}

bool ul_conn_awaits(const struct ul_conn *conn, uint32_t seq)
{
	const struct tcp_pcb *pcb = conn->pcb;

	return pcb && pcb->state == SYN_SENT && pcb->lastack == seq;
}

bool ul_conn_is_time_wait(const struct ul_conn *conn)
{
	return conn->is_time_wait;
}

const char *ul_conn_state_name(const struct ul_conn *conn)
{
	return conn->pcb ? tcp_debug_state_str(conn->pcb->state) : "CLOSED";
}

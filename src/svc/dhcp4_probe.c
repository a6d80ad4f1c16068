/* SPDX-License-Identifier: BSD-3-Clause */
/* dhcp4_probe.c - is somebody on an address that is to be offered? */
#include "svc/dhcp4_probe.h"

#include <errno.h>
#include <glib.h>

struct row {
	bool is_used;
	unsigned int asks_left;
	int64_t due_us;
	struct ul_dhcp4_asked asked;
};

struct ul_dhcp4_probe {
	struct ul_dhcp4_probe_conf conf;
	struct ul_timer timer;
	unsigned int used;
	struct row row[UL_DHCP4_PROBES_MAX];
};

static struct row *row_of(struct ul_dhcp4_probe *p, const uint8_t mac[6])
{
	for (size_t i = 0; p->used && i < UL_DHCP4_PROBES_MAX; i++)
		if (p->row[i].is_used &&
		    !memcmp(p->row[i].asked.mac, mac, 6))
			return &p->row[i];
	return NULL;
}

static struct row *unused_row(struct ul_dhcp4_probe *p)
{
	for (size_t i = 0; i < UL_DHCP4_PROBES_MAX; i++)
		if (!p->row[i].is_used)
			return &p->row[i];
	return NULL;
}

static void arm(struct ul_dhcp4_probe *p)
{
	int64_t first = INT64_MAX;

	for (size_t i = 0; i < UL_DHCP4_PROBES_MAX; i++)
		if (p->row[i].is_used)
			first = MIN(first, p->row[i].due_us);
	if (first == INT64_MAX)
		ul_timer_cancel(p->conf.loop, &p->timer);
	else
		ul_timer_set(p->conf.loop, &p->timer, first);
}

static void clear(struct ul_dhcp4_probe *p, struct row *row)
{
	p->used -= row->is_used;
	row->is_used = false;
}

static void ask(struct ul_dhcp4_probe *p, struct row *row, int64_t now_us)
{
	row->asks_left--;
	row->due_us = now_us + UL_DHCP4_PROBE_US;
	p->conf.ask(&row->asked.addr, p->conf.arg);
}

/* The row is free before who waited hears of it, and may ask again. */
static void finish(struct ul_dhcp4_probe *p, struct row *row,
		   const uint8_t *by)
{
	struct ul_dhcp4_asked asked = row->asked;

	clear(p, row);
	p->conf.done(&asked, by, p->conf.arg);
}

static void on_timer(int64_t now_us, void *arg)
{
	struct ul_dhcp4_probe *p = arg;

	for (size_t i = 0; i < UL_DHCP4_PROBES_MAX; i++) {
		struct row *row = &p->row[i];

		if (!row->is_used || row->due_us > now_us)
			continue;
		if (row->asks_left)
			ask(p, row, now_us);
		else
			finish(p, row, NULL);
	}
	arm(p);
}

struct ul_dhcp4_probe *
ul_dhcp4_probe_new(const struct ul_dhcp4_probe_conf *conf)
{
	struct ul_dhcp4_probe *p = g_new0(struct ul_dhcp4_probe, 1);

	p->conf = *conf;
	ul_timer_init(&p->timer, on_timer, p);
	return p;
}

void ul_dhcp4_probe_free(struct ul_dhcp4_probe *p)
{
	if (!p)
		return;
	ul_timer_cancel(p->conf.loop, &p->timer);
	g_free(p);
}

int ul_dhcp4_probe_start(struct ul_dhcp4_probe *p, const struct ul_addr *addr,
			 const uint8_t mac[6], const struct ul_addr *src_ip,
			 const uint8_t *payload, size_t len)
{
	struct row *row = row_of(p, mac);
	bool goes_on = row && ul_addr_eq(&row->asked.addr, addr);

	if (len > UL_DHCP4_PROBE_LEN)
		return -EMSGSIZE;
	row = row ? row : unused_row(p);
	if (!row)
		return -ENOBUFS;
	p->used += !row->is_used;
	row->is_used = true;
	row->asked.addr = *addr;
	memcpy(row->asked.mac, mac, 6);
	row->asked.src_ip = *src_ip;
	memcpy(row->asked.payload, payload, len);
	row->asked.len = len;
	if (goes_on)
		return 0;
	row->asks_left = UL_DHCP4_PROBES;
	ask(p, row, ul_loop_now(p->conf.loop));
	arm(p);
	return 0;
}

void ul_dhcp4_probe_drop(struct ul_dhcp4_probe *p, const uint8_t mac[6])
{
	struct row *row = row_of(p, mac);

	if (row)
		clear(p, row);
}

void ul_dhcp4_probe_heard(struct ul_dhcp4_probe *p,
			  const struct ul_addr *addr, const uint8_t mac[6])
{
	for (size_t i = 0; p->used && i < UL_DHCP4_PROBES_MAX; i++) {
		struct row *row = &p->row[i];

		if (row->is_used && ul_addr_eq(&row->asked.addr, addr) &&
		    memcmp(row->asked.mac, mac, 6))
			finish(p, row, mac);
	}
}

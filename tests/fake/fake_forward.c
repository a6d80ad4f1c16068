/* SPDX-License-Identifier: BSD-3-Clause */
/* fake_forward.c - forwards of a network for those who only ask it */
#include <errno.h>
#include <glib.h>
#include <string.h>
#include <unistd.h>

#include "fake/fake_network.h"
#include "net/net_forward.h"

/* All that can be told, but for what @text leaves out. */
static struct ul_forward_info a_forward(const char *text)
{
	return (struct ul_forward_info){
		.text = text, .key = text,
		.is_udp = g_str_has_suffix(text, "/udp"),
		.path = strstr(text, "web") ? "/run/web.sock" : NULL,
		.host_count = 2, .port_count = 1,
		.host = { { ul_addr_v4(0x7f000001), 8080 },
			  { { .b = { [15] = 1 } }, 8080 } },
		.guest_name = strstr(text, "web") ? "web" : NULL,
		.guest = { ul_addr_v4(0x0a00020f), 80 },
		.has_guest = !strstr(text, "gone"),
		.connections = 7, .open = 2, .failed = 3,
		.reason = "the VM refused the connection",
		.failed_us = 61000000,
	};
}

int ul_network_forward_add(struct ul_network *n, const char *spec,
			   const char *port, int take_fd,
			   ul_forward_info_fn fn, void *arg, char **error)
{
	struct ul_forward_info info = a_forward(spec);

	if (take_fd >= 0)
		close(take_fd);
	n->forward_fds += take_fd >= 0;
	if (n->is_bare || (port && !fake_network_port(n, port))) {
		*error = g_strdup_printf("forward %s: no", spec);
		return -EINVAL;
	}
	n->forwards_added++;
	fn(&info, arg);
	return 0;
}

int ul_network_forward_remove(struct ul_network *n, const char *spec,
			      enum ul_forward_open open, char **error)
{
	if (!n->forwards_added) {
		*error = g_strdup_printf("there is no forward %s", spec);
		return -ENOENT;
	}
	n->forwards_added--;
	n->forwards_cut += open == UL_FORWARD_CUT;
	return 0;
}

void ul_network_each_forward(struct ul_network *n, ul_forward_info_fn fn,
			     void *arg)
{
	static const char *const texts[] = {
		"8080:web:80", "8080:10.0.2.15:80/udp", "8080:gone:80",
	};

	for (size_t i = 0; !n->is_bare && i < G_N_ELEMENTS(texts); i++) {
		struct ul_forward_info info = a_forward(texts[i]);

		fn(&info, arg);
	}
}

void fake_network_forward_failed(struct ul_network *n)
{
	struct ul_forward_info info = a_forward("8080:web:80");
	struct ul_forward_failure failure = {
		.forward = &info, .reason = info.reason,
		.client = { ul_addr_v4(0x7f000001), 40000 },
	};

	n->events->forward_failed(&failure, n->events_arg);
}

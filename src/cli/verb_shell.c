/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * verb_shell.c - userlan shell: a command of this host, inside a network
 *
 * The command gets namespaces of its own, with a tap for each network whose
 * descriptor the network has. The control sockets are connected to before
 * (outside we are who we are), all else is done in there.
 *
 * The network's descriptor of a tap keeps the network namespace that the tap
 * was made in. So they are made in one, and follow into another for the
 * command: that one ends with its last process, however that ends, the
 * kernel takes the taps back with it, and the network sees its ports go.
 */
#include <errno.h>
#include <getopt.h>
#include <glib.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/child.h"
#include "cli/cli.h"
#include "cli/nic.h"
#include "cli/paths.h"
#include "cli/reach.h"
#include "cli/verbs.h"
#include "conf/value.h"
#include "sys/tapif.h"
#include "sys/userns.h"
#include "wire/eth.h"

#define NETS_MAX 8
#define NAMES_MAX 99	/* shells on one network */

static const char help[] =
"Run COMMAND, or $SHELL, of this host inside the network NET.\n"
"\n"
"  --net NET2           on that network, too, as eth1; repeatable\n"
"  --address ADDR/LEN   of the network named last, instead of a lease\n"
"  --name NAME          the port's name (shell)\n"
"  --as-guest           as one more VM: where the mode keeps the host out\n"
"  --no-dns             leave /etc/resolv.conf as it is\n"
"\n"
"The command is root in namespaces of its own and nobody special outside.\n"
"The exit status is the command's.\n";

/* One network that the command is on. */
struct side {
	char *net;
	char *port;
	char *ifname;
	struct ul_qmp *qmp;
	json_t *info;		/* what the network says of itself */
	struct ul_tap_conf tap;
};

struct shell {
	struct side side[NETS_MAX];
	unsigned int count;
	char *name;
	bool is_guest, no_dns;
	char **command;		/* NULL: $SHELL */
	char *error;
};

enum { OPT_NET = 0x100, OPT_ADDRESS, OPT_NAME, OPT_GUEST, OPT_DNS, OPT_HELP };

static const struct option options[] = {
	{ "net", required_argument, NULL, OPT_NET },
	{ "address", required_argument, NULL, OPT_ADDRESS },
	{ "name", required_argument, NULL, OPT_NAME },
	{ "as-guest", no_argument, NULL, OPT_GUEST },
	{ "no-dns", no_argument, NULL, OPT_DNS },
	{ "help", no_argument, NULL, OPT_HELP },
	{ NULL, 0, NULL, 0 },
};

static int add_net(struct shell *sh, const char *net)
{
	g_autofree char *why = NULL;
	struct side *side = &sh->side[sh->count];

	if (sh->count == NETS_MAX)
		return ul_cli_usage(&ul_verb_shell, "more than %d networks",
				    NETS_MAX);
	if (ul_value_check_label(net, &why))
		return ul_cli_usage(&ul_verb_shell, "'%s' is no name of a "
				    "network: %s", net, why);
	side->net = g_strdup(net);
	side->ifname = g_strdup_printf("eth%u", sh->count);
	side->tap.name = side->ifname;
	side->tap.no_ipv4 = true;
	side->tap.has_offload = true;
	sh->count++;
	return 0;
}

/* "192.168.56.9/24": an address and how long its network's prefix is. */
static int parse_address(struct ul_tap_conf *tap, const char *text)
{
	const char *slash = strchr(text, '/');
	g_autofree char *addr = slash ? g_strndup(text, (size_t)(slash - text))
				      : NULL;
	g_autofree char *why = NULL;
	uint64_t len;

	if (!addr || ul_addr_parse(&tap->addr4, addr) ||
	    !ul_addr_is_v4(&tap->addr4) ||
	    ul_value_number(&len, slash + 1, 1, 30, &why))
		return -EINVAL;
	tap->subnet.len = (uint8_t)len;
	tap->subnet.addr = ul_addr_v4(ul_addr_to_v4(&tap->addr4) &
				      ~(UINT32_MAX >> len));
	tap->no_ipv4 = false;
	return 0;
}

static int take_option(struct shell *sh, int code, const char *word)
{
	g_autofree char *why = NULL;

	switch (code) {
	case OPT_NET:
		return add_net(sh, optarg);
	case OPT_ADDRESS:
		if (!parse_address(&sh->side[sh->count - 1].tap, optarg))
			return 0;
		return ul_cli_usage(&ul_verb_shell, "--address %s: write an "
				    "IPv4 address and its prefix's length, as "
				    "in 10.0.2.99/24", optarg);
	case OPT_NAME:
		if (ul_value_check_label(optarg, &why))
			return ul_cli_usage(&ul_verb_shell, "--name %s: %s",
					    optarg, why);
		g_free(sh->name);
		sh->name = g_strdup(optarg);
		return 0;
	case OPT_GUEST:
		sh->is_guest = true;
		return 0;
	case OPT_DNS:
		sh->no_dns = true;
		return 0;
	default:
		return ul_cli_bad_option(&ul_verb_shell, code, word);
	}
}

/*
 * NET, options, and from the next word on the command. 0, or the exit
 * status; *@is_help: there is no more to do.
 */
static int parse(struct shell *sh, int argc, char **argv, bool *is_help)
{
	int code, rc;

	*is_help = argc > 1 && (!strcmp(argv[1], "--help") ||
				!strcmp(argv[1], "-h"));
	if (*is_help)
		return 0;
	if (argc < 2 || *argv[1] == '-')
		return ul_cli_usage(&ul_verb_shell, "the network's name comes "
				    "first: userlan shell NET [OPTION]... "
				    "[-- COMMAND...]");
	rc = add_net(sh, argv[1]);
	opterr = 0;
	optind = 2;
	while (!rc && (code = getopt_long(argc, argv, "+:h", options,
					  NULL)) != -1) {
		*is_help = code == 'h' || code == OPT_HELP;
		if (*is_help)
			return 0;
		rc = take_option(sh, code, argv[optind - 1]);
	}
	if (!rc && optind < argc)
		sh->command = argv + optind;
	return rc;
}

/* May the host be on that network? */
static int check_mode(const struct shell *sh, const struct side *side,
		      char **error)
{
	const char *mode = ul_reach_text(side->info, "mode");

	if (sh->is_guest ||
	    (strcmp(mode, "internal") && strcmp(mode, "bridged")))
		return 0;
	*error = g_strdup_printf("network %s is %s, and keeps the host out; "
				 "as one more VM it may be on it: userlan "
				 "shell %s --as-guest", side->net, mode,
				 side->net);
	return -EPERM;
}

static bool is_taken(const json_t *ports, const char *name)
{
	json_t *port;
	size_t i;

	json_array_foreach(ports, i, port)
		if (!strcmp(ul_reach_text(port, "name"), name))
			return true;
	return false;
}

/* shell, shell2, ...: few names, so that few leases are used up. */
static int choose_port(struct side *side, const char *name, char **error)
{
	json_t *ports = NULL;
	int rc;

	if (name) {
		side->port = g_strdup(name);
		return 0;
	}
	rc = ul_reach_ask(side->qmp, "query-ports", &ports, error);
	if (rc)
		return rc;
	side->port = g_strdup("shell");
	for (int n = 2; n <= NAMES_MAX && is_taken(ports, side->port); n++) {
		g_free(side->port);
		side->port = g_strdup_printf("shell%d", n);
	}
	json_decref(ports);
	return 0;
}

static int reach(const struct shell *sh, struct side *side, char **error)
{
	int rc = ul_reach(&side->qmp, side->net, error);

	if (!rc)
		rc = ul_reach_ask(side->qmp, "query-network", &side->info,
				  error);
	if (!rc)
		rc = check_mode(sh, side, error);
	if (!rc)
		rc = choose_port(side, sh->name, error);
	if (rc)
		return rc;
	ul_nic_mac_of(side->tap.mac, side->net, side->port, 0);
	side->tap.has_mac = true;
	side->tap.mtu = (unsigned int)ul_reach_int(side->info, "mtu");
	return 0;
}

/* The tap becomes a port of the network. */
static int plug_in(const struct shell *sh, struct side *side, char **error)
{
	char mac[UL_MAC_STRLEN];
	int tap, rc = ul_tapif_make(&tap, &side->tap, error);

	if (rc)
		return rc;
	rc = ul_qmp_give_fd(side->qmp, tap, "tap", error);
	close(tap);
	if (rc)
		return rc;
	return ul_qmp_execute(side->qmp, "port-add", json_pack(
			"{s:s, s:s, s:s, s:s}", "fdname", "tap",
			"kind", sh->is_guest ? "guest" : "host",
			"name", side->port,
			"mac", ul_mac_str(side->tap.mac, mac)), NULL, error);
}

/* The address that the network's DHCP would lease to the port. */
static int lease(struct side *side, char **error)
{
	char mac[UL_MAC_STRLEN];
	json_t *answer = NULL;
	int rc;

	if (!side->tap.no_ipv4 || !ul_reach_bool(side->info, "dhcp"))
		return 0;
	rc = ul_qmp_execute(side->qmp, "lease-add", json_pack("{s:s, s:s}",
			"mac", ul_mac_str(side->tap.mac, mac),
			"host", side->port), &answer, error);
	if (rc)
		return rc;
	side->tap.no_ipv4 =
		ul_addr_parse(&side->tap.addr4,
			      ul_reach_text(answer, "address")) ||
		ul_prefix_parse(&side->tap.subnet,
				ul_reach_text(side->info, "subnet"));
	json_decref(answer);
	if (!side->tap.no_ipv4)
		return 0;
	*error = g_strdup("a lease without an address");
	return -EPROTO;
}

/* The prefix and what the MAC makes of it (RFC 4291 appendix A). */
static void settle_ipv6(struct side *side)
{
	struct ul_tap_conf *tap = &side->tap;
	const uint8_t *mac = tap->mac;
	const uint8_t id[8] = {
		mac[0] ^ 2, mac[1], mac[2], 0xff, 0xfe, mac[3], mac[4], mac[5],
	};

	if (ul_prefix_parse(&tap->prefix6,
			    ul_reach_text(side->info, "prefix6")) ||
	    ul_addr_parse(&tap->gateway6,
			  ul_reach_text(side->info, "gateway6")))
		return;
	tap->addr6 = tap->prefix6.addr;
	memcpy(tap->addr6.b + 8, id, sizeof(id));
	tap->has_ipv6 = true;
}

static bool has_egress(const struct side *side)
{
	const char *egress = ul_reach_text(side->info, "egress");

	return ul_reach_bool(side->info, "router") && *egress &&
	       strcmp(egress, "none");
}

static int configure(struct side *side, bool has_default_route, char **error)
{
	int rc = lease(side, error);

	if (rc)
		return rc;
	settle_ipv6(side);
	side->tap.no_routes = !has_default_route ||
		ul_addr_parse(&side->tap.gateway4,
			      ul_reach_text(side->info, "gateway"));
	return ul_tapif_configure(&side->tap, error);
}

static int set_resolv(struct shell *sh)
{
	GString *text = g_string_new("# of userlan shell\n");
	GString *search = g_string_new("search");
	g_autofree char *dir = NULL;
	bool is_any = false;
	int rc = 0;

	for (unsigned int i = 0; i < sh->count; i++) {
		const json_t *info = sh->side[i].info;
		const char *dns = ul_reach_text(info, "dns");

		if (!*dns || !ul_reach_bool(info, "router"))
			continue;
		is_any = true;
		g_string_append_printf(text, "nameserver %s\n", dns);
		g_string_append_printf(search, " %s",
				       ul_reach_text(info, "domain"));
	}
	g_string_append_printf(text, "%s\n", search->str);
	if (is_any && !sh->no_dns) {
		rc = ul_paths_dir(&dir, &sh->error);
		if (!rc)
			rc = ul_userns_set_resolv(text->str, dir, &sh->error);
	}
	g_string_free(text, TRUE);
	g_string_free(search, TRUE);
	return rc;
}

/* Networks have few seats at their control sockets. */
static void hang_up(struct shell *sh)
{
	for (unsigned int i = 0; i < sh->count; i++)
		g_clear_pointer(&sh->side[i].qmp, ul_qmp_free);
}

/* The taps are made, and are ports; enter the namespace of the command. */
static int make_taps(struct shell *sh)
{
	int door, rc = ul_tapif_open_door(&door, &sh->error);

	if (rc)
		return rc;
	for (unsigned int i = 0; !rc && i < sh->count; i++)
		rc = plug_in(sh, &sh->side[i], &sh->error);
	if (!rc)
		rc = ul_userns_next_netns(&sh->error);
	for (unsigned int i = 0; !rc && i < sh->count; i++)
		rc = ul_tapif_follow(door, sh->side[i].ifname, &sh->error);
	close(door);
	return rc;
}

/* From outside: connect; then inside: be a port of each. */
static int set_up(struct shell *sh)
{
	bool has_route = false;
	int rc = 0;

	for (unsigned int i = 0; !rc && i < sh->count; i++)
		rc = reach(sh, &sh->side[i], &sh->error);
	if (!rc)
		rc = ul_userns_enter(&sh->error);
	if (!rc)
		rc = make_taps(sh);
	for (unsigned int i = 0; !rc && i < sh->count; i++) {
		bool is_way_out = !has_route && has_egress(&sh->side[i]);

		rc = configure(&sh->side[i], is_way_out, &sh->error);
		has_route = has_route || is_way_out;
	}
	hang_up(sh);
	return rc ? rc : set_resolv(sh);
}

static int run(struct shell *sh)
{
	const char *shell = g_getenv("SHELL");
	g_autofree char *fallback = g_strdup(shell && *shell ? shell :
					     "/bin/sh");
	char *const own[] = { fallback, NULL };
	struct ul_child_conf conf = {
		.argv = sh->command ? sh->command : own,
		.group = UL_CHILD_SAME_GROUP,
	};
	pid_t pid;

	ul_child_hold_signals();
	if (set_up(sh) || ul_child_start(&pid, &conf, &sh->error))
		return ul_cli_failed(g_steal_pointer(&sh->error));
	return ul_child_wait(pid);
}

static int verb_shell(const struct ul_verb *verb, int argc, char **argv)
{
	struct shell sh = { .count = 0 };
	bool is_help = false;
	int status = parse(&sh, argc, argv, &is_help);

	if (is_help)
		status = ul_cli_help(&ul_verb_shell);
	else if (!status)
		status = run(&sh);
	for (unsigned int i = 0; i < sh.count; i++) {
		ul_qmp_free(sh.side[i].qmp);
		json_decref(sh.side[i].info);
		g_free(sh.side[i].net);
		g_free(sh.side[i].port);
		g_free(sh.side[i].ifname);
	}
	g_free(sh.name);
	return status;
}

const struct ul_verb ul_verb_shell = {
	.name = "shell",
	.args = "NET [OPTION]... [-- COMMAND...]",
	.summary = "a command of this host, inside the network",
	.help = help,
	.options = options,
	.run = verb_shell,
};

/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * args.c - the command line of userland(8)
 *
 * getopt_long(3) over the table of conf_option.h. Its own messages are off:
 * they name the program twice and cannot say what would be right.
 */
#include "daemon/args.h"

#include <errno.h>
#include <getopt.h>
#include <stdarg.h>

#include "conf/conf_option.h"

/* Codes above all letters: an option's index in its table, and two more. */
#define CODE_OPTION 0x1000
#define CODE_HELP 0x100
#define CODE_VERSION 0x101

const char ul_args_help[] =
"Usage: userland [OPTION]...\n"
"A network for a virtual machine, without root: see userland(8).\n"
"\n"
"What kind of network\n"
"      --mode MODE             nat (one guest), nat-network, internal,\n"
"                              host-only, bridged\n"
"      --uplink UPLINK         fd:N, tap:NAME, helper:BRIDGE, trunk:ADDR or\n"
"                              vxlan:VNI@LOCAL=REMOTE,..., repeatable\n"
"      --egress any|none       may guests reach beyond the host?\n"
"Where guests attach (in nat one of these; else repeatable; default: a\n"
"socket in $XDG_RUNTIME_DIR/userlan)\n"
"      --socket PATH           listen for QEMU's -netdev stream\n"
"      --seqpacket PATH        the same, a frame a packet\n"
"      --dgram PATH            the same, a frame a datagram\n"
"      --tcp ADDR:PORT         the stream on this host's loopback\n"
"      --fd N                  a connected UNIX socket, inherited\n"
"      --netns PID|PATH        a tap in a network namespace\n"
"      --ifname NAME           its name (tap0)\n"
"      --no-netns-config       do not give it addresses and routes\n"
"      --no-offload            segments and checksums are its kernel's work\n"
"      --allow-uid UID         this user may attach too, repeatable\n"
"      --port NAME=MAC,RULE... how the guest with that MAC is treated, or\n"
"                              all others (*,RULE...), repeatable: isolated,\n"
"                              promiscuous, pinned, macs=N, rate-in=SIZE,\n"
"                              rate-out=SIZE\n"
"The network\n"
"      --name NAME             its name (nat)\n"
"      --subnet CIDR           IPv4 (10.0.2.0/24, or the next that is free)\n"
"      --subnet-overlap        even where it overlaps one of the host's\n"
"      --gateway ADDR          (.2 of the subnet)\n"
"      --ipv6-prefix PREFIX    a /64 (derived from the name)\n"
"      --no-ipv6               IPv4 only\n"
"      --mtu N                 (65520 on a socket, 1500 on a tap)\n"
"      --dhcp, --no-dhcp       lease addresses (in internal: no)\n"
"      --dhcp-range A-B        the addresses to lease (.15 to .254)\n"
"      --dns ADDR[:PORT]       a server to ask, repeatable (the host's)\n"
"      --lease-time S          of DHCP (86400)\n"
"      --domain D              of DHCP (NAME.internal)\n"
"Between host and guest\n"
"  -p, --forward FORWARD       [HOSTIP:]HPORT[-HPORT]:[GUEST:]GPORT[-GPORT]\n"
"                              [/tcp|/udp], repeatable\n"
"      --host-loopback[=PORTS] let the guest reach 127.0.0.1 and ::1\n"
"Ceilings of one guest\n"
"      --max-flows N           TCP connections (15000)\n"
"      --max-half-open N       of these under way (1024)\n"
"      --max-udp N             UDP ports in use (4096)\n"
"      --max-ping N            pings in flight (64)\n"
"      --max-pinned SIZE       bytes waiting for the host (256M)\n"
"      --max-send SIZE         bytes waiting for the guest (512M)\n"
"The process\n"
"  -f, --foreground            stay on the terminal\n"
"  -1, --one-off               end when the guest is gone\n"
"      --control PATH          be controlled there: see userland-qmp(7)\n"
"      --pid FILE              write the process id there\n"
"      --ready-fd N            write a byte there once ready\n"
"      --log-file FILE         append the log there\n"
"      --pcap FILE             capture the guest's frames there\n"
"  -q, --quiet                 log errors and warnings only\n"
"  -d, --debug                 log everything\n"
"      --check                 check the options and end\n"
"  -h, --help                  show this and end\n"
"      --version               show the version and end\n";

static int __attribute__((format(printf, 2, 3)))
refuse(char **error, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	*error = g_strdup_vprintf(fmt, ap);
	va_end(ap);
	return -EINVAL;
}

static int has_arg(enum ul_option_arg arg)
{
	switch (arg) {
	case UL_OPTION_FLAG:
		return no_argument;
	case UL_OPTION_VALUE:
		return required_argument;
	case UL_OPTION_MAYBE:
		return optional_argument;
	}
	return no_argument;
}

/* The table in getopt's terms; all zero at its end. */
static struct option *make_long(const struct ul_conf_option *o, size_t count)
{
	struct option *list = g_new0(struct option, count + 3);

	for (size_t i = 0; i < count; i++)
		list[i] = (struct option){
			o[i].name, has_arg(o[i].arg), NULL,
			CODE_OPTION + (int)i,
		};
	list[count] = (struct option){ "help", no_argument, NULL, CODE_HELP };
	list[count + 1] = (struct option){
		"version", no_argument, NULL, CODE_VERSION,
	};
	return list;
}

/* ":" makes a missing value a code of its own. */
static char *make_short(const struct ul_conf_option *o, size_t count)
{
	GString *s = g_string_new(":h");

	for (size_t i = 0; i < count; i++) {
		if (o[i].letter)
			g_string_append_c(s, o[i].letter);
		if (o[i].letter && o[i].arg == UL_OPTION_VALUE)
			g_string_append_c(s, ':');
	}
	return g_string_free(s, FALSE);
}

static const struct ul_conf_option *
find_option(const struct ul_conf_option *o, size_t count, int code)
{
	if (code >= CODE_OPTION)
		return &o[code - CODE_OPTION];
	for (size_t i = 0; i < count; i++)
		if (o[i].letter && o[i].letter == code)
			return &o[i];
	return NULL;
}

/* What getopt_long() stopped at: '?' unknown, ':' without its value. */
static int refuse_word(int code, const char *word, char **error)
{
	bool is_long = g_str_has_prefix(word, "--");
	g_autofree char *name = is_long ?
		g_strndup(word, strcspn(word, "=")) :
		g_strdup_printf("-%c", optopt);

	if (code == ':')
		return refuse(error, "%s needs a value", name);
	if (is_long && optopt)
		return refuse(error, "%s takes no value", name);
	return refuse(error, "%s is no option of userland, see userland "
		      "--help", name);
}

static int refuse_rest(const char *word, char **error)
{
	static const char *const verbs[] = {
		"up", "down", "run", "shell", "forward", "ls", "status",
		"leases", "flows", "capture", "connect", "logs", "wait",
	};

	for (size_t i = 0; i < G_N_ELEMENTS(verbs); i++)
		if (!strcmp(word, verbs[i]))
			return refuse(error, "'%s' is a verb of userlan(1): "
				      "did you mean userlan %s ...?", word,
				      word);
	return refuse(error, "'%s' is not an option: every value follows one, "
		      "see userland --help", word);
}

int ul_args_parse(struct ul_conf *conf, int argc, char **argv,
		  enum ul_args_wish *wish, char **error)
{
	size_t count;
	const struct ul_conf_option *o = ul_conf_options(&count);
	g_autofree struct option *longs = make_long(o, count);
	g_autofree char *shorts = make_short(o, count);
	g_autoptr(GArray) given = g_array_new(FALSE, FALSE,
					      sizeof(struct ul_conf_setting));
	enum ul_args_wish asked = UL_ARGS_RUN;
	int code, rc;

	optind = 0;	/* glibc: start anew */
	opterr = 0;
	while ((code = getopt_long(argc, argv, shorts, longs, NULL)) >= 0) {
		struct ul_conf_setting s = { .value = optarg };

		if (code == '?' || code == ':')
			return refuse_word(code, argv[optind - 1], error);
		if (code == 'h' || code == CODE_HELP)
			asked = UL_ARGS_HELP;
		if (code == CODE_VERSION)
			asked = UL_ARGS_VERSION;
		s.option = find_option(o, count, code);
		if (s.option)
			g_array_append_val(given, s);
	}
	if (asked == UL_ARGS_RUN) {
		if (optind < argc)
			return refuse_rest(argv[optind], error);
		rc = ul_conf_apply(conf, (struct ul_conf_setting *)given->data,
				   given->len, error);
		if (rc)
			return rc;
	}
	*wish = asked;
	return 0;
}

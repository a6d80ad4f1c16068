/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * verb_run.c - userlan run: a VM with its network
 *
 * Each card is a pair of connected sockets: QEMU inherits one end, the other
 * goes to the network. That is one that is up (by getfd and port-add), or,
 * without --net, a userland of the VM's own, which ends when QEMU's end is
 * closed. This process stays to pass signals on and to end with the VM's
 * status.
 */
#include <errno.h>
#include <getopt.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "cli/child.h"
#include "cli/cli.h"
#include "cli/forward.h"
#include "cli/launch.h"
#include "cli/nic.h"
#include "cli/reach.h"
#include "cli/verbs.h"
#include "cli/vhost_at.h"
#include "cli/vm_memory.h"
#include "conf/conf_file.h"
#include "conf/value.h"
#include "wire/eth.h"

#define PRIVATE_NET "nat"	/* what userland calls itself by default */
#define PRIVATE_VM "vm"
#define NICS_MAX 8
#define END_WAIT_MS 3000

static const char help[] =
"Run a virtual machine: QEMU's arguments get -netdev and -device added.\n"
"\n"
"  --net NET[,name=VM][,mac=MAC][,model=MODEL]\n"
"                      a card on the network NET, repeatable; without, the\n"
"                      VM gets a network of its own that ends with it\n"
"  --name VM           its name there (QEMU's -name), which makes its MAC\n"
"  --nic MODEL         of the cards (virtio-net-pci)\n"
"  --vhost-user        cards at full speed, by memory that QEMU shares\n"
"  -p, --forward RULE  host port to guest port, repeatable; with --net it is\n"
"                      of the first NET, and ends with the VM\n"
"  --mode MODE         of the VM's own network (nat); no --net\n"
"  --config FILE       options of the VM's own network; no --net\n"
"\n"
"The exit status is the VM's; 128 + N when signal N ended it.\n";

struct run {
	GPtrArray *nics;	/* of struct ul_nic */
	GPtrArray *options;	/* of the private userland */
	GPtrArray *forwards;	/* rules, as they were written */
	GPtrArray *files;	/* of their sockets, made here */
	char *name, *model;
	bool has_mode, has_config;
	bool is_vhost;
	unsigned int mtu;	/* of the VM's own network, as a file says; 0 */
	char **qemu;		/* what follows the options */
	enum ul_nic_netdev netdev;
	pid_t userland;		/* the private one; 0: none */
	char *error;
};

enum { OPT_NET = 0x100, OPT_NAME, OPT_NIC, OPT_MODE, OPT_CONFIG, OPT_VHOST,
       OPT_HELP };

static const struct option options[] = {
	{ "net", required_argument, NULL, OPT_NET },
	{ "name", required_argument, NULL, OPT_NAME },
	{ "nic", required_argument, NULL, OPT_NIC },
	{ "forward", required_argument, NULL, 'p' },
	{ "mode", required_argument, NULL, OPT_MODE },
	{ "config", required_argument, NULL, OPT_CONFIG },
	{ "vhost-user", no_argument, NULL, OPT_VHOST },
	{ "help", no_argument, NULL, OPT_HELP },
	{ NULL, 0, NULL, 0 },
};

static int add_net(struct run *run, const char *text)
{
	struct ul_nic *nic;

	if (run->nics->len == NICS_MAX)
		return ul_cli_usage(&ul_verb_run, "more than %d cards",
				    NICS_MAX);
	if (ul_nic_parse(&nic, text, &run->error))
		return ul_cli_usage(&ul_verb_run, "--net %s: %s", text,
				    run->error);
	g_ptr_array_add(run->nics, nic);
	return 0;
}

static int set_name(struct run *run, const char *name)
{
	if (ul_value_check_label(name, &run->error))
		return ul_cli_usage(&ul_verb_run, "--name %s: %s", name,
				    run->error);
	g_free(run->name);
	run->name = g_strdup(name);
	return 0;
}

static int set_model(struct run *run, const char *model)
{
	if (ul_nic_check_model(model, &run->error))
		return ul_cli_usage(&ul_verb_run, "--nic: %s", run->error);
	g_free(run->model);
	run->model = g_strdup(model);
	return 0;
}

/* The VM's card has the MTU of its network. */
static int take_config(struct run *run, const char *path)
{
	struct ul_settings *said;
	const char *mtu;
	int rc = ul_conf_file_read(&said, path, &run->error);

	if (rc)
		return ul_cli_usage(&ul_verb_run, "%s", run->error);
	mtu = ul_settings_value(said, "mtu");
	run->mtu = mtu ? (unsigned int)g_ascii_strtoull(mtu, NULL, 10) : 0;
	ul_settings_free(said);
	run->has_config = true;
	g_ptr_array_add(run->options, g_strdup_printf("--config=%s", path));
	return 0;
}

static int take_option(struct run *run, int code, const char *word)
{
	switch (code) {
	case OPT_NET:
		return add_net(run, optarg);
	case OPT_NAME:
		return set_name(run, optarg);
	case OPT_NIC:
		return set_model(run, optarg);
	case OPT_MODE:
		run->has_mode = true;
		g_ptr_array_add(run->options,
				g_strdup_printf("--mode=%s", optarg));
		return 0;
	case OPT_CONFIG:
		return take_config(run, optarg);
	case OPT_VHOST:
		run->is_vhost = true;
		return 0;
	case 'p':
		g_ptr_array_add(run->forwards, g_strdup(optarg));
		return 0;
	default:
		return ul_cli_bad_option(&ul_verb_run, code, word);
	}
}

/* 0, or the exit status; *@is_help: there is no more to do. */
static int parse(struct run *run, int argc, char **argv, bool *is_help)
{
	int code, rc;

	opterr = 0;
	while ((code = getopt_long(argc, argv, "+:hp:", options,
				   NULL)) != -1) {
		*is_help = code == 'h' || code == OPT_HELP;
		if (*is_help)
			return 0;
		rc = take_option(run, code, argv[optind - 1]);
		if (rc)
			return rc;
	}
	run->qemu = argv + optind;
	if (!*run->qemu)
		return ul_cli_usage(&ul_verb_run, "which VM? Say: userlan run "
				    "[OPTION]... -- qemu-system-x86_64 ...");
	if (run->nics->len && run->has_mode)
		return ul_cli_usage(&ul_verb_run, "--mode is for a VM's own "
				    "network; that of --net was chosen with "
				    "userlan up");
	if (run->nics->len && run->has_config)
		return ul_cli_usage(&ul_verb_run, "--config is for a VM's own "
				    "network; a shared one has its options "
				    "from userlan up");
	return 0;
}

/* How many cards before @index are the same VM on the same network? */
static unsigned int nth_of(const struct run *run, guint index)
{
	const struct ul_nic *nic = run->nics->pdata[index];
	unsigned int nth = 0;

	for (guint i = 0; i < index; i++) {
		const struct ul_nic *other = run->nics->pdata[i];

		nth += !strcmp(other->net, nic->net) &&
		       !strcmp(other->name, nic->name);
	}
	return nth;
}

/* Names, models and MACs that were not said for each card. */
static void settle(struct run *run)
{
	bool is_private = !run->nics->len;
	struct ul_nic *nic = NULL;

	if (!run->name)
		run->name = ul_nic_vm_name(run->qemu);
	if (!run->name)
		run->name = is_private ? g_strdup(PRIVATE_VM) :
			g_strdup_printf("vm%d", (int)getpid());
	for (guint i = 0; is_private && i < run->forwards->len; i++)
		g_ptr_array_add(run->options,
				g_strdup_printf("--forward=%s", (char *)
						run->forwards->pdata[i]));
	if (is_private && !ul_nic_parse(&nic, PRIVATE_NET, &run->error)) {
		nic->mtu = run->mtu ? run->mtu : run->is_vhost ?
			   UL_CONF_MTU_TAP : UL_CONF_MTU_STREAM;
		g_ptr_array_add(run->nics, nic);
	}
	for (guint i = 0; i < run->nics->len; i++) {
		nic = run->nics->pdata[i];
		if (!nic->name)
			nic->name = g_strdup(run->name);
		if (!nic->model)
			nic->model = g_strdup(run->model ? run->model :
					      UL_NIC_MODEL);
		if (!nic->has_mac)
			ul_nic_mac_of(nic->mac, nic->net, nic->name,
				      nth_of(run, i));
	}
}

static int learn_mtu(struct run *run, struct ul_qmp *qmp, struct ul_nic *nic)
{
	json_t *info = NULL;
	int rc = ul_reach_ask(qmp, "query-network", &info, &run->error);

	if (!rc)
		nic->mtu = (unsigned int)ul_reach_int(info, "mtu");
	json_decref(info);
	return rc;
}

/* Is the network there, and what is its MTU? */
static int ask_mtu(struct run *run, struct ul_nic *nic)
{
	struct ul_qmp *qmp = NULL;
	int rc = ul_reach(&qmp, nic->net, &run->error);

	if (!rc)
		rc = learn_mtu(run, qmp, nic);
	ul_qmp_free(qmp);
	return rc;
}

static int ask_port(struct run *run, struct ul_qmp *qmp, struct ul_nic *nic,
		    const char *name, int fd)
{
	char mac[UL_MAC_STRLEN];
	int rc = learn_mtu(run, qmp, nic);

	if (rc)
		return rc;
	rc = ul_qmp_give_fd(qmp, fd, "vm", &run->error);
	if (!rc)
		rc = ul_qmp_execute(qmp, "port-add", json_pack(
				"{s:s, s:s, s:s, s:s*}", "fdname", "vm",
				"name", name, "mac", ul_mac_str(nic->mac, mac),
				"wire", run->is_vhost ? "vhost-user" : NULL),
				NULL, &run->error);
	return rc;
}

static int join_network(struct run *run, struct ul_nic *nic,
			unsigned int nth, int fd)
{
	g_autofree char *name = nth ?
		g_strdup_printf("%s-%u", nic->name, nth + 1) :
		g_strdup(nic->name);
	g_autofree char *why = NULL;
	struct ul_qmp *qmp = NULL;
	int rc = ul_reach(&qmp, nic->net, &run->error);

	if (rc)
		return rc;
	rc = ask_port(run, qmp, nic, name, fd);
	ul_qmp_free(qmp);
	if (!rc)
		return 0;
	why = run->error;
	run->error = g_strdup_printf("network %s: %s", nic->net, why);
	return rc;
}

/*
 * A card by vhost-user: QEMU connects to a name, where the VM's own network
 * is, or we wait to hand the connection over to another.
 */
static int plug_in_vhost(struct run *run, guint index, bool is_private)
{
	struct ul_nic *nic = run->nics->pdata[index];
	int rc;

	nic->at = ul_vhost_at_name(index);
	if (!is_private) {
		rc = ask_mtu(run, nic);
		return rc ? rc : ul_vhost_at_listen(&nic->fd, nic->at,
						    &run->error);
	}
	g_ptr_array_add(run->options,
			g_strdup_printf("--vhost-user=%s", nic->at));
	return ul_launch_private(&run->userland, -1, run->options,
				 &run->error);
}

static int plug_in(struct run *run, guint index, bool is_private)
{
	struct ul_nic *nic = run->nics->pdata[index];
	int pair[2], rc;

	if (run->is_vhost)
		return plug_in_vhost(run, index, is_private);
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) < 0) {
		run->error = g_strdup_printf("no pair of sockets: %s",
					     g_strerror(errno));
		return -errno;
	}
	nic->fd = pair[0];
	if (is_private)
		rc = ul_launch_private(&run->userland, pair[1], run->options,
				       &run->error);
	else
		rc = join_network(run, nic, nth_of(run, index), pair[1]);
	close(pair[1]);
	return rc;
}

/* QEMU makes one card after the other, and waits for each. */
static int hand_over(struct run *run, pid_t vm)
{
	int rc = 0;

	for (guint i = 0; !rc && i < run->nics->len; i++) {
		struct ul_nic *nic = run->nics->pdata[i];
		int fd = -1;

		if (!run->is_vhost || nic->fd < 0)
			continue;
		rc = ul_vhost_at_accept(&fd, nic->fd, vm, &run->error);
		if (!rc)
			rc = join_network(run, nic, nth_of(run, i), fd);
		if (fd >= 0)
			close(fd);
	}
	return rc;
}

/* By the name that the VM has on its first network; they end with it. */
static int add_forwards(struct run *run)
{
	const struct ul_nic *nic = run->nics->pdata[0];
	struct ul_qmp *qmp = NULL;
	int rc = run->forwards->len ? ul_reach(&qmp, nic->net, &run->error) :
				      0;

	for (guint i = 0; !rc && i < run->forwards->len; i++) {
		g_autofree char *rule = NULL;
		char *file;

		rc = ul_cli_forward_to(&rule, run->forwards->pdata[i],
				       nic->name, &run->error);
		if (!rc)
			rc = ul_cli_forward_add(qmp, rule, nic->name, NULL,
						&run->error);
		file = rc ? NULL : ul_cli_forward_path(rule);
		if (file)
			g_ptr_array_add(run->files, file);
	}
	ul_qmp_free(qmp);
	return rc;
}

/* Only of what is QEMU by its name: another program might do anything. */
static void ask_version(struct run *run)
{
	g_autofree char *program = g_path_get_basename(run->qemu[0]);
	char *argv[] = { run->qemu[0], (char []){ "--version" }, NULL };
	g_autofree char *text = NULL;

	if (strstr(program, "qemu") || strstr(program, "kvm"))
		text = ul_child_output(argv);
	run->netdev = ul_nic_netdev_of(text ? text : "");
	if (run->is_vhost)
		run->netdev = ul_vm_is_emulated(run->qemu) ?
			      UL_NIC_VHOST_EMULATED : UL_NIC_VHOST;
}

static int start_vm(struct run *run, pid_t *pid)
{
	GPtrArray *argv = g_ptr_array_new_with_free_func(g_free);
	struct ul_child_conf conf = { .group = UL_CHILD_SAME_GROUP };
	int fds[NICS_MAX], rc;

	for (char **a = run->qemu; *a; a++)
		g_ptr_array_add(argv, g_strdup(*a));
	if (run->is_vhost)
		ul_vm_memory_append(argv, run->qemu);
	for (guint i = 0; i < run->nics->len; i++) {
		const struct ul_nic *nic = run->nics->pdata[i];

		ul_nic_append(argv, nic, i, run->netdev);
		fds[i] = nic->fd;
	}
	g_ptr_array_add(argv, NULL);
	conf.argv = (char **)argv->pdata;
	conf.keep_fds = fds;
	conf.keep_count = run->is_vhost ? 0 : run->nics->len;
	rc = ul_child_start(pid, &conf, &run->error);
	g_ptr_array_free(argv, TRUE);
	return rc;
}

static void unplug(struct run *run)
{
	for (guint i = 0; i < run->nics->len; i++) {
		struct ul_nic *nic = run->nics->pdata[i];

		if (nic->fd >= 0)
			close(nic->fd);
		nic->fd = -1;
	}
}

/* Of other models QEMU would say so, too, but with many words. */
static int check_models(struct run *run)
{
	for (guint i = 0; run->is_vhost && i < run->nics->len; i++) {
		const struct ul_nic *nic = run->nics->pdata[i];

		if (g_str_has_prefix(nic->model, UL_NIC_VIRTIO))
			continue;
		run->error = g_strdup_printf("--vhost-user needs a card of virtio: %s is none, say virtio-net-pci",
					     nic->model);
		return -EINVAL;
	}
	return 0;
}

static int run_vm(struct run *run)
{
	bool is_private = !run->nics->len;
	int rc, status = UL_EXIT_FAILED;
	bool has_started;
	pid_t vm = 0;

	settle(run);
	rc = check_models(run);
	ul_child_hold_signals();
	ask_version(run);
	for (guint i = 0; !rc && i < run->nics->len; i++)
		rc = plug_in(run, i, is_private);
	if (!rc && !is_private)
		rc = add_forwards(run);
	if (!rc)
		rc = start_vm(run, &vm);
	has_started = !rc;
	if (!rc)
		rc = hand_over(run, vm);
	/* A QEMU that ended has said why. */
	if (rc == -ECHILD && has_started) {
		g_clear_pointer(&run->error, g_free);
		rc = 0;
	}
	if (rc && has_started)
		ul_child_end(vm, 0);
	unplug(run);
	if (!rc)
		status = ul_child_wait(vm);
	else
		ul_cli_failed(g_steal_pointer(&run->error));
	if (run->userland)
		ul_child_end(run->userland, END_WAIT_MS);
	for (guint i = 0; i < run->files->len; i++)
		unlink(run->files->pdata[i]);
	return status;
}

static void free_nic(void *nic)
{
	ul_nic_free(nic);
}

static int verb_run(const struct ul_verb *verb, int argc, char **argv)
{
	struct run run = {
		.nics = g_ptr_array_new_with_free_func(free_nic),
		.options = g_ptr_array_new_with_free_func(g_free),
		.forwards = g_ptr_array_new_with_free_func(g_free),
		.files = g_ptr_array_new_with_free_func(g_free),
	};
	bool is_help = false;
	int status = parse(&run, argc, argv, &is_help);

	if (is_help)
		status = ul_cli_help(&ul_verb_run);
	else if (!status)
		status = run_vm(&run);
	g_ptr_array_free(run.nics, TRUE);
	g_ptr_array_free(run.options, TRUE);
	g_ptr_array_free(run.forwards, TRUE);
	g_ptr_array_free(run.files, TRUE);
	g_free(run.name);
	g_free(run.model);
	g_free(run.error);
	return status;
}

const struct ul_verb ul_verb_run = {
	.name = "run",
	.args = "[OPTION]... -- QEMU...",
	.summary = "run a VM, on a network of its own or on others",
	.help = help,
	.options = options,
	.run = verb_run,
};

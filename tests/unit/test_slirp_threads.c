/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * test_slirp_threads.c - instances of one process in several threads
 *
 * Two instances with the same addresses live and die in a thread each, while
 * a third, which stays, is given frames by one thread and polled by another.
 * ThreadSanitizer has something to say about it when it is built so.
 */
#include <pthread.h>
#include <stdatomic.h>

#include "fake/slirp_host.h"
#include "harness.h"

#define LIVES 20
#define ECHOES 20
#define INPUTS 2000

static void *live_and_die(void *arg)
{
	struct slirp_host *h = arg;
	SlirpConfig cfg = host_config(6);

	for (int i = 0; i < LIVES; i++) {
		host_start(h, &cfg, &host_callbacks);
		if (!h->slirp)
			return NULL;
		for (int j = 0; j < ECHOES; j++) {
			slirp_input(h->slirp, host_echo, sizeof(host_echo));
			host_turn(h, 1);
		}
		if (!host_frames(h, 1))
			return NULL;
		slirp_cleanup(h->slirp);
	}
	return h;
}

static atomic_uint answers;
static atomic_bool is_over;

static slirp_ssize_t count(const void *buf, size_t len, void *opaque)
{
	atomic_fetch_add(&answers, 1);
	return (slirp_ssize_t)len;
}

static void *poll_it(void *arg)
{
	struct slirp_host *h = arg;

	while (!atomic_load(&is_over))
		host_turn(h, 5);
	return h;
}

START_TEST(instances_do_not_disturb_each_other)
{
	static struct slirp_host one, two, shared;
	static const SlirpCb only = { .send_packet = count };
	SlirpConfig cfg = host_config(6);
	pthread_t thread[3];
	void *result[3];

	host_start(&shared, &cfg, &only);
	pthread_create(&thread[0], NULL, live_and_die, &one);
	pthread_create(&thread[1], NULL, live_and_die, &two);
	pthread_create(&thread[2], NULL, poll_it, &shared);
	for (int i = 0; i < INPUTS; i++)
		slirp_input(shared.slirp, host_echo, sizeof(host_echo));
	pthread_join(thread[0], &result[0]);
	pthread_join(thread[1], &result[1]);
	for (int i = 0; i < 1000 && !atomic_load(&answers); i++)
		poll(NULL, 0, 1);
	atomic_store(&is_over, true);
	pthread_join(thread[2], &result[2]);
	slirp_cleanup(shared.slirp);
	for (int i = 0; i < 3; i++)
		ck_assert_ptr_nonnull(result[i]);
	ck_assert_uint_gt(atomic_load(&answers), 0);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("slirp threads");
	TCase *t = tcase_create("threads");

	tcase_add_test(t, instances_do_not_disturb_each_other);
	suite_add_tcase(s, t);
	return run_suite(s);
}

/* SPDX-License-Identifier: BSD-3-Clause */
/* test_list.c - intrusive doubly linked list */
#include "base/list.h"

#include "harness.h"

struct item {
	int id;
	struct ul_list node;
};

static struct ul_list head;
static struct item items[4];

static void setup(void)
{
	ul_list_init(&head);
	for (int i = 0; i < 4; i++) {
		items[i].id = i;
		ul_list_init(&items[i].node);
		ul_list_append(&head, &items[i].node);
	}
}

/* The ids along the list, forwards; backwards must be the mirror. */
static void check_order(const char *expected)
{
	char forwards[8] = "", backwards[8] = "";
	size_t n = 0;

	for (struct ul_list *l = head.next; l != &head; l = l->next)
		forwards[n++] = (char)('0' + ul_container_of(l, struct item,
							     node)->id);
	for (struct ul_list *l = head.prev; l != &head; l = l->prev)
		backwards[--n] = (char)('0' + ul_container_of(l, struct item,
							      node)->id);
	ck_assert_str_eq(forwards, expected);
	ck_assert_str_eq(backwards, expected);
}

START_TEST(nodes_keep_the_order_of_arrival)
{
	check_order("0123");
	ck_assert_ptr_eq(ul_list_first(&head), &items[0].node);
}
END_TEST

START_TEST(removing_twice_is_harmless)
{
	ul_list_remove(&items[1].node);
	ul_list_remove(&items[1].node);
	check_order("023");
	ck_assert(!ul_list_is_linked(&items[1].node));
	ck_assert(ul_list_is_linked(&items[0].node));
}
END_TEST

START_TEST(moving_puts_a_node_last)
{
	ul_list_move_tail(&head, &items[0].node);
	check_order("1230");
	ul_list_move_tail(&head, &items[0].node);
	check_order("1230");
	ul_list_remove(&items[2].node);
	ul_list_move_tail(&head, &items[2].node);
	check_order("1302");
}
END_TEST

START_TEST(a_walk_may_remove_each_node)
{
	struct ul_list *pos, *tmp;
	int seen = 0;

	ul_list_for_each_safe(pos, tmp, &head) {
		ul_list_remove(pos);
		seen++;
	}
	ck_assert_int_eq(seen, 4);
	ck_assert(ul_list_is_empty(&head));
	ck_assert_ptr_null(ul_list_first(&head));
	ul_list_for_each_safe(pos, tmp, &head)
		ck_abort_msg("an empty list has no nodes");
}
END_TEST

int main(void)
{
	Suite *s = suite_create("list");
	TCase *tc = tcase_create("list");

	tcase_add_checked_fixture(tc, setup, NULL);
	tcase_add_test(tc, nodes_keep_the_order_of_arrival);
	tcase_add_test(tc, removing_twice_is_harmless);
	tcase_add_test(tc, moving_puts_a_node_last);
	tcase_add_test(tc, a_walk_may_remove_each_node);
	suite_add_tcase(s, tc);
	return run_suite(s);
}

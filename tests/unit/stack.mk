# unit tests of src/stack
stack_test_libs = src/stack/libul_stack.la lwip-port/liblwip.la \
	src/wire/libul_wire.la src/base/libul_base.la $(UNIT_LIBS)
stack_test_fakes = tests/harness.h \
	tests/fake/conn_lab.h \
	tests/fake/tcp_guest.c tests/fake/tcp_guest.h

check_PROGRAMS += %D%/test_conn
TESTS += %D%/test_conn
%C%_test_conn_SOURCES = %D%/test_conn.c $(stack_test_fakes)
%C%_test_conn_CFLAGS = $(UNIT_CFLAGS)
%C%_test_conn_CPPFLAGS = $(UNIT_CPPFLAGS)
%C%_test_conn_LDADD = $(stack_test_libs)

check_PROGRAMS += %D%/test_conn_hostile
TESTS += %D%/test_conn_hostile
%C%_test_conn_hostile_SOURCES = %D%/test_conn_hostile.c $(stack_test_fakes)
%C%_test_conn_hostile_CFLAGS = $(UNIT_CFLAGS)
%C%_test_conn_hostile_CPPFLAGS = $(UNIT_CPPFLAGS)
%C%_test_conn_hostile_LDADD = $(stack_test_libs)

check_PROGRAMS += %D%/test_conn_ack
TESTS += %D%/test_conn_ack
%C%_test_conn_ack_SOURCES = %D%/test_conn_ack.c $(stack_test_fakes)
%C%_test_conn_ack_CFLAGS = $(UNIT_CFLAGS)
%C%_test_conn_ack_CPPFLAGS = $(UNIT_CPPFLAGS)
%C%_test_conn_ack_LDADD = $(stack_test_libs)

check_PROGRAMS += %D%/test_conn_mem
TESTS += %D%/test_conn_mem
%C%_test_conn_mem_SOURCES = %D%/test_conn_mem.c $(stack_test_fakes)
%C%_test_conn_mem_CFLAGS = $(UNIT_CFLAGS)
%C%_test_conn_mem_CPPFLAGS = $(UNIT_CPPFLAGS)
%C%_test_conn_mem_LDADD = $(stack_test_libs)
check_PROGRAMS += %D%/test_conn_window
TESTS += %D%/test_conn_window
%C%_test_conn_window_SOURCES = %D%/test_conn_window.c $(stack_test_fakes)
%C%_test_conn_window_CFLAGS = $(UNIT_CFLAGS)
%C%_test_conn_window_CPPFLAGS = $(UNIT_CPPFLAGS)
%C%_test_conn_window_LDADD = $(stack_test_libs)

check_PROGRAMS += %D%/test_conn_share
TESTS += %D%/test_conn_share
%C%_test_conn_share_SOURCES = %D%/test_conn_share.c $(stack_test_fakes)
%C%_test_conn_share_CFLAGS = $(UNIT_CFLAGS)
%C%_test_conn_share_CPPFLAGS = $(UNIT_CPPFLAGS)
%C%_test_conn_share_LDADD = $(stack_test_libs)

check_PROGRAMS += %D%/test_tcp_host
TESTS += %D%/test_tcp_host
%C%_test_tcp_host_SOURCES = %D%/test_tcp_host.c $(stack_test_fakes)
%C%_test_tcp_host_CFLAGS = $(UNIT_CFLAGS)
%C%_test_tcp_host_CPPFLAGS = $(UNIT_CPPFLAGS)
%C%_test_tcp_host_LDADD = src/flow/libul_flow.la src/sys/libul_sys.la \
	src/stack/libul_stack.la lwip-port/liblwip.la src/wire/libul_wire.la \
	src/loop/libul_loop.la src/base/libul_base.la $(UNIT_LIBS)

check_PROGRAMS += %D%/test_conn_patience
TESTS += %D%/test_conn_patience
%C%_test_conn_patience_SOURCES = %D%/test_conn_patience.c $(stack_test_fakes)
%C%_test_conn_patience_CFLAGS = $(UNIT_CFLAGS)
%C%_test_conn_patience_CPPFLAGS = $(UNIT_CPPFLAGS)
%C%_test_conn_patience_LDADD = $(stack_test_libs)

check_PROGRAMS += %D%/test_conn_loss
TESTS += %D%/test_conn_loss
%C%_test_conn_loss_SOURCES = %D%/test_conn_loss.c $(stack_test_fakes)
%C%_test_conn_loss_CFLAGS = $(UNIT_CFLAGS)
%C%_test_conn_loss_CPPFLAGS = $(UNIT_CPPFLAGS)
%C%_test_conn_loss_LDADD = $(stack_test_libs)

check_PROGRAMS += %D%/test_conn_super
TESTS += %D%/test_conn_super
%C%_test_conn_super_SOURCES = %D%/test_conn_super.c $(stack_test_fakes)
%C%_test_conn_super_CFLAGS = $(UNIT_CFLAGS)
%C%_test_conn_super_CPPFLAGS = $(UNIT_CPPFLAGS)
%C%_test_conn_super_LDADD = $(stack_test_libs)

check_PROGRAMS += %D%/test_conn_train
TESTS += %D%/test_conn_train
%C%_test_conn_train_SOURCES = %D%/test_conn_train.c $(stack_test_fakes)
%C%_test_conn_train_CFLAGS = $(UNIT_CFLAGS)
%C%_test_conn_train_CPPFLAGS = $(UNIT_CPPFLAGS)
%C%_test_conn_train_LDADD = $(stack_test_libs)

check_PROGRAMS += %D%/test_holes
TESTS += %D%/test_holes
%C%_test_holes_SOURCES = %D%/test_holes.c tests/harness.h
%C%_test_holes_CFLAGS = $(UNIT_CFLAGS)
%C%_test_holes_CPPFLAGS = $(UNIT_CPPFLAGS)
%C%_test_holes_LDADD = $(stack_test_libs)

check_PROGRAMS += %D%/test_conn_bulk
TESTS += %D%/test_conn_bulk
%C%_test_conn_bulk_SOURCES = %D%/test_conn_bulk.c $(stack_test_fakes)
%C%_test_conn_bulk_CFLAGS = $(UNIT_CFLAGS)
%C%_test_conn_bulk_CPPFLAGS = $(UNIT_CPPFLAGS)
%C%_test_conn_bulk_LDADD = $(stack_test_libs)

# unit tests of src/base
check_PROGRAMS += %D%/test_addr
TESTS += %D%/test_addr
%C%_test_addr_SOURCES = %D%/test_addr.c tests/harness.h
%C%_test_addr_CFLAGS = $(UNIT_CFLAGS)
%C%_test_addr_CPPFLAGS = $(UNIT_CPPFLAGS)
%C%_test_addr_LDADD = src/base/libul_base.la $(UNIT_LIBS)

check_PROGRAMS += %D%/test_cursor
TESTS += %D%/test_cursor
%C%_test_cursor_SOURCES = %D%/test_cursor.c tests/harness.h
%C%_test_cursor_CFLAGS = $(UNIT_CFLAGS)
%C%_test_cursor_CPPFLAGS = $(UNIT_CPPFLAGS)
%C%_test_cursor_LDADD = src/base/libul_base.la $(UNIT_LIBS)

check_PROGRAMS += %D%/test_foreign_fd
TESTS += %D%/test_foreign_fd
%C%_test_foreign_fd_SOURCES = %D%/test_foreign_fd.c tests/harness.h
%C%_test_foreign_fd_CFLAGS = $(UNIT_CFLAGS)
%C%_test_foreign_fd_CPPFLAGS = $(UNIT_CPPFLAGS)
%C%_test_foreign_fd_LDADD = src/base/libul_base.la $(UNIT_LIBS)

check_PROGRAMS += %D%/test_hash
TESTS += %D%/test_hash
%C%_test_hash_SOURCES = %D%/test_hash.c tests/harness.h
%C%_test_hash_CFLAGS = $(UNIT_CFLAGS)
%C%_test_hash_CPPFLAGS = $(UNIT_CPPFLAGS)
%C%_test_hash_LDADD = src/base/libul_base.la $(UNIT_LIBS)

check_PROGRAMS += %D%/test_csum
TESTS += %D%/test_csum
%C%_test_csum_SOURCES = %D%/test_csum.c tests/harness.h
%C%_test_csum_CFLAGS = $(UNIT_CFLAGS)
%C%_test_csum_CPPFLAGS = $(UNIT_CPPFLAGS)
%C%_test_csum_LDADD = src/base/libul_base.la $(UNIT_LIBS)

check_PROGRAMS += %D%/test_buf
TESTS += %D%/test_buf
%C%_test_buf_SOURCES = %D%/test_buf.c tests/harness.h
%C%_test_buf_CFLAGS = $(UNIT_CFLAGS)
%C%_test_buf_CPPFLAGS = $(UNIT_CPPFLAGS)
%C%_test_buf_LDADD = src/base/libul_base.la $(UNIT_LIBS)

check_PROGRAMS += %D%/test_htab
TESTS += %D%/test_htab
%C%_test_htab_SOURCES = %D%/test_htab.c tests/harness.h
%C%_test_htab_CFLAGS = $(UNIT_CFLAGS)
%C%_test_htab_CPPFLAGS = $(UNIT_CPPFLAGS)
%C%_test_htab_LDADD = src/base/libul_base.la $(UNIT_LIBS)

check_PROGRAMS += %D%/test_list
TESTS += %D%/test_list
%C%_test_list_SOURCES = %D%/test_list.c tests/harness.h
%C%_test_list_CFLAGS = $(UNIT_CFLAGS)
%C%_test_list_CPPFLAGS = $(UNIT_CPPFLAGS)
%C%_test_list_LDADD = src/base/libul_base.la $(UNIT_LIBS)

check_PROGRAMS += %D%/test_log
TESTS += %D%/test_log
%C%_test_log_SOURCES = %D%/test_log.c tests/harness.h
%C%_test_log_CFLAGS = $(UNIT_CFLAGS)
%C%_test_log_CPPFLAGS = $(UNIT_CPPFLAGS)
%C%_test_log_LDADD = src/base/libul_base.la $(UNIT_LIBS)

check_PROGRAMS += %D%/test_special
TESTS += %D%/test_special
%C%_test_special_SOURCES = %D%/test_special.c tests/harness.h
%C%_test_special_CFLAGS = $(UNIT_CFLAGS)
%C%_test_special_CPPFLAGS = $(UNIT_CPPFLAGS)
%C%_test_special_LDADD = src/base/libul_base.la $(UNIT_LIBS)

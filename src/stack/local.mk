noinst_LTLIBRARIES += %D%/libul_stack.la
%C%_libul_stack_la_SOURCES = \
	%D%/conn.c %D%/conn.h \
	%D%/conn_ack.c %D%/conn_bulk.c \
	%D%/conn_loss.c %D%/conn_resend.c %D%/holes.c %D%/holes.h \
	%D%/conn_rx.c \
	%D%/conn_super.c \
	%D%/conn_tx.c \
	%D%/priv.h \
	%D%/stack.c %D%/stack.h
%C%_libul_stack_la_CPPFLAGS = $(AM_CPPFLAGS) $(LWIP_CPPFLAGS)

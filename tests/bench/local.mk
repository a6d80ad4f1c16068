# tests/bench: what `make bench` runs; see RESULTS.md.
EXTRA_DIST += %D%/RESULTS.md %D%/run

# Static and free of our hardening flags: it also runs inside the test guest.
noinst_PROGRAMS += %D%/loadgen
%C%_loadgen_SOURCES = %D%/loadgen.c
%C%_loadgen_CFLAGS = -std=gnu11 $(WARN_CFLAGS)
%C%_loadgen_LDFLAGS = -all-static

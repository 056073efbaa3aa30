# Jared.  GNU make; all that is built goes under $(B), which mirrors a prefix.
#
#   make                        build/bin/jared-*, build/libexec, build/share
#   make check                  what the tests need is installed, then all of them
#   make check SAN=address,undefined
#   make check-long             the slow sweeps
#   make demo                   a scratch repository, the main job for real
#   make bench                  ratios against floors, in one run
#   make lint                   analyzer, shellcheck, mandoc, layering
#   make install                PREFIX, DESTDIR

VERSION  := 0.1
PREFIX   ?= /usr/local
BINDIR   ?= $(PREFIX)/bin
LIBEXECDIR ?= $(PREFIX)/libexec/jared
SHAREDIR ?= $(PREFIX)/share/jared
MANDIR   ?= $(PREFIX)/share/man

comma := ,
B ?= build$(if $(SAN),/$(subst $(comma),-,$(SAN)))$(if $(FAULT),/fault)

CFLAGS   ?= -O2 -g
WARN     := -Wall -Wextra -Wshadow -Wwrite-strings -Wpointer-arith -Wundef \
            -Wstrict-prototypes -Wmissing-prototypes -Wvla -Wformat=2
HARDEN   ?= -fstack-protector-strong -fstack-clash-protection -fPIE \
            -ffunction-sections -fdata-sections \
            $(if $(SAN),,-U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=3)
override CPPFLAGS += -D_GNU_SOURCE -D_FILE_OFFSET_BITS=64 -Ilib \
            -DJARED_VERSION='"$(VERSION)"' $(if $(FAULT),-DJARED_FAULT)
override CFLAGS += -std=c17 $(WARN) $(HARDEN) \
            $(if $(SAN),-fsanitize=$(SAN) -fno-sanitize-recover=all -fno-omit-frame-pointer)
# gc-sections: a tool holds only the functions it calls (tests/layering.bats).
override LDFLAGS += -pie -Wl,--gc-sections,-z,relro,-z,now $(if $(SAN),-fsanitize=$(SAN))

LIBSRC  := $(wildcard lib/*.c)
EXECSRC := bin/jared-run.c
CTOOL   := $(patsubst bin/%.c,%,$(filter-out $(EXECSRC),$(wildcard bin/*.c)))
CEXEC   := $(patsubst bin/%.c,%,$(wildcard $(EXECSRC)))
SHTOOL  := $(patsubst bin/%.sh,%,$(wildcard bin/*.sh))
UNIT    := $(patsubst tests/unit/%.c,%,$(wildcard tests/unit/*.c))
SHARE   := $(shell find share/jared -type f)
MAN     := $(wildcard man/*.[1578])

LIB   := $(B)/libjared.a
BINS  := $(addprefix $(B)/bin/,$(CTOOL) $(SHTOOL))
EXECS := $(addprefix $(B)/libexec/jared/,$(CEXEC))
DATA  := $(addprefix $(B)/,$(SHARE))
OBJ   := $(LIBSRC:%.c=$(B)/%.o) $(CTOOL:%=$(B)/bin/%.o) $(CEXEC:%=$(B)/bin/%.o) \
         $(UNIT:%=$(B)/tests/unit/%.o)

all: $(BINS) $(EXECS) $(DATA)

# A changed flag rebuilds; an unchanged one does not.
FLAGS := $(CC) $(CPPFLAGS) $(CFLAGS) $(LDFLAGS)
ifneq ($(FLAGS),$(shell cat $(B)/flags 2>/dev/null))
$(B)/flags: FORCE
endif
$(B)/flags:
	@mkdir -p $(@D) && printf '%s\n' '$(subst ','\'',$(FLAGS))' >$@

$(B)/%.o: %.c $(B)/flags
	@mkdir -p $(@D)
	$(CC) $(CPPFLAGS) $(CFLAGS) -MMD -MP -c -o $@ $<

$(LIB): $(LIBSRC:%.c=$(B)/%.o)
	rm -f $@ && $(AR) rcs $@ $^

# Only what reads YAML links libyaml: the linker drops it elsewhere.
LDLIBS += -Wl,--as-needed -lyaml

$(CTOOL:%=$(B)/bin/%): $(B)/bin/%: $(B)/bin/%.o $(LIB)
	$(CC) $(CFLAGS) $(LDFLAGS) -o $@ $^ $(LDLIBS)

$(CEXEC:%=$(B)/libexec/jared/%): $(B)/libexec/jared/%: $(B)/bin/%.o $(LIB)
	@mkdir -p $(@D)
	$(CC) $(CFLAGS) $(LDFLAGS) -o $@ $^ $(LDLIBS)

$(SHTOOL:%=$(B)/bin/%): $(B)/bin/%: bin/%.sh
	@mkdir -p $(@D)
	sed 's|@VERSION@|$(VERSION)|' $< >$@.tmp
	chmod 755 $@.tmp && mv $@.tmp $@

$(B)/share/jared/%: share/jared/%
	@mkdir -p $(@D)
	cp -p $< $@

$(UNIT:%=$(B)/tests/%): $(B)/tests/%: $(B)/tests/unit/%.o $(LIB)
	$(CC) $(CFLAGS) $(LDFLAGS) -o $@ $^ $(LDLIBS)

# What tests run beside the tools: neither our library nor sanitizers.
TESTTOOL := $(patsubst tests/%.c,$(B)/tests/%,$(wildcard tests/tools/*.c tests/bench/*.c))
$(TESTTOOL): $(B)/tests/%: tests/%.c
	@mkdir -p $(@D)
	$(CC) -O2 -Wall -pthread -o $@ $<
check check-long bench: $(TESTTOOL)

clean:
	rm -rf build

.PHONY: all clean FORCE
.DELETE_ON_ERROR:
.SUFFIXES:
-include $(OBJ:.o=.d)

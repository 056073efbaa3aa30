# Jared.  GNU make; all that is built goes under $(B), which mirrors a prefix.
#
#   make                        build/bin/jared-*, build/libexec, build/share
#   make check                  install what the tests need, then run them all
#   make check T=tests/x.bats   only these
#   make check SAN=address,undefined
#   make check-long             the slow sweeps
#   make check-peers            against the tools whose formats we read, from npm
#   make check-agents           the real agents, from npm, on loopback alone
#   make demo                   a scratch repository, the main job for real
#   make bench                  ratios against floors, in one run
#   make lint                   analyzer, shellcheck, mandoc, layering
#   make install uninstall      PREFIX, DESTDIR; COMPAT=1: the older names, too
#   make deb                    a Debian package, in build/

VERSION  := 0.1
PREFIX   ?= /usr/local
# The tools find each other by their own place: bin/../libexec/jared and
# bin/../share/jared.  Where these are moved apart, JARED_LIBEXEC and
# JARED_SHARE must say so at run time.
BINDIR   ?= $(PREFIX)/bin
LIBEXECDIR ?= $(PREFIX)/libexec/jared
SHAREDIR ?= $(PREFIX)/share/jared
MANDIR   ?= $(PREFIX)/share/man
BASHCOMPDIR ?= $(PREFIX)/share/bash-completion/completions
ZSHCOMPDIR ?= $(PREFIX)/share/zsh/site-functions
FISHCOMPDIR ?= $(PREFIX)/share/fish/vendor_completions.d
JOBS     ?= $(shell nproc 2>/dev/null || echo 2)
T        ?= tests

comma := ,
$(if $(FAULT),$(error what was FAULT=1 is 'make faults', which puts it under $$(B)/fault))
B ?= build$(if $(SAN),/$(subst $(comma),-,$(SAN)))

CFLAGS   ?= -O2 -g
WARN     := -Wall -Wextra -Wshadow -Wwrite-strings -Wpointer-arith -Wundef \
            -Wstrict-prototypes -Wmissing-prototypes -Wvla -Wformat=2
HARDEN   ?= -fstack-protector-strong -fstack-clash-protection -fPIE \
            -ffunction-sections -fdata-sections \
            $(if $(SAN),,-U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=3)
override CPPFLAGS += -D_GNU_SOURCE -D_FILE_OFFSET_BITS=64 -Ilib \
            -DJARED_VERSION='"$(VERSION)"' $(if $(SAN),-DJARED_SAN)
override CFLAGS += -std=c17 $(WARN) $(HARDEN) \
            $(if $(SAN),-fsanitize=$(SAN) -fno-sanitize-recover=all -fno-omit-frame-pointer)
# gc-sections: a tool holds only the functions it calls (tests/layering.bats).
override LDFLAGS += $(if $(STATIC),-static-pie,-pie) -Wl,--gc-sections,-z,relro,-z,now \
            $(if $(SAN),-fsanitize=$(SAN))

# Half of what a short run costs is the loader: link all in where it is there to
# be linked (STATIC= for shared libraries).
have = $(filter /%,$(shell $(CC) -print-file-name=$1 2>/dev/null))
ifeq ($(SAN)$(filter-out undefined,$(origin STATIC)),)
STATIC := $(and $(call have,rcrt1.o),$(call have,libc.a),$(call have,libyaml.a),yes)
endif

LIBSRC  := $(wildcard lib/*.c)
EXECSRC := bin/jared-run.c bin/jared-hook.c bin/jared-legible.c
CTOOL   := $(patsubst bin/%.c,%,$(filter-out $(EXECSRC),$(wildcard bin/*.c)))
CEXEC   := $(patsubst bin/%.c,%,$(wildcard $(EXECSRC)))
SHTOOL  := $(patsubst bin/%.sh,%,$(wildcard bin/*.sh))
UNIT    := $(patsubst tests/unit/%.c,%,$(wildcard tests/unit/*.c))
SHARE   := $(shell find share/jared -type f 2>/dev/null)
SKILLS  := $(shell find skills -type f 2>/dev/null)
MAN     := $(wildcard man/*.[1578])
SH      := $(wildcard bin/*.sh tests/*.sh tests/*/*.sh .ci/run completion/*.sh package/*.sh) $(filter %.sh,$(SHARE))

LIB   := $(B)/libjared.a
BINS  := $(addprefix $(B)/bin/,$(CTOOL) $(SHTOOL))
EXECS := $(addprefix $(B)/libexec/jared/,$(CEXEC))
DATA  := $(addprefix $(B)/,$(SHARE)) $(addprefix $(B)/share/jared/,$(SKILLS))
PAGES := $(foreach m,$(MAN),$(B)/share/man/man$(subst .,,$(suffix $m))/$(notdir $m))
COMPDIR := $(B)/share/completion
COMPS := $(foreach t,jared $(filter jared-%,$(notdir $(BINS))),$(COMPDIR)/bash/$t $(COMPDIR)/fish/$t.fish) \
         $(COMPDIR)/zsh/_jared
# The older names whose tools are there.
SHIMS := $(addprefix $(B)/compat/,$(shell while read -r name tool _; do \
         [ ! -e "bin/$$tool.c" -a ! -e "bin/$$tool.sh" ] || echo "$$name"; done <package/compat))
UNITS := $(UNIT:%=$(B)/tests/%)
OBJ   := $(LIBSRC:%.c=$(B)/obj/%.o) $(CTOOL:%=$(B)/obj/bin/%.o) $(CEXEC:%=$(B)/obj/bin/%.o) \
         $(UNIT:%=$(B)/obj/tests/unit/%.o) \
         $(patsubst %.c,$(B)/obj/%.o,$(wildcard tests/helper/*.c tests/fuzz/*.c))

# The tools with fault hooks, for the crash tests.  Few sources have any; the
# objects of the others serve here, too.
HOOKED := $(shell grep -l '"fault\.h"' lib/*.c bin/*.c)
FAULTY := $(patsubst %.c,$(B)/fault/obj/%.o,$(HOOKED))
FAULTC := $(CTOOL:%=$(B)/fault/bin/%) $(CEXEC:%=$(B)/fault/libexec/jared/%)
FAULTSH := $(SHTOOL:%=$(B)/fault/bin/%)
with_hooks = $(foreach s,$1,$(if $(filter $s,$(HOOKED)),$(B)/fault/obj,$(B)/obj)/$(s:.c=.o))

all: $(BINS) $(EXECS) $(DATA) $(PAGES) $(COMPS)
units: $(UNITS)
faults: $(FAULTC) $(FAULTSH) $(B)/fault/share $(DATA)
objects: $(OBJ) $(FAULTY)

# A changed flag rebuilds; an unchanged one does not.
FLAGS := $(CC) $(CPPFLAGS) $(CFLAGS) $(LDFLAGS)
ifneq ($(FLAGS),$(shell cat $(B)/flags 2>/dev/null))
$(B)/flags: FORCE
endif
$(B)/flags:
	@mkdir -p $(@D) && printf '%s\n' '$(subst ','\'',$(FLAGS))' >$@

# A machine without compiler or libyaml is told so before the first error.
$(B)/needs: | $(B)/flags
	@sh tests/need.sh -n build && : >$@

$(B)/obj/%.o: %.c $(B)/flags | $(B)/needs
	@mkdir -p $(@D)
	$(CC) $(CPPFLAGS) $(CFLAGS) -MMD -MP -c -o $@ $<

$(FAULTY): $(B)/fault/obj/%.o: %.c $(B)/flags | $(B)/needs
	@mkdir -p $(@D)
	$(CC) $(CPPFLAGS) -DJARED_FAULT $(CFLAGS) -MMD -MP -c -o $@ $<

$(LIB): $(LIBSRC:%.c=$(B)/obj/%.o)
	rm -f $@ && $(AR) rcs $@ $^

$(B)/fault/libjared.a: $(call with_hooks,$(LIBSRC))
	rm -f $@ && $(AR) rcs $@ $^

# Only what reads YAML links libyaml: the linker drops it elsewhere.
LDLIBS += -Wl,--as-needed -lyaml

$(CTOOL:%=$(B)/bin/%): $(B)/bin/%: $(B)/obj/bin/%.o $(LIB)
	@mkdir -p $(@D)
	$(CC) $(CFLAGS) $(LDFLAGS) -o $@ $^ $(LDLIBS)

$(CEXEC:%=$(B)/libexec/jared/%): $(B)/libexec/jared/%: $(B)/obj/bin/%.o $(LIB)
	@mkdir -p $(@D)
	$(CC) $(CFLAGS) $(LDFLAGS) -o $@ $^ $(LDLIBS)

.SECONDEXPANSION:
# What is linked statically cannot be lied to by LD_PRELOAD, as a test does.
$(FAULTC): STATIC :=
$(FAULTC): $$(call with_hooks,bin/$$(@F).c) $(B)/fault/libjared.a
	@mkdir -p $(@D)
	$(CC) $(CFLAGS) $(LDFLAGS) -o $@ $^ $(LDLIBS)

$(FAULTSH): $(B)/fault/%: $(B)/%
	@mkdir -p $(@D)
	cp -p $< $@

$(B)/fault/share:
	@mkdir -p $(@D)
	ln -sfn ../share $@

$(SHTOOL:%=$(B)/bin/%): $(B)/bin/%: bin/%.sh
	@mkdir -p $(@D)
	sed 's|@VERSION@|$(VERSION)|' $< >$@.tmp
	chmod 755 $@.tmp && mv $@.tmp $@

$(B)/share/jared/skills/%: skills/%
	@mkdir -p $(@D)
	cp -p $< $@

$(B)/share/jared/%: share/jared/%
	@mkdir -p $(@D)
	cp -p $< $@

# Completions are made from what the tools themselves print as help.
$(B)/completion.tsv: completion/table.sh $(BINS) $(B)/share/jared/tools | $(DATA)
	sh completion/table.sh $(B)/bin >$@.tmp && mv $@.tmp $@
complete = @mkdir -p $(@D) && awk -v shell=$1 -v tool=$(basename $(@F)) \
	-v functions=completion/jared.bash -f completion/complete.awk $(B)/completion.tsv >$@
COMPSRC := completion/complete.awk completion/jared.bash $(B)/completion.tsv
$(COMPDIR)/zsh/_jared: $(COMPSRC)
	$(call complete,zsh)
$(COMPDIR)/fish/%.fish: $(COMPSRC)
	$(call complete,fish)
$(COMPDIR)/bash/jared: $(COMPSRC)
	$(call complete,bash)
# bash looks for a file by the name of the command.
$(COMPDIR)/bash/jared-%: $(COMPDIR)/bash/jared
	@echo '. "$${BASH_SOURCE[0]%/*}/jared"' >$@

$(B)/compat/%: package/compat
	@mkdir -p $(@D)
	awk -v name=$(@F) '$$1 == name { $$1 = ""; print "#!/bin/sh\nexec \"$${0%/*}/" substr($$0, 2) "\" \"$$@\"" }' $< | \
		sed '2s|\(/jared-[a-z]*\)\(.*\)" "\$$@"|\1"\2 "$$@"|' >$@
	chmod 755 $@

define page
$(B)/share/man/man$(subst .,,$(suffix $1))/$(notdir $1): $1
	@mkdir -p $$(@D)
	cp -p $$< $$@
endef
$(foreach m,$(MAN),$(eval $(call page,$m)))

$(UNITS): $(B)/tests/%: $(B)/obj/tests/unit/%.o $(LIB)
	@mkdir -p $(@D)
	$(CC) $(CFLAGS) $(LDFLAGS) -o $@ $^ $(LDLIBS)

# What prepares things for a test, with our library.
HELPER := $(patsubst tests/%.c,$(B)/tests/%,$(wildcard tests/helper/*.c))
$(HELPER): $(B)/tests/%: $(B)/obj/tests/%.o $(LIB)
	@mkdir -p $(@D)
	$(CC) $(CFLAGS) $(LDFLAGS) -o $@ $^ $(LDLIBS)
units: $(HELPER)

# Fuzz targets, driven over their corpus, or, built by clang, by libFuzzer.
FUZZ := $(patsubst tests/%.c,$(B)/tests/%,$(filter-out %/replay.c,$(wildcard tests/fuzz/*.c)))
$(FUZZ): $(B)/tests/%: $(B)/obj/tests/%.o $(if $(FUZZER),,$(B)/obj/tests/fuzz/replay.o) $(LIB)
	@mkdir -p $(@D)
	$(CC) $(CFLAGS) $(LDFLAGS) $(FUZZER) -o $@ $^ $(LDLIBS)
units: $(FUZZ)
fuzzers: $(FUZZ)

# What tests run beside the tools: neither our library nor sanitizers.
TESTTOOL := $(patsubst tests/%.c,$(B)/tests/%,$(wildcard tests/tools/*.c tests/bench/*.c))
$(TESTTOOL): $(B)/tests/%: tests/%.c
	@mkdir -p $(@D)
	$(CC) -O2 -Wall -pthread -o $@ $<
units: $(TESTTOOL)

# Packages come first, so the build is a make of its own.
# The tools with fault hooks are built for tests that use them.
hooks_for = $(shell grep -rqs '/fault/\|crash\.bash\|kill\.bash' $1 && echo faults)

check check-long:
	@sh tests/need.sh $@
	@$(MAKE) -s -j$(JOBS) all units $(call hooks_for,$(if $(filter check-long,$@),tests/long,$(T)))
	$(if $(filter check-long,$@),@$(MAKE) -s -j$(JOBS) B=$(B)/fuzz CC=clang-14 \
		SAN=fuzzer-no-link$(comma)address$(comma)undefined FUZZER=-fsanitize=fuzzer fuzzers)
	@BUILD=$(abspath $(B)) sh tests/check.sh $(if $(filter check-long,$@),tests/long,$(T))

check-peers:
	@sh tests/need.sh run
	@$(MAKE) -s -j$(JOBS) all
	@set -e; for peer in tests/peers/*.sh; do \
		BUILD=$(abspath $(B)) sh $$peer $(B)/peers; done

check-agents:
	@sh tests/need.sh $@
	@$(MAKE) -s -j$(JOBS) all
	@BUILD=$(abspath $(B)) sh tests/agents/check.sh build/agents

bench:
	@sh tests/need.sh bench
	@$(MAKE) -s -j$(JOBS) all units
	@BUILD=$(abspath $(B)) sh tests/bench/bench.sh

demo:
	@sh tests/need.sh run
	@$(MAKE) -s -j$(JOBS) all
	@$(B)/share/jared/demo/run.sh

lint:
	@sh tests/need.sh lint
	$(MAKE) -s -j$(JOBS) B=build/lint CFLAGS='-O2 -fanalyzer -Werror' objects
	sh tests/layering.sh
	shellcheck -x $(SH)
	shellcheck -s bash $(wildcard tests/*.bash)
	$(if $(MAN),mandoc -Tlint -Wwarning $(MAN))

# What goes where, as source:destination.
INSTALLED = $(foreach x,$(BINS),$x:$(BINDIR)/$(notdir $x)) \
            $(foreach x,$(EXECS),$x:$(LIBEXECDIR)/$(notdir $x)) \
            $(foreach x,$(DATA),$x:$(x:$(B)/share/jared/%=$(SHAREDIR)/%)) \
            $(foreach x,$(PAGES),$x:$(x:$(B)/share/man/%=$(MANDIR)/%)) \
            $(foreach x,$(COMPS),$x:$(subst $(COMPDIR)/bash,$(BASHCOMPDIR),$(subst \
            $(COMPDIR)/zsh,$(ZSHCOMPDIR),$(subst $(COMPDIR)/fish,$(FISHCOMPDIR),$x))))
COMPAT_INSTALLED = $(foreach x,$(SHIMS),$x:$(BINDIR)/$(notdir $x))

install: all $(if $(COMPAT),$(SHIMS))
	@set -e; for pair in $(INSTALLED) $(if $(COMPAT),$(COMPAT_INSTALLED)); do \
		from=$${pair%%:*} to='$(DESTDIR)'$${pair#*:} mode=644; \
		if [ -x "$$from" ]; then mode=755; fi; \
		install -d "$${to%/*}"; \
		echo "install $$to"; \
		install -m$$mode "$$from" "$$to"; \
	done

# Our own directories go too, when empty; others' stay.  Of the older names
# only those that are ours.
uninstall:
	@for pair in $(INSTALLED); do \
		to='$(DESTDIR)'$${pair#*:}; echo "rm $$to"; rm -f "$$to"; done
	@for pair in $(COMPAT_INSTALLED); do to='$(DESTDIR)'$${pair#*:}; \
		! grep -qs '^exec .*/jared-' "$$to" || { echo "rm $$to"; rm -f "$$to"; }; done
	@for d in '$(DESTDIR)$(LIBEXECDIR)' '$(DESTDIR)$(SHAREDIR)'; do \
		[ ! -d "$$d" ] || find "$$d" -depth -type d -exec rmdir --ignore-fail-on-non-empty {} \; ; done

DEBROOT := $(B)/deb
deb: all
	@command -v dpkg-deb >/dev/null || { echo "dpkg-deb is missing: this makes packages for Debian" >&2; exit 3; }
	rm -rf $(DEBROOT)
	@$(MAKE) -s install DESTDIR=$(abspath $(DEBROOT)) PREFIX=/usr \
		ZSHCOMPDIR=/usr/share/zsh/vendor-completions >/dev/null
	sh package/deb.sh $(DEBROOT) $(VERSION) $(B)

clean:
	rm -rf build

.PHONY: all units faults objects fuzzers check check-long check-peers check-agents demo bench lint install uninstall deb clean FORCE
.DELETE_ON_ERROR:
.SUFFIXES:
-include $(OBJ:.o=.d) $(FAULTY:.o=.d)

# SPDX-License-Identifier: MIT
# make install [DESTDIR=] [PREFIX=/usr/local] [LIBDIR=], make deb.

PREFIX    ?= /usr/local
LIBDIR    ?= $(PREFIX)/lib
DESTDIR   ?=
VERSION   := $(shell ports/version.sh)
SOVERSION := 0
SHARED    := $(BUILD)/libtwotower.so.$(VERSION)
DEB       := $(BUILD)/twotower_$(VERSION)_$(shell dpkg --print-architecture 2>/dev/null).deb

# Exported are the functions of the public header, and nothing else.
$(BUILD)/libtwotower.map: core/twotower.h
	@mkdir -p $(@D)
	@{ echo 'TWOTOWER_$(SOVERSION) {'; echo 'global:'; \
	   sed -n 's/^.*\b\(tt_[a-z0-9_]*\)(.*/\1;/p' $< | sort -u; echo 'local: *;'; echo '};'; } >$@

$(SHARED): $(CORE_C) $(CORE_ALL) $(BUILD)/libtwotower.map
	$(CC) $(CFLAGS) $(RULES) -ffreestanding -fPIC -shared -Icore -o $@ $(CORE_C) $(LDFLAGS) \
	    -Wl,-soname,libtwotower.so.$(SOVERSION) -Wl,--version-script=$(BUILD)/libtwotower.map
	@ln -sf $(@F) $(BUILD)/libtwotower.so.$(SOVERSION)
	@ln -sf $(@F) $(BUILD)/libtwotower.so

$(BUILD)/share: $(BUILD)/twotower ports/posix/man3.awk core/twotower.h
	@rm -rf $@ && mkdir -p $@
	@$(BUILD)/twotower man >$@/twotower.1
	@awk -v version=$(VERSION) -f ports/posix/man3.awk core/twotower.h >$@/twotower.3
	@for shell in bash zsh fish; do $(BUILD)/twotower completion $$shell >$@/twotower.$$shell || exit 1; done

CMAKE_DIR = $(LIBDIR)/cmake/twotower
INCLUDE = $(shell realpath -m --relative-to=$(CMAKE_DIR) $(PREFIX)/include)
FILL = sed 's|@PREFIX@|$(PREFIX)|; s|@LIBDIR@|$(LIBDIR)|; s|@VERSION@|$(VERSION)|; s|@SOVERSION@|$(SOVERSION)|; s|@INCLUDE@|$(INCLUDE)|'
TO   = $(DESTDIR)$(PREFIX)

.PHONY: install deb shared
shared: $(SHARED)
install: $(BUILD)/twotower $(SHARED) $(BUILD)/share
	install -d $(TO)/bin $(TO)/include $(DESTDIR)$(LIBDIR)/pkgconfig $(DESTDIR)$(CMAKE_DIR) \
	    $(TO)/share/man/man1 $(TO)/share/man/man3 $(TO)/share/bash-completion/completions \
	    $(TO)/share/zsh/site-functions $(TO)/share/fish/vendor_completions.d
	install -m 755 $(BUILD)/twotower $(TO)/bin/twotower
	install -m 644 core/twotower.h $(TO)/include/twotower.h
	install -m 644 $(BUILD)/libtwotower.a $(DESTDIR)$(LIBDIR)/libtwotower.a
	install -m 755 $(SHARED) $(DESTDIR)$(LIBDIR)/$(notdir $(SHARED))
	ln -sf $(notdir $(SHARED)) $(DESTDIR)$(LIBDIR)/libtwotower.so.$(SOVERSION)
	ln -sf libtwotower.so.$(SOVERSION) $(DESTDIR)$(LIBDIR)/libtwotower.so
	$(FILL) ports/posix/twotower.pc.in >$(DESTDIR)$(LIBDIR)/pkgconfig/twotower.pc
	for file in twotower-config twotower-config-version; do \
	    $(FILL) ports/posix/$$file.cmake.in >$(DESTDIR)$(CMAKE_DIR)/$$file.cmake || exit 1; done
	install -m 644 $(BUILD)/share/twotower.1 $(TO)/share/man/man1/twotower.1
	install -m 644 $(BUILD)/share/twotower.3 $(TO)/share/man/man3/twotower.3
	install -m 644 $(BUILD)/share/twotower.bash $(TO)/share/bash-completion/completions/twotower
	install -m 644 $(BUILD)/share/twotower.zsh $(TO)/share/zsh/site-functions/_twotower
	install -m 644 $(BUILD)/share/twotower.fish $(TO)/share/fish/vendor_completions.d/twotower.fish

deb:
	@rm -rf $(BUILD)/deb
	@$(MAKE) -s install DESTDIR=$(BUILD)/deb PREFIX=/usr LIBDIR=/usr/lib/$$($(CC) -print-multiarch)
	@ports/posix/deb.sh $(BUILD)/deb $(VERSION) $(DEB)
	@echo $(DEB)

# SPDX-License-Identifier: BSD-2-Clause
# The page of `cellmodel view`: cytoscape (npm, pinned in package-lock.json) and viewer.js in one file. Not part of `all`: it
# takes nodejs and npm.

.PHONY: viewer
viewer: $(O)/viewer/page.html

$(O)/viewer/node_modules/.ready: model/viewer/package.json model/viewer/package-lock.json
	@mkdir -p $(O)/viewer
	cp model/viewer/package.json model/viewer/package-lock.json $(O)/viewer/
	cd $(O)/viewer && npm ci --no-audit --no-fund --loglevel=error
	@touch $@

VIEWER_SCRIPTS := $(sort $(wildcard model/viewer/*.js))
$(O)/viewer/bundle.js: $(VIEWER_SCRIPTS) $(O)/viewer/node_modules/.ready
	cp $(VIEWER_SCRIPTS) $(O)/viewer/
	cd $(O)/viewer && node_modules/.bin/esbuild viewer.js --bundle --minify --charset=utf8 --log-level=warning --outfile=bundle.js

$(O)/viewer/page.html: model/viewer/page.html model/viewer/viewer.css model/viewer/assemble.py $(O)/viewer/bundle.js
	$(call quiet,GEN,$@)$(PYTHON) model/viewer/assemble.py $(filter %.html,$^) $(filter %.css,$^) $(O)/viewer/bundle.js \
	    $(O)/viewer/node_modules/cytoscape/LICENSE > $@.new && mv $@.new $@

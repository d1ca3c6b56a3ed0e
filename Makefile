# The few commands a person needs; CMake does the work (CMakePresets.json).
STRIATE := build/release/apps/striate
WERROR := $(if $(CI),ON,OFF)

.PHONY: help demo v1 theories linked linked-choices clusters heterogeneity heterogeneity-classification build mpi python deb test asan tsan fuzz bench mutants format format-check clean

help:
	@echo "make demo    learn V1 from photographs, compare with macaque, write demo/report/index.html"
	@echo "make v1      learn simple and complex cells from three sets of photographs, three seeds each, and compare with macaque V1"
	@echo "make theories  learn every theory of the house with three seeds, and compare all with macaque V1"
	@echo "make heterogeneity   code photographs with kernels of one and of many bandwidths (QUICK=1: a small version)"
	@echo "make linked  learn digits that are written, printed and spoken, with three seeds, and decode their codes (QUICK=1: less)"
	@echo "make linked-choices  its first part: what helps, judged by training digits"
	@echo "make clusters   learn two moons and five digits with three seeds, and see which codes fall into their classes (QUICK=1: less)"
	@echo "make build   build $(STRIATE)"
	@echo "make mpi     the same, for mpirun too (docs/cluster.md)"
	@echo "make heterogeneity-classification   a deep network on such codes of Fashion-MNIST (QUICK=1 too; needs libtorch)"
	@echo "make python  build the Python package; PYTHONPATH=build/release/python finds it"
	@echo "make deb     a Debian package of program, configs, manual page and Python package"
	@echo "make test    build and run all tests"
	@echo "make asan    the same under the address and undefined-behaviour sanitizers"
	@echo "make tsan    all that runs on several threads, under the thread sanitizer"
	@echo "make fuzz    throw broken files and configs at all that reads them (SECONDS=60 for each kind; TARGETS=...)"
	@echo "make bench   build and run the benchmarks"
	@echo "make mutants break every number that users quote, one at a time, and see a test fail (an hour or two)"
	@echo "make format  lay the code out with clang-format"
	@echo "The first seven install missing Debian packages, after saying which and why."

build:
	@setup/install-packages build
	@cmake --preset release -DSTRIATE_WERROR=$(WERROR) >build-configure.log || (cat build-configure.log; exit 1)
	@cmake --build --preset release --target striate

mpi:
	@setup/install-packages build mpi
	@cmake --preset release -DSTRIATE_WERROR=$(WERROR) -DSTRIATE_MPI=ON >build-configure.log || (cat build-configure.log; exit 1)
	@cmake --build --preset release --target striate

python:
	@setup/install-packages build python
	@cmake --preset release -DSTRIATE_WERROR=$(WERROR) -DSTRIATE_PYTHON=ON >build-configure.log || (cat build-configure.log; exit 1)
	@cmake --build --preset release --target striate_python

# All of it, built as `make python` does, as one Debian package: apt install ./striate_*.deb
deb: build python
	@cmake --build --preset release --target man_page completion
	@cd build/release && cpack -G DEB >package.log || (cat package.log; exit 1)
	@cp build/release/striate_*.deb . && ls striate_*.deb

demo:
	@setup/install-packages build demo
	@$(MAKE) --no-print-directory build
	@mkdir -p demo
	@rm -f demo/v1.h5.partial
	$(STRIATE) run configs/v1_small.yaml -o demo/v1.h5 --force
	$(STRIATE) analyze demo/v1.h5 -o demo/v1.analysis.h5 --force >/dev/null
	@begin=$$(date +%s%N); $(STRIATE) report demo/v1.analysis.h5 -o demo/report >/dev/null && \
	  echo "$(STRIATE) report demo/v1.analysis.h5 -o demo/report: $$(du -h demo/report/index.html | cut -f 1)B in $$((($$(date +%s%N) - begin) / 1000000000)) s"
	@echo
	@$(STRIATE) compare demo/v1.analysis.h5
	@echo "report                   demo/report/index.html"

# QUICK=1: small sheets that learn little, to see that all works.
SMALL := $(if $(QUICK),--set populations.v1.sheet.rows=16 --set populations.v1.sheet.cols=16 \
    --set populations.complex.sheet.rows=16 --set populations.complex.sheet.cols=16 \
    --set populations.v1.receptive_field.span='10.67 px' --set frame.height='24 px' --set frame.width='24 px' \
    --set learning.batches=100 --set analysis.repeats=1,)
v1:
	@setup/install-packages build demo
	@$(MAKE) --no-print-directory build
	@setup/fetch-animals
	$(STRIATE) sweep configs/sweeps/v1_cells.yaml -o v1 $(SMALL)
	@$(STRIATE) compare v1/*seed=1.analysis.h5 --figure v1/figures >/dev/null
	@$(STRIATE) compare v1/*.analysis.h5 --json >v1/compare.json
	@$(STRIATE) compare v1/*.analysis.h5
	@echo "figure                   v1/figures/compare.png"

theories:
	@setup/install-packages build demo
	@$(MAKE) --no-print-directory build
	$(STRIATE) sweep configs/sweeps/theories.yaml -o theories
	@$(STRIATE) compare theories/*seed=1.analysis.h5 --figure theories/figures >/dev/null
	@$(STRIATE) compare theories/*.analysis.h5 --json >theories/compare.json
	@$(STRIATE) compare theories/*.analysis.h5
	@echo "figure                   theories/figures/compare.png"

# Seven sweeps, one after the other: the later ones take kernels that the first has learned.
LADRET := heterogeneous homogeneous heterogeneous_learned homogeneous_learned learned
frame = --set frame.height='$(1) px' --set frame.width='$(1) px' --set stimulus.photographs.size=$(2) --set stimulus.photographs.n=$(3)
CODED := $(if $(QUICK),$(call frame,128,128,4),)
LEARNED := $(if $(QUICK),$(call frame,32,128,4) --set learning.batches=80,)
SPIKES := $(if $(QUICK),$(call frame,32,32,2),)
heterogeneity:
	@setup/install-packages build demo heterogeneity
	@$(MAKE) --no-print-directory build
	@setup/fetch-animals
	$(STRIATE) sweep configs/sweeps/heterogeneity_learning.yaml -o heterogeneity/learning --force $(LEARNED)
	$(STRIATE) sweep configs/sweeps/heterogeneity.yaml -o heterogeneity --force $(CODED)
	for sweep in as_sparse converged animals controls; do \
	    $(STRIATE) sweep configs/sweeps/heterogeneity_$$sweep.yaml -o heterogeneity/$$sweep --force $(CODED) || exit; \
	done
	$(STRIATE) sweep configs/sweeps/heterogeneity_spikes.yaml -o heterogeneity/spikes --force $(SPIKES)
	@echo
	@$(STRIATE) heterogeneity heterogeneity --figures heterogeneity/figures
	@echo "Learned kernels whose codes are as sparse as those of heterogeneous ones:"
	@$(STRIATE) heterogeneity heterogeneity/as_sparse
	@echo "The same, each image coded until the energy hardly falls:"
	@$(STRIATE) heterogeneity heterogeneity/converged --figures heterogeneity/converged/figures
	@echo "The same kernels, 128 px of 33 photographs of animals, none of which was learned from:"
	@$(STRIATE) heterogeneity heterogeneity/animals --figures heterogeneity/animals/figures
	@echo "128 px of these photographs, banks of one breadth and of few directions:"
	@$(STRIATE) heterogeneity heterogeneity/controls
	@echo "The same kernels, smaller photographs, coded by spikes:"
	@$(STRIATE) heterogeneity $(LADRET:%=heterogeneity/spikes/%.h5) --figures heterogeneity/spikes/figures
	@echo "These photographs, coded by ADMM:"
	@$(STRIATE) heterogeneity $(LADRET:%=heterogeneity/spikes/%_admm.h5)

# What helps linked dictionaries: one thing changed at a time, three seeds each, judged by 10 000 training digits from which
# nothing was learned; no test digit is read. QUICK=1: little is learned, to see that all works.
CHOICES := linked/choices$(if $(QUICK),_quick,)
CHOSEN_BY := --training $(if $(QUICK),2000 --held-out 1000,20000)
# 1: runs, 2: what the names of their codes end in, 3: overrides
linked_codes = for run in $(1); do \
	  $(STRIATE) encode $$run -o $${run%.h5}$(2).codes.h5 --force --quiet $(3) $(CHOSEN_BY) >/dev/null || exit; \
	done
decode_linked = $(STRIATE) decode --quiet --classifiers logistic,linear_svm --only-classifiers
codes_of = $(1:%=$(CHOICES)/%_seed=?*.codes.h5)
linked-choices:
	@setup/install-packages build linked
	@$(MAKE) --no-print-directory build
	@setup/fetch-digits
	$(STRIATE) sweep configs/sweeps/linked_choices.yaml -o $(CHOICES) $(if $(QUICK),--set learning.batches=60,)
	@$(call linked_codes,$(CHOICES)/*_seed=?.h5,,--set populations.v1.lambda=0.02)
	@for lambda in 0.05 0.1; do \
	  $(call linked_codes,$(CHOICES)/linked_seed=?.h5 $(CHOICES)/single_seed=?.h5,_tested_$$lambda,--set populations.v1.lambda=$$lambda); \
	done
	@$(call linked_codes,$(CHOICES)/*_hard_seed=?.h5,_tested_0.1,--set populations.v1.lambda=0.1)
	@echo "Linked dictionaries, one thing changed at a time, and one sense alone:"
	@$(decode_linked) $(call codes_of,linked linked_weight_* linked_lambda_* linked_batches_* single ordinal three_senses linked_hard)
	@echo "One sense alone, one thing changed at a time:"
	@$(decode_linked) $(call codes_of,single single_lambda_* single_batches_* single_hard)
	@echo "Linked and alone, both under other settings:"
	@$(decode_linked) $(call codes_of,single_batches_600 linked_batches_600)
	@$(decode_linked) $(call codes_of,single_lambda_0.05 linked_lambda_0.05)

# The same dictionaries on the test digits, at the settings that linked-choices is about: classifiers learn from all training
# digits. Then what codes rebuild.
TESTED := single linked ordinal three_senses linked_hard
tested_codes = for kind in $(1); do for seed in 1 2 3; do \
	  $(STRIATE) encode $(CHOICES)/$${kind}_seed=$$seed.h5 -o linked/$${kind}$(2)_$$seed.codes.h5 --force --quiet \
	    --set $$([ $$kind = single ] && echo stimulus || echo senses.written).digits.validation=0 \
	    --set populations.v1.lambda=0.02 $(3) $(if $(QUICK),--training 2000 --held-out 1000,) >/dev/null || exit; \
	done; done
linked: linked-choices
	@$(call tested_codes,$(TESTED),,)
	@$(call tested_codes,linked,_optimum,--by optimum)
	@$(call tested_codes,linked,_10ms,--set presentation.T="10 ms" --set presentation.T0="3 ms")
	@$(call tested_codes,linked,_pixels,--by frames)
	@echo "Test digits:"
	@$(STRIATE) decode --quiet --classifiers logistic,linear_svm --figure linked/figures $(TESTED:%=linked/%_[123].codes.h5) \
	  linked/linked_optimum_?.codes.h5 linked/linked_10ms_?.codes.h5 linked/linked_pixels_?.codes.h5
	@for seed in 1 2 3; do \
	  for run in linked ordinal three_senses; do \
	    echo "$$run, seed $$seed:" && $(STRIATE) recall $(CHOICES)/$${run}_seed=$$seed.h5 --from written \
	      --set senses.written.digits.validation=0 --set populations.v1.lambda=0.1 || exit; \
	  done && \
	  $(STRIATE) recall $(CHOICES)/three_senses_seed=$$seed.h5 --from spoken --set senses.written.digits.validation=0 || exit; \
	done

# Two moons and five kinds of digits under three objectives, whose codes are equally sparse, each with three seeds, and plain
# codes that are less sparse; then photographs, whose classes are
# which of them a patch is of.
SEEDS := $(if $(QUICK),1 2,1 2 3)
SHORT := $(if $(QUICK),--set learning.batches=40,)
N_PHOTOGRAPHED := $(if $(QUICK),1000,5000)
# name of the run, seed, config, overrides
learned_codes = $(STRIATE) run configs/$(3).yaml -o clusters/$(1)_$(2).h5 --force --quiet --set seed=$(2) $(4) $(SHORT) >/dev/null && \
	$(STRIATE) encode clusters/$(1)_$(2).h5 $(5) -o clusters/$(1)_$(2).codes.h5 --force --quiet >/dev/null
objective = --set populations.v1.objective.kind=$(1) --set populations.v1.lambda=$(2)
clusters:
	@setup/install-packages build demo clusters
	@$(MAKE) --no-print-directory build
	@setup/fetch-digits mnist
	@mkdir -p clusters
	@for seed in $(SEEDS); do echo "seed $$seed" && \
	  $(call learned_codes,moons_kds,$$seed,moons,,--training 1 --held-out 2000) && \
	  $(call learned_codes,five_kds,$$seed,mnist_five,,--training 1) && \
	  $(call learned_codes,five_weighted,$$seed,mnist_five,$(call objective,weighted,0.18),--training 1) && \
	  $(call learned_codes,five_l1,$$seed,mnist_five,$(call objective,l1,0.26),--training 1) && \
	  $(call learned_codes,five_l1_dense,$$seed,mnist_five,$(call objective,l1,0.1),--training 1) && \
	  $(call learned_codes,photographs_kds,$$seed,kds,,--training 1 --held-out $(N_PHOTOGRAPHED)) && \
	  $(call learned_codes,photographs_weighted,$$seed,wlsc,,--training 1 --held-out $(N_PHOTOGRAPHED)) && \
	  $(call learned_codes,photographs_l1,$$seed,sc,,--training 1 --held-out $(N_PHOTOGRAPHED)) || exit; \
	done
	@$(STRIATE) encode clusters/moons_kds_1.h5 --by frames --training 1 --held-out 2000 -o clusters/moons_points.codes.h5 --force --quiet >/dev/null
	@$(STRIATE) encode clusters/five_kds_1.h5 --by frames --training 1 -o clusters/five_pixels.codes.h5 --force --quiet >/dev/null
	@echo "Moons and digits:"
	@$(STRIATE) cluster clusters/moons_*.codes.h5 clusters/five_*.codes.h5 --quiet
	@echo "Patches of photographs; their classes are which of them each is of:"
	@$(STRIATE) cluster clusters/photographs_*.codes.h5 --quiet
	@$(STRIATE) cluster clusters/moons_kds_1.codes.h5 clusters/five_*_1.codes.h5 clusters/five_pixels.codes.h5 --quiet --figure clusters/figures >/dev/null
	@echo "figure                   clusters/figures/cluster.png"

CLASSIFIED := $(addprefix heterogeneity/,homogeneous.h5 heterogeneous.h5 learning/heterogeneous_learned.h5)
heterogeneity-classification:
	@setup/install-packages build demo heterogeneity deep
	@cmake --preset release -DSTRIATE_WERROR=$(WERROR) -DSTRIATE_TORCH=ON >build-configure.log || (cat build-configure.log; exit 1)
	@cmake --build --preset release --target striate striate_deep
	@mkdir -p heterogeneity/learning
	@$(MAKE) --no-print-directory $(CLASSIFIED)
	build/release/apps/striate_deep $(CLASSIFIED) $(if $(QUICK),--training 600 --test 400,)
heterogeneity/learning/%.h5:
	$(STRIATE) run configs/ladret_$*.yaml -o $@ $(LEARNED)
heterogeneity/%.h5:
	$(STRIATE) run configs/ladret_$*.yaml -o $@ $(CODED)

test:
	@setup/install-packages build test python $(if $(CI),mpi)
	@cmake --preset release -DSTRIATE_WERROR=$(WERROR) $(if $(CI),-DSTRIATE_MPI=ON) >build-configure.log || (cat build-configure.log; exit 1)
	@cmake --build --preset release
	@ctest --preset release -j2

asan:
	@setup/install-packages build test
	@cmake --preset asan >build-configure.log || (cat build-configure.log; exit 1)
	@cmake --build --preset asan $(if $(CI),--target unit_tests)
	@ctest --preset asan -j2 $(if $(CI),-R unit)

tsan:
	@setup/install-packages build
	@cmake --preset tsan >build-configure.log || (cat build-configure.log; exit 1)
	@cmake --build --preset tsan --target striate
	@tests/thread_sanitizer.sh build/tsan/apps/striate

SECONDS := 60
TARGETS := all
fuzz:
	@setup/install-packages build fuzz
	@$(MAKE) --no-print-directory build
	@cmake --preset fuzz >build-configure.log || (cat build-configure.log; exit 1)
	@cmake --build --preset fuzz --target $(if $(filter all,$(TARGETS)),fuzz_targets,$(TARGETS:%=fuzz_%)) fuzz_corpora
	@fuzz/run build/fuzz/fuzz $(STRIATE) $(SECONDS) $(TARGETS)

bench:
	@setup/install-packages build bench
	@cmake --preset release -DSTRIATE_BENCH=ON >build-configure.log || (cat build-configure.log; exit 1)
	@cmake --build --preset release --target striate_bench
	build/release/bench/striate_bench

mutants:
	@setup/install-packages build test
	@tests/mutants/run

SOURCES = $(shell git ls-files '*.cpp' '*.hpp')
format:
	@setup/install-packages format
	@clang-format -i $(SOURCES)
format-check:
	@setup/install-packages format
	@clang-format --dry-run --Werror $(SOURCES) && echo "format: ok"

clean:
	rm -rf build build-configure.log

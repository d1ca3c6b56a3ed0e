// The rules of the source tree: who may include what, and pages that are made by the program.
#include <doctest/doctest.h>
#include <fmt/format.h>

#include <algorithm>
#include <functional>
#include <sstream>

#include "sim/batch_rule.hpp"
#include "sim/coding_population.hpp"
#include "sim/plasticity.hpp"
#include "sim/synapse_rule.hpp"
#include "tests/support.hpp"

namespace {

namespace fs = std::filesystem;
using test::contains;

const fs::path kRoot = STRIATE_SOURCE_DIR;

struct Include {
    std::string file, what;  // "sim/params.cpp", "yaml-cpp/yaml.h"
    std::size_t line;
};

bool is_code(const fs::path& path) {
    return path.extension() == ".cpp" || path.extension() == ".hpp" || path.extension() == ".h";
}

std::string name_of(const fs::path& path) { return path.lexically_relative(kRoot).generic_string(); }

/// Every #include of every source below a folder of the project.
std::vector<Include> includes_in(const std::string& folder) {
    std::vector<Include> all;
    for (const auto& entry : fs::recursive_directory_iterator(kRoot / folder)) {
        if (!entry.is_regular_file() || !is_code(entry.path())) continue;
        std::istringstream lines(test::read_file(entry.path()));
        std::size_t number = 0;
        for (std::string line; std::getline(lines, line);) {
            ++number;
            const auto hash = line.find_first_not_of(" \t");
            if (hash == std::string::npos || line[hash] != '#') continue;
            const auto word = line.find("include", hash), open = line.find_first_of("<\"", hash);
            if (word == std::string::npos || open == std::string::npos) continue;
            const auto close = line.find_first_of(">\"", open + 1);
            all.push_back({name_of(entry.path()), line.substr(open + 1, close - open - 1), number});
        }
    }
    REQUIRE_FALSE(all.empty());
    return all;
}

/// Every include that `is_meant` is `is_allowed`.
void check(const std::vector<std::string>& folders, const char* rule,
           const std::function<bool(const Include&)>& is_broken_by) {
    for (const std::string& folder : folders)
        for (const Include& include : includes_in(folder))
            CHECK_MESSAGE(!is_broken_by(include), fmt::format("{}:{} includes {}: {}", include.file,
                                                              include.line, include.what, rule));
}

bool is_in(const Include& include, const std::vector<std::string>& folders) {
    return std::any_of(folders.begin(), folders.end(),
                       [&](const std::string& folder) { return include.what.starts_with(folder); });
}

const std::vector<std::string> kSource = {"sim", "models", "sonata", "analysis", "decoding",
                                          "lab", "bench",  "deep",   "apps",     "python"};

}  // namespace

TEST_CASE("dependencies point one way") {
    check({"sim"}, "the engine knows neither components nor analysis nor the program", [](const Include& i) {
        return is_in(i, {"models/", "analysis/", "apps/", "tests/"});
    });
    check({"models"}, "components know the engine alone", [](const Include& i) {
        return is_in(i, {"analysis/", "apps/", "tests/"});
    });
    check({"analysis"}, "the analysis reads files, never a live network", [](const Include& i) {
        if (is_in(i, {"models/", "apps/", "tests/"})) return true;
        if (!is_in(i, {"sim/"}) || is_in(i, {"sim/io/"})) return false;
        return i.what != "sim/error.hpp" && i.what != "sim/time.hpp" && i.what != "sim/rng.hpp" &&
               i.what != "sim/parallel.hpp" && i.what != "sim/median.hpp" &&
               i.what != "sim/named_array.hpp" && i.what != "sim/quality.hpp" &&
               i.what != "sim/kernels.hpp" && i.what != "sim/fourier.hpp";
    });
    check({"decoding"}, "decoders read files, never a live network", [](const Include& i) {
        if (is_in(i, {"models/", "analysis/", "apps/", "tests/"})) return true;
        return is_in(i, {"sim/"}) && !is_in(i, {"sim/io/"}) && i.what != "sim/error.hpp" &&
               i.what != "sim/rng.hpp" && i.what != "sim/parallel.hpp" && i.what != "sim/simd.hpp";
    });
    check({"lab"}, "the laboratory shows and records; commands use it", [](const Include& i) {
        return is_in(i, {"apps/", "tests/", "bench/"});
    });
    check({"sonata"}, "circuits of others become configs, which name components", [](const Include& i) {
        return is_in(i, {"models/", "analysis/", "lab/", "apps/", "tests/"});
    });
    check({"bench", "deep"}, "the program uses them", [](const Include& i) {
        return is_in(i, {"apps/", "tests/"});
    });
    check({"python"}, "the package is over the library, not over the program", [](const Include& i) {
        return is_in(i, {"apps/", "tests/", "CLI/"});
    });
    check({"apps"}, "the program finds components by name and needs no test", [](const Include& i) {
        return is_in(i, {"models/", "tests/"});
    });
}

TEST_CASE("each library has one place") {
    check(kSource, "HDF5 belongs to sim/io",
          [](const Include& i) { return i.what.find("hdf5.h") == 0 && !i.file.starts_with("sim/io/"); });
    check(kSource, "YAML belongs to Params",
          [](const Include& i) { return is_in(i, {"yaml-cpp"}) && !i.file.starts_with("sim/yaml_text."); });
    check(kSource, "the document is seen by Params alone", [](const Include& i) {
        return is_in(i, {"sim/yaml_text.hpp", "sim/params_document.hpp"}) &&
               !i.file.starts_with("sim/params") && i.file != "sim/yaml_text.cpp";
    });
    check(kSource, "Ceres belongs to analysis/least_squares.cpp",
          [](const Include& i) { return is_in(i, {"ceres/"}) && i.file != "analysis/least_squares.cpp"; });
    check(kSource, "Boost.Odeint belongs to sim/ode.hpp",
          [](const Include& i) { return contains(i.what, "odeint") && i.file != "sim/ode.hpp"; });
    check({"deep", "apps"}, "libtorch belongs to deep/network.cpp", [](const Include& i) {
        return is_in(i, {"torch/", "ATen/", "c10/"}) && i.file != "deep/network.cpp";
    });
    check(kSource, "liblinear belongs to decoding/linear_classifiers.cpp", [](const Include& i) {
        return i.what == "linear.h" && i.file != "decoding/linear_classifiers.cpp";
    });
    check(kSource, "libsvm belongs to decoding/rbf_svm.cpp",
          [](const Include& i) { return is_in(i, {"libsvm/"}) && i.file != "decoding/rbf_svm.cpp"; });
    check(kSource, "FreeType belongs to models/stimuli/glyphs.cpp", [](const Include& i) {
        return is_in(i, {"ft2build", "freetype"}) && i.file != "models/stimuli/glyphs.cpp";
    });
    check(kSource, "libsndfile belongs to models/stimuli/sound_file.cpp", [](const Include& i) {
        return i.what == "sndfile.h" && i.file != "models/stimuli/sound_file.cpp";
    });
    check(kSource, "zlib belongs to models/stimuli/idx_file.cpp",
          [](const Include& i) { return i.what == "zlib.h" && i.file != "models/stimuli/idx_file.cpp"; });
    check({"sim", "models", "analysis", "decoding", "bench"}, "TBB's loops belong to sim/parallel.hpp",
          [](const Include& i) { return contains(i.what, "tbb/parallel") && i.file != "sim/parallel.hpp"; });
    check({"sim", "models", "analysis", "decoding", "lab", "bench"}, "the command line belongs to apps",
          [](const Include& i) { return is_in(i, {"CLI/"}); });
}

TEST_CASE("the scan sees the includes there are") {
    const auto has = [](const std::string& folder, const std::string& file, const std::string& what) {
        const auto all = includes_in(folder);
        return std::any_of(all.begin(), all.end(),
                           [&](const Include& i) { return i.file == file && i.what == what; });
    };
    CHECK(has("sim", "sim/yaml_text.hpp", "yaml-cpp/yaml.h"));
    CHECK(has("sim", "sim/io/hdf5_handle.hpp", "hdf5.h"));
    CHECK(has("sim", "sim/ode.hpp", "boost/numeric/odeint/integrate/integrate_const.hpp"));
}

TEST_CASE("only apps print or end the process") {
    for (const char* folder : {"sim", "models", "analysis", "decoding"})
        for (const auto& entry : fs::recursive_directory_iterator(kRoot / folder)) {
            if (!is_code(entry.path())) continue;
            const std::string text = test::read_file(entry.path());
            for (const char* word :
                 {"std::cout", "std::cerr", "printf(", "fmt::print(", "std::exit(", "abort("})
                CHECK_MESSAGE(!contains(text, word), name_of(entry.path()), " says ", word);
        }
}

TEST_CASE("nothing of the project names what lies outside it") {
    const std::string outside = std::string("..") + "/shared";
    for (auto entry = fs::recursive_directory_iterator(kRoot); entry != fs::end(entry); ++entry) {
        const std::string name = name_of(entry->path());
        if (name == "build" || name == "demo" || name == ".git") entry.disable_recursion_pending();
        if (!entry->is_regular_file() || entry->path().extension() == ".h5") continue;
        CHECK_MESSAGE(!contains(test::read_file(entry->path()), outside), name);
    }
}

TEST_CASE("every coding neuron, learning rule and plastic synapse has its page, with a source") {
    const auto check_pages = [](const auto& registry) {
        for (const auto& [name, entry] : registry.entries()) {
            const fs::path page = kRoot / "docs/models" / (name + ".md");
            REQUIRE_MESSAGE(fs::exists(page), name);
            const std::string text = test::read_file(page);
            CHECK_MESSAGE(text.starts_with("# " + name + "\n"), name);
            CHECK_MESSAGE(contains(text, "Source"), name);
        }
    };
    check_pages(sim::Registry<sim::Neurons>::instance());
    check_pages(sim::Registry<sim::Plasticity>::instance());
    check_pages(sim::Registry<sim::SynapseRule>::instance());
    check_pages(sim::Registry<sim::BatchRule>::instance());
}

TEST_CASE("docs/config.md is what the program prints") {
    const test::Finished printed = test::striate({"models", "--markdown"});
    REQUIRE(printed.exit_code == 0);
    CHECK_MESSAGE(test::read_file(kRoot / "docs/config.md") == printed.out,
                  "remake it: striate models --markdown > docs/config.md");
}

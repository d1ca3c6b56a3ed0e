#include "apps/run_action.hpp"

#include <fmt/format.h>

#include <cstdio>
#include <exception>
#include <filesystem>
#include <new>

#include "apps/stop_signal.hpp"
#include "sim/error.hpp"

namespace apps {

int fail(const std::string& program, int code, const std::string& what) {
    std::fputs(fmt::format("{}: {}\n", program, what).c_str(),
               stderr);  // fmt::print throws where this cannot
    return code;
}

int run_action(const std::string& program, const Action& action) {
    try {
        listen_for_stop(program);
        action();
        if (std::fflush(stdout) != 0) throw sim::IoError("standard output: cannot be written");
        return done;
    } catch (const sim::ConfigError& error) {
        return fail(program, wrong_input, error.what());
    } catch (const sim::IoError& error) {
        return fail(program, unreadable_file, error.what());
    } catch (const std::filesystem::filesystem_error& error) {
        return fail(program, unreadable_file,
                    fmt::format("{}: {}", error.path1().string(), error.code().message()));
    } catch (const sim::NumericsError& error) {
        return fail(program, numbers_broke, error.what());
    } catch (const sim::Interrupted& error) {
        return fail(program, interrupted, error.what());
    } catch (const std::bad_alloc&) {
        return fail(program, failed, "there is not enough memory");
    } catch (const std::exception& error) {
        return fail(program, failed, error.what());
    }
}

}  // namespace apps

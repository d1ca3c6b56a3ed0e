// Sweep files. The configs they name are those of their folder, of which there is none.
#include "apps/sweep_plan.hpp"
#include "fuzz/fuzz.hpp"

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    return fuzz::attempt([&] { apps::read_plan(fuzz::file_of(data, size, ".yaml")); });
}

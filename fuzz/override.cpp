// What is set on the command line, upon a config that has something of every shape.
#include "fuzz/fuzz.hpp"
#include "sim/params.hpp"

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    return fuzz::attempt([&] {
        const auto config = sim::Params::parse("seed: 1\nblock: &a {tau: 10 ms, list: [1, 2]}\nother: *a\n",
                                               "fuzz.yaml", {std::string(fuzz::text_of(data, size))});
        config.block("block").number("tau", "ms", 1.0, sim::Check::positive, "");
        config.block("other").texts("list", "");
        config.resolved();
        config.check_all_read();
    });
}

// Runs as files of others: what `striate export` writes, but for NIR, which is of a trained network (bind_trained.cpp).
#include <filesystem>
#include <string>
#include <vector>

#include "analysis/nwb_file.hpp"
#include "python/bind.hpp"
#include "python/call.hpp"
#include "sim/provenance.hpp"
#include "sonata/save.hpp"

namespace python {
namespace {

/// analysis: path of one, "" for none
void export_nwb(const std::string& run, const std::string& output, const std::string& population,
                const std::string& analysis, bool force) {
    call(0, [&] {
        const sim::io::Output place(output, force ? sim::io::Existing::replace : sim::io::Existing::refuse);
        place.must_not_be(std::vector<std::filesystem::path>{run, analysis});
        analysis::write_nwb({run, population, analysis, sim::timestamp()}, place);
    });
}

void export_sonata(const std::string& run, const std::string& folder) {
    call(0, [&] { sonata::save(run, folder); });
}

}  // namespace

void bind_export(pybind11::module_& module) {
    module.def("export_nwb", &export_nwb);
    module.def("export_sonata", &export_sonata);
}

}  // namespace python

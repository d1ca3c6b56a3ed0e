// Files of Striate, read dataset by dataset.
#include <pybind11/stl.h>

#include <filesystem>

#include "python/arrays.hpp"
#include "python/bind.hpp"
#include "python/call.hpp"
#include "sim/io/striate_file.hpp"

namespace python {
namespace {

class File {
  public:
    File(const std::string& path, const std::string& kind)
        : file_(call<sim::io::File>(0, [&] { return sim::io::open_striate_file(path, kind); })) {}

    bool exists(const std::string& name) const { return file().exists(name); }
    std::vector<std::string> children(const std::string& group) const { return file().children(group); }
    std::string text(const std::string& name) const { return file().read<std::string>(name, {}).at(0); }

    py::array read(const std::string& name) const {
        const std::string type = file().type(name);
        if (type == "float32") return numbers_of<float>(name);
        if (type == "float64") return numbers_of<double>(name);
        if (type == "uint8") return numbers_of<std::uint8_t>(name);
        if (type == "int32") return numbers_of<std::int32_t>(name);
        if (type == "uint32") return numbers_of<std::uint32_t>(name);
        if (type == "int64") return numbers_of<std::int64_t>(name);
        if (type == "uint64") return numbers_of<std::uint64_t>(name);
        return py::array(py::cast(file().read<std::string>(name)));
    }

    double number(const std::string& object, const std::string& name) const {
        return file().read_attribute<double>(object, name);
    }
    std::string attribute_text(const std::string& object, const std::string& name) const {
        return file().read_attribute<std::string>(object, name);
    }
    bool has_attribute(const std::string& object, const std::string& name) const {
        return file().has_attribute(object, name);
    }
    void close() { file_.reset(); }

  private:
    const sim::io::File& file() const {
        if (!file_) throw sim::Error("the run is closed");
        return *file_;
    }
    template <class T>
    py::array numbers_of(const std::string& name) const {
        std::vector<py::ssize_t> shape;
        for (const std::uint64_t n : file().shape(name)) shape.push_back(static_cast<py::ssize_t>(n));
        return handed_over(call<std::vector<T>>(0, [&] { return file().read<T>(name); }), shape);
    }

    std::optional<sim::io::File> file_;
};

}  // namespace

void bind_file(py::module_& module) {
    py::class_<File>(module, "File")
        .def(py::init<std::string, std::string>())
        .def("exists", &File::exists)
        .def("children", &File::children)
        .def("read", &File::read)
        .def("text", &File::text)
        .def("number", &File::number)
        .def("attribute_text", &File::attribute_text)
        .def("has_attribute", &File::has_attribute)
        .def("close", &File::close);
}

}  // namespace python

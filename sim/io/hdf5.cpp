#include "sim/io/hdf5.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>

#include "sim/io/guard.hpp"
#include "sim/io/hdf5_handle.hpp"
#include "sim/io/seal.hpp"

namespace sim::io {

Handle text_type(std::size_t size) {
    Handle type(H5Tcopy(H5T_C_S1), H5Tclose);
    H5Tset_size(type, size);
    H5Tset_cset(type, H5T_CSET_UTF8);
    if (size != H5T_VARIABLE) H5Tset_strpad(type, H5T_STR_NULLPAD);
    return type;
}

std::string unpadded(const std::string& text, const Handle& type) {
    if (H5Tget_strpad(type) == H5T_STR_SPACEPAD) return text.substr(0, text.find_last_not_of(' ') + 1);
    return text.substr(0, text.find('\0'));
}

Handle dataspace(const Shape& shape) {
    if (shape.empty()) return {H5Screate(H5S_SCALAR), H5Sclose};
    const std::vector<hsize_t> dims(shape.begin(), shape.end());
    return {H5Screate_simple(static_cast<int>(dims.size()), dims.data(), nullptr), H5Sclose};
}

Handle intermediate_groups() {
    Handle list(H5Pcreate(H5P_LINK_CREATE), H5Pclose);
    H5Pset_create_intermediate_group(list, 1);
    return list;
}

namespace {

std::string lower(std::string text) {
    std::ranges::transform(text, text.begin(), [](unsigned char c) { return std::tolower(c); });
    return text;
}

/// Descriptions on HDF5's stack of errors, the deepest first.
std::vector<std::string> error_stack() {
    std::vector<std::string> all;
    H5Ewalk2(
        H5E_DEFAULT, H5E_WALK_UPWARD,
        [](unsigned, const H5E_error2_t* error, void* into) -> herr_t {
            if (error->desc != nullptr)
                static_cast<std::vector<std::string>*>(into)->emplace_back(error->desc);
            return 0;
        },
        &all);
    return all;
}

}  // namespace

std::string system_error() {
    constexpr std::string_view kBegin = "error message = '";
    for (const std::string& text : error_stack())
        if (const auto at = text.find(kBegin); at != std::string::npos)
            return text.substr(at + kBegin.size(), text.find('\'', at + kBegin.size()) - at - kBegin.size());
    return "";
}

std::string library_error() {
    const auto all = error_stack();
    return all.empty() ? "" : lower(all.front());
}

void File::Impl::check_written(bool ok, const std::string& object) const {
    if (ok) return;
    const std::string why = system_error();
    fail(object, fmt::format("cannot be written: {}", why.empty() ? library_error() : why));
}

Handle File::Impl::dataset(const std::string& name) const {
    Handle handle(H5Dopen2(file, name.c_str(), H5P_DEFAULT), H5Dclose);
    check(handle.valid(), name, "no such dataset (or the file is damaged)");
    return handle;
}

Handle File::Impl::object(const std::string& name) const {
    Handle handle(H5Oopen(file, name.c_str(), H5P_DEFAULT), H5Oclose);
    check(handle.valid(), name, "no such group or dataset");
    return handle;
}

namespace {

/// The newest file format of HDF5 1.10: the one that a killed writer leaves readable.
Handle access_list() {
    Handle list(H5Pcreate(H5P_FILE_ACCESS), H5Pclose);
    H5Pset_libver_bounds(list, H5F_LIBVER_V110, H5F_LIBVER_V110);
    H5Pset_metadata_read_attempts(list, 1);
    return list;
}

/// The same to read what another process may be writing. Pauses double from 1 ns between attempts: 67 ms in
/// all, then it is damage. There may be some in every dataset.
Handle patient_access_list() {
    constexpr unsigned kAttempts = 26;
    Handle list = access_list();
    H5Pset_metadata_read_attempts(list, kAttempts);
    return list;
}

/// Before the first call of the library. It reports through exceptions of ours, its own error stack would
/// print to stderr; and every file is closed by its handle, what the library would do at exit to one that
/// could not be written ends in a crash.
void set_up_hdf5() {
    static const bool once = H5dont_atexit() >= 0 && H5Eset_auto2(H5E_DEFAULT, nullptr, nullptr) >= 0;
    (void)once;
}

/// Why there is no HDF5 file to be read there; "" if it looks like one.
std::string why_not_hdf5(const std::string& path) {
    std::error_code ignored;
    if (std::filesystem::is_directory(path, ignored)) return "must be an HDF5 file, is a folder";
    const int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (fd < 0)
        return errno == ENOENT ? "does not exist" : fmt::format("cannot be read: {}", std::strerror(errno));
    ::close(fd);
    if (!std::filesystem::is_regular_file(path, ignored)) return "must be a regular file";
    if (std::filesystem::file_size(path, ignored) == 0) return "must be an HDF5 file, is empty";
    const htri_t is_hdf5 = H5Fis_hdf5(path.c_str());  // < 0 where it cannot tell, as of a locked one
    return is_hdf5 == 0 ? "must be an HDF5 file, is of another kind, or its beginning is damaged" : "";
}

/// Why the library did not open what looks like HDF5.
std::string why_not_opened() {
    for (const std::string& said : error_stack()) {
        const std::string text = lower(said);
        if (text.find("unable to lock file") != std::string::npos ||
            text.find("already open for write") != std::string::npos)
            return "another program is writing it";
        if (text.find("truncated") != std::string::npos) return "is truncated";
    }
    const std::string why = library_error();
    return fmt::format("is damaged{}{}", why.empty() ? "" : ": HDF5 says: ", why);
}

Handle open_to_read(const std::string& path) {
    Handle file(H5Fopen(path.c_str(), H5F_ACC_RDONLY, H5P_DEFAULT), H5Fclose);
    if (file.valid()) return file;
    const std::string why = why_not_opened();
    // A run that is still going: its writer allows readers.
    Handle streamed(H5Fopen(path.c_str(), H5F_ACC_RDONLY | H5F_ACC_SWMR_READ, patient_access_list()),
                    H5Fclose);
    if (!streamed.valid()) throw IoError(fmt::format("{}: {}", path, why));
    return streamed;
}

/// Reads all there is, whatever it is: in a child, to see what becomes of it.
void read_everything(File& file) {
    const auto try_to = [](const auto& read) {
        try {
            read();
        } catch (const Error&) {  // said again, and heard, when somebody wants it
        }
    };
    try_to([&] { file.read_back_attributes("/"); });
    for (const std::string& object : file.objects_below("/")) {
        note_progress();
        try_to([&] { file.read_back_attributes(object); });
        if (!file.is_group(object)) try_to([&] { file.read_back(object, kAny); });
    }
}

/// What is wrong with a file that has no seal, or another one than it should. "" if nothing shows.
std::string complaint_about(File& file, Seal seal) {
    if (seal == Seal::none) {
        read_everything(file);
        return "";
    }
    if (!file.exists(kManifest)) return "its list of contents is missing";
    return file.first_difference(file.read<std::string>(kManifest));
}

}  // namespace

File::File(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
File::File(File&&) noexcept = default;
File& File::operator=(File&&) noexcept = default;
File::~File() = default;

File File::create(const std::string& path, bool is_streamed) {
    set_up_hdf5();
    const Handle creation(H5Pcreate(H5P_FILE_CREATE), H5Pclose);
    if (!is_streamed) H5Pset_userblock(creation, kSealSize);
    Handle file(H5Fcreate(path.c_str(), H5F_ACC_TRUNC, creation, access_list()), H5Fclose);
    if (!file.valid()) {
        const int last = errno;  // HDF5 does not always say
        const std::string why = system_error();
        throw IoError(
            fmt::format("{}: cannot be created: {}", path, why.empty() ? std::strerror(last) : why));
    }
    return File(std::make_unique<Impl>(Impl{path, std::move(file), is_streamed, {}}));
}

File File::open(const std::string& path) {
    set_up_hdf5();
    if (const std::string why = why_not_hdf5(path); !why.empty())
        throw IoError(fmt::format("{}: {}", path, why));
    const auto opened = [&] {
        return File(std::make_unique<Impl>(Impl{path, open_to_read(path), false, {}}));
    };
    vouch_for(path, [&](Seal seal) {
        File file = opened();
        return complaint_about(file, seal);
    });
    return opened();
}

File File::open_own(const std::string& path) {
    return File(std::make_unique<Impl>(Impl{path, open_to_read(path), false, {}}));
}

namespace {

Handle open_to_go_on(const std::string& path) {
    const Handle access = access_list();
    // What the h5clear tool does: forget that a killed writer still had the file open, and where it had noted
    // the end of the file. That may lie beyond what was written, or before blocks in use: new ones would then
    // be put on top of them.
    const hbool_t yes = 1;
    H5Pset(access, "clear_status_flags", &yes);
    H5Pset(access, "skip_eof_check", &yes);
    Handle file(H5Fopen(path.c_str(), H5F_ACC_RDWR, access), H5Fclose);
    if (!file.valid() || H5Fincrement_filesize(file, 0) < 0)
        throw IoError(fmt::format("{}: cannot be opened to go on with: {}", path, why_not_opened()));
    return file;
}

}  // namespace

File File::reopen(const std::string& path) {
    set_up_hdf5();
    if (const std::string why = why_not_hdf5(path); !why.empty())
        throw IoError(fmt::format("{}: {}", path, why));
    const auto opened = [&] {
        return File(std::make_unique<Impl>(Impl{path, open_to_go_on(path), true, {}}));
    };
    vouch_for(path, [&](Seal seal) {
        File file = opened();
        return complaint_about(file, seal);
    });
    return opened();
}

const std::string& File::path() const { return impl_->path; }

void File::is_now(const std::string& path) { impl_->path = path; }

void File::start_swmr() { impl_->check_written(H5Fstart_swmr_write(impl_->file) >= 0, ""); }

void File::flush() { impl_->check_written(H5Fflush(impl_->file, H5F_SCOPE_GLOBAL) >= 0, ""); }

void File::sync() {
    flush();
    void* handle = nullptr;
    impl_->check(H5Fget_vfd_handle(impl_->file, H5P_DEFAULT, &handle) >= 0, "", "has no file descriptor");
    if (::fdatasync(*static_cast<int*>(handle)) != 0)
        impl_->fail("", fmt::format("cannot be written: {}", std::strerror(errno)));
}

void File::close() { impl_->check_written(impl_->file.close(), ""); }

std::string File::digest(const std::string& name) const {
    const auto found = impl_->digests.find(name);
    return found == impl_->digests.end() ? Digest().hex() : found->second.hex();
}

std::string File::digest_of_all() const {
    Digest all;
    for (const auto& [name, digest] : impl_->digests) {
        all.add(std::string_view(name));
        all.add(std::string_view(digest.hex()));
    }
    return all.hex();
}

std::string hdf5_version() {
    unsigned major = 0, minor = 0, release = 0;
    H5get_libversion(&major, &minor, &release);
    return fmt::format("{}.{}.{}", major, minor, release);
}

}  // namespace sim::io

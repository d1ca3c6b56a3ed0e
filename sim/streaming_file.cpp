#include "sim/streaming_file.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <filesystem>
#include <functional>
#include <string_view>

#include "sim/error.hpp"
#include "sim/io/digest.hpp"
#include "sim/io/striate_file.hpp"
#include "sim/ranks.hpp"

namespace sim {
namespace {

using Element = StreamingFile::Element;

constexpr std::size_t kSlots = 2;
constexpr std::size_t kDigits = 32;                  // of a digest
constexpr std::uint64_t kBytesPerChunk = 1U << 16U;  // of a state
constexpr const char* kCheckpoints = "checkpoint";   // group

/// Calls use.operator()<T>() with the type of the elements.
template <class Use>
void with_type(Element element, const Use& use) {
    switch (element) {
        case Element::float32:
            return use.template operator()<float>();
        case Element::float64:
            return use.template operator()<double>();
        case Element::uint8:
            return use.template operator()<std::uint8_t>();
        case Element::uint64:
            return use.template operator()<std::uint64_t>();
    }
}

void mark(io::File& file, const std::string& kind) {
    io::mark_striate_file(file, kind);
    mark_as_sonata(file);
}

std::string slot_group(std::uint64_t sequence_number) {
    return fmt::format("/{}/{}", kCheckpoints, sequence_number % kSlots);
}
std::string slot(std::uint64_t sequence_number, const std::string& name) {
    return slot_group(sequence_number) + "/" + name;
}

/// What a digest is of.
std::vector<std::string> slot_datasets(std::uint64_t n) {
    return {slot(n, "state"), slot(n, "state_size"), slot(n, "lengths")};
}

}  // namespace

struct StreamingFile::Impl {
    io::Output output;
    Layout layout;
    io::File file;
    std::uint64_t sequence = 0;  // of the newest checkpoint
    std::string fixed{};         // digest of what is in the file before the work begins
    bool streams = true;         // else it is a plain file, and has no slots

    std::string slot_digest(std::uint64_t n) const;
    void read_back_fixed();
    bool can_be_written_on();
    void begin();
    void begin_to_stream();
    void create_copy(const io::File& old, const std::vector<std::uint64_t>& lengths);
    std::vector<std::byte> read_checkpoint(std::uint64_t n);
    std::vector<std::byte> newest_whole(std::string& warning);
    void create_slot(std::uint64_t k);
    void write_state(std::uint64_t n, std::vector<std::byte> state);
    void write(std::vector<std::byte> state);
    void go_on_in_new_file(const std::vector<std::byte>& state);
    void check_copied(const io::File& finished) const;
    void put(std::uint64_t n, const char* name, std::uint64_t value) {
        file.overwrite<std::uint64_t>(slot(n, name), std::span<const std::uint64_t>(&value, 1));
    }
};

void StreamingFile::Impl::create_slot(std::uint64_t k) {
    const auto create = [&]<class T>(const char* array, std::uint64_t size, const char* description, T) {
        const std::string name = slot(k, array);
        file.create_growing<T>(name, {}, std::max<std::uint64_t>(size, 1), false, {"1", description});
        file.resize(name, size);
    };
    create("sequence", 1, "number of the checkpoint, from 1; 0: not complete", std::uint64_t{});
    file.create_growing<std::uint8_t>(slot(k, "state"), {}, kBytesPerChunk, false,
                                      {"1", "state of all that runs, and bytes that mean nothing"});
    create("state_size", 1, "bytes of the state that mean something", std::uint64_t{});
    create("lengths", layout.streams.size(), "length of every dataset that grows", std::uint64_t{});
    create("digest", kDigits, "hexadecimal digits: of this checkpoint and of all that was written before it",
           std::uint8_t{});
}

/// What a new file holds before the work begins.
void StreamingFile::Impl::begin() {
    mark(file, layout.kind);
    write_provenance(file, layout.provenance);
    for (const Growing& one : layout.streams)
        with_type(one.element, [&]<class T>() {
            file.create_growing<T>(one.name, one.row, one.rows_per_chunk, one.is_packed, one.meaning);
        });
    layout.write_header(file);
    if (!streams) return;
    for (std::uint64_t k = 0; k < kSlots; ++k) create_slot(k);
    fixed = file.digest_of_all();
    file.start_swmr();
}

// ---- reading

/// Of what the file knows of the slot and the streams, whether just written or read back.
std::string StreamingFile::Impl::slot_digest(std::uint64_t n) const {
    io::Digest digest;
    digest.add(std::string_view(fmt::format("{}", n)));
    digest.add(std::string_view(fixed));
    for (const std::string& name : slot_datasets(n)) digest.add(std::string_view(file.digest(name)));
    for (const Growing& one : layout.streams) digest.add(std::string_view(file.digest(one.name)));
    return digest.hex();
}

void StreamingFile::Impl::read_back_fixed() {
    file.read_back_attributes("/");
    for (const std::string& object : file.objects_below("/")) {
        file.read_back_attributes(object);
        if (file.is_group(object)) continue;
        const bool grows = object.starts_with("/checkpoint/") ||
                           std::ranges::count(layout.streams, object, &Growing::name) > 0;
        file.read_back(object, grows ? 0 : io::kAny);
    }
    fixed = file.digest_of_all();
}

/// throws IoError if the checkpoint, or anything written before it, is damaged
std::vector<std::byte> StreamingFile::Impl::read_checkpoint(std::uint64_t n) {
    const auto bytes = file.read<std::uint8_t>(slot(n, "state"), {io::kAny});
    const std::uint64_t size = file.read<std::uint64_t>(slot(n, "state_size"), {1}).at(0);
    const auto lengths = file.read<std::uint64_t>(slot(n, "lengths"), {layout.streams.size()});
    for (const std::string& name : slot_datasets(n)) file.read_back(name, io::kAny);
    for (std::size_t i = 0; i < lengths.size(); ++i) file.read_back(layout.streams[i].name, lengths[i]);
    const auto digits = file.read<std::uint8_t>(slot(n, "digest"), {kDigits});
    if (size > bytes.size() || slot_digest(n) != std::string(digits.begin(), digits.end()))
        throw IoError(
            fmt::format("{}: checkpoint {}, or what was written before it, is damaged", file.path(), n));
    std::vector<std::byte> state(size);
    if (size > 0) std::memcpy(state.data(), bytes.data(), size);
    return state;
}

/// Sets `sequence`; what the file knows of its streams is as of that checkpoint.
std::vector<std::byte> StreamingFile::Impl::newest_whole(std::string& warning) {
    std::vector<std::uint64_t> numbers;
    for (std::uint64_t k = 0; k < kSlots; ++k)
        if (const auto n = file.read<std::uint64_t>(slot(k, "sequence"), {1}).at(0); n != 0)
            numbers.push_back(n);
    std::ranges::sort(numbers, std::greater<>());
    for (const std::uint64_t n : numbers) {
        try {
            std::vector<std::byte> state = read_checkpoint(n);
            sequence = n;
            if (!warning.empty()) warning += fmt::format("; goes on from checkpoint {}, which is whole", n);
            return state;
        } catch (const IoError& damage) {
            warning += (warning.empty() ? "" : "; ") + std::string(damage.what());
        }
    }
    throw IoError(numbers.empty()
                      ? fmt::format("{}: holds no complete checkpoint; --force starts over", file.path())
                      : warning + "; no checkpoint is whole; --force starts over");
}

/// Whether all that is going to be written to can be read: where it cannot, HDF5 would try again for ever while
/// it streams.
bool StreamingFile::Impl::can_be_written_on() {
    try {
        for (const Growing& one : layout.streams) file.read_back(one.name, io::kAny);
        for (std::uint64_t k = 0; k < kSlots; ++k)
            for (const std::string& name : file.children(slot_group(k)))
                file.read_back(slot(k, name), io::kAny);
        return true;
    } catch (const IoError&) {
        return false;
    }
}

/// A new file that streams, with what an old one has.
void StreamingFile::Impl::create_copy(const io::File& old, const std::vector<std::uint64_t>& lengths) {
    file = io::File::create(output.unfinished().string(), true);
    begin();
    for (std::size_t i = 0; i < lengths.size(); ++i)
        file.append_from(old, layout.streams[i].name, lengths[i]);
}

/// What a plain file has goes on in one that streams.
void StreamingFile::Impl::begin_to_stream() {
    const std::string path = file.path();
    std::vector<std::uint64_t> lengths;
    for (const Growing& one : layout.streams) lengths.push_back(file.shape(one.name)[0]);
    file.close();
    streams = true;
    create_copy(io::File::open_own(path), lengths);
    std::filesystem::remove(path);
}

void StreamingFile::Impl::go_on_in_new_file(const std::vector<std::byte>& state) {
    layout.provenance.started = file.read_attribute<std::string>("/provenance", "started");
    const auto lengths = file.read<std::uint64_t>(slot(sequence, "lengths"));
    const io::File old = std::move(file);
    sequence = 0;
    create_copy(old, lengths);
    write(state);
}

// ---- writing

/// The dataset only ever grows: what a shorter one gave back could not be used again while the file streams.
void StreamingFile::Impl::write_state(std::uint64_t n, std::vector<std::byte> state) {
    put(n, "state_size", state.size());
    const std::string name = slot(n, "state");
    std::uint64_t room = file.shape(name)[0];
    if (state.size() > room) {
        constexpr std::uint64_t kSpare = 8;  // one part in so many, against growing each time
        room = (state.size() + state.size() / kSpare) / kBytesPerChunk * kBytesPerChunk + kBytesPerChunk;
        file.resize(name, room);
    }
    state.resize(room);
    file.overwrite<std::uint8_t>(name, {reinterpret_cast<const std::uint8_t*>(state.data()), state.size()});
}

// The older slot is declared incomplete, filled, and only then declared the newest, each on the disk before
// the next: whenever the process or the machine dies, one slot is complete. The file gets its name with the
// first of them.
void StreamingFile::Impl::write(std::vector<std::byte> state) {
    if (!streams) begin_to_stream();
    const std::uint64_t next = sequence + 1;
    put(next, "sequence", 0);
    file.sync();
    std::vector<std::uint64_t> lengths;
    for (const Growing& one : layout.streams) lengths.push_back(file.shape(one.name)[0]);
    write_state(next, std::move(state));
    file.overwrite<std::uint64_t>(slot(next, "lengths"), lengths);
    const std::string digits = slot_digest(next);
    file.overwrite<std::uint8_t>(slot(next, "digest"),
                                 std::vector<std::uint8_t>(digits.begin(), digits.end()));
    file.sync();
    put(next, "sequence", next);
    file.sync();
    if (sequence == 0) {
        output.publish_partial(file.path());
        file.is_now(output.partial().string());
    }
    sequence = next;
}

/// What was read from the disk to be copied must be what was written to it.
void StreamingFile::Impl::check_copied(const io::File& finished) const {
    for (const Growing& one : layout.streams)
        if (finished.digest(one.name) != file.digest(one.name))
            throw IoError(fmt::format("{}: {}: was not kept as it was written: the disk, or another program",
                                      file.path(), one.name));
}

StreamingFile::StreamingFile(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
StreamingFile::StreamingFile(StreamingFile&&) noexcept = default;
StreamingFile::~StreamingFile() = default;

StreamingFile StreamingFile::create(io::Output output, Layout layout, bool force) {
    if (!output.is_ours()) return StreamingFile(nullptr);
    if (!force && std::filesystem::exists(output.partial()))
        throw IoError(fmt::format("{}: an unfinished run; --resume goes on with it, --force starts over",
                                  output.partial().string()));
    const std::string starting = output.starting().string();  // nobody could go on with it yet
    const bool streams = !layout.is_brief;
    StreamingFile made(std::make_unique<Impl>(
        Impl{std::move(output), std::move(layout), io::File::create(starting, streams)}));
    made.impl_->streams = streams;
    made.impl_->begin();
    return made;
}

StreamingFile::Resumed StreamingFile::resume(io::Output output, Layout layout) {
    if (!output.is_ours()) return {StreamingFile(nullptr), ranks::of_first(std::vector<std::byte>{}), ""};
    const std::string partial = output.partial().string();
    if (!std::filesystem::exists(partial))
        throw IoError(fmt::format("{}: must exist to resume from, found {}", partial,
                                  std::filesystem::exists(output.path())
                                      ? "a finished run, " + output.path().string()
                                      : "nothing"));
    auto impl = std::make_unique<Impl>(Impl{std::move(output), std::move(layout), io::File::reopen(partial)});
    io::File& file = impl->file;
    io::check_kind(file, impl->layout.kind);
    check_same_run(file, impl->layout.provenance);
    impl->read_back_fixed();
    const bool goes_on_here = impl->can_be_written_on();
    std::string warning;
    std::vector<std::byte> state = impl->newest_whole(warning);
    if (!goes_on_here || !warning.empty()) {  // what is whole goes on in a new file
        if (warning.empty()) warning = partial + ": is damaged where nothing is lost by it";
        impl->go_on_in_new_file(state);
    } else {
        const auto lengths = file.read<std::uint64_t>(slot(impl->sequence, "lengths"));
        file.start_swmr();  // first: only while it streams does a kill leave the file readable
        for (std::size_t i = 0; i < lengths.size(); ++i)
            file.resize(impl->layout.streams[i].name, lengths[i]);
    }
    return {StreamingFile(std::move(impl)), ranks::of_first(std::move(state)), std::move(warning)};
}

template <class T>
void StreamingFile::append(const std::string& stream, std::span<const T> values) {
    if (impl_) impl_->file.append<T>(stream, values);
}
template void StreamingFile::append<float>(const std::string&, std::span<const float>);
template void StreamingFile::append<double>(const std::string&, std::span<const double>);
template void StreamingFile::append<std::uint8_t>(const std::string&, std::span<const std::uint8_t>);
template void StreamingFile::append<std::uint64_t>(const std::string&, std::span<const std::uint64_t>);

void StreamingFile::write(std::vector<std::byte> state) {
    if (impl_) impl_->write(std::move(state));
}

bool StreamingFile::has_checkpoint() const { return ranks::of_first(impl_ && impl_->sequence > 0); }

// The finished file is a copy without the checkpoints, made beside the streamed one: a kill at any moment
// leaves either a partial file to go on with or the finished one.
void StreamingFile::finish(const std::function<void(io::File&)>& write_end) {
    if (!impl_) return;
    const std::string path = impl_->file.path();
    if (!impl_->streams) {
        write_end(impl_->file);
        io::close_sealed(impl_->file);
        impl_->output.publish(path);
        std::filesystem::remove(impl_->output.partial());
        return;
    }
    impl_->file.close();
    const io::File streamed = io::File::open_own(path);
    io::write_whole_file(impl_->output, [&](io::File& finished) {
        mark(finished, impl_->layout.kind);
        for (const std::string& name : streamed.children("/"))
            if (name != kCheckpoints) finished.copy_from(streamed, "/" + name);
        impl_->check_copied(finished);
        write_end(finished);
    });
    std::filesystem::remove(impl_->output.partial());
    std::filesystem::remove(impl_->output.starting());
}

}  // namespace sim

// Stimuli made as a config would make them, and folders for the files they read.
#pragma once
#include <doctest/doctest.h>
#include <fmt/format.h>
#include <unistd.h>

#include <atomic>
#include <cmath>
#include <filesystem>
#include <fstream>
#include <memory>
#include <numeric>
#include <string>
#include <vector>

#include "sim/params.hpp"
#include "sim/stimulus.hpp"

namespace test {

using Bytes = std::vector<unsigned char>;

/// A new, empty folder, gone at the end of the test.
class Folder {
  public:
    Folder()
        : path_(std::filesystem::temp_directory_path() /
                fmt::format("striate_stimuli_{}_{}", getpid(), counter_++)) {
        std::filesystem::create_directories(path_);
    }
    ~Folder() { std::filesystem::remove_all(path_); }
    Folder(const Folder&) = delete;
    Folder& operator=(const Folder&) = delete;

    std::string path() const { return path_.string(); }
    std::string file(const std::string& name) const { return (path_ / name).string(); }
    void write(const std::string& name, const Bytes& bytes) const {
        std::ofstream stream(file(name), std::ios::binary);
        stream.write(reinterpret_cast<const char*>(bytes.data()), static_cast<std::streamsize>(bytes.size()));
    }
    void write(const std::string& name, const std::string& text) const {
        write(name, Bytes(text.begin(), text.end()));
    }

  private:
    static inline std::atomic<int> counter_{0};
    std::filesystem::path path_;
};

struct Frame {
    std::vector<float> pixels;  // shape (height, width)
    std::vector<double> shown;

    bool operator==(const Frame&) const = default;
};

/// A stimulus made as a config would, beside a leader or alone.
class Shown {
  public:
    Shown(const std::string& kind, const std::string& keys, std::size_t height, std::size_t width,
          std::uint64_t seed = 1, const sim::Stimulus* leader = nullptr)
        : height_(height),
          width_(width),
          stimulus_(sim::Registry<sim::Stimulus>::instance().make(
              kind, sim::Params::parse(fmt::format("{}: {{{}}}", kind, keys), "test.yaml"),
              {seed, height, width, leader})) {}

    Frame frame(sim::FrameSet set, std::uint64_t index) const {
        Frame result{std::vector<float>(height_ * width_), std::vector<double>(stimulus_->columns().size())};
        stimulus_->frame(set, index, result.pixels, result.shown);
        return result;
    }
    std::vector<Frame> frames(sim::FrameSet set, std::uint64_t n) const {
        std::vector<Frame> result;
        for (std::uint64_t k = 0; k < n; ++k) result.push_back(frame(set, k));
        return result;
    }
    const sim::Stimulus* operator->() const { return stimulus_.get(); }
    const sim::Stimulus* get() const { return stimulus_.get(); }

  private:
    std::size_t height_, width_;
    std::unique_ptr<sim::Stimulus> stimulus_;
};

inline double mean(const std::vector<float>& x) {
    return std::accumulate(x.begin(), x.end(), 0.0) / static_cast<double>(x.size());
}
inline double norm(const std::vector<float>& x) {
    return std::sqrt(std::inner_product(x.begin(), x.end(), x.begin(), 0.0));
}

/// What an exception of type E thrown by f() says; fails the test if there is none.
template <class E, class F>
std::string message_of(F f) {
    try {
        f();
    } catch (const E& error) {
        return error.what();
    }
    FAIL("nothing was thrown");
    return "";
}

}  // namespace test

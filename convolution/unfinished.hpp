// An experiment that is not finished, kept in OUTPUT.partial: one that is stopped or killed goes on from
// there with the same bits. Whenever something is done the file is written anew, whole or not at all.
#pragma once
#include <filesystem>
#include <map>
#include <optional>

#include "convolution/experiment.hpp"
#include "convolution/experiment_file.hpp"
#include "convolution/kernel_learning.hpp"
#include "sim/io/output.hpp"
#include "sim/provenance.hpp"

namespace convolution {

class Unfinished {
  public:
    /// throws IoError if OUTPUT.partial exists (unless resume or force), or does not or is damaged (resume);
    /// ConfigError if it is of another config or of other data
    Unfinished(const ExperimentSettings& settings, const sim::io::Output& output, const RunOptions& options);

    // What is done.
    const std::optional<Learned>& learned() const { return learned_; }
    const std::map<std::size_t, Coded>& photographs() const { return photographs_; }

    void keep(const Learned& learned);
    void keep(std::size_t photograph, Coded coded);
    const sim::Provenance& provenance() const { return provenance_; }
    /// The output is there.
    void remove() const { std::filesystem::remove(output_.partial()); }

  private:
    void read();
    void write() const;

    const ExperimentSettings& settings_;
    const sim::io::Output& output_;
    sim::Provenance provenance_;
    std::optional<Learned> learned_;
    std::map<std::size_t, Coded> photographs_;  // by number
};

}  // namespace convolution

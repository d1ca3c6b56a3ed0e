// The HDF5 file of a convolutional experiment (docs/file_format.md).
#pragma once
#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "convolution/experiment.hpp"
#include "convolution/kernel_learning.hpp"
#include "convolution/measures.hpp"
#include "sim/io/hdf5.hpp"
#include "sim/provenance.hpp"

namespace convolution {

/// Six cut-offs from 0.001 to 0.5, as Ladret, Casanova & Perrinet (2024) have them.
inline const std::vector<double> kCutOffs = {0.001, 0.1008, 0.2006, 0.3004, 0.4002, 0.5};
/// Parts of the active coefficients that are cut.
inline const std::vector<double> kCutParts = {0.0, 0.1, 0.25, 0.5, 0.75, 0.9};

/// What is known at one time of a presentation.
struct Moment {
    double t, psnr, sparseness;      // [ms], [dB]
    double spikes, synaptic_events;  // of a pixel, so far
};

/// What is measured of the code of one photograph.
struct Measured {
    double energy, psnr, sparseness;
    std::vector<Quality> by_size, by_contrast;  // after each of kCutOffs
    std::vector<Quality> by_part;               // after each of kCutParts
    std::vector<double> contrast;               // of each kernel: sum |a| |d|
    std::vector<Moment> course;                 // of spikes; empty of ADMM
};

/// A photograph that has been coded.
struct Coded {
    Measured measured;
    std::vector<std::uint64_t> place;  // of each active coefficient, as numbered in a code; if codes are
    std::vector<float> value;          // recorded
};

class ExperimentFile {
  public:
    /// Writes all that is known before the run.
    ExperimentFile(sim::io::File& file, const ExperimentSettings& settings, const sim::Provenance& provenance,
                   const std::vector<Photograph>& photographs);

    void write_kernels(const Kernels& initial, const Learned& learned);
    /// coded: all photographs, by number
    void write_coded(const std::map<std::size_t, Coded>& coded);
    void write_wall_time(double seconds);

  private:
    void write_code(std::size_t i, const Coded& coded);
    void write_measures(const std::vector<Measured>& measured);
    void write_course(const std::vector<Measured>& measured);
    void write_cuts(const std::string& group, const std::string& cut, const std::vector<double>& cuts,
                    const std::vector<Measured>& measured, std::vector<Quality> Measured::*qualities);

    sim::io::File& file_;
    const ExperimentSettings& settings_;
};

}  // namespace convolution
